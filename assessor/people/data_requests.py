"""What students ask for about their own data, and the school's answer (student -> head or administrator).

A request to put something right changes it when it is approved; one to erase erases, with a receipt.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from assessor.errors import ConflictError, NotAllowedError, RefusedError
from assessor.ledger import audit
from assessor.ledger.consent import attempts_of
from assessor.ledger.erase import Erased, Receipt, erase_in
from assessor.ledger.kept_files import delete_files
from assessor.people.assign import Owner, add_assignment
from assessor.people.caller import Caller
from assessor.people.names import check_name
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen, persons_seen
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import AssignmentRow
from assessor.store.people_tables import PersonRow
from assessor.store.rights_tables import DataRequestEndRow, DataRequestRow
from assessor.store.tables import AttemptRow
from assessor.types import Text

OPEN, APPROVED, REFUSED, WITHDRAWN = "open", "approved", "refused", "withdrawn"
LONGEST = 2000
MOST_OPEN, MOST_SHOWN = 20, 500


class Kind(StrEnum):
    """What is asked for."""

    NAME = "name"
    NUMBER = "number"
    BORN = "born"
    ATTEMPT = "attempt"
    DELETION = "deletion"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Wish:
    """`wanted`: the right name, number or date of birth; `attempt_id`: one that is not theirs."""

    kind: Kind
    text: str
    wanted: str = ""
    attempt_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DataRequest:
    """A request as it stands. `state`: "open", "approved", "refused" or "withdrawn"; `now`: what is kept
    today where something is to be put right."""

    id: UUID
    person_id: UUID
    number: str
    name: str
    kind: Kind
    wanted: str
    now: str
    attempt_id: UUID | None
    text: str
    created_utc: datetime
    state: str
    reason: str
    ended_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the school says. `number`: the student's number once more, to erase."""

    approve: bool
    reason: str
    number: str = ""


def ask(store: Store, caller: Caller, person_id: UUID, wish: Wish) -> UUID:
    """A new request about the caller, or about a student of theirs who asked them. Raises RefusedError,
    UnknownIdError."""
    caller.must(Action.ASK_DATA)
    attempt_id = wish.attempt_id if wish.kind is Kind.ATTEMPT else None
    wish = Wish(wish.kind, said(wish.text), _wanted(wish), attempt_id)
    now = store.now()

    def add(session: Session) -> UUID:
        _person(session, caller, person_id, Action.ASK_DATA)
        _check(session, caller, person_id, wish)
        row = DataRequestRow(
            person_id=person_id,
            kind=wish.kind.value,
            wanted=wish.wanted,
            attempt_id=wish.attempt_id,
            text=wish.text,
            by_id=caller.person,
            created_utc=now,
        )
        session.add(row)
        session.flush()
        _note(session, now, caller, "data.ask", row)
        return row.id

    return store.write(add)


def list_requests(store: Store, caller: Caller, *, only_open: bool = False) -> tuple[DataRequest, ...]:
    """Of the people in the caller's sight, newest first; a student sees their own."""
    caller.must(Action.ASK_DATA)
    seen = persons_seen(caller, Action.ASK_DATA)
    found = store.read(lambda session: _requests(session, seen))
    return tuple(one for one in found if one.state == OPEN or not only_open)


def withdraw(store: Store, caller: Caller, request_id: UUID) -> None:
    """Whoever asked, or the student, no longer wants it. Raises UnknownIdError, ConflictError."""
    caller.must(Action.ASK_DATA)
    now = store.now()

    def end(session: Session) -> None:
        mine = (DataRequestRow.by_id == caller.person) | (DataRequestRow.person_id == caller.person)
        row = _open(session, caller, Action.ASK_DATA, request_id, mine)
        _end(session, caller, row, (WITHDRAWN, ""), now)

    store.write(end)


def answer(store: Store, caller: Caller, request_id: UUID, given: Answer) -> Receipt | None:
    """Approve, which does what was asked, or refuse with a reason; a receipt where a student was erased.
    Raises RefusedError, UnknownIdError, ConflictError."""
    caller.must(Action.ANSWER_DATA)
    reason = said(given.reason)
    now, actor = store.now(), audit.Actor(caller.kind, caller.id)

    def end(session: Session) -> Erased | None:
        row = _open(session, caller, Action.ANSWER_DATA, request_id)
        person = _person(session, caller, row.person_id, Action.ANSWER_DATA)
        if caller.person == row.person_id:
            raise NotAllowedError(_OWN)
        _end(session, caller, row, (APPROVED if given.approve else REFUSED, reason), now)
        if given.approve and row.kind == Kind.DELETION:
            caller.must(Action.ERASE)
            if given.number != person.number:
                raise RefusedError(_OTHER_NUMBER)
            return erase_in(session, store, actor, person.id, now)
        if given.approve:
            _put_right(session, caller, row, person, now)
        return None

    erased = store.write(end)
    if erased is None:
        return None
    delete_files(store.data, erased.files)
    return erased.receipt


def _put_right(
    session: Session, caller: Caller, row: DataRequestRow, person: PersonRow, now: datetime
) -> None:
    match Kind(row.kind):
        case Kind.NAME:
            person.name = row.wanted
        case Kind.NUMBER:
            _refuse_taken(session, person, row.wanted)
            person.number = row.wanted
        case Kind.BORN:
            person.born = date.fromisoformat(row.wanted)
        case Kind.ATTEMPT:
            caller.must(Action.ASSIGN)
            newest = _assignment_of(session, row)
            owner = Owner(None, newest.class_id, newest.bench)
            add_assignment(session, newest.attempt_id, owner, now, (caller.person, f"request {row.id}"))
        case Kind.DELETION | Kind.OTHER:
            """Nothing of the roster changes."""


def _assignment_of(session: Session, row: DataRequestRow) -> AssignmentRow:
    query = select(AssignmentRow).where(AssignmentRow.attempt_id == row.attempt_id)
    newest = session.scalar(query.order_by(AssignmentRow.seq.desc()).limit(1))
    if newest is None or newest.person_id != row.person_id:
        raise ConflictError(Text("该作答已改归他人。", "The attempt is somebody else's by now."))
    return newest


def _refuse_taken(session: Session, person: PersonRow, number: str) -> None:
    query = select(PersonRow.id).where(PersonRow.school_id == person.school_id, PersonRow.number == number)
    if session.scalar(query) not in (None, person.id):
        raise RefusedError(Text("此学号已属于他人。", "This number is somebody else's."))


def _requests(session: Session, seen: ColumnElement[bool]) -> list[DataRequest]:
    query = (
        select(DataRequestRow, DataRequestEndRow, PersonRow)
        .join(PersonRow, PersonRow.id == DataRequestRow.person_id)
        .outerjoin(DataRequestEndRow, DataRequestEndRow.request_id == DataRequestRow.id)
        .where(seen)
        .order_by(DataRequestRow.seq.desc())
        .limit(MOST_SHOWN)
    )
    return [_shown(row, end, person) for row, end, person in session.execute(query)]


def _shown(row: DataRequestRow, end: DataRequestEndRow | None, person: PersonRow) -> DataRequest:
    known = {Kind.NAME: person.name, Kind.NUMBER: person.number, Kind.BORN: str(person.born or "")}
    return DataRequest(
        id=row.id,
        person_id=row.person_id,
        number=person.number,
        name=person.name,
        kind=Kind(row.kind),
        wanted=row.wanted,
        now=known.get(Kind(row.kind), ""),
        attempt_id=row.attempt_id,
        text=row.text,
        created_utc=row.created_utc,
        state=OPEN if end is None else end.state,
        reason="" if end is None else end.reason,
        ended_utc=None if end is None else end.created_utc,
    )


def _open(
    session: Session,
    caller: Caller,
    action: Action,
    request_id: UUID,
    also: ColumnElement[bool] | None = None,
) -> DataRequestRow:
    """The request, if it is in sight and waits for an answer."""
    query = select(DataRequestRow).join(PersonRow, PersonRow.id == DataRequestRow.person_id)
    query = query.where(DataRequestRow.id == request_id, persons_seen(caller, action))
    row = session.scalar(query if also is None else query.where(also))
    if row is None:
        raise UnknownIdError("request", request_id)
    if session.get(DataRequestEndRow, row.id) is not None:
        raise ConflictError(Text("这项请求已有答复。", "This request was answered already."))
    return row


def _end(session: Session, caller: Caller, row: DataRequestRow, said: tuple[str, str], now: datetime) -> None:
    state, reason = said
    session.add(
        DataRequestEndRow(request_id=row.id, state=state, reason=reason, by_id=caller.person, created_utc=now)
    )
    _note(session, now, caller, f"data.{state}", row)


def _note(session: Session, now: datetime, caller: Caller, action: str, row: DataRequestRow) -> None:
    told = {"request": row.id, "kind": row.kind, "attempt": row.attempt_id}
    audit.append(session, now, audit.Actor(caller.kind, caller.id), action, "person", row.person_id, told)


def _person(session: Session, caller: Caller, person_id: UUID, action: Action) -> PersonRow:
    query = select(PersonRow).where(PersonRow.id == person_id, persons_seen(caller, action))
    person = session.scalar(query)
    if person is None:
        raise UnknownIdError("person", person_id)
    return person


def _check(session: Session, caller: Caller, person_id: UUID, wish: Wish) -> None:
    if wish.kind is Kind.ATTEMPT:
        seen = and_(AttemptRow.id == wish.attempt_id, attempts_seen(caller, Action.READ_ATTEMPTS))
        mine = attempts_of(person_id).where(seen)
        if wish.attempt_id is None or session.scalar(mine) is None:
            raise UnknownIdError("attempt", wish.attempt_id)
    waiting = (
        select(func.count())
        .select_from(DataRequestRow)
        .outerjoin(DataRequestEndRow, DataRequestEndRow.request_id == DataRequestRow.id)
        .where(DataRequestRow.person_id == person_id, DataRequestEndRow.request_id.is_(None))
    )
    if (session.scalar(waiting) or 0) >= MOST_OPEN:
        raise RefusedError(Text("尚有多项请求待答复。", "Too many requests wait for an answer already."))


def _wanted(wish: Wish) -> str:
    """What is to be kept instead, in the form in which it is kept."""
    match wish.kind:
        case Kind.NAME | Kind.NUMBER:
            return check_name(wish.wanted)
        case Kind.BORN:
            try:
                return date.fromisoformat(wish.wanted).isoformat()
            except ValueError as error:
                raise RefusedError(
                    Text("出生日期应如 2010-05-31。", "Expected a date of birth like 2010-05-31.")
                ) from error
        case _:
            return ""


def said(text: str) -> str:
    """What a person gives as a reason. Raises RefusedError for none."""
    words = text.strip()
    whole = words.encode("utf-8", "replace").decode() == words  # no half of a character
    if not words or len(words) > LONGEST or "\0" in words or not whole:
        raise RefusedError(
            Text(f"请用 1 至 {LONGEST} 个字说明理由。", f"Say why, in 1 to {LONGEST} characters.")
        )
    return words


_OWN = Text("请由他人答复您本人的请求。", "Somebody else must answer what you ask for yourself.")
_OTHER_NUMBER = Text("学号与该学生不符，未删除。", "The number is another one's; nothing was erased.")
