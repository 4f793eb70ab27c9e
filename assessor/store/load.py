"""Turns rows back into the values the rest of the program knows (tables -> MarkSheet, AttemptSummary)."""

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from assessor.store.records import AttemptSummary, EvidenceFiles
from assessor.store.seen import EVERYTHING, Seen
from assessor.store.tables import (
    AttemptRow,
    EvidenceRow,
    MarkLineEvidenceRow,
    MarkLineRow,
    MarkSheetRow,
    MarkVetoRow,
    MistakeRow,
    RecordingRow,
    VerdictRow,
)
from assessor.types import Evidence, Gap, MarkLine, MarkSheet, MarkVeto, Mistake, Outcome, Text, Verdict


def summary_rows(session: Session, query: Select[AttemptRow]) -> Sequence[AttemptRow]:
    """The rows a list of attempts needs, in a fixed number of queries."""
    return session.scalars(
        query.options(
            joinedload(AttemptRow.bench),
            joinedload(AttemptRow.procedure),
            joinedload(AttemptRow.recording).selectinload(RecordingRow.names),
            selectinload(AttemptRow.gaps),
            selectinload(AttemptRow.sheets).selectinload(MarkSheetRow.lines),
        )
    ).all()


def to_summary(row: AttemptRow, sheet: MarkSheetRow | None = None) -> AttemptSummary:
    """The points of a sheet (None: the newest) beside what was scored with what."""
    sheet = sheet or row.sheets[-1]
    return AttemptSummary(
        id=row.id,
        created_utc=row.created_utc,
        recording_sha256=row.recording_sha256,
        recording_names=tuple(known.name for known in row.recording.names),
        duration_s=row.recording.duration_s,
        bench=row.bench.name,
        bench_sha256=row.bench_sha256,
        procedure=row.procedure.id,
        procedure_title=Text(zh=row.procedure.title_zh, en=row.procedure.title_en),
        procedure_sha256=row.procedure_sha256,
        student=row.student,
        state=sheet.state,
        total=sheet.total,
        possible=sheet.possible,
        open_points=sum(line.points for line in sheet.lines if line.awarded is None),
        partial=row.partial,
        gaps=len(row.gaps),
        software=row.software,
        models=dict(row.models),
        observations=row.observations,
        outcomes=Counter(Outcome(line.outcome) for line in sheet.lines if line.awarded is not None),
    )


def sheet_row(session: Session, attempt_id: UUID, seen: Seen = EVERYTHING) -> AttemptRow | None:
    """Everything a mark sheet needs of one attempt."""
    shown = selectinload(MarkSheetRow.lines).selectinload(MarkLineRow.shown)
    return session.scalar(
        select(AttemptRow)
        .where(AttemptRow.id == attempt_id, seen.attempts)
        .options(
            joinedload(AttemptRow.bench),
            joinedload(AttemptRow.procedure),
            selectinload(AttemptRow.gaps),
            selectinload(AttemptRow.evidence),
            selectinload(AttemptRow.verdicts).selectinload(VerdictRow.mistakes),
            selectinload(AttemptRow.sheets).options(
                shown.joinedload(MarkLineEvidenceRow.evidence),
                selectinload(MarkSheetRow.vetoes).joinedload(MarkVetoRow.evidence),
            ),
        )
    )


def to_mark_sheet(row: AttemptRow, sheet: MarkSheetRow | None = None) -> MarkSheet:
    """A sheet of an attempt (None: the newest), as it was handed in."""
    sheet = sheet or row.sheets[-1]
    return MarkSheet(
        procedure=row.procedure.id,
        procedure_sha256=row.procedure_sha256,
        bench_sha256=row.bench_sha256,
        recording_sha256=row.recording_sha256,
        partial=row.partial,
        lines=tuple(_line(line) for line in sheet.lines),
        verdicts=tuple(_verdict(verdict) for verdict in row.verdicts),
        gaps=tuple(Gap(start_s=gap.start_s, end_s=gap.end_s, reason=gap.reason) for gap in row.gaps),
        state=sheet.state,
        total=sheet.total,
        possible=sheet.possible,
        vetoes=tuple(_veto(veto) for veto in sheet.vetoes),
        passed=sheet.passed,
    )


def to_evidence(row: EvidenceRow) -> Evidence:
    """The value a verdict or a line carries: names inside the evidence folder."""
    return Evidence(start_s=row.start_s, end_s=row.end_s, clip=_name(row.clip), still=_name(row.still))


def to_evidence_files(row: EvidenceRow) -> EvidenceFiles:
    """The same with paths inside the data folder."""
    return EvidenceFiles(
        id=row.id,
        attempt_id=row.attempt_id,
        start_s=row.start_s,
        end_s=row.end_s,
        clip=None if row.clip is None else PurePosixPath(row.clip),
        still=None if row.still is None else PurePosixPath(row.still),
    )


def _name(path: str | None) -> str | None:
    return None if path is None else PurePosixPath(path).name


def _line(row: MarkLineRow) -> MarkLine:
    return MarkLine(
        item=row.item,
        title=Text(zh=row.title_zh, en=row.title_en),
        check=row.check,
        dimension=row.dimension,
        points=row.points,
        awarded=row.awarded,
        outcome=Outcome(row.outcome),
        confidence=row.confidence,
        reason=Text(zh=row.reason_zh, en=row.reason_en),
        verdict_ids=tuple(row.verdict_names),
        evidence=tuple(to_evidence(shown.evidence) for shown in row.shown),
        line=row.line,
    )


def _verdict(row: VerdictRow) -> Verdict:
    return Verdict(
        id=row.name,
        kind=row.kind,
        outcome=Outcome(row.outcome),
        confidence=row.confidence,
        reason=Text(zh=row.reason_zh, en=row.reason_en),
        t_s=row.t_s,
        decided_s=row.decided_s,
        evidence=None if row.evidence is None else to_evidence(row.evidence),
        mistakes=tuple(_mistake(mistake) for mistake in row.mistakes),
        line=row.line,
        value=row.value,
        not_reached=row.not_reached,
    )


def _veto(row: MarkVetoRow) -> MarkVeto:
    return MarkVeto(
        id=row.name,
        title=Text(zh=row.title_zh, en=row.title_en),
        effect=row.effect,
        state=row.state,
        reason=Text(zh=row.reason_zh, en=row.reason_en),
        evidence=None if row.evidence is None else to_evidence(row.evidence),
        line=row.line,
    )


def _mistake(row: MistakeRow) -> Mistake:
    return Mistake(
        kind=row.kind,
        subject=row.subject,
        t_s=row.t_s,
        reason=Text(zh=row.reason_zh, en=row.reason_en),
        corrected=row.corrected,
        confidence=row.confidence,
    )
