"""Verdicts on rubric items that are judged by themselves: a condition, grades, a measure, a number of tries.

Takes a `Case`; gives one `Verdict` per such item, with its `value` where points follow from a number. What
nobody has supplied is `not_observed`, so the item stays open.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assessor.judge import item_messages as messages
from assessor.judge.acts import first_yes, last_belief
from assessor.judge.case import Case
from assessor.judge.messages import sentences
from assessor.judge.views import SURE
from assessor.procedure.conditions import Condition, Limits, keys_of
from assessor.procedure.rubric import Item
from assessor.procedure.scoring import Counted, Graded, Ladder, Measured
from assessor.types import FactKey, Mistake, Outcome, Text, Truth, Verdict

PASSED, FAILED = "passed", "failed"
MOST_FINDINGS = 1000  # more than anybody counts on one board
TIMES = ("person", "photo", "reading")  # kinds whose value may be a count


def judge_items(case: Case) -> list[Verdict]:
    """One verdict per rubric item that no step or rule judges."""
    items = case.procedure.rubric.items
    return [_judge(case, item) for item in items if not item.judged_by]


def _judge(case: Case, item: Item) -> Verdict:
    if item.graded is not None:
        return _grade(case, item, item.graded)
    if item.measured is not None:
        return _measure(case, item, item.measured)
    if item.ladder is not None:
        return _ladder(case, item, item.ladder)
    if item.counted is not None:
        return _counted(case, item, item.counted)
    return _conditions(case, item)


def _conditions(case: Case, item: Item) -> Verdict:
    """Its condition, or that of each place: the worst of them decides, what is missing leaves it open."""
    named = item.conditions.items()
    verdicts = [_condition(case, item, name, condition) for name, condition in named]
    if len(verdicts) == 1:
        return verdicts[0]
    missing = [v.reason for v in verdicts if v.outcome is Outcome.NOT_OBSERVED]
    decisive = [v for v in verdicts if v.outcome is not Outcome.MET] or verdicts[:1]
    outcome = decisive[0].outcome
    for worst in (Outcome.NOT_OBSERVED, Outcome.NOT_MET, Outcome.UNSURE):
        if any(verdict.outcome is worst for verdict in verdicts):
            outcome = worst
            break
    said = missing if outcome is Outcome.NOT_OBSERVED else [v.reason for v in decisive]
    if outcome is Outcome.MET:
        said = [messages.places_met(len(verdicts))]
    return Verdict(
        id=item.id,
        kind="item",
        outcome=outcome,
        confidence=min(v.confidence for v in verdicts if v.outcome is outcome),
        reason=sentences(dict.fromkeys(said)),
        t_s=None,
        decided_s=None,
        evidence=None,
        mistakes=tuple(mistake for verdict in verdicts for mistake in verdict.mistakes),
        line=item.line,
    )


def _condition(case: Case, item: Item, name: str, condition: Condition) -> Verdict:
    signal = case.signals[name]
    belief = last_belief(signal)
    said = messages.item_said(condition, case.seen(condition, case.end_s))
    outcome, mistakes = Outcome.MET, tuple[Mistake, ...]()
    if belief.truth is Truth.UNKNOWN:
        outcome, said = Outcome.NOT_OBSERVED, messages.not_supplied(item.check)
        if name != item.id:
            said = messages.place_not_supplied(name.removeprefix(f"{item.id}/"), item.check)
    elif belief.truth is Truth.NO:
        outcome = Outcome.NOT_MET
        t_s = round(max([signal[-1].start_s, *_entered_s(case, condition)]), 3)
        one = Mistake("finding", name, t_s, said, False, belief.confidence)
        mistakes = (one,) * _findings(case, condition)
    if belief.truth is not Truth.UNKNOWN and belief.confidence < SURE:
        outcome = Outcome.UNSURE
    return replace(_verdict(item, outcome, said, belief.confidence), mistakes=mistakes)


def _entered_s(case: Case, condition: Condition) -> Iterator[float]:
    """When what the condition asks for was entered last."""
    for key in keys_of(condition):
        change = case.last_change(key) if key.kind in TIMES else None
        if change is not None:
            yield change.t_s


def _findings(case: Case, condition: Condition) -> int:
    """How many findings are too many: a count beyond its limit (`at_most: 0`), else one."""
    if isinstance(condition, Limits) and condition.at_most == 0:
        for key, value in case.seen(condition, case.end_s):
            number = number_of(value) if key.kind in TIMES else None
            if number is not None and number == int(number):
                return max(1, min(MOST_FINDINGS, int(number)))
    return 1


def _counted(case: Case, item: Item, kinds: Sequence[Counted]) -> Verdict:
    """The faults that were counted, each beyond those allowed a finding; open until all kinds are counted."""
    counts = [(kind, _number(case, kind.key)) for kind in kinds]
    missing = [kind for kind, count in counts if count is None]
    if missing:
        return _verdict(item, Outcome.NOT_OBSERVED, messages.not_counted(missing, item.check))
    mistakes = tuple(
        Mistake(
            "finding",
            kind.key.subject,
            _given_s(case, kind.key),
            messages.counted(kind, count or 0),
            False,
            1.0,
        )
        for kind, count in counts
        for _ in range(min(MOST_FINDINGS, int(count or 0) - kind.allowed))
    )
    said = [mistake.reason for mistake in mistakes] or [messages.nothing_counted(len(kinds))]
    sure = min(change.confidence for kind in kinds if (change := case.last_change(kind.key)) is not None)
    outcome = Outcome.UNSURE if sure < SURE else Outcome.NOT_MET if mistakes else Outcome.MET
    return replace(_verdict(item, outcome, sentences(dict.fromkeys(said)), sure), mistakes=mistakes)


def _grade(case: Case, item: Item, graded: Graded) -> Verdict:
    """The mean of the judges' grades, once all have graded and agree well enough."""
    grades = [_number(case, key) for key in graded.keys]
    bad = [grade for grade in grades if grade is not None and not 0 <= grade <= graded.of]
    given = [grade for grade in grades if grade is not None and 0 <= grade <= graded.of]
    if bad:
        return _verdict(item, Outcome.NOT_OBSERVED, messages.grade_out_of_scale(bad[0], graded.of))
    if not given:
        return _verdict(item, Outcome.NOT_OBSERVED, messages.not_supplied(item.check))
    if len(given) < len(grades):
        return _verdict(item, Outcome.NOT_OBSERVED, messages.judges_missing(len(given), len(grades)))
    mean = math.fsum(given) / len(given)
    level = graded.levels[round(mean)].text if graded.levels else None
    said = messages.graded(given, mean, graded.of, level)
    apart = max(given) - min(given)
    if graded.apart is not None and apart > graded.apart:
        return _verdict(item, Outcome.UNSURE, messages.judges_apart(given, graded.apart), 0.5, mean)
    return _verdict(item, Outcome.MET, said, 1.0, mean)


def _measure(case: Case, item: Item, measured: Measured) -> Verdict:
    key = measured.key
    value = _number(case, key)
    if value is None:
        return _verdict(item, Outcome.NOT_OBSERVED, messages.not_supplied(item.check))
    best = max(band.points for band in measured.bands)
    band = next((band for band in measured.bands if band.fits(f"{value:g}") is Truth.YES), None)
    said = messages.measured(key.subject, value, measured.bands, band)
    if band is not None and band.points >= best:
        return _verdict(item, Outcome.MET, said, 1.0, value)
    mistake = Mistake("finding", item.id, _given_s(case, key), said, False, 1.0)
    return replace(_verdict(item, Outcome.NOT_MET, said, 1.0, value), mistakes=(mistake,))


def _ladder(case: Case, item: Item, ladder: Ladder) -> Verdict:
    """How many tries failed before one passed; `value` is that number, None when none passed."""
    tries = _entered(case, ladder) if ladder.tries is not None else _seen(case, item)
    if tries is None:
        return _verdict(item, Outcome.NOT_OBSERVED, messages.not_supplied(item.check))
    failures, passed, confidence = tries
    said = messages.tries(len(failures), passed)
    mistakes = tuple(
        Mistake("failed_try", item.id, round(t_s, 3), messages.failed_try(n, t_s), False, 1.0)
        for n, t_s in enumerate(failures, start=1)
    )
    outcome = Outcome.MET if passed and not failures else Outcome.NOT_MET
    if confidence < SURE:
        outcome = Outcome.UNSURE
    value = float(len(failures)) if passed else None
    return replace(_verdict(item, outcome, said, confidence, value), mistakes=mistakes)


def _entered(case: Case, ladder: Ladder) -> tuple[list[float], bool, float] | None:
    """Times of the failures, whether one passed, and how surely; None when no try was entered."""
    failures: list[float] = []
    found = False
    for key in ladder.try_keys:
        change = case.last_change(key)
        if change is None or change.value is None:
            continue
        found = True
        if change.value == PASSED:
            return failures, True, change.confidence
        if change.value == FAILED:
            failures.append(change.t_s)
    return (failures, False, 1.0) if found else None


def _seen(case: Case, item: Item) -> tuple[list[float], bool, float] | None:
    passed, failed = case.signals[f"{item.id}/{PASSED}"], case.signals[f"{item.id}/{FAILED}"]
    act = first_yes(passed)
    until_s = act.t_s if act is not None else case.end_s
    starts = [
        span.start_s
        for before, span in zip((None, *failed), failed, strict=False)
        if span.belief.truth is Truth.YES and (before is None or before.belief.truth is not Truth.YES)
    ]
    failures = [t_s for t_s in starts if t_s < until_s or act is None]
    if act is None and not failures and last_belief(passed).truth is Truth.UNKNOWN:
        return None
    return failures, act is not None, act.confidence if act is not None else last_belief(passed).confidence


def _given_s(case: Case, key: FactKey) -> float:
    change = case.last_change(key)
    return round(change.t_s if change is not None else case.end_s, 3)


def _number(case: Case, key: FactKey) -> float | None:
    change = case.last_change(key)
    return number_of(change.value) if change is not None else None


def number_of(value: str | None) -> float | None:
    """A value as a number; None when it is none."""
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _verdict(
    item: Item, outcome: Outcome, said: Text, confidence: float = 1.0, value: float | None = None
) -> Verdict:
    sure = 0.0 if outcome is Outcome.NOT_OBSERVED else confidence
    return Verdict(item.id, "item", outcome, sure, said, None, None, None, (), item.line, value)
