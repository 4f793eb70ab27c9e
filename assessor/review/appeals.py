"""A student asks for another look: two blind markers, then whoever arbitrates, then a new released sheet.

Takes the appeal of a released item; ends in a decision of the round "appeal" that nothing else overrules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import NotAllowedError
from assessor.judge.vetoes import CONFIRMED
from assessor.ledger.audit import Actor, append
from assessor.people.caller import Caller, person_caller
from assessor.people.roles import Action
from assessor.review.appeal_cases import Case, sit_down
from assessor.review.appeal_state import MARKERS, AppealState, Step
from assessor.review.decide import keep
from assessor.review.desk import Desk, lock, read_desk, seen_attempt
from assessor.review.intake import refresh
from assessor.review.release import State, compose, keep_sheet, taken_in, told_audit
from assessor.review.released import appeal_states, appeal_until, newest_released
from assessor.review.standing import Decision, Round
from assessor.review.wishes import Wish, check_text, points_of, refuse
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import AppealRow, AppealStepRow, HoldRow, ReviewRow
from assessor.store.people_tables import PersonRow
from assessor.store.tables import MarkSheetRow

HOLD = "appeal"


@dataclass(frozen=True, slots=True)
class Plea:
    """What a student appeals about, and why."""

    attempt_id: UUID
    item: str
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What a marker of an appeal gives: `awarded` points, or a `value` they follow from; of a veto 1 = it
    stands, 0 = it does not."""

    appeal_id: UUID
    reason: str
    awarded: float | None = None
    value: float | None = None


def make_appeal(store: Store, caller: Caller, plea: Plea) -> UUID:
    """Appeal about an item of the newest released sheet; gives the appeal's id. Raises RefusedError."""
    now = store.now()
    return store.write(lambda session: _make(session, caller, plea, now))


def assign_markers(store: Store, caller: Caller, appeal_id: UUID, markers: Sequence[UUID]) -> None:
    """Say who marks it: two people who have not decided about the item before."""
    now = store.now()
    store.write(lambda session: _assign(session, caller, appeal_id, tuple(markers), now))


def mark_appeal(store: Store, caller: Caller, mark: Mark) -> AppealState:
    """What an assigned marker thinks; the second mark ends the appeal if both agree well enough."""
    now = store.now()
    return store.write(lambda session: _mark(session, caller, mark, now))


def arbitrate(store: Store, caller: Caller, mark: Mark) -> AppealState:
    """The last word, where the markers differ too much."""
    now = store.now()
    return store.write(lambda session: _arbitrate(session, caller, mark, now))


def withdraw(store: Store, caller: Caller, appeal_id: UUID) -> None:
    """The student takes the appeal back."""
    now = store.now()
    store.write(lambda session: _withdraw(session, caller, appeal_id, now))


def _make(session: Session, caller: Caller, plea: Plea, now: datetime) -> UUID:
    lock(session, seen_attempt(session, caller, Action.APPEAL, plea.attempt_id))
    desk = read_desk(session, plea.attempt_id)
    sheet = newest_released(desk)
    if sheet is None or desk.assignment is None or desk.assignment.person_id != caller.person_id:
        raise UnknownIdError("attempt", plea.attempt_id)
    _check_plea(session, desk, sheet, plea, now)
    row = AppealRow(
        id=uuid4(),
        attempt_id=plea.attempt_id,
        sheet_id=sheet.id,
        item=plea.item,
        person_id=caller.person,
        text=plea.text,
        created_utc=now,
    )
    session.add(row)
    session.add(HoldRow(attempt_id=row.attempt_id, reason=HOLD, by_id=caller.person, created_utc=now))
    session.flush()
    _tell(session, caller, row, "appeal.make", now)
    return row.id


def _check_plea(session: Session, desk: Desk, sheet: MarkSheetRow, plea: Plea, now: datetime) -> None:
    called = {veto.name for veto in sheet.vetoes if veto.state == CONFIRMED}
    if plea.item not in desk.lines and plea.item not in called:
        raise UnknownIdError("item", plea.item)
    if now > appeal_until(desk, sheet):
        raise refuse("申诉期已过。", "The time to appeal is over.")
    if plea.item in appeal_states(session, plea.attempt_id):
        raise refuse("此项已申诉过。", "There was an appeal about this item already.")
    check_text(plea.text, needed=True)


def _assign(
    session: Session, caller: Caller, appeal_id: UUID, markers: tuple[UUID, ...], now: datetime
) -> None:
    case = sit_down(session, caller, Action.ARBITRATE, appeal_id)
    if case.state not in (AppealState.OPEN, AppealState.MARKING):
        raise refuse("两位评分员都已评过。", "Its markers have marked it already.")
    if len(set(markers)) != MARKERS or not set(case.marks) <= set(markers):
        raise refuse("须指定两位不同的评分员，已评者不可更换。", "Name two markers; who has marked stays.")
    for marker in markers:
        _check_marker(session, case, marker, now)
        session.add(_step(case, Step.ASSIGNED, caller, now, marker_id=marker))
    session.flush()
    _tell(session, caller, case.row, "appeal.assign", now)


def _check_marker(session: Session, case: Case, marker: UUID, now: datetime) -> None:
    if marker in case.authors or marker == case.row.person_id:
        raise refuse(
            "曾决定过此项的人不能评这份申诉。", "Who has decided about the item cannot mark its appeal."
        )
    person = session.get(PersonRow, marker)
    caller = None if person is None else person_caller(session, person, now)
    try:
        if caller is None:
            raise UnknownIdError("person", marker)
        seen_attempt(session, caller, Action.MARK_APPEAL, case.row.attempt_id)
    except (UnknownIdError, NotAllowedError):
        raise refuse("此人无权评这份申诉。", "This person has no right to mark the appeal.") from None


def _mark(session: Session, caller: Caller, mark: Mark, now: datetime) -> AppealState:
    case = sit_down(session, caller, Action.MARK_APPEAL, mark.appeal_id)
    if caller.person not in case.markers:
        raise UnknownIdError("appeal", mark.appeal_id)
    if case.state is not AppealState.MARKING or caller.person in case.marks:
        raise refuse("您已评过，或申诉已结束。", "You have marked it, or it has ended.")
    points = _points(case, mark)
    case = _add(session, case, _step(case, Step.MARKED, caller, now, awarded=points, reason=mark.reason))
    _tell(session, caller, case.row, "appeal.mark", now)
    marks = [case.marks[marker] for marker in case.markers if marker in case.marks]
    if len(marks) == MARKERS and abs(marks[0] - marks[1]) <= case.tolerance + 1e-9:
        _end(session, case, caller, _step(case, Step.DECIDED, caller, now, awarded=round(sum(marks) / 2, 2)))
        return AppealState.DECIDED
    return case.state


def _arbitrate(session: Session, caller: Caller, mark: Mark, now: datetime) -> AppealState:
    case = sit_down(session, caller, Action.ARBITRATE, mark.appeal_id)
    if case.state is not AppealState.ARBITRATION:
        raise refuse("两位评分员意见不一致后才仲裁。", "It is arbitrated once its two markers differ.")
    if caller.person in (*case.marks, case.row.person_id):
        raise refuse("评分员不能仲裁。", "A marker of the appeal cannot arbitrate it.")
    points = _points(case, mark)
    _end(session, case, caller, _step(case, Step.ARBITRATED, caller, now, awarded=points, reason=mark.reason))
    return AppealState.DECIDED


def _withdraw(session: Session, caller: Caller, appeal_id: UUID, now: datetime) -> None:
    case = sit_down(session, caller, Action.APPEAL, appeal_id)
    if case.row.person_id != caller.person_id:
        raise UnknownIdError("appeal", appeal_id)
    if case.state in (AppealState.DECIDED, AppealState.WITHDRAWN):
        raise refuse("申诉已结束。", "The appeal has ended.")
    _add(session, case, _step(case, Step.WITHDRAWN, caller, now))
    _let_go(session, case, caller, now)
    _tell(session, caller, case.row, "appeal.withdraw", now)


def _end(session: Session, case: Case, caller: Caller, step: AppealStepRow) -> None:
    """Its outcome stands on the item from now on, and on a new released sheet."""
    assert step.awarded is not None
    case = _add(session, case, step)
    veto = case.desk.is_veto(case.row.item)
    before = case.desk.standing(case.row.item)
    same = before.mark == step.awarded
    row = ReviewRow(
        id=uuid4(),
        attempt_id=case.row.attempt_id,
        item=case.row.item,
        round=Round.APPEAL.value,
        decision=_outcome(step.awarded, same=same, veto=veto).value,
        awarded=None if veto else step.awarded,
        seen_seq=before.version(Round.APPEAL),
        reason=step.reason,
        by_id=caller.person,
        created_utc=step.created_utc,
    )
    keep(session, row, Actor(caller.kind, caller.id))
    desk = case.desk.again(session)
    refresh(session, desk, case.row.item)
    _release(session, desk, caller, step.created_utc)
    _let_go(session, case, caller, step.created_utc)
    _tell(session, caller, case.row, f"appeal.{step.kind}", step.created_utc)


def _outcome(awarded: float, *, same: bool, veto: bool) -> Decision:
    if veto:
        return Decision.CONFIRM if awarded else Decision.REFUSE
    return Decision.ACCEPT if same else Decision.OVERTURN


def _release(session: Session, desk: Desk, caller: Caller, now: datetime) -> None:
    """The released sheet with what appeals came to; what else was decided since waits to be confirmed."""
    released = newest_released(desk)
    assert released is not None
    known = taken_in(session, released)
    opinions = {
        item: [one for one in found if one.seq <= known or one.round is Round.APPEAL]
        for item, found in desk.opinions.items()
    }
    waiting = any(
        one.seq > known and one.round is not Round.APPEAL for found in desk.opinions.values() for one in found
    )
    sheet = replace(compose(replace(desk, opinions=opinions)), state=State.RELEASED.value)
    row = keep_sheet(session, desk, sheet, (caller.person, known if waiting else desk.version), now)
    told_audit(session, Actor(caller.kind, caller.id), row, now)


def _points(case: Case, mark: Mark) -> float:
    check_text(mark.reason, needed=True)
    wish = Wish(case.row.attempt_id, case.row.item, Decision.OVERTURN, 0, mark.awarded, mark.value)
    points = points_of(case.desk, wish)
    if case.desk.is_veto(case.row.item) and points not in (0.0, 1.0):
        raise refuse("否决项只能填 1（成立）或 0（不成立）。", "A veto takes 1 (stands) or 0 (does not).")
    return points


def _step(case: Case, kind: Step, caller: Caller, now: datetime, **more: object) -> AppealStepRow:
    return AppealStepRow(appeal_id=case.row.id, kind=kind.value, by_id=caller.person, created_utc=now, **more)


def _add(session: Session, case: Case, step: AppealStepRow) -> Case:
    session.add(step)
    session.flush()
    return replace(case, steps=(*case.steps, step))


def _let_go(session: Session, case: Case, caller: Caller, now: datetime) -> None:
    """One hold fewer; another open appeal about the attempt has one of its own."""
    held = select(HoldRow).where(
        HoldRow.attempt_id == case.row.attempt_id,
        HoldRow.reason == HOLD,
        HoldRow.released_utc.is_(None),
    )
    hold = session.scalars(held.order_by(HoldRow.created_utc).limit(1)).one()
    hold.released_utc, hold.released_by_id = now, caller.person


def _tell(session: Session, caller: Caller, row: AppealRow, action: str, now: datetime) -> None:
    detail = {"attempt": str(row.attempt_id), "item": row.item}
    append(session, now, Actor(caller.kind, caller.id), action, "appeal", row.id, detail)
