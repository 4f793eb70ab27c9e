"""Turns a scored attempt into rows (record -> tables); an equal scoring gives the rows that are there."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.located_yaml.source import Source, pinned_sha256
from assessor.store.records import AttemptKey, AttemptRecord, BenchVersion, ProcedureVersion, RecordingFile
from assessor.store.tables import (
    AttemptRow,
    BenchVersionRow,
    EvidenceRow,
    GapRow,
    MarkLineEvidenceRow,
    MarkLineRow,
    MarkSheetRow,
    MarkVetoRow,
    MistakeRow,
    ProcedureVersionRow,
    RecordingNameRow,
    RecordingRow,
    VerdictRow,
)
from assessor.types import Evidence, MarkLine, MarkSheet, MarkVeto, Mistake, Verdict

EvidenceRows = dict[Evidence, EvidenceRow]


def check_record(record: AttemptRecord) -> None:
    """Raise StoreError for a record that cannot be kept as it is."""
    pairs = [
        ("recording", record.recording.sha256, record.sheet.recording_sha256),
        ("bench", record.bench.sha256, record.sheet.bench_sha256),
        ("procedure", record.procedure.sha256, record.sheet.procedure_sha256),
    ]
    for what, given, sheet in pairs:
        if given != sheet:
            raise StoreError(f"expected a mark sheet of {what} {given}, but it is of {sheet}; score it again")
    for what, version in (("bench", record.bench), ("procedure", record.procedure)):
        _check_source(what, version)
    _check_text("student", record.student or "")
    for path in (record.evidence_folder, record.observations or ""):
        _check_path(path)
    for evidence in _all_evidence(record):
        for name in filter(None, (evidence.clip, evidence.still)):
            if PurePosixPath(name).name != name:
                raise StoreError(
                    f"expected a file name in the evidence folder, but {name!r} is a path; give its last part"
                )
            _check_path(name)


def save(session: Session, record: AttemptRecord, now: datetime) -> UUID:
    """Add what is new of this record; gives the attempt's id, the old one for an equal scoring."""
    if session.get(RecordingRow, record.recording.sha256) is None:
        session.add(_recording_row(record.recording, now))
        session.flush()
    known = find(session, record.key, record.recording.name)
    if known is not None:
        return known
    _keep_versions(session, record, now)
    attempt = _attempt_row(record, now)
    session.add(attempt)
    session.flush()
    return attempt.id


def find(session: Session, key: AttemptKey, recording_name: str) -> UUID | None:
    """The attempt of an equal scoring; the name is kept if the recording is known."""
    recording = session.get(RecordingRow, key.recording_sha256)
    if recording is not None:
        _keep_name(recording, recording_name)
    return session.scalar(select(AttemptRow.id).where(AttemptRow.fingerprint == key.fingerprint()))


def _check_source(what: str, version: BenchVersion | ProcedureVersion) -> None:
    """The text that is kept must be the one that was judged by."""
    pinned = pinned_sha256(Source(what, version.source.encode()), version.kept)
    if pinned != version.sha256:
        raise StoreError(
            f"expected the text of {what} {version.sha256}, but what came is of {pinned}; score it again"
        )


def _check_text(what: str, text: str) -> None:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise StoreError(f"expected readable text as {what}, but {text!r} holds a NUL or half a character")


def _check_path(path: str) -> None:
    parts = PurePosixPath(path).parts
    if ".." in parts or path.startswith("/") or any(letter in path for letter in "\\:\0"):
        raise StoreError(
            f"expected a path inside the data folder, but {path!r} leads elsewhere; make it relative"
        )


def _all_evidence(record: AttemptRecord) -> Iterator[Evidence]:
    yield from (verdict.evidence for verdict in record.sheet.verdicts if verdict.evidence is not None)
    for line in record.sheet.lines:
        yield from line.evidence
    yield from (veto.evidence for veto in record.sheet.vetoes if veto.evidence is not None)


def _recording_row(file: RecordingFile, now: datetime) -> RecordingRow:
    return RecordingRow(sha256=file.sha256, size=file.size, duration_s=file.duration_s, created_utc=now)


def _keep_name(recording: RecordingRow, name: str) -> None:
    # A file name may hold bytes that are no text; it is kept readable, never used as a path.
    readable = name.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    if all(known.name != readable for known in recording.names):
        recording.names.append(RecordingNameRow(name=readable))


def _keep_versions(session: Session, record: AttemptRecord, now: datetime) -> None:
    bench, procedure = record.bench, record.procedure
    if session.get(BenchVersionRow, bench.sha256) is None:
        session.add(
            BenchVersionRow(
                sha256=bench.sha256,
                name=bench.name,
                source=bench.source,
                included=dict(bench.included),
                created_utc=now,
            )
        )
    if session.get(ProcedureVersionRow, procedure.sha256) is None:
        session.add(
            ProcedureVersionRow(
                sha256=procedure.sha256,
                id=procedure.id,
                title_zh=procedure.title.zh,
                title_en=procedure.title.en,
                source=procedure.source,
                included=dict(procedure.included),
                created_utc=now,
            )
        )


def _attempt_row(record: AttemptRecord, now: datetime) -> AttemptRow:
    sheet = record.sheet
    evidence = _evidence_rows(record)
    return AttemptRow(
        id=uuid4(),
        fingerprint=record.key.fingerprint(),
        recording_sha256=record.recording.sha256,
        bench_sha256=record.bench.sha256,
        procedure_sha256=record.procedure.sha256,
        student=record.student,
        created_utc=now,
        partial=sheet.partial,
        software=record.software,
        models=dict(record.models),
        evidence_folder=record.evidence_folder,
        observations=record.observations,
        evidence=list(evidence.values()),
        verdicts=[_verdict_row(place, verdict, evidence) for place, verdict in enumerate(sheet.verdicts)],
        gaps=[
            GapRow(position=place, start_s=gap.start_s, end_s=gap.end_s, reason=gap.reason)
            for place, gap in enumerate(sheet.gaps)
        ],
        sheets=[sheet_row(sheet, evidence, now)],
    )


def _evidence_rows(record: AttemptRecord) -> EvidenceRows:
    folder = PurePosixPath(record.evidence_folder)
    return {
        one: EvidenceRow(
            start_s=one.start_s,
            end_s=one.end_s,
            clip=None if one.clip is None else str(folder / one.clip),
            still=None if one.still is None else str(folder / one.still),
        )
        for one in _all_evidence(record)
    }


def _verdict_row(place: int, verdict: Verdict, evidence: EvidenceRows) -> VerdictRow:
    return VerdictRow(
        position=place,
        name=verdict.id,
        kind=verdict.kind,
        outcome=verdict.outcome.value,
        confidence=verdict.confidence,
        reason_zh=verdict.reason.zh,
        reason_en=verdict.reason.en,
        t_s=verdict.t_s,
        decided_s=verdict.decided_s,
        line=verdict.line,
        value=verdict.value,
        not_reached=verdict.not_reached,
        evidence=None if verdict.evidence is None else evidence[verdict.evidence],
        mistakes=[_mistake_row(place, mistake) for place, mistake in enumerate(verdict.mistakes)],
    )


def _mistake_row(place: int, mistake: Mistake) -> MistakeRow:
    return MistakeRow(
        position=place,
        kind=mistake.kind,
        subject=mistake.subject,
        t_s=mistake.t_s,
        reason_zh=mistake.reason.zh,
        reason_en=mistake.reason.en,
        corrected=mistake.corrected,
        confidence=mistake.confidence,
    )


def sheet_row(sheet: MarkSheet, evidence: EvidenceRows, now: datetime) -> MarkSheetRow:
    """A sheet whose pieces of evidence have these rows."""
    return MarkSheetRow(
        created_utc=now,
        state=sheet.state,
        total=sheet.total,
        possible=sheet.possible,
        passed=sheet.passed,
        lines=[_line_row(place, line, evidence) for place, line in enumerate(sheet.lines)],
        vetoes=[_veto_row(place, veto, evidence) for place, veto in enumerate(sheet.vetoes)],
    )


def _veto_row(place: int, veto: MarkVeto, evidence: EvidenceRows) -> MarkVetoRow:
    return MarkVetoRow(
        position=place,
        name=veto.id,
        title_zh=veto.title.zh,
        title_en=veto.title.en,
        effect=veto.effect,
        state=veto.state,
        reason_zh=veto.reason.zh,
        reason_en=veto.reason.en,
        line=veto.line,
        evidence=None if veto.evidence is None else evidence[veto.evidence],
    )


def _line_row(place: int, line: MarkLine, evidence: EvidenceRows) -> MarkLineRow:
    return MarkLineRow(
        position=place,
        item=line.item,
        title_zh=line.title.zh,
        title_en=line.title.en,
        check=line.check,
        dimension=line.dimension,
        points=line.points,
        awarded=line.awarded,
        outcome=line.outcome.value,
        confidence=line.confidence,
        reason_zh=line.reason.zh,
        reason_en=line.reason.en,
        verdict_names=list(line.verdict_ids),
        line=line.line,
        shown=[
            MarkLineEvidenceRow(position=spot, evidence=evidence[one])
            for spot, one in enumerate(line.evidence)
        ],
    )
