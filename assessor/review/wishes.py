"""What a person wants to decide, checked against the sheet and the rubric (api, console -> decide).

Takes a `Wish` and the desk; gives the points it comes to. Raises RefusedError, told in both languages.
"""

import math
from dataclasses import dataclass
from uuid import UUID

from assessor.errors import RefusedError
from assessor.marks import points_of_value
from assessor.review.desk import Desk
from assessor.review.standing import Decision
from assessor.types import Text

MOST_REASON = 2000
ABNORMAL = "abnormal"  # of a doubt: something is out of order, whoever arbitrates has to know
LINE_DECISIONS = (Decision.ACCEPT, Decision.OVERTURN, Decision.ENTER, Decision.DOUBT)
VETO_DECISIONS = (Decision.CONFIRM, Decision.REFUSE, Decision.DOUBT)
REASONS: dict[str, Text] = {
    "not_so": Text("画面中并非如此", "The recording shows otherwise"),
    "hidden": Text("被遮挡，看不清", "It was hidden from the camera"),
    "put_right": Text("已及时改正", "It was put right in time"),
    "other_way": Text("另一种做法，也符合要求", "Another way that is as good"),
    "misread": Text("机器认错了器件、工具或导线", "The machine mistook a device, a tool or a wire"),
    "wrong_moment": Text("判定的时刻或步骤不对", "It is about another moment or step"),
    "bench_fault": Text("工位或设备故障，不是学生的错", "A fault of the bench, not of the student"),
    "missed": Text("机器漏看了错误", "The machine missed a mistake"),
    "other": Text("其他原因", "Another reason"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """`version`: the newest decision its author has seen. Points as `awarded`, or as a `value` (grade,
    reading, count) they follow from. `reason_code`: one of REASONS; `took_s`: how long it took to decide."""

    attempt_id: UUID
    item: str
    decision: Decision
    version: int
    awarded: float | None = None
    value: float | None = None
    reason_code: str | None = None
    reason: str | None = None
    took_s: float | None = None


def refuse(zh: str, en: str) -> RefusedError:
    """The error, told in both languages."""
    return RefusedError(Text(zh, en))


def checked_points(desk: Desk, wish: Wish) -> float | None:
    """The points the wish comes to; None for a doubt and for vetoes."""
    if wish.reason_code == ABNORMAL:
        _check_abnormal(wish)
    elif wish.reason_code is not None and wish.reason_code not in REASONS:
        known = ", ".join(REASONS)
        raise refuse(f"reason_code 应为 {known} 之一。", f"Expected a reason_code of {known}.")
    check_text(wish.reason)
    if desk.is_veto(wish.item):
        _check_veto(desk, wish)
        return None
    return _of_line(desk, wish)


def told(code: str | None, reason: str | None) -> Text:
    """Why, as the sheet says it."""
    words = REASONS.get(code or "", Text("", "")) if code != "other" or not reason else Text("", "")
    zh = "：".join(filter(None, (words.zh, reason)))
    en = ": ".join(filter(None, (words.en, reason)))
    return Text(_ended(zh, "。"), _ended(en, "."))


def _check_abnormal(wish: Wish) -> None:
    if wish.decision is not Decision.DOUBT:
        raise refuse("异常项只能存疑，不评分。", "What is abnormal is doubted, not marked.")
    check_text(wish.reason, needed=True)


def _check_veto(desk: Desk, wish: Wish) -> None:
    if wish.decision not in VETO_DECISIONS:
        raise refuse("否决项只能确认、驳回或存疑。", "A veto can be confirmed, refused or doubted.")
    if wish.awarded is not None or wish.value is not None:
        raise refuse("否决项没有分数。", "A veto has no points of its own.")
    against = (wish.decision is Decision.REFUSE) == (desk.question(wish.item).proposed == 1.0)
    if wish.decision is not Decision.DOUBT and against:
        _need_reason(wish)


def _of_line(desk: Desk, wish: Wish) -> float | None:
    proposed = desk.question(wish.item).proposed
    if wish.decision not in LINE_DECISIONS:
        raise refuse("只有否决项可以确认或驳回。", "Only a veto can be confirmed or refused.")
    if wish.decision is Decision.DOUBT:
        return None
    if wish.decision is Decision.ACCEPT:
        if proposed is None:
            raise refuse("机器没有给分，请填写分数。", "The machine left it open: enter its points.")
        if wish.awarded is not None or wish.value is not None:
            raise refuse("同意时不填分数。", "To accept takes no points; overturn to change them.")
        return proposed
    if (wish.decision is Decision.ENTER) != (proposed is None):
        raise refuse(
            "机器未给分的项用 enter，已给分的项用 overturn。",
            "Enter the points of what the machine left open; overturn what it proposed.",
        )
    if wish.decision is Decision.OVERTURN:
        _need_reason(wish)
    return points_of(desk, wish)


def points_of(desk: Desk, wish: Wish) -> float:
    """The points of the wish, within what the item can have."""
    if (wish.awarded is None) == (wish.value is None):
        raise refuse("应填 awarded 或 value 之一。", "Expected one of awarded and value.")
    low, high = desk.range(wish.item)
    points = wish.awarded if wish.value is None else _by_value(desk, wish)
    if points is None or not math.isfinite(points) or not low <= points <= high:
        raise refuse(
            f"分数应在 {low:g} 到 {high:g} 之间，实际为 {points}。",
            f"Expected points from {low:g} to {high:g}, got {points}.",
        )
    return round(points, 2)


def _by_value(desk: Desk, wish: Wish) -> float:
    item, value = desk.items.get(wish.item), wish.value
    if item is None or desk.procedure is None or value is None or not math.isfinite(value):
        raise refuse("此项不能由数值得分，请填 awarded。", "This item takes no value: give awarded.")
    points = points_of_value(desk.procedure, item, value)
    if points is None:
        raise refuse(f"此项不接受数值 {value:g}。", f"The item does not take the value {value:g}.")
    return points


def _need_reason(wish: Wish) -> None:
    if not (wish.reason_code and wish.reason_code != "other") and not (wish.reason or "").strip():
        raise refuse("请说明理由。", "Say why: a reason is needed.")


def check_text(text: str | None, *, needed: bool = False) -> None:
    """Raise RefusedError for a reason that cannot be kept, or is not there."""
    if needed and not (text or "").strip():
        raise refuse("请说明理由。", "Say why: a reason is needed.")
    if text is None:
        return
    if len(text) > MOST_REASON:
        raise refuse(f"理由最多 {MOST_REASON} 字。", f"A reason has at most {MOST_REASON} characters.")
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise refuse("理由中有无法保存的字符。", "The reason holds characters that cannot be kept.")


def _ended(text: str, stop: str) -> str:
    return text if not text or text[-1] in "。.！!？?" else text + stop
