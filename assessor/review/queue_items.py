"""The rows of a page of the queue become what a reviewer reads (queue -> api, console)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from assessor.marks.vetoes import PROPOSED
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.desk import to_version
from assessor.review.scheme import double_classes
from assessor.review.standing import Round, Tab
from assessor.review.subjects import Severity, read_procedure
from assessor.store.decision_tables import ReviewItemRow
from assessor.store.tables import (
    AttemptRow,
    MarkLineEvidenceRow,
    MarkLineRow,
    MarkSheetRow,
    MarkVetoRow,
    ProcedureVersionRow,
)
from assessor.types import Outcome, Text


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One item. `student` and `class_name` are empty where its markers must not know; `version`: what a
    decision has to have seen; `evidence_id`: the piece to open first."""

    attempt_id: UUID
    item: str
    kind: str
    title: Text
    reason: Text
    tab: Tab
    severity: Severity
    outcome: Outcome | None
    confidence: float
    points: float
    proposed: float | None
    check: str
    awaits: Round | None
    version: int
    bench: str
    procedure: str
    procedure_title: Text
    student_id: UUID | None
    student: str
    class_name: str
    scored_utc: datetime
    evidence_id: UUID | None
    by_id: UUID | None
    decided_utc: datetime | None


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the machine's sheet says of an item."""

    title: Text
    reason: Text
    outcome: Outcome | None = None
    points: float = 0.0
    proposed: float | None = None
    check: str = "person"
    evidence_id: UUID | None = None


def to_items(session: Session, caller: Caller, found: Sequence[Any]) -> tuple[QueueItem, ...]:
    """The items of a page, in its order."""
    rows: list[ReviewItemRow] = [row for row, *_ in found]
    subjects = _lines(session, rows) | _vetoes(session, rows)
    is_double = double_classes(session)
    arbiter = caller.may(Action.ARBITRATE)
    made = []
    for one in found:
        row, procedure = one[0], one[3]
        subject = subjects.get((row.attempt_id, row.item)) or _called(row.item, procedure)
        made.append(_item(one, subject, knows=arbiter or not is_double(one[5])))
    return tuple(made)


def _called(item: str, procedure: ProcedureVersionRow) -> _Subject:
    """A veto that the machine had not proposed: what the rubric says of it."""
    read = read_procedure(to_version(procedure))
    vetoes = {} if read is None else {veto.id: veto.title.text for veto in read.rubric.vetoes}
    return _Subject(vetoes.get(item, Text(item, item)), Text("", ""))


def _item(found: Any, subject: _Subject, *, knows: bool) -> QueueItem:
    row: ReviewItemRow = found[0]
    attempt: AttemptRow = found[1]
    procedure: ProcedureVersionRow = found[3]
    person, class_ = (found[4], found[6]) if knows else (None, None)
    return QueueItem(
        attempt_id=row.attempt_id,
        item=row.item,
        kind=row.kind,
        title=subject.title,
        reason=subject.reason,
        tab=Tab(row.tab),
        severity=Severity(row.severity),
        outcome=subject.outcome,
        confidence=row.confidence,
        points=subject.points,
        proposed=subject.proposed,
        check=subject.check,
        awaits=Round(row.awaits) if row.awaits else None,
        version=row.version,
        bench=found[2],
        procedure=procedure.id,
        procedure_title=Text(procedure.title_zh, procedure.title_en),
        student_id=person.id if person else None,
        student=person.name if person else "",
        class_name=class_.name if class_ else "",
        scored_utc=attempt.created_utc,
        evidence_id=subject.evidence_id,
        by_id=row.by_id if knows else None,
        decided_utc=row.decided_utc if knows else None,
    )


def _lines(session: Session, rows: Sequence[ReviewItemRow]) -> dict[tuple[UUID, str], _Subject]:
    """The machine's lines, each with the piece of evidence that it shows first."""
    first = and_(MarkLineEvidenceRow.line_id == MarkLineRow.id, MarkLineEvidenceRow.position == 0)
    query = (
        select(MarkSheetRow.attempt_id, MarkLineRow, MarkLineEvidenceRow.evidence_id)
        .join(MarkLineRow, MarkLineRow.sheet_id == MarkSheetRow.id)
        .outerjoin(MarkLineEvidenceRow, first)
        .where(MarkSheetRow.attempt_id.in_(_attempts(rows, "line")), MarkSheetRow.state == PROPOSED)
        .where(MarkLineRow.item.in_({row.item for row in rows}))
    )
    return {
        (attempt_id, line.item): _Subject(
            Text(line.title_zh, line.title_en),
            Text(line.reason_zh, line.reason_en),
            Outcome(line.outcome),
            line.points,
            line.awarded,
            line.check,
            evidence_id,
        )
        for attempt_id, line, evidence_id in session.execute(query)
    }


def _vetoes(session: Session, rows: Sequence[ReviewItemRow]) -> dict[tuple[UUID, str], _Subject]:
    query = (
        select(MarkSheetRow.attempt_id, MarkVetoRow)
        .join(MarkVetoRow, MarkVetoRow.sheet_id == MarkSheetRow.id)
        .where(MarkSheetRow.attempt_id.in_(_attempts(rows, "veto")), MarkSheetRow.state == PROPOSED)
    )
    return {
        (attempt_id, veto.name): _Subject(
            Text(veto.title_zh, veto.title_en),
            Text(veto.reason_zh, veto.reason_en),
            evidence_id=veto.evidence_id,
        )
        for attempt_id, veto in session.execute(query)
    }


def _attempts(rows: Sequence[ReviewItemRow], kind: str) -> set[UUID]:
    return {row.attempt_id for row in rows if row.kind == kind}
