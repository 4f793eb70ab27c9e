"""Supplied evidence against the procedure: unknown names, text for a number, grades off their scale, twice.

Takes what was said with its place; gives every `Fault`, before anything is scored.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from assessor.errors import Fault
from assessor.judge.items import FAILED, PASSED, number_of
from assessor.judge.vetoes import CONFIRMED, REFUSED
from assessor.located_yaml.faults import nearest, one_of
from assessor.procedure import Procedure
from assessor.procedure.conditions import Limits, key_of, parts_of
from assessor.procedure.parts import conditions_of
from assessor.story import SOURCES, Said
from assessor.types import FactKey, Text

A_NUMBER = Text("数字，如 2.4", "a number such as 2.4")


def faults_of(said: Sequence[Said], procedure: Procedure) -> list[Fault]:
    """Everything wrong with what was supplied, in its order."""
    return [*_each(said, procedure), *_twice(said)]


def _each(said: Iterable[Said], procedure: Procedure) -> Iterator[Fault]:
    words, numbers, scales = _words(procedure), _numbers(procedure), _scales(procedure)
    for one in said:
        key, value = one.fact.key, one.fact.value or ""
        known = sorted(fact.subject for fact in procedure.facts if fact.kind == key.kind)
        if key.kind not in SOURCES:
            yield one.subject.fault(_supplied_only())
        elif key.subject not in known:
            yield one.subject.fault(_asked(key.kind, known), nearest(key.subject, known))
        elif key in words and value not in words[key]:
            yield one.value.fault(one_of(words[key]), nearest(value, words[key]))
        elif key in scales and not 0 <= _or_below(value) <= scales[key]:
            of = scales[key]
            yield one.value.fault(Text(f"0 至 {of:g} 的数", f"a number from 0 to {of:g}"))
        elif key in numbers and number_of(value) is None:
            yield one.value.fault(A_NUMBER)


def _twice(said: Iterable[Said]) -> Iterator[Fault]:
    """The same thing at the same time can only be one of the two."""
    first: set[tuple[FactKey, float]] = set()
    for one in said:
        when = one.fact.key, one.fact.t_s
        if when in first:
            yield one.subject.fault(Text("每个名称在同一时刻只填一次", "each name once at one time"))
        first.add(when)


def _words(procedure: Procedure) -> dict[FactKey, tuple[str, ...]]:
    """The values of tries, decisions on vetoes and draws."""
    rubric = procedure.rubric
    words: dict[FactKey, tuple[str, ...]] = {veto.key: (CONFIRMED, REFUSED) for veto in rubric.vetoes}
    for item in rubric.items:
        for key in item.ladder.try_keys if item.ladder is not None else ():
            words[key] = (PASSED, FAILED)
    for id, group in rubric.groups.items():
        drawn = dict.fromkeys(name for item in rubric.items if item.group == id for name in item.drawn)
        if group.draw is not None and drawn:
            words[FactKey("person", group.draw)] = tuple(drawn)
    return words


def _numbers(procedure: Procedure) -> frozenset[FactKey]:
    """The facts that are compared with numbers, and never with a word."""
    items = procedure.rubric.items
    measured = {item.measured.key for item in items if item.measured is not None}
    measured |= {counted.key for item in items for counted in item.counted or ()}
    limits = [
        (key, part)
        for _, condition in conditions_of(procedure)
        for part in parts_of(condition)
        if isinstance(part, Limits) and (key := key_of(part)) is not None
    ]
    worded = {key for key, part in limits if part.is_ is not None}
    return frozenset(measured | {key for key, _ in limits} - worded)


def _scales(procedure: Procedure) -> dict[FactKey, float]:
    graded = [item.graded for item in procedure.rubric.items if item.graded is not None]
    return {key: grading.of for grading in graded for key in grading.keys}


def _or_below(value: str) -> float:
    number = number_of(value)
    return -1.0 if number is None else number


def _asked(kind: str, known: Collection[str]) -> Text:
    if known:
        return one_of(known)
    return Text(f"不填 {kind}（该流程不需要）", f"no {kind}: the procedure asks for none")


def _supplied_only() -> Text:
    kinds = ", ".join(SOURCES)
    return Text(f"补充证据 {kinds}（其余由摄像头看到）", f"one of {kinds}; the camera sees the rest")
