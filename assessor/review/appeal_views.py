"""Appeals as each person may see them: the student, blind markers, whoever arbitrates (-> api, console)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import NotAllowedError
from assessor.people.caller import Caller, person_caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.review.appeal_cases import Case, open_case
from assessor.review.appeal_state import AppealState, Step
from assessor.review.desk import seen_attempt
from assessor.review.item_view import Scale, scale_of
from assessor.store import Store, UnknownIdError, load
from assessor.store.decision_tables import AppealRow
from assessor.store.pages import WHOLE, By, Page, Part, page_of
from assessor.store.people_tables import GrantRow, PersonRow
from assessor.store.tables import AttemptRow
from assessor.types import Text

MOST = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AppealMark:
    """What somebody gave; shown only to whoever arbitrates."""

    by_id: UUID
    by: str
    awarded: float
    reason: str


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal. `awarded` and `answer`: what it came to; `markers` and `marks` are empty but for whoever
    arbitrates; `mine`: the caller is one of its markers and has not marked it yet."""

    appeal_id: UUID
    attempt_id: UUID
    item: str
    title: Text
    text: str
    state: AppealState
    created_utc: datetime
    points: float
    awarded: float | None
    answer: str | None
    tolerance: float
    markers: tuple[UUID, ...]
    marks: tuple[AppealMark, ...]
    mine: bool


@dataclass(frozen=True, slots=True)
class BlindTask:
    """What a marker of an appeal has before them: nothing of who, and nothing that was given before.

    `seen`: what the machine saw, without points; `own`: what this marker gave already."""

    appeal_id: UUID
    item: str
    title: Text
    check: str
    least: float
    most: float
    scale: Scale | None
    text: str
    seen: tuple[Text, ...]
    evidence_ids: tuple[UUID, ...]
    procedure: str
    own: float | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could mark an appeal."""

    person_id: UUID
    name: str


def appeals(store: Store, caller: Caller, state: AppealState | None = None) -> tuple[AppealView, ...]:
    """The newest of `appeals_page`."""
    return appeals_page(store, caller, state, WHOLE).items


def appeals_page(store: Store, caller: Caller, state: AppealState | None, part: Part) -> Page[AppealView]:
    """The appeals the caller may see, newest first: a student's own, a teacher's classes', all for a head."""
    caller.must(Action.READ_APPEALS)

    def read(session: Session) -> Page[AppealView]:
        return _picked(
            session,
            caller,
            Action.READ_APPEALS,
            part,
            lambda case: _view(session, caller, case) if state in (None, case.state) else None,
        )

    return store.read(read)


def appeal_view(store: Store, caller: Caller, appeal_id: UUID) -> AppealView:
    """One of them. Raises UnknownIdError."""

    def read(session: Session) -> AppealView:
        case = open_case(session, caller, Action.READ_APPEALS, appeal_id)
        if not _may_see(caller, case):
            raise UnknownIdError("appeal", appeal_id)
        return _view(session, caller, case)

    return store.read(read)


def marking_tasks(store: Store, caller: Caller) -> tuple[BlindTask, ...]:
    """The newest of `tasks_page`."""
    return tasks_page(store, caller, WHOLE).items


def tasks_page(store: Store, caller: Caller, part: Part) -> Page[BlindTask]:
    """The appeals that the caller is to mark."""
    caller.must(Action.MARK_APPEAL)

    def read(session: Session) -> Page[BlindTask]:
        return _picked(
            session,
            caller,
            Action.MARK_APPEAL,
            part,
            lambda case: _task(caller, case) if _is_mine(caller, case) else None,
        )

    return store.read(read)


def marking_task(store: Store, caller: Caller, appeal_id: UUID) -> BlindTask:
    """One of them, also after it was marked. Raises UnknownIdError for whoever is not its marker."""

    def read(session: Session) -> BlindTask:
        case = open_case(session, caller, Action.MARK_APPEAL, appeal_id)
        if caller.person not in case.markers:
            raise UnknownIdError("appeal", appeal_id)
        return _task(caller, case)

    return store.read(read)


def candidates(store: Store, caller: Caller, appeal_id: UUID) -> tuple[Candidate, ...]:
    """Who could mark an appeal: people with the right, who have not decided about its item."""
    now = store.now()

    def read(session: Session) -> tuple[Candidate, ...]:
        case = open_case(session, caller, Action.ARBITRATE, appeal_id)
        staff = select(PersonRow).where(
            PersonRow.school_id == caller.school_id,
            PersonRow.id.in_(select(GrantRow.person_id).where(GrantRow.revoked_utc.is_(None))),
            PersonRow.id.not_in({*case.authors, case.row.person_id, caller.person}),
        )
        people = session.scalars(staff.order_by(PersonRow.name, PersonRow.number)).all()
        return tuple(Candidate(one.id, one.name) for one in people if _could_mark(session, one, case, now))

    return store.read(read)


def _could_mark(session: Session, person: PersonRow, case: Case, now: datetime) -> bool:
    caller = person_caller(session, person, now)
    try:
        return caller is not None and bool(
            seen_attempt(session, caller, Action.MARK_APPEAL, case.row.attempt_id)
        )
    except (NotAllowedError, UnknownIdError):
        return False


def _picked(
    session: Session, caller: Caller, action: Action, part: Part, pick: Callable[[Case], T | None]
) -> Page[T]:
    """What `pick` takes of the newest MOST cases after the part's place; the page may be short."""
    query = (
        select(AppealRow)
        .join(AttemptRow, AttemptRow.id == AppealRow.attempt_id)
        .where(attempts_seen(caller, action))
    )
    order = (By(AppealRow.seq, falling=True),)
    rows = page_of(session, query, order, Part(MOST, part.after), lambda row: row)
    taken: list[T] = []
    for place, row in enumerate(rows.items):
        if len(taken) == part.limit:
            return Page(tuple(taken), (rows.items[place - 1].seq,))
        case = open_case(session, caller, action, row.id)
        made = pick(case) if _may_see(caller, case) else None
        if made is not None:
            taken.append(made)
    return Page(tuple(taken), rows.next)


def _may_see(caller: Caller, case: Case) -> bool:
    """A student sees their own; staff all that is in their scope."""
    staff = caller.may(Action.MARK_APPEAL) or caller.may(Action.ARBITRATE)
    return staff or case.row.person_id == caller.person_id


def _is_mine(caller: Caller, case: Case) -> bool:
    marking = case.state is AppealState.MARKING
    return marking and caller.person in case.markers and caller.person not in case.marks


def _view(session: Session, caller: Caller, case: Case) -> AppealView:
    row, arbiter = case.row, caller.may(Action.ARBITRATE)
    ends = [step for step in case.steps if step.kind in (Step.DECIDED, Step.ARBITRATED)]
    return AppealView(
        appeal_id=row.id,
        attempt_id=row.attempt_id,
        item=row.item,
        title=case.desk.title(row.item),
        text=row.text,
        state=case.state,
        created_utc=row.created_utc,
        points=case.desk.range(row.item)[1],
        awarded=ends[0].awarded if ends else None,
        answer=ends[0].reason if ends else None,
        tolerance=case.tolerance,
        markers=case.markers if arbiter else (),
        marks=_marks(session, case) if arbiter else (),
        mine=_is_mine(caller, case),
    )


def _marks(session: Session, case: Case) -> tuple[AppealMark, ...]:
    marked = [step for step in case.steps if step.kind == Step.MARKED]
    people = {step.by_id: session.get(PersonRow, step.by_id) for step in marked}
    names = {id: "" if person is None else person.name for id, person in people.items()}
    return tuple(
        AppealMark(step.by_id, names[step.by_id], step.awarded or 0.0, step.reason or "") for step in marked
    )


def _task(caller: Caller, case: Case) -> BlindTask:
    desk, item = case.desk, case.row.item
    line, veto = desk.lines.get(item), desk.vetoes.get(item)
    shown = line.evidence if line else tuple(filter(None, [veto.evidence if veto else None]))
    names = line.verdict_ids if line else (item,)
    ids = {load.to_evidence(row): row.id for row in desk.row.evidence}
    least, most = desk.range(item)
    return BlindTask(
        appeal_id=case.row.id,
        item=item,
        title=desk.title(item),
        check=line.check if line else "person",
        least=least,
        most=most,
        scale=scale_of(desk, item),
        text=case.row.text,
        seen=tuple(verdict.reason for verdict in desk.sheet.verdicts if verdict.id in names),
        evidence_ids=tuple(ids[one] for one in shown),
        procedure=desk.row.procedure.id,
        own=case.marks.get(caller.person),
    )
