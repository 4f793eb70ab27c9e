"""Verdicts become a mark sheet: every item, the limits of groups, overtime and vetoes, line by line.

Takes the procedure, the last word of the judge and where it comes from; gives a `MarkSheet` whose total is
the sum of its lines.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Protocol

from assessor.judge.vetoes import CONFIRMED
from assessor.marks.items import lines_of
from assessor.marks.limits import group_lines, overtime_line, sum_of
from assessor.marks.vetoes import PROPOSED, disqualified, ends_it, vetoes_of, with_zeros
from assessor.procedure.parts import Procedure
from assessor.procedure.rubric import Rubric
from assessor.types import Evidence, Judged, MarkLine, MarkSheet, MarkVeto, Mistake, Outcome, Verdict

LONGEST_CLIP_S = 30.0
CERTAIN = 0.95  # a verdict that is less sure than this gets a clip even when it is met


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


def mark(procedure: Procedure, judged: Judged, origin: Origin) -> MarkSheet:
    """The proposed mark sheet."""
    rubric = procedure.rubric
    shown = tuple(_with_clip(verdict) for verdict in judged.verdicts)
    by_id = {verdict.id: verdict for verdict in shown}
    vetoes = vetoes_of(rubric, by_id, judged.decisions)
    lines = lines_of(procedure, by_id, judged.decisions)
    not_drawn = {item.id for item in rubric.items} - {line.item for line in lines}
    late = rubric.overtime and overtime_line(rubric.overtime, by_id, judged.end_s)
    sheet = MarkSheet(
        procedure=procedure.procedure,
        procedure_sha256=procedure.sha256,
        bench_sha256=origin.bench_sha256,
        recording_sha256=origin.recording_sha256,
        partial=origin.partial,
        lines=lines,
        verdicts=tuple(verdict for verdict in shown if verdict.id not in not_drawn),
        gaps=judged.gaps,
        vetoes=vetoes,
    )
    return summed_up(rubric, sheet, (late,) if late else ())


def summed_up(rubric: Rubric, sheet: MarkSheet, late: Sequence[MarkLine] = ()) -> MarkSheet:
    """The sheet, which has its items alone, with what groups, overtime (`late`) and vetoes make of it."""
    lines = with_zeros(rubric, sheet.vetoes, sheet.lines)
    lines += group_lines(rubric, lines)
    lines += late
    lines += disqualified(sheet.vetoes, lines)
    total = sum_of(line.awarded for line in lines if line.awarded is not None)
    return replace(
        sheet,
        lines=tuple(lines),
        total=total,
        possible=sum_of(line.points for line in lines if line.awarded is not None),
        passed=_passed(rubric, sheet.vetoes, lines, total),
    )


def sheet_json(sheet: MarkSheet) -> str:
    """The sheet as JSON; the same sheet gives the same bytes."""
    return json.dumps(asdict(sheet), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def without_files(sheet: MarkSheet, missing: Collection[str]) -> MarkSheet:
    """The sheet without the names of clips and stills that could not be cut."""

    def kept(evidence: Evidence) -> Evidence:
        clip, still = (None if name in missing else name for name in (evidence.clip, evidence.still))
        return replace(evidence, clip=clip, still=still)

    lines = tuple(replace(line, evidence=tuple(kept(e) for e in line.evidence)) for line in sheet.lines)
    vetoes = tuple(replace(v, evidence=kept(v.evidence)) if v.evidence else v for v in sheet.vetoes)
    verdicts = tuple(replace(v, evidence=kept(v.evidence)) if v.evidence else v for v in sheet.verdicts)
    return replace(sheet, lines=lines, verdicts=verdicts, vetoes=vetoes)


def _passed(
    rubric: Rubric, vetoes: Sequence[MarkVeto], lines: Sequence[MarkLine], total: float
) -> bool | None:
    """None while open lines or a proposed veto can still change it, or without a pass line."""
    if ends_it(vetoes, CONFIRMED):
        return False
    if rubric.pass_ is None:
        return None
    still_open = [line.points for line in lines if line.awarded is None]
    if total + sum(still_open) < rubric.pass_:
        return False
    return None if still_open or ends_it(vetoes, PROPOSED) else total >= rubric.pass_


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
