"""One rubric item becomes one line of the mark sheet: what it earns, and why.

Takes the item and the verdicts it rests on; gives a `MarkLine`. What nobody has supplied, or of which the
machine is not sure, is open, not 0. Every lost point names its rule.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assessor.judge.views import SURE
from assessor.marks import wording
from assessor.procedure.parts import Procedure
from assessor.procedure.rubric import Item
from assessor.procedure.scoring import Deduction, Price
from assessor.types import MarkLine, Mistake, Outcome, Text, Truth, Verdict

_WORST_FIRST = (Outcome.NOT_MET, Outcome.UNSURE, Outcome.NOT_OBSERVED, Outcome.MET)
NOT_REACHED = "not_reached"
_OPEN = (Outcome.UNSURE, Outcome.NOT_OBSERVED)


@dataclass(frozen=True, slots=True)
class Loss:
    """What mistakes of one kind cost (of a pool: faults of one name), or steps that were `not_reached`."""

    kind: str
    points: float
    mistakes: tuple[Mistake, ...] = ()


def lines_of(
    procedure: Procedure, verdicts: Mapping[str, Verdict], decisions: Mapping[str, str]
) -> tuple[MarkLine, ...]:
    """One line per item; of the items of a group with a draw, those that were drawn."""
    rubric, lines = procedure.rubric, []
    for item in rubric.items:
        draw = rubric.groups[item.group].draw if item.group is not None and item.drawn else None
        drawn = decisions.get(draw) if draw is not None else None
        if draw is not None and drawn is None:
            lines.append(_open(item, rubric.weight(item), wording.not_drawn(draw)))
        elif draw is None or drawn in item.drawn:
            lines.append(weighted_line(procedure, item, verdicts))
    return tuple(lines)


def weighted_line(procedure: Procedure, item: Item, verdicts: Mapping[str, Verdict]) -> MarkLine:
    """What the item earns on the sheet."""
    return _weighted(line_of(item, verdicts, procedure.rule_sets), procedure.rubric.weight(item))


def line_of(item: Item, verdicts: Mapping[str, Verdict], sets: Mapping[str, str]) -> MarkLine:
    """What the item earns, before its group's weight. `sets`: the rule sets of included steps and rules."""
    used = [verdicts[id] for id in (item.judged_by or (item.id,)) if id in verdicts]
    outcome = next((o for o in _WORST_FIRST if any(v.outcome is o for v in used)), Outcome.NOT_OBSERVED)
    losses = losses_of(item, used)
    awarded = None if outcome in _OPEN else _awarded(item, used, losses)
    decisive = [v.confidence for v in used if v.outcome is outcome]
    said = [v.reason for v in used if v.outcome is outcome or v.mistakes] or [wording.nothing_judged()]
    lost = 0.0 if awarded is None else round(item.points - awarded, 2)
    reason = wording.line_reason(item, said, lost, _places(used, outcome, sets), _kinds(used))
    return MarkLine(
        item=item.id,
        title=item.title.text,
        check=item.check,
        dimension=item.dimension,
        points=item.points,
        awarded=awarded,
        outcome=outcome,
        confidence=min(decisive, default=0.0),
        reason=reason,
        verdict_ids=tuple(v.id for v in used),
        evidence=tuple(v.evidence for v in _worst_first(used) if v.evidence is not None),
        line=item.line,
    )


def losses_of(item: Item, verdicts: Iterable[Verdict]) -> list[Loss]:
    """What the sure mistakes cost an item, by kind; nothing where points follow from a number."""
    if item.graded is not None or item.measured is not None or item.ladder is not None:
        return []
    verdicts = tuple(verdicts)
    sure = [m for v in verdicts for m in v.mistakes if m.confidence >= SURE]
    losses = []
    by_kind: dict[tuple[str, str], list[Mistake]] = {}
    for mistake in sure:
        counted = mistake.subject if item.counted is not None else ""
        by_kind.setdefault((mistake.kind, counted), []).append(mistake)
    for (kind, counted), of_kind in by_kind.items():
        losses.append(Loss(counted or kind, _cost(item, of_kind), tuple(of_kind)))
    if not_reached := sum(verdict.not_reached for verdict in verdicts):
        losses.append(Loss(NOT_REACHED, _cost_of_not_reached(item, not_reached, losses)))
    return losses


def _cost_of_not_reached(item: Item, steps: int, losses: Sequence[Loss]) -> float:
    """As much as leaving the steps out, under the same cap."""
    omission = item.deduct.get("omission")
    if omission is None:
        return item.points
    spent = math.fsum(loss.points for loss in losses if loss.kind == "omission")
    left = math.inf if omission.cap is None else omission.cap - spent
    return min(left, math.fsum(omission.price(nth) for nth in range(steps)))


def price_of(item: Item, mistake: Mistake) -> Price | None:
    """What a mistake like this one costs the item; None = the whole of it."""
    if item.counted is not None:
        return next(counted for counted in item.counted if counted.key.subject == mistake.subject)
    return next((deduction for kind, deduction in item.deduct.items() if kind == mistake.kind), None)


def _cost(item: Item, mistakes: Sequence[Mistake]) -> float:
    price = price_of(item, mistakes[0])
    if price is None:
        return item.points if any(not mistake.corrected for mistake in mistakes) else 0.0
    corrected = (price.corrected or 0.0) if isinstance(price, Deduction) else 0.0
    prices = (
        corrected if mistake.corrected else price.price(nth)
        for nth, mistake in enumerate(sorted(mistakes, key=lambda mistake: mistake.t_s))
    )
    cost = math.fsum(prices)
    return cost if price.cap is None else min(cost, price.cap)


def _awarded(item: Item, verdicts: Sequence[Verdict], losses: Sequence[Loss]) -> float:
    """A step that was not reached because of another has no mistake of its own, but earns nothing either."""
    if (earned := by_value(item, verdicts[0].value)) is not None:
        return round(earned, 2)
    lost = math.fsum(loss.points for loss in losses)
    return round(max(item.points - lost, item.floor), 2)


def by_value(item: Item, value: float | None) -> float | None:
    """Points of an item that earns by a number; None for the others."""
    if item.graded is not None:
        return item.points * (value or 0.0) / item.graded.of
    if item.measured is not None:
        fitting = (band.points for band in item.measured.bands if band.fits(f"{value:g}") is Truth.YES)
        return next(fitting, 0.0)
    if item.ladder is not None:
        return item.ladder.otherwise if value is None else item.ladder.points(int(value))
    return None


def _open(item: Item, weight: float, reason: Text) -> MarkLine:
    return _weighted(replace(line_of(item, {}, {}), reason=reason), weight)


def _weighted(line: MarkLine, weight: float) -> MarkLine:
    if weight == 1.0:
        return line
    awarded = None if line.awarded is None else round(line.awarded * weight, 2)
    reason = wording.weighted(line.reason, weight)
    return replace(line, points=round(line.points * weight, 4), awarded=awarded, reason=reason)


def _worst_first(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """What cost points comes before what was not seen: its clip is the one to open."""
    return sorted(verdicts, key=lambda verdict: _WORST_FIRST.index(verdict.outcome))


def _places(
    verdicts: Sequence[Verdict], outcome: Outcome, sets: Mapping[str, str]
) -> list[tuple[str, int, str]]:
    """The rules that decided, their lines, and the rule set whose file that is; "" = the procedure's own."""
    return [(v.id, v.line, sets.get(v.id, "")) for v in verdicts if v.outcome is outcome or v.mistakes]


def _kinds(verdicts: Sequence[Verdict]) -> list[str]:
    kinds = dict.fromkeys(mistake.kind for verdict in verdicts for mistake in verdict.mistakes)
    return [*kinds, *([NOT_REACHED] if any(verdict.not_reached for verdict in verdicts) else [])]
