"""Gives and takes roles: in which class or at which bench, until when (administrator -> `role_grant`)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger import audit
from assessor.people.caller import Caller, Grant
from assessor.people.names import check_name
from assessor.people.roles import PERSONAL, Action, Role
from assessor.people.scope import persons_seen
from assessor.store import Store, UnknownIdError
from assessor.store.people_tables import ClassRow, GrantRow, PersonRow
from assessor.types import Text


def give_role(store: Store, caller: Caller, person_id: UUID, grant: Grant) -> UUID:
    """The id of a new grant. Raises RefusedError and UnknownIdError."""
    caller.must(Action.EDIT_PEOPLE)
    now, actor = store.now(), audit.Actor(caller.kind, caller.id)

    def give(session: Session) -> UUID:
        query = select(PersonRow.id).where(
            PersonRow.id == person_id, persons_seen(caller, Action.EDIT_PEOPLE)
        )
        if session.scalar(query) is None:
            raise UnknownIdError("person", person_id)
        check_grant(session, caller, grant)
        row = add_grant(session, person_id, grant, caller.person, now)
        told = {"role": grant.role, "class": grant.class_id, "bench": grant.bench, "until": grant.until_utc}
        audit.append(session, now, actor, "grant.give", "person", person_id, told)
        return row.id

    return store.write(give)


def take_role(store: Store, caller: Caller, grant_id: UUID) -> None:
    """The role holds no longer. Raises RefusedError for the last administrator, and UnknownIdError."""
    caller.must(Action.EDIT_PEOPLE)
    now, actor = store.now(), audit.Actor(caller.kind, caller.id)

    def take(session: Session) -> None:
        row = session.scalar(
            select(GrantRow)
            .join(PersonRow, PersonRow.id == GrantRow.person_id)
            .where(GrantRow.id == grant_id, persons_seen(caller, Action.EDIT_PEOPLE))
        )
        if row is None:
            raise UnknownIdError("grant", grant_id)
        if row.revoked_utc is not None:
            return
        row.revoked_utc = now
        session.flush()
        keeps_an_administrator(session, caller.school_id, now)
        audit.append(session, now, actor, "grant.take", "person", row.person_id, {"role": row.role})

    store.write(take)


def check_grant(session: Session, caller: Caller, grant: Grant) -> None:
    """Raise RefusedError for a role that cannot be given like this."""
    if grant.role not in PERSONAL:
        raise RefusedError(
            Text(
                "这个角色只属于设备，或由批准的临时查看产生。",
                "This role is for devices, or comes of an approved request for access.",
            )
        )
    if grant.role is Role.MENTOR and (grant.bench is None or grant.until_utc is None):
        raise RefusedError(
            Text("企业导师需要指定工位和截止日期。", "A mentor needs a bench and a date until when.")
        )
    if grant.bench is not None:
        check_name(grant.bench)
        if grant.role is not Role.MENTOR:
            raise RefusedError(Text("只有企业导师按工位授权。", "Only a mentor's role is for one bench."))
    if grant.class_id is not None:
        if grant.role not in (Role.TEACHER, Role.REFEREE):
            raise RefusedError(
                Text(
                    "只有教师和裁判按班级授权。", "Only the roles of teachers and referees are for one class."
                )
            )
        place = session.get(ClassRow, grant.class_id)
        if place is None or place.school_id != caller.school_id:
            raise UnknownIdError("class", grant.class_id)


def add_grant(session: Session, person_id: UUID, grant: Grant, by_id: UUID | None, now: datetime) -> GrantRow:
    """The row of a grant that was checked."""
    row = GrantRow(
        person_id=person_id,
        role=grant.role.value,
        class_id=grant.class_id,
        bench=grant.bench,
        until_utc=grant.until_utc,
        by_id=by_id,
        created_utc=now,
    )
    session.add(row)
    session.flush()
    return row


def keeps_an_administrator(session: Session, school_id: UUID, now: datetime) -> None:
    """Raise RefusedError if nobody could administer the school any more."""
    query = (
        select(func.count())
        .select_from(GrantRow)
        .join(PersonRow, PersonRow.id == GrantRow.person_id)
        .where(
            PersonRow.school_id == school_id,
            PersonRow.disabled_utc.is_(None),
            GrantRow.role == Role.ADMINISTRATOR.value,
            GrantRow.revoked_utc.is_(None),
            or_(GrantRow.until_utc.is_(None), GrantRow.until_utc > now),
        )
    )
    if not session.scalar(query):
        raise RefusedError(
            Text(
                "学校至少要有一名管理员，请先指定另一名。",
                "The school needs an administrator: make somebody else one first.",
            )
        )
