"""Entered evidence against the procedure: unknown names, text for a number, grades off their scale, twice.

Takes what was said with its place, beside a recording or in a timeline; gives every `Fault`, before anything
is scored.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assessor.errors import Fault
from assessor.judge.items import FAILED, PASSED, number_of
from assessor.judge.vetoes import CONFIRMED, REFUSED
from assessor.located_yaml import Located
from assessor.located_yaml.faults import nearest, one_of
from assessor.procedure import Procedure
from assessor.procedure.conditions import Limits, key_of, parts_of
from assessor.procedure.parts import conditions_of
from assessor.story import SOURCES, YES_NO, Said
from assessor.types import FactKey, Text

A_NUMBER = Text("数字，如 2.4", "a number such as 2.4")


def faults_of(said: Sequence[Said], procedure: Procedure) -> list[Fault]:
    """Everything wrong with what was supplied, in its order."""
    return [*_each(said, procedure), *_twice(said)]


def faults_in_story(said: Sequence[Said], procedure: Procedure) -> list[Fault]:
    """What a timeline enters and the procedure cannot take, in the order of its lines. What it does not ask
    for is only warned of (`story.unasked`): a timeline may be tried with several procedures."""
    entered = [one for one in said if one.fact.key.kind in SOURCES]
    takes = _Takes.of(procedure)
    wrong = [takes.fault(one) for one in entered if one.fact.value is not None]  # None: cannot be seen
    found = [*(fault for fault in wrong if fault is not None), *_twice(entered)]
    return sorted(found, key=lambda fault: (fault.line, fault.column))


@dataclass(frozen=True, slots=True)
class _Takes:
    """What values a procedure takes for what is entered."""

    words: Mapping[FactKey, tuple[str, ...]]  # these and no other
    spelled: Mapping[FactKey, tuple[str, ...]]  # others too, but these only as they are spelled
    scales: Mapping[FactKey, float]
    numbers: Collection[FactKey]

    @classmethod
    def of(cls, procedure: Procedure) -> "_Takes":
        """Those of one procedure."""
        asked = _asked_words(procedure)
        yes_no = {key: YES_NO for key, words in asked.items() if words <= set(YES_NO)}
        spelled = {key: tuple(sorted(words)) for key, words in asked.items()}
        return cls({**yes_no, **_words(procedure)}, spelled, _scales(procedure), _numbers(procedure))

    def fault(self, one: Said) -> Fault | None:
        """What is wrong with a value, None for nothing."""
        key, value = one.fact.key, one.fact.value or ""
        words, spelled = self.words.get(key), self.spelled.get(key, ())
        if words is None and value not in spelled and value.casefold() in map(str.casefold, spelled):
            words = spelled
        if words is not None:
            return None if value in words else one.value.fault(one_of(words), nearest(value, words))
        if key in self.scales and not 0 <= _or_below(value) <= self.scales[key]:
            of = self.scales[key]
            return one.value.fault(Text(f"0 至 {of:g} 的数", f"a number from 0 to {of:g}"), _bare(value))
        if key in self.numbers and number_of(value) is None:
            return one.value.fault(A_NUMBER, _bare(value))
        return None


def _each(said: Iterable[Said], procedure: Procedure) -> Iterator[Fault]:
    takes = _Takes.of(procedure)
    for one in said:
        key = one.fact.key
        known = sorted(fact.subject for fact in procedure.facts if fact.kind == key.kind)
        if key.kind not in SOURCES:
            yield one.subject.fault(_supplied_only())
        elif key.subject not in known:
            yield one.subject.fault(_asked(key.kind, known), nearest(key.subject, known))
        elif (fault := takes.fault(one)) is not None:
            yield fault


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


def _asked_words(procedure: Procedure) -> dict[FactKey, set[str]]:
    """The words that conditions compare an entered fact with, where they compare it with nothing else."""
    words: dict[FactKey, set[str]] = {}
    numbers = _numbers(procedure)
    for _, condition in conditions_of(procedure):
        for part in parts_of(condition):
            key = key_of(part) if isinstance(part, Limits) else None
            if key is not None and key.kind in SOURCES and key not in numbers:
                words.setdefault(key, set()).update(_word_in(part))
    return {key: found for key, found in words.items() if found}


def _word_in(part: Located) -> set[str]:
    word = getattr(part, "is_", None)
    return set() if word is None or number_of(word) is not None else {word}


def _scales(procedure: Procedure) -> dict[FactKey, float]:
    graded = [item.graded for item in procedure.rubric.items if item.graded is not None]
    return {key: grading.of for grading in graded for key in grading.keys}


def _bare(value: str) -> Text | None:
    """The number at the head of `3mΩ`, to be written alone."""
    found = re.match(r"[-+]?\d+(\.\d+)?(?=[^\d.])", value)
    return Text(f"请写成 {found.group()}", f"write {found.group()}") if found else None


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
