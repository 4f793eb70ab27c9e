"""Why a verdict is as it is: one sentence per kind of outcome and mistake, zh and en.

Every sentence says what was seen, when, and what was asked for; `judge/wording.py` has the smaller words.
"""

from collections.abc import Iterable, Sequence

from assessor.judge.acts import Act
from assessor.judge.order import Misplaced
from assessor.judge.wire_findings import WireFinding
from assessor.judge.wording import colour, describe, listed, seconds, seen, wire_name
from assessor.located_yaml import Located
from assessor.procedure.conditions import Wire
from assessor.procedure.parts import Rule, Step
from assessor.types import FactKey, Text

Seen = Sequence[tuple[FactKey, str | None]]


def when(act: Act) -> Text:
    """The time of an act, with its interval where nobody saw it happening."""
    low, high, t_s = f"{act.earliest_s:.1f}", f"{act.latest_s:.1f}", f"{act.t_s:.1f}"
    if act.latest_s - act.earliest_s < 1.0:
        return Text(f"{t_s} 秒", f"at {t_s} s")
    return Text(f"{low}–{high} 秒之间", f"between {low} and {high} s")


def step_met(step: Step, act: Act) -> Text:
    """Done as asked."""
    at, asked = when(act), describe(step.done)
    return Text(f"{at.zh}完成：{asked.zh}。", f"Done {at.en}: {asked.en}.")


def step_by_other(other: Step) -> Text:
    """Another step was done instead."""
    title = other.title
    return Text(f"由“{title.zh}”代替完成。", f"Done by “{title.en}” instead.")


def step_optional() -> Text:
    """Not done, and it need not be."""
    return Text("选做步骤，未做，不扣分。", "Optional; not done, which costs nothing.")


def step_unsure(confidence: float, said: Text) -> Text:
    """Something was seen, but not surely enough."""
    sure = f"{confidence:.0%}"
    return Text(f"把握只有 {sure}，请教师查看：{said.zh}", f"Only {sure} sure, please look: {said.en}")


def step_hidden(step: Step, span: tuple[float, float], facts: Seen) -> Text:
    """It may have been done where nobody could see it."""
    hidden = listed(seen(key, None) for key, value in facts if value is None)
    zh, en = (f"（{hidden.zh}）", f" ({hidden.en})") if hidden.en else ("", "")
    asked = describe(step.done)
    start, end = f"{span[0]:.1f}", f"{span[1]:.1f}"
    return Text(
        f"{start}–{end} 秒无法观测{zh}，不能判断是否做到：{asked.zh}。",
        f"Not to be seen from {start} to {end} s{en}, so nobody can say whether this was done: {asked.en}.",
    )


def step_depends(cause: Step) -> Text:
    """It builds on a step that could not be seen."""
    title = cause.title
    return Text(
        f"“{title.zh}”看不到，本步骤也就无法判断。",
        f"It builds on “{title.en}”, which could not be seen.",
    )


def step_follows(causes: Iterable[Step]) -> Text:
    """Not done because of another step: counted there."""
    titles = listed(cause.title.text for cause in causes)
    return Text(
        f"未做到，因为“{titles.zh}”没有完成；不另计错误，但不得分。",
        f"Not reached, because this was not done: {titles.en}. No mistake of its own, but no points either.",
    )


def step_omitted(step: Step, due: Text, facts: Seen) -> Text:
    """Not done, what was asked for, and what was seen instead."""
    asked, found = describe(step.done), listed(seen(key, value) for key, value in facts)
    return Text(
        f"{due.zh}仍未做“{step.title.zh}”。要求：{asked.zh}；看到：{found.zh}。",
        f"“{step.title.en}” was not done {due.en}. Asked for: {asked.en}; seen: {found.en}.",
    )


def too_late(successor: Step, t_s: float) -> Text:
    """By when it should have been done: before another step."""
    title, at = successor.title, seconds(t_s)
    return Text(f"到“{title.zh}”（{at.zh}）时", f"before “{title.en}” ({at.en})")


def by_the_end(t_s: float) -> Text:
    """By when it should have been done: at all."""
    at = seconds(t_s)
    return Text(f"到结束（{at.zh}）时", f"by the end ({at.en})")


def step_undone(step: Step, act: Act) -> Text:
    """It was done, and taken back later."""
    at, asked = when(act), describe(step.done)
    return Text(
        f"{at.zh}曾完成，但结束时已不成立：{asked.zh}。",
        f"Done {at.en}, but in the end it no longer holds: {asked.en}.",
    )


def order_broken(step: Step, found: Misplaced, act: Act, others: Iterable[tuple[Step, Act]]) -> Text:
    """A step out of place, the steps it should have waited for (or the other way round), and the times."""
    title, at = step.title, when(act)
    named = listed(_timed(other.title.text, other_act) for other, other_act in others)
    if found.early:
        return Text(
            f"“{title.zh}”做得过早（{at.zh}）：应在{named.zh}之后。",
            f"“{title.en}” came too early ({at.en}): it has to wait for {named.en}.",
        )
    return Text(
        f"“{title.zh}”做得过晚（{at.zh}）：应在{named.zh}之前。",
        f"“{title.en}” came too late ({at.en}): it has to come before {named.en}.",
    )


def _timed(title: Text, act: Act) -> Text:
    at = when(act)
    return Text(f"“{title.zh}”（{at.zh}）", f"“{title.en}” ({at.en})")


def requirement_broken(requires: Located, act: Act) -> Text:
    """A step was done in the wrong state of the bench."""
    at, asked = when(act), describe(requires)
    return Text(
        f"{at.zh}完成时不满足：{asked.zh}。", f"When it was done ({at.en}), this did not hold: {asked.en}."
    )


def requirement_unknown(requires: Located, act: Act, facts: Seen) -> Text:
    """Nobody saw or entered what a step requires."""
    at, asked = when(act), describe(requires)
    unknown = listed(seen(key, None) for key, value in facts if value is None)
    return Text(
        f"{at.zh}完成；当时是否满足“{asked.zh}”未知（{unknown.zh}）。",
        f"Done {at.en}; whether this held then is not known: {asked.en} ({unknown.en}).",
    )


def rule_not_supplied(facts: Iterable[FactKey]) -> Text:
    """The rule rests on something that nobody has entered."""
    missing = listed(seen(key, None) for key in facts)
    return Text(
        f"待补充：尚未输入，不能判断是否遵守（{missing.zh}）。",
        f"Open: nobody has entered what it rests on ({missing.en}).",
    )


def wire_wrong(finding: WireFinding, corrected: bool) -> Text:
    """A wire in the wrong place or colour, and the planned one."""
    at, laid = when(finding.act), _as_planned(finding)
    tone = colour(finding.life.colour)
    if finding.kind == "taken_out":
        return Text(f"{at.zh}拆下了原有导线 {laid}。", f"The given wire {laid} was taken out {at.en}.")
    zh = f"{at.zh}接入{tone.zh}导线 {laid}"
    en = f"A {tone.en} wire {laid} was laid {at.en}"
    if finding.wire is not None:
        planned = _planned(finding.wire, finding.kind)
        zh, en = f"{zh}，图纸要求 {planned.zh}", f"{en}; the diagram asks for {planned.en}"
    else:
        zh, en = f"{zh}，图纸上没有这根线", f"{en}; the diagram has no such wire"
    if corrected and finding.life.removed is not None:
        put_right = when(finding.life.removed)
        return Text(f"{zh}；{put_right.zh}已改正。", f"{en}; it was put right {put_right.en}.")
    return Text(f"{zh}。", f"{en}.")


def _as_planned(finding: WireFinding) -> str:
    """A wire of the wrong colour is named as in the plan, any other as it was seen."""
    wire, (start, end) = finding.wire, finding.life.ends
    same = wire is not None and {wire.from_, wire.to} == {start, end}
    return wire_name(wire.from_, wire.to) if wire is not None and same else wire_name(start, end)


def _planned(wire: Wire, kind: str) -> Text:
    name = wire_name(wire.from_, wire.to)
    if kind == "wrong_colour" and wire.color is not None:
        tone = colour(wire.color)
        return Text(tone.zh, tone.en)
    return Text(name, name)


def rule_kept(unseen_s: float, total_s: float) -> Text:
    """Never broken in what could be seen."""
    if unseen_s < 0.05:
        return Text(f"全程 {total_s:.1f} 秒未见违反。", f"Not broken in all {total_s:.1f} s.")
    return Text(
        f"未见违反（{total_s:.1f} 秒中有 {unseen_s:.1f} 秒看不清）。",
        f"Not seen to be broken ({unseen_s:.1f} of {total_s:.1f} s could not be seen).",
    )


def rule_hidden(unseen_s: float, total_s: float) -> Text:
    """Too much could not be seen to say that the rule was kept."""
    return Text(
        f"{total_s:.1f} 秒中有 {unseen_s:.1f} 秒看不清，不能判断是否始终遵守。",
        f"{unseen_s:.1f} of {total_s:.1f} s could not be seen, so nobody can say that the rule was kept.",
    )


def rule_moment_hidden(moments: Iterable[Text]) -> Text:
    """What had to be looked at could not be seen at that moment."""
    named = listed(moments)
    return Text(f"{named.zh}时看不到。", f"Could not be seen {named.en}.")


def rule_broken(rule: Rule, sign: Located, span: tuple[float, float]) -> Text:
    """What was seen, how long, against which limit."""
    what, limit = describe(sign), f"{rule.for_s:g}"
    start, length = f"{span[0]:.1f}", f"{span[1] - span[0]:.1f}"
    context = describe(rule.while_) if rule.while_ is not None else None
    zh_while, en_while = (f"（{context.zh}）", f" while {context.en}") if context else ("", "")
    zh_limit, en_limit = (f"（限值 {limit} 秒）", f" (limit {limit} s)") if rule.for_s else ("", "")
    return Text(
        f"{start} 秒起 {length} 秒{zh_limit}：{what.zh}{zh_while}。",
        f"From {start} s for {length} s{en_limit}: {what.en}{en_while}.",
    )


def wire_changed(rule: Rule, ends: tuple[str, str], act: Act) -> Text:
    """A wire was put in or taken out when it must not be."""
    at, name = when(act), wire_name(*ends)
    context = describe(rule.while_) if rule.while_ is not None else Text("任何时候", "at any time")
    return Text(
        f"{at.zh}在“{context.zh}”时接入或拆下导线 {name}。",
        f"The wire {name} was put in or taken out {at.en} while {context.en}.",
    )


def left_lying(sign: Located, moment: Text, since_s: float, corrected: bool) -> Text:
    """Something lay where it must not at a moment that matters."""
    what, since = describe(sign), seconds(since_s)
    zh, en = ("；后来已拿走", "; taken away later") if corrected else ("", "")
    return Text(
        f"{moment.zh}时：{what.zh}（自 {since.zh}起）{zh}。",
        f"{_upper(moment.en)}: {what.en} (since {since.en}){en}.",
    )


def moment_of_step(step: Step, t_s: float) -> Text:
    """The moment at which a step was done."""
    title, at = step.title, seconds(t_s)
    return Text(f"“{title.zh}”（{at.zh}）", f"at “{title.en}” ({at.en})")


def moment_of_end(t_s: float) -> Text:
    """The end of the attempt."""
    at = seconds(t_s)
    return Text(f"结束（{at.zh}）", f"at the end ({at.en})")


def counted_elsewhere(said: Text, rule_title: Text) -> Text:
    """The same mistake has been counted under a rule."""
    return Text(
        f"{said.zh}同一错误已计入“{rule_title.zh}”。",
        f"{said.en} The same mistake is counted under “{rule_title.en}”.",
    )


def sentences(parts: Iterable[Text]) -> Text:
    """Several sentences in a row."""
    parts = tuple(parts)
    return Text("".join(p.zh for p in parts), " ".join(p.en for p in parts))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
