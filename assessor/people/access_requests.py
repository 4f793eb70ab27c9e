"""Lets somebody on the staff see a class for some hours when the head agrees (asker -> head -> role).

For what nobody's role provides for: an incident, a complaint, an inspection. The role is `observer`: it sees
attempts and their evidence, changes nothing, and ends by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import ConflictError, NotAllowedError, RefusedError
from assessor.ledger import audit
from assessor.people.caller import Caller, Grant
from assessor.people.data_requests import APPROVED, OPEN, REFUSED, WITHDRAWN, said
from assessor.people.grants import add_grant
from assessor.people.roles import Action, Role
from assessor.store import Store, UnknownIdError
from assessor.store.people_tables import ClassRow, GrantRow, PersonRow
from assessor.store.rights_tables import AccessRequestEndRow, AccessRequestRow
from assessor.types import Text

MOST_HOURS, MOST_SHOWN = 72, 200


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request as it stands. `state`: "open", "approved", "refused", "withdrawn"; `class_name` None: the
    whole school; `until_utc`: until when it holds or held, None while nobody approved it."""

    id: UUID
    person_id: UUID
    name: str
    class_id: UUID | None
    class_name: str | None
    hours: int
    reason: str
    created_utc: datetime
    state: str
    answer: str
    until_utc: datetime | None


def ask_access(store: Store, caller: Caller, class_id: UUID | None, hours: int, reason: str) -> UUID:
    """Ask to see a class, None: the school, for so many hours. Raises RefusedError, UnknownIdError."""
    caller.must(Action.ASK_ACCESS)
    reason, now = said(reason), store.now()
    if not 1 <= hours <= MOST_HOURS:
        raise RefusedError(
            Text(f"时长应为 1 至 {MOST_HOURS} 小时。", f"Expected 1 to {MOST_HOURS} hours, got {hours}.")
        )

    def add(session: Session) -> UUID:
        in_school = ClassRow.id == class_id, ClassRow.school_id == caller.school_id
        if class_id is not None and session.scalar(select(ClassRow.id).where(*in_school)) is None:
            raise UnknownIdError("class", class_id)
        row = AccessRequestRow(
            person_id=caller.person, class_id=class_id, hours=hours, reason=reason, created_utc=now
        )
        session.add(row)
        session.flush()
        _note(session, now, caller, "access.ask", row)
        return row.id

    return store.write(add)


def list_access(store: Store, caller: Caller) -> tuple[AccessRequest, ...]:
    """Newest first: the caller's own, or all of the school for who answers them."""
    caller.must(Action.ASK_ACCESS)
    query = (
        select(AccessRequestRow, AccessRequestEndRow, PersonRow.name, ClassRow.name, GrantRow)
        .join(PersonRow, PersonRow.id == AccessRequestRow.person_id)
        .outerjoin(ClassRow, ClassRow.id == AccessRequestRow.class_id)
        .outerjoin(AccessRequestEndRow, AccessRequestEndRow.request_id == AccessRequestRow.id)
        .outerjoin(GrantRow, GrantRow.id == AccessRequestEndRow.grant_id)
        .where(PersonRow.school_id == caller.school_id)
        .order_by(AccessRequestRow.seq.desc())
        .limit(MOST_SHOWN)
    )
    if not caller.may(Action.GIVE_ACCESS):
        query = query.where(AccessRequestRow.person_id == caller.person)
    return store.read(lambda session: tuple(_shown(*row) for row in session.execute(query)))


def answer_access(store: Store, caller: Caller, request_id: UUID, approve: bool, reason: str) -> None:
    """Give the role from now for the hours asked for, or refuse. Raises NotAllowedError for one's own,
    UnknownIdError, ConflictError."""
    caller.must(Action.GIVE_ACCESS)
    reason, now = said(reason), store.now()

    def end(session: Session) -> None:
        row = _row(session, caller, request_id)
        if session.get(AccessRequestEndRow, row.id) is not None:
            raise ConflictError(Text("这项请求已有答复。", "This request was answered already."))
        if row.person_id == caller.person:
            raise NotAllowedError(Text("不能批准自己的请求。", "Somebody else must answer your own request."))
        given = None
        if approve:
            until = now + timedelta(hours=row.hours)
            grant = Grant(Role.OBSERVER, row.class_id, until_utc=until)
            given = add_grant(session, row.person_id, grant, caller.person, now).id
        _end(session, caller, row, (APPROVED if approve else REFUSED, reason), now, given)

    store.write(end)


def end_access(store: Store, caller: Caller, request_id: UUID) -> None:
    """Whoever asked withdraws it, or the head ends it before its time. Raises UnknownIdError."""
    caller.must(Action.ASK_ACCESS)
    now = store.now()

    def end(session: Session) -> None:
        row = _row(session, caller, request_id)
        if row.person_id != caller.person and not caller.may(Action.GIVE_ACCESS):
            raise UnknownIdError("request", request_id)
        ended = session.get(AccessRequestEndRow, row.id)
        if ended is None:
            _end(session, caller, row, (WITHDRAWN, ""), now, None)
        elif ended.grant_id is not None:
            grant = session.get_one(GrantRow, ended.grant_id)
            grant.revoked_utc = grant.revoked_utc or now
            _note(session, now, caller, "access.end", row)

    store.write(end)


def _row(session: Session, caller: Caller, request_id: UUID) -> AccessRequestRow:
    query = select(AccessRequestRow).join(PersonRow, PersonRow.id == AccessRequestRow.person_id)
    row = session.scalar(
        query.where(AccessRequestRow.id == request_id, PersonRow.school_id == caller.school_id)
    )
    if row is None:
        raise UnknownIdError("request", request_id)
    return row


def _end(  # noqa: PLR0913, PLR0917 - what an answer has
    session: Session,
    caller: Caller,
    row: AccessRequestRow,
    told: tuple[str, str],
    now: datetime,
    grant_id: UUID | None,
) -> None:
    state, reason = told
    session.add(
        AccessRequestEndRow(
            request_id=row.id,
            state=state,
            reason=reason,
            grant_id=grant_id,
            by_id=caller.person,
            created_utc=now,
        )
    )
    _note(session, now, caller, f"access.{state}", row)


def _note(session: Session, now: datetime, caller: Caller, action: str, row: AccessRequestRow) -> None:
    told = {"request": row.id, "class": row.class_id, "hours": row.hours}
    actor = audit.Actor(caller.kind, caller.id)
    audit.append(session, now, actor, action, "person", row.person_id, told)


def _shown(
    row: AccessRequestRow,
    end: AccessRequestEndRow | None,
    name: str,
    class_name: str | None,
    grant: GrantRow | None,
) -> AccessRequest:
    return AccessRequest(
        id=row.id,
        person_id=row.person_id,
        name=name,
        class_id=row.class_id,
        class_name=class_name,
        hours=row.hours,
        reason=row.reason,
        created_utc=row.created_utc,
        state=OPEN if end is None else end.state,
        answer="" if end is None else end.reason,
        until_utc=None if grant is None else min(filter(None, (grant.until_utc, grant.revoked_utc))),
    )
