"""What a line of the mark sheet says: why, by which rule, what it cost and how to win it back, zh and en."""

from collections.abc import Iterable, Sequence

from assessor.judge.messages import sentences
from assessor.procedure.rubric import Group, Item, Overtime, Veto
from assessor.types import Text

Place = tuple[str, int, str]  # rule, its line, the rule set whose file that is ("" = the procedure's own)
_ADVICE = {
    "order": Text("先完成前面的步骤，再做这一步。", "Finish the earlier steps before this one."),
    "omission": Text("不要漏做这一步。", "Do this step; it must not be left out."),
    "wrong_wire": Text(
        "拧紧之前，按图纸核对导线两端的端子。",
        "Check both terminals of a wire on the diagram before you tighten it.",
    ),
    "wrong_colour": Text("按图纸选用导线颜色。", "Take the wire colour that the diagram asks for."),
    "unsafe_act": Text(
        "按安全规程操作，不做禁止的动作。", "Work by the safety rules; leave out what they forbid."
    ),
    "tool_left": Text(
        "用完工具立即放回工具盘。", "Put each tool back in its tray as soon as you are done with it."
    ),
    "finding": Text("按工艺要求返工。", "Rework it to the required workmanship."),
    "not_reached": Text("先完成它所依赖的步骤。", "First do the steps that it builds on."),
    "failed_try": Text("通电前先自检，再申请试车。", "Check the work yourself before you ask for the test."),
    "damage": Text("按规定使用设备和工具。", "Use equipment and tools as they are meant to be used."),
}

OVERTIME = Text("超时", "Overtime")
_STATES = {
    "proposed": Text("须经人确认才生效", "it acts only once a person confirms it"),
    "confirmed": Text("已由人确认", "confirmed by a person"),
    "refused": Text("已由人驳回，不生效", "refused by a person, so it does not act"),
}
_EFFECTS = {
    "zero": Text("相关项记 0 分", "its items get 0 points"),
    "fail": Text("考核不合格", "not passed"),
    "disqualify": Text("取消资格，总分记 0", "disqualified, no points"),
    "stop": Text("立即终止，考核不合格", "the work ends there, not passed"),
}


def line_reason(
    item: Item,
    said: Sequence[Text],
    lost: float,
    places: Sequence[Place],
    kinds: Sequence[str],
) -> Text:
    """Why the line is as it is; where points are lost: the rule's place, the cost and the advice."""
    parts = list(dict.fromkeys(said))
    if lost > 0:
        parts += [_cost(item, lost, places), _introduced(advice_of(item, kinds))]
    return sentences(parts)


def _cost(item: Item, lost: float, places: Sequence[Place]) -> Text:
    zh = "、".join(f"{id}（{rule_set and rule_set + ' '}第 {line} 行）" for id, line, rule_set in places)
    en = ", ".join(f"{id} ({rule_set and rule_set + ', '}line {line})" for id, line, rule_set in places)
    zh_of, en_of = (f"，满分 {item.points:g} 分", f" of {item.points:g}") if item.points else ("", "")
    return Text(f"依据规则 {zh}，扣 {lost:g} 分{zh_of}。", f"Rule: {en}. It costs {lost:g}{en_of} points.")


def advice_of(item: Item, kinds: Iterable[str]) -> Text:
    """How to win lost points back: the rubric's own words, else those for these kinds of mistakes."""
    if item.advice is not None:
        return item.advice.text
    return sentences(_full_marks(item) or [_ADVICE[kind] for kind in kinds] or [_ADVICE["omission"]])


def _introduced(advice: Text) -> Text:
    return Text(f"如何得回这些分：{advice.zh}", f"To win it back: {advice.en}")


def _full_marks(item: Item) -> list[Text]:
    """What the best grade stands for."""
    if item.graded is None:
        return []
    best = item.graded.levels[-1].text if item.graded.levels else None
    return [best or Text("请评分者说明满分的要求。", "Ask the person who graded what full marks need.")]


def nothing_judged() -> Text:
    """The attempt is still running and nothing can be said."""
    return Text("尚无判定。", "Not judged yet.")


def not_drawn(draw: str) -> Text:
    """Nobody has entered yet what was drawn."""
    return Text(f"待补充：尚未输入抽题结果（{draw}）。", f"Open: what was drawn is not entered yet ({draw}).")


def weighted(reason: Text, weight: float) -> Text:
    """The points of the line are weighted."""
    return sentences([reason, Text(f"按权重 {weight:g} 计分。", f"Weighted by {weight:g}.")])


def overtime(overtime: Overtime, took_s: float, cost: float) -> Text:
    """How long it took, how long was allowed, what that costs."""
    took, allowed = f"{took_s / 60:.1f}", f"{overtime.allowed_s / 60:g}"
    if not cost:
        return Text(f"用时 {took} 分钟，规定 {allowed} 分钟。", f"It took {took} min; {allowed} are allowed.")
    every, each, line = f"{overtime.every_s / 60:g}", f"{overtime.each:g}", overtime.line
    cap = overtime.cap
    zh_cap, en_cap = ("", "") if cap is None else (f"，最多 {cap:g} 分", f", at most {cap:g}")
    return Text(
        f"用时 {took} 分钟，规定 {allowed} 分钟；每超 {every} 分钟扣 {each} 分{zh_cap}，"
        f"共扣 {cost:g} 分（第 {line} 行）。如何得回这些分：合理安排时间。",
        f"It took {took} min; {allowed} are allowed. Every {every} min more cost {each}{en_cap}: "
        f"{cost:g} points (line {line}). To win it back: plan the time.",
    )


def limit_title(group: Group) -> Text:
    """The line by which a group's limit acts."""
    title = group.title
    return Text(f"{title.zh}：扣分上限", f"{title.en}: limit")


def limit(group: Group) -> Text:
    """Why points come back."""
    line = group.line
    if group.most is not None:
        most = f"{group.most:g}"
        return Text(
            f"该组最多扣 {most} 分（第 {line} 行）。", f"The group loses {most} at most (line {line})."
        )
    least = f"{group.least or 0:g}"
    return Text(f"该组最低 {least} 分（第 {line} 行）。", f"The group gives {least} at least (line {line}).")


def decided_by_a_person(given: float, proposed: float | None, points: float, said: Text) -> Text:
    """A person gave the line its points; `said`: why."""
    zh, en = f"经人复核为 {given:g} 分", f"A person gave {given:g}"
    if points:
        zh, en = f"{zh}（满分 {points:g} 分）", f"{en} of {points:g}"
    if proposed is not None and proposed != given:
        zh, en = f"{zh}，机器建议 {proposed:g} 分", f"{en}; the machine had proposed {proposed:g}"
    return sentences([Text(f"{zh}。", f"{en}."), *([said] if said.zh else [])])


def called_by_a_person() -> Text:
    """No machine has proposed it."""
    return Text("由人提出。", "Called by a person.")


def veto_reason(veto: Veto, reason: Text, state: str) -> Text:
    """Why it is proposed or was called, what it does, by which line, and what a person said."""
    effect, line, said = _EFFECTS[veto.effect], veto.line, _STATES[state]
    rule = Text(
        f"后果：{effect.zh}（第 {line} 行）；{said.zh}。", f"Effect: {effect.en} (line {line}); {said.en}."
    )
    return sentences([reason, rule, *([veto.advice.text] if veto.advice is not None else [])])


def zero_by_veto(veto: Veto, reason: Text) -> Text:
    """A confirmed veto takes all points of the line."""
    title, line = veto.title, veto.line
    said = Text(
        f"“{title.zh}”经确认，本项记 0 分（第 {line} 行）。",
        f"“{title.en}” is confirmed: 0 points (line {line}).",
    )
    return sentences([reason, said])
