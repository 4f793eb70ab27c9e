"""Draft, confirmed, released: decisions become a mark sheet that a student sees (desk -> marks -> store).

Each step adds a sheet beside the machine's, its points summed up by `assessor.marks`; no sheet is changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from assessor.errors import ConflictError, RefusedError
from assessor.judge.vetoes import CONFIRMED as CALLED
from assessor.judge.vetoes import REFUSED
from assessor.ledger.audit import Actor, append
from assessor.marks import Award, decided
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.desk import Desk, lock, read_desk, seen_attempt
from assessor.review.standing import SETTLED, Standing
from assessor.review.wishes import refuse, told
from assessor.store import Store, UnknownIdError, load, save
from assessor.store.decision_tables import SheetDecisionRow
from assessor.store.tables import MarkSheetRow
from assessor.types import MarkSheet, Text


class State(StrEnum):
    """Of a mark sheet."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class LeftToDecide:
    """An item that still has to be decided."""

    item: str
    title: Text


@dataclass(frozen=True, slots=True)
class Draft:
    """The sheet as the decisions make it now. `left`: what still has to be decided before it is confirmed;
    `state`: of the newest sheet that is stored; `stale`: it does not take in the newest decisions."""

    attempt_id: UUID
    sheet: MarkSheet
    left: tuple[LeftToDecide, ...]
    version: int
    state: State
    stale: bool


@dataclass(frozen=True, slots=True)
class KeptSheet:
    """A sheet that was confirmed or released."""

    attempt_id: UUID
    sheet_id: UUID
    state: State
    total: float
    possible: float
    passed: bool | None
    version: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Which attempt, with its newest decision as the caller saw it."""

    attempt_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class NotReleased:
    """What was not released, and why."""

    attempt_id: UUID
    why: Text


@dataclass(frozen=True, slots=True)
class Releases:
    """What was released and what was not."""

    released: tuple[KeptSheet, ...]
    left: tuple[NotReleased, ...]


def draft(store: Store, caller: Caller, attempt_id: UUID) -> Draft:
    """What would be confirmed now."""

    def read(session: Session) -> Draft:
        return draft_of(
            session, read_desk(session, seen_attempt(session, caller, Action.RELEASE, attempt_id))
        )

    return store.read(read)


def confirm(store: Store, caller: Caller, finish: Finish) -> KeptSheet:
    """Confirm the sheet, once everything that had to be looked at is decided. RefusedError, ConflictError."""
    now = store.now()
    return store.write(lambda session: _confirm(session, caller, finish, now))


def release(store: Store, caller: Caller, finish: Finish) -> KeptSheet:
    """Let the student see the confirmed sheet. Raises RefusedError, ConflictError."""
    now = store.now()
    return store.write(lambda session: _release(session, caller, finish, now))


def release_all(store: Store, caller: Caller, finishes: Sequence[Finish]) -> Releases:
    """Release what can be released; gives what was, and why the others were not."""
    kept: list[KeptSheet] = []
    left: list[NotReleased] = []
    for finish in finishes:
        try:
            kept.append(release(store, caller, finish))
        except RefusedError as error:
            left.append(NotReleased(finish.attempt_id, error.text))
        except UnknownIdError as error:
            left.append(NotReleased(finish.attempt_id, Text("找不到这份作答。", str(error))))
    return Releases(tuple(kept), tuple(left))


def draft_of(session: Session, desk: Desk) -> Draft:
    """The draft of an attempt on its desk."""
    left = (item for item in desk.subjects if desk.standing(item).tab not in SETTLED)
    newest = newest_sheet(desk)
    return Draft(
        attempt_id=desk.row.id,
        sheet=compose(desk),
        left=tuple(LeftToDecide(item, desk.title(item)) for item in left),
        version=desk.version,
        state=State(newest.state),
        stale=newest.state != State.PROPOSED and taken_in(session, newest) != desk.version,
    )


def compose(desk: Desk) -> MarkSheet:
    """The machine's sheet with what people decided, as far as they have."""
    standings = {item: desk.standing(item) for item in desk.opinions}
    awards = {
        item: Award(standing.mark, _said(standing))
        for item, standing in standings.items()
        if item in desk.lines and standing.mark is not None
    }
    vetoes = {
        item: CALLED if standing.mark else REFUSED
        for item, standing in standings.items()
        if item not in desk.lines and standing.mark is not None
    }
    # A veto that nobody proposed and somebody refused again is not on the sheet.
    vetoes = {id: state for id, state in vetoes.items() if state == CALLED or id in desk.vetoes}
    return decided(desk.procedure, desk.sheet, awards, vetoes)


def keep_sheet(
    session: Session, desk: Desk, sheet: MarkSheet, taken: tuple[UUID, int], now: datetime
) -> MarkSheetRow:
    """Add the sheet, later than those that are there. `taken`: who made it, the newest decision it has in."""
    rows = {load.to_evidence(row): row for row in desk.row.evidence}
    last = max(one.created_utc for one in desk.row.sheets)
    row = save.sheet_row(sheet, rows, max(now, last + timedelta(microseconds=1)))
    row.attempt_id = desk.row.id
    session.add(row)
    session.flush()
    by_id, version = taken
    session.add(
        SheetDecisionRow(sheet_id=row.id, by_id=by_id, review_seq=version, created_utc=row.created_utc)
    )
    return row


def newest_sheet(desk: Desk) -> MarkSheetRow:
    """The sheet that stands now."""
    return desk.row.sheets[-1]


def taken_in(session: Session, sheet: MarkSheetRow) -> int:
    """The newest decision that a sheet takes in."""
    row = session.get(SheetDecisionRow, sheet.id)
    return 0 if row is None else row.review_seq


def _confirm(session: Session, caller: Caller, finish: Finish, now: datetime) -> KeptSheet:
    desk = _sit_down(session, caller, finish)
    found = draft_of(session, desk)
    if found.left:
        zh = "、".join(one.title.zh for one in found.left[:5])
        en = ", ".join(one.title.en for one in found.left[:5])
        count = len(found.left)
        raise refuse(f"还有 {count} 项未决定：{zh}。", f"Decide {count} more first: {en}.")
    if found.state is not State.PROPOSED and not found.stale:
        raise refuse("评分表已确认，没有新的决定。", "It is confirmed, and nothing was decided since.")
    return _keep(session, caller, desk, replace(found.sheet, state=State.CONFIRMED.value), now)


def _release(session: Session, caller: Caller, finish: Finish, now: datetime) -> KeptSheet:
    desk = _sit_down(session, caller, finish)
    newest = newest_sheet(desk)
    if newest.state != State.CONFIRMED:
        raise refuse("请先确认评分表，再发布。", "Confirm the sheet before you release it.")
    if taken_in(session, newest) != desk.version:
        raise refuse("确认后又有新的决定，请重新确认。", "Something was decided since: confirm it again.")
    if desk.assignment is None or desk.assignment.person_id is None:
        raise refuse("请先指定这份作答属于哪位学生。", "Say first whose attempt it is.")
    sheet = load.to_mark_sheet(desk.row, newest)
    return _keep(session, caller, desk, replace(sheet, state=State.RELEASED.value), now)


def _keep(session: Session, caller: Caller, desk: Desk, sheet: MarkSheet, now: datetime) -> KeptSheet:
    row = keep_sheet(session, desk, sheet, (caller.person, desk.version), now)
    told_audit(session, Actor(caller.kind, caller.id), row, now)
    return KeptSheet(desk.row.id, row.id, State(row.state), row.total, row.possible, row.passed, desk.version)


def told_audit(session: Session, actor: Actor, row: MarkSheetRow, now: datetime) -> None:
    """What the audit chain says of a new sheet."""
    detail = {"sheet": str(row.id), "total": row.total, "possible": row.possible}
    action = "sheet.confirm" if row.state == State.CONFIRMED else "sheet.release"
    append(session, now, actor, action, "attempt", row.attempt_id, detail)


def _sit_down(session: Session, caller: Caller, finish: Finish) -> Desk:
    lock(session, seen_attempt(session, caller, Action.RELEASE, finish.attempt_id))
    desk = read_desk(session, finish.attempt_id)
    if desk.version != finish.version:
        raise ConflictError(
            Text(
                "此后又有新的决定，请重新查看评分表。",
                "Something was decided since you looked: look at the sheet again.",
            )
        )
    return desk


def _said(standing: Standing) -> Text:
    """Why, by whom it was decided last."""
    if standing.decisive is None:
        return Text("", "")
    return told(standing.decisive.reason_code, standing.decisive.reason)
