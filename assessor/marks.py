"""Verdicts become a mark sheet: what each rubric item earns, and why.

Takes the procedure, the final verdicts and where they come from; gives a `MarkSheet`. Items whose evidence
nobody has supplied, or of which the machine is not sure, are open, not 0. Every lost point names its rule.
"""

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from assessor import marks_wording as wording
from assessor.judge.messages import not_supplied
from assessor.judge.steps import SURE
from assessor.procedure.parts import Procedure
from assessor.procedure.rubric import Item
from assessor.types import Evidence, FactKey, Gap, MarkLine, MarkSheet, Mistake, Outcome, Verdict

LONGEST_CLIP_S = 30.0
CERTAIN = 0.8  # a verdict that is less sure than this gets a clip even when it is met
_WORST_FIRST = (Outcome.NOT_MET, Outcome.UNSURE, Outcome.NOT_OBSERVED, Outcome.MET)


class Origin(Protocol):
    """What a sheet says about where its verdicts come from (`recording.RecordingHeader` is one)."""

    @property
    def recording_sha256(self) -> str:
        """Of the recording."""

    @property
    def bench_sha256(self) -> str:
        """Of the bench file."""

    @property
    def partial(self) -> str | None:
        """How much of a cut recording could be read."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What mistakes of one kind cost."""

    points: float
    mistakes: tuple[Mistake, ...]


def mark(
    procedure: Procedure,
    verdicts: Iterable[Verdict],
    origin: Origin,
    gaps: Iterable[Gap] = (),
    grades: Mapping[FactKey, float] | None = None,
) -> MarkSheet:
    """The proposed mark sheet. `grades`: what persons and readings gave for the items marked by a grade."""
    shown = tuple(_with_clip(verdict) for verdict in verdicts)
    by_id = {verdict.id: verdict for verdict in shown}
    lines = tuple(_line(item, by_id, grades or {}) for item in procedure.rubric.items)
    return MarkSheet(
        procedure=procedure.procedure,
        procedure_sha256=procedure.sha256,
        bench_sha256=origin.bench_sha256,
        recording_sha256=origin.recording_sha256,
        partial=origin.partial,
        lines=lines,
        verdicts=shown,
        gaps=tuple(gaps),
        total=_sum(line.awarded for line in lines if line.awarded is not None),
        possible=_sum(line.points for line in lines if line.awarded is not None),
    )


def sheet_json(sheet: MarkSheet) -> str:
    """The sheet as JSON; the same sheet gives the same bytes."""
    return json.dumps(asdict(sheet), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _with_clip(verdict: Verdict) -> Verdict:
    """Name clip and still of what a teacher should look at."""
    certain = verdict.outcome is Outcome.MET and not verdict.mistakes and verdict.confidence >= CERTAIN
    if verdict.evidence is None or certain:
        return verdict
    start_s, end_s = _shown_s(verdict.evidence, verdict.mistakes)
    return replace(verdict, evidence=Evidence(start_s, end_s, f"{verdict.id}.mp4", f"{verdict.id}.jpg"))


def _shown_s(evidence: Evidence, mistakes: Sequence[Mistake]) -> tuple[float, float]:
    """From the first mistake to where the verdict was reached; no longer than somebody would watch."""
    times = [mistake.t_s for mistake in mistakes]
    start_s, end_s = min([evidence.start_s, *times]), max([evidence.end_s, *times])
    return start_s, min(end_s, start_s + LONGEST_CLIP_S)


def without_files(sheet: MarkSheet, missing: Collection[str]) -> MarkSheet:
    """The sheet without the names of clips and stills that could not be cut."""

    def kept(evidence: Evidence) -> Evidence:
        clip, still = (None if name in missing else name for name in (evidence.clip, evidence.still))
        return replace(evidence, clip=clip, still=still)

    lines = [replace(line, evidence=tuple(kept(e) for e in line.evidence)) for line in sheet.lines]
    verdicts = [replace(v, evidence=kept(v.evidence)) if v.evidence else v for v in sheet.verdicts]
    return replace(sheet, lines=tuple(lines), verdicts=tuple(verdicts))


def _line(item: Item, verdicts: Mapping[str, Verdict], grades: Mapping[FactKey, float]) -> MarkLine:
    if item.graded is not None:
        return _graded(item, grades.get(item.graded.key))
    used = [verdicts[id] for id in (item.judged_by or (item.id,)) if id in verdicts]
    outcome = next((o for o in _WORST_FIRST if any(v.outcome is o for v in used)), Outcome.NOT_OBSERVED)
    losses = losses_of(item, used)
    awarded = None if outcome in (Outcome.UNSURE, Outcome.NOT_OBSERVED) else _awarded(item, used, losses)
    decisive = [v.confidence for v in used if v.outcome is outcome]
    said = [v.reason for v in used if v.outcome is outcome or v.mistakes] or [wording.nothing_judged()]
    lost = 0.0 if awarded is None else round(item.points - awarded, 2)
    reason = wording.line_reason(item, said, lost, _places(used, outcome), _kinds(used))
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


def _worst_first(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """What cost points comes before what was not seen: its clip is the one to open."""
    return sorted(verdicts, key=lambda verdict: _WORST_FIRST.index(verdict.outcome))


def _graded(item: Item, grade: float | None) -> MarkLine:
    """Points in proportion to a grade."""
    of = item.graded.of if item.graded is not None else 1.0
    awarded = None if grade is None else round(item.points * min(max(grade / of, 0.0), 1.0), 2)
    reason = not_supplied(item.check) if grade is None else wording.grade_given(grade, of)
    outcome = Outcome.NOT_OBSERVED if grade is None else Outcome.MET
    sure = 0.0 if grade is None else 1.0
    title, dimension = item.title.text, item.dimension
    return MarkLine(
        item.id, title, item.check, dimension, item.points, awarded, outcome, sure, reason, (), (), item.line
    )


def losses_of(item: Item, verdicts: Iterable[Verdict]) -> list[Loss]:
    """What the sure mistakes cost an item, by kind."""
    sure = [m for v in verdicts for m in v.mistakes if m.confidence >= SURE]
    losses = []
    for kind in dict.fromkeys(mistake.kind for mistake in sure):
        of_kind = tuple(mistake for mistake in sure if mistake.kind == kind)
        losses.append(Loss(_cost(item, of_kind), of_kind))
    return losses


def _cost(item: Item, mistakes: Sequence[Mistake]) -> float:
    deduction = next((d for kind, d in item.deduct.items() if kind == mistakes[0].kind), None)
    if deduction is None:
        return item.points if any(not mistake.corrected for mistake in mistakes) else 0.0
    prices = (
        (deduction.corrected or 0.0) if mistake.corrected else deduction.price(nth)
        for nth, mistake in enumerate(sorted(mistakes, key=lambda mistake: mistake.t_s))
    )
    cost = math.fsum(prices)
    return cost if deduction.cap is None else min(cost, deduction.cap)


def _awarded(item: Item, verdicts: Sequence[Verdict], losses: Sequence[Loss]) -> float:
    """A step that failed because of another has no mistake of its own: without deductions it earns 0."""
    lost = math.fsum(loss.points for loss in losses)
    if not item.deduct and any(v.outcome is Outcome.NOT_MET and not v.mistakes for v in verdicts):
        lost = item.points
    return round(max(item.points - lost, item.floor), 2)


def _places(verdicts: Sequence[Verdict], outcome: Outcome) -> list[tuple[str, int]]:
    """The rules that decided, and their lines in the procedure file."""
    return [(v.id, v.line) for v in verdicts if v.outcome is outcome or v.mistakes]


def _kinds(verdicts: Sequence[Verdict]) -> list[str]:
    return list(dict.fromkeys(mistake.kind for verdict in verdicts for mistake in verdict.mistakes))


def _sum(points: Iterable[float]) -> float:
    return round(math.fsum(points), 2)
