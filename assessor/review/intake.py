"""New attempts take their place in the queue; a decided item takes its new one (store -> review_item).

What stands in the queue follows from the machine's sheet and the decisions, and can be made again from them.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from assessor.marks.vetoes import PROPOSED
from assessor.review.desk import Desk, read_desk, to_version
from assessor.review.standing import Round, Standing, Tab
from assessor.review.subjects import (
    UNSAFE,
    Severity,
    is_flagged,
    is_subject,
    read_procedure,
    safety_items,
    severity_of,
)
from assessor.store import Store
from assessor.store.decision_tables import ReviewItemRow, ReviewRow
from assessor.store.tables import AttemptRow, MarkLineRow, MarkSheetRow, MarkVetoRow, MistakeRow, VerdictRow
from assessor.types import Outcome

AT_ONCE = 100  # attempts of one transaction
LATE = 1000  # attempts: two processes may commit in another order than they counted, but not that far apart


def take_in(store: Store) -> int:
    """Every attempt that is not in the queue yet; gives how many there were."""
    count, after = 0, store.read(_place)
    while waiting := store.read(partial(_waiting, after=after)):
        count, after = count + len(waiting), waiting[-1].seq
        store.write(partial(take_in_attempts, attempt_ids=[row.id for row in waiting]))
    return count


def take_in_attempts(session: Session, attempt_ids: Sequence[UUID]) -> None:
    """These attempts, as far as they are not in the queue yet; nobody has decided anything about them."""
    known = select(ReviewItemRow.attempt_id).where(ReviewItemRow.attempt_id.in_(attempt_ids))
    new = set(attempt_ids) - set(session.scalars(known))
    unsafe = _unsafe_verdicts(session, new)
    query = (
        select(MarkSheetRow, AttemptRow)
        .join(AttemptRow, AttemptRow.id == MarkSheetRow.attempt_id)
        .where(AttemptRow.id.in_(new), MarkSheetRow.state == PROPOSED)
        .options(selectinload(MarkSheetRow.lines), selectinload(MarkSheetRow.vetoes))
        .options(joinedload(AttemptRow.procedure))
    )
    for sheet, attempt in session.execute(query):
        session.add_all(_new_rows(sheet, attempt, unsafe))


def refresh(session: Session, desk: Desk, item: str) -> Standing:
    """Put the item where it stands now."""
    standing = desk.standing(item)
    row = session.get(ReviewItemRow, (desk.row.id, item))
    if row is None:  # a veto that nobody had proposed
        place = len(desk.sheet.lines) + len(desk.vetoes)
        row = _row(desk.row, item, place, "veto", Severity.VETO)
        session.add(row)
    row.tab, row.awaits = standing.tab.value, standing.awaits.value if standing.awaits else None
    row.version = standing.version(standing.awaits or Round.FIRST)
    decisive = standing.decisive
    row.by_id = decisive.by_id if decisive else None
    row.decided_utc = decisive.created_utc if decisive else None
    return standing


def refresh_all(session: Session, desk: Desk) -> None:
    """Put every item where it stands now, as when its class is marked in another way from now on."""
    for item in desk.subjects:
        refresh(session, desk, item)


def rebuild(store: Store) -> None:
    """Make the whole queue again from the sheets and the decisions."""
    store.write(lambda session: session.execute(delete(ReviewItemRow)))
    take_in(store)
    for attempt_id in store.read(
        lambda session: session.scalars(select(ReviewRow.attempt_id).distinct()).all()
    ):
        store.write(partial(_refresh_attempt, attempt_id=attempt_id))


def _refresh_attempt(session: Session, attempt_id: UUID) -> None:
    refresh_all(session, read_desk(session, attempt_id))


def _place(session: Session) -> int:
    """Every attempt up to this number is in the queue."""
    return (session.scalar(select(func.max(ReviewItemRow.attempt_seq))) or 0) - LATE


def _waiting(session: Session, after: int) -> Sequence[Row[UUID, int]]:
    known = exists().where(ReviewItemRow.attempt_id == AttemptRow.id)
    query = select(AttemptRow.id, AttemptRow.seq).where(~known, AttemptRow.seq > after)
    return session.execute(query.order_by(AttemptRow.seq).limit(AT_ONCE)).all()


def _unsafe_verdicts(session: Session, attempt_ids: set[UUID]) -> set[tuple[UUID, str]]:
    """Verdicts that an unsafe act was seen for."""
    query = (
        select(VerdictRow.attempt_id, VerdictRow.name)
        .join(MistakeRow, MistakeRow.verdict_id == VerdictRow.id)
        .where(VerdictRow.attempt_id.in_(attempt_ids), MistakeRow.kind == UNSAFE)
    )
    return {(attempt_id, name) for attempt_id, name in session.execute(query)}


def _new_rows(
    sheet: MarkSheetRow, attempt: AttemptRow, unsafe: set[tuple[UUID, str]]
) -> Iterator[ReviewItemRow]:
    vetoes = {veto.name for veto in sheet.vetoes}
    grave = safety_items(read_procedure(to_version(attempt.procedure)))
    for line in sheet.lines:
        if is_subject(line.item, vetoes):
            safety = line.item in grave or any((attempt.id, name) in unsafe for name in line.verdict_names)
            yield _line_row(attempt, line, safety)
    for veto in sheet.vetoes:
        yield _veto_row(attempt, veto, len(sheet.lines))


def _line_row(attempt: AttemptRow, line: MarkLineRow, safety: bool) -> ReviewItemRow:
    severity = severity_of(line.dimension, line.awarded, line.points, safety=safety)
    row = _row(attempt, line.item, line.position, "line", severity)
    row.confidence = line.confidence
    row.rests_on = f" {' '.join(line.verdict_names)} "
    if is_flagged(line.awarded, line.points, Outcome(line.outcome), line.confidence):
        row.tab, row.awaits = Tab.TO_REVIEW.value, Round.FIRST.value
    return row


def _veto_row(attempt: AttemptRow, veto: MarkVetoRow, after: int) -> ReviewItemRow:
    row = _row(attempt, veto.name, after + veto.position, "veto", Severity.VETO)
    if veto.state == PROPOSED:
        row.tab, row.awaits = Tab.TO_REVIEW.value, Round.FIRST.value
    return row


def _row(attempt: AttemptRow, item: str, position: int, kind: str, severity: Severity) -> ReviewItemRow:
    return ReviewItemRow(
        attempt_id=attempt.id,
        item=item,
        attempt_seq=attempt.seq,
        position=position,
        kind=kind,
        tab=Tab.CLEAR.value,
        severity=int(severity),
        confidence=1.0,
        rests_on=f" {item} ",
        awaits=None,
        version=0,
    )
