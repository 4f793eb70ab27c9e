"""What a rubric asks, item by item: its clause, the words of the language it takes, and how it is checked.

Takes a `Procedure`; gives rows for tables and pages, and the points by kind of evidence. Nothing is judged.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assessor.judge.wording import describe, limits_in_words
from assessor.located_yaml import Located
from assessor.procedure.conditions import Condition, keys_of, parts_of, word_of
from assessor.procedure.parts import Procedure, Rule, Step
from assessor.procedure.rubric import Item, Overtime, Rubric, Veto
from assessor.procedure.scoring import Counted, Graded, Ladder, Measured, Words
from assessor.sheet_words import word
from assessor.types import FactKey, Text

READ_BY_MACHINE = frozenset(  # as assessor.board_findings counts (a test holds them equal; it loads OpenCV)
    {"wires_missing", "wires_wrong", "wires_wrong_colour", "bad_conductor_ends", "loose_ends"}
)
CHECKERS = {
    "video": Text("机器看录像", "the machine watches the recording"),
    "photo": Text("机器读成品照片", "the machine reads the photo of the finished work"),
    "photo by a person": Text(
        "由看成品照片的人填写", "a person enters it from the photo of the finished work"
    ),
    "reading": Text("填写测量读数，或由仪表传入", "a reading is entered, or sent by the meter"),
    "person": Text("由人评定", "a person decides"),
}
SHORT = {
    "video": Text("视频", "video"),
    "photo": Text("照片（机器）", "photo (machine)"),
    "photo by a person": Text("照片（人）", "photo (person)"),
    "reading": Text("读数", "reading"),
    "person": Text("人工", "person"),
}
_SHOWN_ELSEWHERE = {"id", "title", "points", "check", "dimension", "section", "advice", "mistake"}


@dataclass(frozen=True, slots=True)
class RubricRow:
    """An item, a veto or the overtime. `checker`: a key of `CHECKERS`; `construct`: its keys and words."""

    id: str
    section: str | None
    title: Text
    points: float
    checker: str
    construct: str
    asks: Text
    line: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many points of a rubric rest on each checker; of drawn items the mean of what may be drawn."""

    procedure: str
    title: Text
    points: Mapping[str, float]

    @property
    def total(self) -> float:
        """All of them."""
        return round(math.fsum(self.points.values()), 2)

    def of(self, checker: str) -> float:
        """Its share, from 0 to 1."""
        return self.points[checker] / self.total if self.total else 0.0


def share_of(procedure: Procedure) -> Share:
    """The points of a rubric by who or what checks them; a pool counts evenly for each kind of its faults."""
    points = dict.fromkeys(CHECKERS, 0.0)
    for item in procedure.rubric.items:
        checkers = [_checker_of({kind.key}, item.check) for kind in item.counted or ()] or [checker_of(item)]
        own = _points(procedure.rubric, item) / _drawn_from(procedure.rubric, item)
        for checker in checkers:
            points[checker] += own / len(checkers)
    rounded = {checker: round(value, 2) for checker, value in points.items()}
    return Share(procedure.procedure, procedure.title.text, rounded)


def sum_of(shares: Iterable[Share]) -> Share:
    """All rubrics together, each point counted alike."""
    shares = tuple(shares)
    points = {checker: round(math.fsum(share.points[checker] for share in shares), 2) for checker in CHECKERS}
    return Share("", Text("合计", "all"), points)


def item_rows(procedure: Procedure) -> tuple[RubricRow, ...]:
    """The items in the order of the rubric."""
    return tuple(
        RubricRow(
            item.id,
            item.section,
            item.title.text,
            _points(procedure.rubric, item),
            checker_of(item),
            _item_construct(procedure, item),
            _item_asks(procedure, item),
            item.line,
        )
        for item in procedure.rubric.items
    )


def extra_rows(procedure: Procedure) -> tuple[RubricRow, ...]:
    """Overtime and vetoes: what takes points without having any."""
    rubric = procedure.rubric
    overtime = () if rubric.overtime is None else (_overtime(rubric.overtime),)
    return (*overtime, *(_veto(procedure, veto) for veto in rubric.vetoes))


def checker_of(item: Item) -> str:
    """Who or what supplies an item's evidence: its kind, a photo apart by who looks at it."""
    asked = {key for condition in item.conditions.values() for key in keys_of(condition)} | {*item.supplied}
    return _checker_of(asked, item.check)


def _checker_of(asked: Collection[FactKey], check: str) -> str:
    if check != "photo":
        return check
    findings = {key.subject for key in asked if key.kind == "photo"}
    return "photo" if findings and findings <= READ_BY_MACHINE else "photo by a person"


def _points(rubric: Rubric, item: Item) -> float:
    return round(item.points * rubric.weight(item), 2)


def _last_rungs(ladder: Ladder) -> tuple[float, ...]:
    return (ladder.otherwise,) if ladder.further is None else (ladder.further, ladder.otherwise)


def _drawn_from(rubric: Rubric, item: Item) -> float:
    """One of how many draws asks for the item; 1 where nothing is drawn."""
    drawn = {name for other in rubric.items if other.group == item.group for name in other.drawn}
    return len(drawn) / len(item.drawn) if item.drawn else 1.0


# ---- which keys and words ---------------------------------------------------------------


def _item_construct(procedure: Procedure, item: Item) -> str:
    return "; ".join(filter(None, (_keys(item), _judging(procedure, item.judged_by))))


def _judging(procedure: Procedure, ids: Iterable[str]) -> str:
    """What the steps and rules behind an item or a veto are made of."""
    steps = [step for step in procedure.steps if step.id in ids]
    rules = [rule for rule in procedure.rules if rule.id in ids]
    told = {"step": _keys(*steps), "rule": _keys(*rules)}
    return "; ".join(f"{kind}({keys})" for kind, keys in told.items() if keys)


def _keys(*parts: Located) -> str:
    """The keys set in some parts of a procedure, each once, with all words of the conditions there."""
    found: dict[str, dict[str, None]] = {}
    for part in parts:
        for name, field in type(part).model_fields.items():
            if name in part.model_fields_set and name not in _SHOWN_ELSEWHERE:
                words = found.setdefault(field.alias or name, {})
                words.update(dict.fromkeys(_words(getattr(part, name))))
    return "; ".join(f"{key}({', '.join(words)})" if words else key for key, words in found.items())


def _words(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield " ".join((key, *_words(one)))
    elif isinstance(value, tuple):
        for one in value:
            yield from _words(one)
    elif isinstance(value, Located) and word_of(value) is not None:
        yield from (str(word_of(part)) for part in parts_of(value))
    elif isinstance(value, Located) and not isinstance(value, Words):
        yield from filter(None, _keys(value).split("; "))


# ---- what is asked ----------------------------------------------------------------------


def _item_asks(procedure: Procedure, item: Item) -> Text:
    if item.when is not None:
        return _condition(item.when, item.places)
    if item.graded is not None:
        return _grade(item.graded)
    if item.measured is not None:
        return _measure(item.measured)
    if item.ladder is not None:
        return _ladder(item.ladder)
    if item.counted is not None:
        return _listed(map(_counted, item.counted))
    return _titles(procedure, item.judged_by)


def _listed(parts: Iterable[Text]) -> Text:
    parts = tuple(parts)
    return Text("；".join(one.zh for one in parts), "; ".join(one.en for one in parts))


def _condition(when: Condition, places: Sequence[str]) -> Text:
    asked = describe(when)
    if not places:
        return asked
    return Text(f"{asked.zh}，逐处：{'、'.join(places)}", f"{asked.en}, at each of {', '.join(places)}")


def _titles(procedure: Procedure, ids: Iterable[str]) -> Text:
    parts: list[Step | Rule] = [*procedure.steps, *procedure.rules]
    titles = {part.id: part.title.text for part in parts}
    return _listed(titles[id] for id in ids if id in titles)


def _counted(kind: Counted) -> Text:
    prices = (kind.each,) if kind.rising is None else kind.rising
    price = " / ".join(f"{points:g}" for points in prices if points is not None)
    zh, en = f"{kind.title.text.zh}，每处扣 {price}", f"{kind.title.text.en}, {price} off for each"
    if kind.allowed:
        zh, en = f"{zh}（允许 {kind.allowed} 处）", f"{en} beyond {kind.allowed}"
    if kind.cap is not None:
        zh, en = f"{zh}，最多 {kind.cap:g}", f"{en}, {kind.cap:g} at most"
    return Text(zh, en)


def _grade(graded: Graded) -> Text:
    of, judges = f"{graded.of:g}", graded.judges
    zh, en = f"{graded.key.subject}：评为 0 至 {of}", f"{graded.key.subject}: graded 0 to {of}"
    if judges > 1:
        zh, en = f"{zh}，{judges} 位评委取平均", f"{en}, the mean of {judges} judges"
    if graded.apart is not None:
        zh, en = (
            f"{zh}，相差超过 {graded.apart:g} 须商议",
            f"{en}, talked over when more than {graded.apart:g} apart",
        )
    return Text(zh, en)


def _measure(measured: Measured) -> Text:
    said = [(limits_in_words(band), f"{band.points:g}") for band in measured.bands]
    name = measured.key.subject
    zh = "；".join(f"{limits.zh} 得 {points} 分" for limits, points in said)
    en = "; ".join(f"{limits.en} earns {points}" for limits, points in said)
    return Text(f"{name}：{zh}", f"{name}: {en}")


def _ladder(ladder: Ladder) -> Text:
    award = " / ".join(f"{points:g}" for points in (*ladder.award, *_last_rungs(ladder)))
    if ladder.passed is not None and ladder.failed is not None:
        passed, failed = describe(ladder.passed), describe(ladder.failed)
        told = Text(f"通过：{passed.zh}；失败：{failed.zh}", f"passed: {passed.en}; failed: {failed.en}")
    else:
        name = "" if ladder.tries is None else ladder.tries.key.subject
        told = Text(f"逐次填写 {name}", f"each try of {name} is entered")
    return Text(f"{told.zh}；依次得 {award}", f"{told.en}; earns {award} by the try")


# ---- what takes points without having any -----------------------------------------------


def _overtime(overtime: Overtime) -> RubricRow:
    allowed, every, each = (f"{value:g}" for value in (overtime.allowed_s, overtime.every_s, overtime.each))
    zh, en = (
        f"限时 {allowed} 秒，每超 {every} 秒扣 {each} 分",
        f"{allowed} s allowed, {each} off for every {every} s more",
    )
    if overtime.cap is not None:
        zh, en = f"{zh}，最多 {overtime.cap:g} 分", f"{en}, {overtime.cap:g} at most"
    if overtime.stop_s is not None:
        zh, en = f"{zh}；超 {overtime.stop_s:g} 秒终止", f"{en}; stopped {overtime.stop_s:g} s after it"
    title, keys = word("line", "overtime"), f"overtime({_keys(overtime)})"
    return RubricRow("overtime", None, title, 0.0, "video", keys, Text(zh, en), overtime.line)


def _veto(procedure: Procedure, veto: Veto) -> RubricRow:
    inside = "; ".join(filter(None, (_keys(veto), _judging(procedure, veto.judged_by))))
    asks = _veto_asks(procedure, veto)
    return RubricRow(veto.id, None, veto.title.text, 0.0, "person", f"veto({inside})", asks, veto.line)


def _veto_asks(procedure: Procedure, veto: Veto) -> Text:
    """What makes the machine propose it, and what it does once a person has confirmed it."""
    shown = describe(veto.when) if veto.when is not None else _titles(procedure, veto.judged_by)
    if not shown.zh:
        shown = Text("只由人提出", "called by a person only")
    elif veto.times > 1:
        shown = Text(f"{shown.zh}，满 {veto.times} 次", f"{shown.en}, {veto.times} times")
    effect = word("effect", veto.effect)
    return Text(f"{shown.zh}；确认后：{effect.zh}", f"{shown.en}; once confirmed: {effect.en}")
