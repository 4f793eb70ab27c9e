"""Why an item judged by itself, or a veto, is as it is: what was asked for and what came, zh and en."""

from collections.abc import Sequence

from assessor.judge.acts import Act
from assessor.judge.messages import Seen, when
from assessor.judge.wording import describe, limits_in_words, listed, seconds, seen
from assessor.located_yaml import Located
from assessor.procedure.rubric import Veto
from assessor.procedure.scoring import Band, Counted
from assessor.types import Text

_EVIDENCE = {
    "video": Text("录像", "recording"),
    "photo": Text("成品照片", "board photo"),
    "reading": Text("测量读数", "reading"),
    "person": Text("教师评分", "teacher's mark"),
}


def item_said(condition: Located, facts: Seen) -> Text:
    """What an item with a condition of its own asked for and what came."""
    asked, found = describe(condition), listed(seen(key, value) for key, value in facts)
    return Text(f"要求：{asked.zh}；结果：{found.zh}。", f"Asked for: {asked.en}; found: {found.en}.")


def not_supplied(check: str) -> Text:
    """Nobody has supplied the evidence yet."""
    missing = _EVIDENCE[check]
    return Text(f"待补充：尚无{missing.zh}。", f"Open: no {missing.en} yet.")


def place_not_supplied(place: str, check: str) -> Text:
    """Nobody has supplied the evidence of one place yet."""
    missing = _EVIDENCE[check]
    return Text(f"待补充：{place} 尚无{missing.zh}。", f"Open: no {missing.en} of {place} yet.")


def places_met(count: int) -> Text:
    """Every place is as it should be."""
    return Text(f"{count} 处全部符合要求。", f"All {count} places are as they should be.")


def not_counted(kinds: Sequence[Counted], check: str) -> Text:
    """Nobody has counted some kinds of faults yet."""
    missing, named = _EVIDENCE[check], listed(kind.title.text for kind in kinds)
    return Text(
        f"待补充：{named.zh}尚无{missing.zh}结果。", f"Open: not counted yet ({missing.en}): {named.en}."
    )


def counted(kind: Counted, count: float) -> Text:
    """How often a fault was counted, against the limit."""
    title, allowed = kind.title, kind.allowed
    zh, en = (f"（允许 {allowed} 处）", f" ({allowed} allowed)") if allowed else ("", "")
    return Text(f"{title.zh}：{count:g} 处{zh}。", f"{title.en}: {count:g}{en}.")


def nothing_counted(kinds: int) -> Text:
    """No fault of any kind."""
    return Text(f"{kinds} 类缺陷均未发现。", f"None of {kinds} kinds of faults found.")


def grade_out_of_scale(grade: float, of: float) -> Text:
    """A grade that the scale does not have."""
    return Text(
        f"待补充：评分 {grade:g} 不在 0 至 {of:g} 之间。",
        f"Open: the grade {grade:g} is not on the scale 0 to {of:g}.",
    )


def judges_missing(given: int, judges: int) -> Text:
    """Not all judges have graded yet."""
    return Text(
        f"待补充：{judges} 位裁判中有 {given} 位已评。", f"Open: {given} of {judges} judges have graded."
    )


def judges_apart(grades: Sequence[float], apart: float) -> Text:
    """The judges are too far apart."""
    named = ", ".join(f"{grade:g}" for grade in grades)
    return Text(
        f"各裁判评分 {named}，相差超过 {apart:g}，请商议后重评。",
        f"The judges gave {named}, more than {apart:g} apart: to be talked over and graded again.",
    )


def graded(grades: Sequence[float], mean: float, of: float, level: Text | None) -> Text:
    """The grade, whose mean it is and what it means."""
    named = ", ".join(f"{grade:g}" for grade in grades)
    zh, en = f"评为 {mean:.3g}（满 {of:g}）", f"Graded {mean:.3g} of {of:g}"
    if len(grades) > 1:
        zh, en = f"{zh}，各裁判 {named}", f"{en}, the mean of {named}"
    if level is not None:
        zh, en = f"{zh}：{level.zh}", f"{en}: {level.en}"
    return Text(f"{zh}。", f"{en}.")


def measured(name: str, value: float, bands: Sequence[Band], fitted: Band | None) -> Text:
    """A measured value, the limits that it keeps and those of full marks."""
    best = limits_in_words(max(bands, key=lambda band: band.points))
    if fitted is None:
        return Text(
            f"{name} 为 {value:g}，不在任何给分范围内；满分要求{best.zh}。",
            f"{name} is {value:g}, outside all limits; full points need {best.en}.",
        )
    kept = limits_in_words(fitted)
    zh, en = (
        f"{name} 为 {value:g}，{kept.zh}，得 {fitted.points:g} 分",
        f"{name} is {value:g}, {kept.en}: {fitted.points:g} points",
    )
    return Text(f"{zh}；满分要求{best.zh}。", f"{en}; full points need {best.en}.")


def tries(failures: int, passed: bool) -> Text:
    """How many tries it took."""
    if passed:
        return Text(f"第 {failures + 1} 次试验通过。", f"Passed at try {failures + 1}.")
    return (
        Text(f"{failures} 次试验均未通过。", f"None of {failures} tries passed.")
        if failures
        else Text("没有通过的试验。", "No try passed.")
    )


def failed_try(nth: int, t_s: float) -> Text:
    """One failed try."""
    at = seconds(t_s)
    return Text(f"第 {nth} 次试验失败（{at.zh}）。", f"Try {nth} failed ({at.en}).")


def veto_came_true(veto: Veto, act: Act) -> Text:
    """What the machine proposes a veto for."""
    at, asked = when(act), describe(veto.when) if veto.when is not None else veto.title.text
    return Text(f"{at.zh}：{asked.zh}。", f"{at.en[:1].upper()}{at.en[1:]}: {asked.en}.")


def veto_not_seen() -> Text:
    """The machine sees no reason."""
    return Text("未见触发情形。", "Nothing seen that calls for it.")
