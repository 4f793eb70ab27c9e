"""A sheet after people have decided: their points in its lines, their word on its vetoes, summed up again.

Takes the machine's sheet, the procedure it was marked by and the decisions; gives the sheet that follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from assessor.judge.vetoes import CONFIRMED
from assessor.marks import wording
from assessor.marks.items import weighted_line
from assessor.marks.limits import sum_of
from assessor.marks.sheet import summed_up
from assessor.marks.vetoes import vetoes_of
from assessor.procedure.conditions import Limits
from assessor.procedure.parts import Procedure
from assessor.procedure.rubric import Item, Rubric
from assessor.types import MarkLine, MarkSheet, MarkVeto, Mistake, Outcome, Text, Truth, Verdict

OVERTIME = "overtime"
_NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Award:
    """What a person gave an item. `said`: why; empty for a person who agreed with the machine."""

    points: float
    said: Text = _NOTHING


def decided(
    procedure: Procedure | None, sheet: MarkSheet, awards: Mapping[str, Award], vetoes: Mapping[str, str]
) -> MarkSheet:
    """The sheet with these awards by item and these states by veto. `procedure` None: it cannot be read any
    more; then the lines are summed as they are, and whether it is enough to pass is not known."""
    if procedure is None:
        return _plainly(sheet, awards, vetoes)
    items = {item.id for item in procedure.rubric.items}
    lines = [_given(line, awards.get(line.item)) for line in _before_zeros(procedure, sheet)]
    bare = replace(
        sheet,
        lines=tuple(line for line in lines if line.item in items),
        vetoes=tuple(_called(procedure.rubric, sheet, vetoes)),
    )
    late = [line for line in lines if line.item == OVERTIME and line.item not in items]
    return summed_up(procedure.rubric, bare, late)


def points_of_value(procedure: Procedure, item: Item, value: float) -> float | None:
    """What a grade, a reading, a count of findings or of failed tries earns; None where the item takes no
    such number, or not this one."""
    if item.graded is not None and not 0 <= value <= item.graded.of:
        return None
    mistakes = 0
    if isinstance(item.when, Limits) and not item.places:
        if (fits := item.when.fits(f"{value:g}")) is Truth.UNKNOWN:
            return None
        counts = item.when.at_most == 0 and value == int(value)
        mistakes = 0 if fits is Truth.YES else max(1, int(value)) if counts else 1
    elif item.graded is None and item.measured is None and item.ladder is None:
        return None
    return weighted_line(procedure, item, {item.id: _entered(item, value, mistakes)}).awarded


def _entered(item: Item, value: float, mistakes: int) -> Verdict:
    finding = Mistake("finding", item.id, 0.0, _NOTHING, False, 1.0)
    outcome = Outcome.NOT_MET if mistakes else Outcome.MET
    found = (finding,) * mistakes
    return Verdict(item.id, "item", outcome, 1.0, _NOTHING, None, None, None, found, item.line, value)


def _given(line: MarkLine, award: Award | None) -> MarkLine:
    if award is None:
        return line
    reason = line.reason
    if award.said != _NOTHING or award.points != line.awarded:
        reason = wording.decided_by_a_person(award.points, line.awarded, line.points, award.said)
    outcome = Outcome.MET if award.points >= line.points else Outcome.NOT_MET
    return replace(line, awarded=award.points, outcome=outcome, confidence=1.0, reason=reason)


def _before_zeros(procedure: Procedure, sheet: MarkSheet) -> Iterator[MarkLine]:
    """The lines as they were before vetoes that had been confirmed at the scoring took their points."""
    confirmed = {veto.id for veto in sheet.vetoes if veto.state == CONFIRMED}
    zeroed = {item for veto in procedure.rubric.vetoes if veto.id in confirmed for item in veto.items}
    verdicts = {verdict.id: verdict for verdict in sheet.verdicts}
    items = {item.id: item for item in procedure.rubric.items}
    for line in sheet.lines:
        if line.item in zeroed:
            earned = weighted_line(procedure, items[line.item], verdicts)
            yield replace(earned, evidence=line.evidence)
        else:
            yield line


def _called(rubric: Rubric, sheet: MarkSheet, decisions: Mapping[str, str]) -> Iterator[MarkVeto]:
    known = {veto.id: veto for veto in sheet.vetoes}
    verdicts = {verdict.id: verdict for verdict in sheet.verdicts}
    called = {veto.id: veto for veto in vetoes_of(rubric, verdicts, decisions)}
    for veto in rubric.vetoes:
        if veto.id in decisions:
            yield called[veto.id]
        elif veto.id in known:
            yield known[veto.id]


def _plainly(sheet: MarkSheet, awards: Mapping[str, Award], vetoes: Mapping[str, str]) -> MarkSheet:
    lines = tuple(_given(line, awards.get(line.item)) for line in sheet.lines)
    return replace(
        sheet,
        lines=lines,
        vetoes=tuple(replace(veto, state=vetoes.get(veto.id, veto.state)) for veto in sheet.vetoes),
        total=sum_of(line.awarded for line in lines if line.awarded is not None),
        possible=sum_of(line.points for line in lines if line.awarded is not None),
        passed=None,
    )
