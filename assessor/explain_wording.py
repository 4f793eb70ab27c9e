"""An `Explanation` in lines of text, zh or en, from what was seen down to the points."""

from collections.abc import Iterator, Sequence

from assessor.explain import Cost, Explanation, Ground, Known, Part, Said
from assessor.marks.items import NOT_REACHED
from assessor.sheet_words import word
from assessor.types import MarkLine, Text, Truth

LISTED = 40
_TRUTHS = {Truth.YES: "是", Truth.NO: "否", Truth.UNKNOWN: "未知"}
_ROLES = {
    "done": "完成条件",
    "requires": "要求",
    "never": "不得",
    "while": "期间",
    "except": "例外",
    "when": "条件",
    "passed": "通过",
    "failed": "失败",
}
_TOLD_BY = {
    "seen": Text("    看到的：", "    seen:"),
    "tries": Text("    各次试验：", "    tries:"),
    "entered": Text("    输入的：", "    entered:"),
}
_KINDS = {"step": "步骤", "rule": "全程规则", "item": "评分项", "veto": "否决项"}


def lines_of(explanation: Explanation, language: str) -> list[str]:
    """The explanation, one line of text each, in "zh" or "en"."""
    return [text.zh if language == "zh" else text.en for text in _texts(explanation)]


def _texts(explanation: Explanation) -> Iterator[Text]:
    line = explanation.line
    yield _head(line)
    for ground in explanation.grounds:
        yield from _ground(ground)
    if explanation.weight != 1:
        yield _weight(explanation)
    yield from _points(line, explanation.costs)


def _head(line: MarkLine) -> Text:
    zh = f"{line.item}：{line.title.zh}（第 {line.line} 行，{line.points:g} 分，证据来源 {line.check}）"
    en = f"{line.item}: {line.title.en} (line {line.line}, {line.points:g} points, checked by {line.check})"
    return Text(zh, en)


def _ground(ground: Ground) -> Iterator[Text]:
    verdict = ground.verdict
    kind, sure = _KINDS.get(verdict.kind, verdict.kind), f"{verdict.confidence:.2f}"
    yield Text(
        f"  {kind} {verdict.id}：{ground.title.zh}（第 {verdict.line} 行）",
        f"  {verdict.kind} {verdict.id}: {ground.title.en} (line {verdict.line})",
    )
    yield _TOLD_BY[ground.told_by]
    yield from _known([one for one in ground.known if one.value or ground.told_by == "seen"])
    if ground.parts:
        yield Text("    各条件：", "    conditions:")
    for part in ground.parts:
        yield from _part(part)
    yield Text(
        f"    判定：{word('outcome', verdict.outcome).zh}（置信度 {sure}）{verdict.reason.zh}",
        f"    verdict: {_outcome(verdict.outcome)} (confidence {sure}): {verdict.reason.en}",
    )
    for mistake in verdict.mistakes:
        zh, en = ("，已改正", ", put right") if mistake.corrected else ("", "")
        yield Text(
            f"      {mistake.t_s:.1f} 秒 {mistake.kind} {mistake.subject}（{mistake.confidence:.2f}{zh}）",
            f"      {mistake.t_s:.1f} s {mistake.kind} {mistake.subject} ({mistake.confidence:.2f}{en})",
        )


def _known(known: Sequence[Known]) -> Iterator[Text]:
    if not known:
        yield Text("      无", "      nothing")
    for one in known[:LISTED]:
        sure = "" if one.value is None else f" ({one.confidence:.2f})"
        yield Text(
            f"      {one.t_s:7.1f} 秒  {one.text.zh}{sure}", f"      {one.t_s:7.1f} s  {one.text.en}{sure}"
        )
    if (more := len(known) - LISTED) > 0:
        yield Text(f"      另有 {more} 条，见 --json", f"      and {more} more, see --json")


def _part(part: Part) -> Iterator[Text]:
    indent = "  " * part.depth
    role = "" if part.depth else part.role
    zh = f"{_ROLES.get(role, role)}：" if role else "· "
    en = f"{role}: " if role else "· "
    yield Text(
        f"      {indent}{zh}{part.text.zh}（第 {part.line} 行）",
        f"      {indent}{en}{part.text.en} (line {part.line})",
    )
    if part.signal:
        spans = [_span(said) for said in part.signal[:LISTED]]
        cut = " …" if len(part.signal) > LISTED else ""
        yield Text(
            f"        {indent}{'；'.join(span.zh for span in spans)}{cut}",
            f"        {indent}{'; '.join(span.en for span in spans)}{cut}",
        )


def _span(said: Said) -> Text:
    sure = f" ({said.confidence:.2f})" if said.truth is not Truth.UNKNOWN else ""
    when = f"{said.start_s:.1f}–{said.end_s:.1f}"
    return Text(f"{when} 秒 {_TRUTHS[said.truth]}{sure}", f"{when} s {said.truth.value}{sure}")


def _weight(explanation: Explanation) -> Text:
    group, weight, points = explanation.group, f"{explanation.weight:g}", explanation.line.points
    whole = f"{points / explanation.weight:g}"
    return Text(
        f"  所属组 {group}：×{weight}（{whole} 分计为 {points:g} 分，下列扣分同样折算）",
        f"  group {group}: x{weight} ({whole} points count as {points:g}, and what is lost in the same way)",
    )


def _points(line: MarkLine, costs: Sequence[Cost]) -> Iterator[Text]:
    for cost in costs:
        yield _cost(cost)
    if line.awarded is None:
        yield Text(f"  待评：{line.reason.zh}", f"  open: {line.reason.en}")
        return
    if not costs and line.verdict_ids == ():
        yield Text(f"  {line.reason.zh}", f"  {line.reason.en}")
    zh, en = f"{line.awarded:g} / {line.points:g} 分", f"{line.awarded:g} of {line.points:g} points"
    outcome = word("outcome", line.outcome).zh, _outcome(line.outcome)
    yield Text(f"  得分：{zh}（{outcome[0]}）", f"  points: {en} ({outcome[1]})")


def _cost(cost: Cost) -> Text:
    if cost.kind == NOT_REACHED:
        return _not_reached(cost)
    zh, en = f"{cost.mistakes} 次", f"{cost.mistakes} ×"
    corrected = Text(f"，其中已改正 {cost.corrected} 次", f", {cost.corrected} of them put right")
    right = corrected if cost.corrected else Text("", "")
    if cost.each is None:
        rule = Text("没有对应的 deduct，整项计", "without a deduction: the whole item")
    else:
        rule = Text(f"每次 {cost.each:g} 分", f"{cost.each:g} each")
        if cost.cap is not None:
            rule = Text(f"{rule.zh}，最多 {cost.cap:g} 分", f"{rule.en}, at most {cost.cap:g}")
    return Text(
        f"  扣分：{cost.kind} {zh}{right.zh}；{rule.zh}（第 {cost.line} 行）：{cost.points:g} 分",
        f"  lost: {en} {cost.kind}{right.en}; {rule.en} (line {cost.line}): {cost.points:g} points",
    )


def _not_reached(cost: Cost) -> Text:
    """Steps that were not done because of another; they cost as much as leaving them out."""
    zh, en = f"漏做每步 {cost.each or 0:g} 分", f"leaving one out costs {cost.each or 0:g}"
    if cost.each is None:
        zh, en = "没有对应的 deduct，整项计", "without a deduction: the whole item"
    return Text(
        f"  扣分：{cost.mistakes} 步未能做到，因所依赖的步骤未完成；"
        f"{zh}（第 {cost.line} 行）：{cost.points:g} 分",
        f"  lost: {cost.mistakes} × not reached, as what it builds on was not done; "
        f"{en} (line {cost.line}): {cost.points:g} points",
    )


def _outcome(outcome: str) -> str:
    return outcome.replace("_", " ")
