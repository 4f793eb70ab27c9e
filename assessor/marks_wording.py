"""What a line of the mark sheet says: why, by which rule, what it cost and how to win it back, zh and en."""

from collections.abc import Iterable, Sequence

from assessor.judge.messages import sentences
from assessor.procedure.rubric import Item
from assessor.types import Text

_ADVICE = {
    "order": Text("先完成前面的步骤，再做这一步。", "Finish the earlier steps before this one."),
    "omission": Text("不要漏做这一步。", "Do this step; it must not be left out."),
    "wrong_wire": Text(
        "拧紧之前，按图纸核对导线两端的端子。",
        "Check both terminals of a wire on the diagram before you tighten it.",
    ),
    "wrong_colour": Text("按图纸选用导线颜色。", "Take the wire colour that the diagram asks for."),
    "unsafe_act": Text("作业前先断电并验电。", "Switch off and prove dead before you work."),
    "tool_left": Text(
        "用完工具立即放回工具盘。", "Put each tool back in its tray as soon as you are done with it."
    ),
    "finding": Text("按工艺要求返工。", "Rework it to the required workmanship."),
}


def line_reason(
    item: Item, said: Sequence[Text], lost: float, places: Sequence[tuple[str, int]], kinds: Sequence[str]
) -> Text:
    """Why the line is as it is; where points are lost: the rule's place, the cost and the advice."""
    parts = list(dict.fromkeys(said))
    if lost > 0:
        parts += [_cost(item, lost, places), _advice(item, kinds)]
    return sentences(parts)


def _cost(item: Item, lost: float, places: Sequence[tuple[str, int]]) -> Text:
    zh = "、".join(f"{id}（第 {line} 行）" for id, line in places)
    en = ", ".join(f"{id} (line {line})" for id, line in places)
    return Text(
        f"依据规则 {zh}，扣 {lost:g} 分，满分 {item.points:g} 分。",
        f"Rule: {en}. It costs {lost:g} of {item.points:g} points.",
    )


def _advice(item: Item, kinds: Iterable[str]) -> Text:
    if item.advice is not None:
        parts = [item.advice.text]
    else:
        parts = [_ADVICE[kind] for kind in kinds] or [_ADVICE["omission"]]
    advice = sentences(parts)
    return Text(f"如何得回这些分：{advice.zh}", f"To win it back: {advice.en}")


def grade_given(grade: float, of: float) -> Text:
    """A grade on a scale."""
    return Text(f"评为 {grade:g}（满 {of:g}）。", f"Graded {grade:g} of {of:g}.")


def nothing_judged() -> Text:
    """The attempt is still running and nothing can be said."""
    return Text("尚无判定。", "Not judged yet.")
