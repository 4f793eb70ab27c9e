"""How far a class is: each student's attempts, their state, and what is left to decide (store -> console)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from assessor.people.caller import Caller
from assessor.people.classes import Student, students_of
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.review.intake import take_in
from assessor.review.release import State
from assessor.review.standing import Tab
from assessor.store import Store
from assessor.store.decision_tables import AssignmentRow, ReviewItemRow
from assessor.store.tables import AttemptRow
from assessor.types import Text


@dataclass(frozen=True, slots=True)
class BoardAttempt:
    """One attempt as the board shows it. `left`: items somebody still has to decide."""

    id: UUID
    procedure_title: Text
    state: State
    total: float
    possible: float
    left: int


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A student with their attempts, newest first."""

    student: Student
    attempts: tuple[BoardAttempt, ...]


def board_of(store: Store, caller: Caller, class_id: UUID) -> tuple[BoardRow, ...]:
    """The students of a class, by number. Raises UnknownIdError, NotAllowedError."""
    caller.must(Action.RELEASE)
    students = students_of(store, caller, class_id)
    take_in(store)
    ids = [student.id for student in students]
    found = store.read(lambda session: _attempts(session, caller, ids))
    return tuple(BoardRow(student, tuple(found.get(student.id, ()))) for student in students)


def _attempts(
    session: Session, caller: Caller, students: Sequence[UUID]
) -> dict[UUID | None, list[BoardAttempt]]:
    later = aliased(AssignmentRow)
    newest = select(func.max(later.seq)).where(later.attempt_id == AttemptRow.id).correlate(AttemptRow)
    query = (
        select(AttemptRow, AssignmentRow.person_id)
        .join(AssignmentRow, AssignmentRow.seq == newest.scalar_subquery())
        .where(AssignmentRow.person_id.in_(students), attempts_seen(caller, Action.RELEASE))
        .order_by(AttemptRow.seq.desc())
        .options(joinedload(AttemptRow.procedure), selectinload(AttemptRow.sheets))
    )
    rows = session.execute(query).all()
    left = _left(session, [row.id for row, _ in rows])
    found: dict[UUID | None, list[BoardAttempt]] = {}
    for row, person in rows:
        sheet, title = row.sheets[-1], Text(row.procedure.title_zh, row.procedure.title_en)
        one = BoardAttempt(row.id, title, State(sheet.state), sheet.total, sheet.possible, left[row.id])
        found.setdefault(person, []).append(one)
    return found


def _left(session: Session, ids: Sequence[UUID]) -> Counter[UUID]:
    undecided = ReviewItemRow.tab.in_([Tab.TO_REVIEW.value, Tab.DOUBT.value])
    # Counted, not filtered by tab: the few items of these attempts are found by their key.
    count = func.count(case((undecided, 1)))
    query = select(ReviewItemRow.attempt_id, count).group_by(ReviewItemRow.attempt_id)
    return Counter(dict(session.execute(query.where(ReviewItemRow.attempt_id.in_(ids))).all()))
