"""Accounts of people: making them, their passwords, ending them (administrator or the person -> rows)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger import audit
from assessor.people.caller import Caller, Grant, grant_rows
from assessor.people.grants import add_grant, check_grant, keeps_an_administrator
from assessor.people.links import add_link
from assessor.people.names import check_name
from assessor.people.passwords import hash_password
from assessor.people.roles import Action, Role
from assessor.people.scope import persons_seen
from assessor.people.secrets import LINK, new_token
from assessor.people.sign_in import end_sessions, prove
from assessor.store import Store, UnknownIdError
from assessor.store.pages import By, Page, Part, page_of
from assessor.store.people_tables import PersonRow
from assessor.types import Text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody who shall sign in. `number`: staff or student number; `grants`: what they may do from now."""

    number: str
    name: str
    login: str
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A role that holds now."""

    id: UUID
    role: Role
    class_id: UUID | None
    bench: str | None
    until_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the list of people shows them. No `login`: no account."""

    id: UUID
    number: str
    name: str
    login: str | None
    must_change: bool
    disabled_utc: datetime | None
    grants: tuple[HeldGrant, ...]


def list_people(store: Store, caller: Caller, holding: str = "", limit: int = 200) -> tuple[Person, ...]:
    """The first of `people_page`."""
    return people_page(store, caller, holding, Part(limit)).items


def people_page(store: Store, caller: Caller, holding: str, part: Part) -> Page[Person]:
    """Who the caller may see, by number; `holding`: part of a name, a number or a login."""
    caller.must(Action.READ_PEOPLE)
    query = select(PersonRow).where(persons_seen(caller))
    if holding:
        columns = (PersonRow.name, PersonRow.number, PersonRow.login)
        query = query.where(or_(*(column.icontains(holding, autoescape=True) for column in columns)))
    now, order = store.now(), (By(PersonRow.number),)
    return store.read(
        lambda session: page_of(session, query, order, part, lambda row: _person(session, row, now))
    )


def read_person(store: Store, caller: Caller, person_id: UUID) -> Person:
    """One of them. Raises UnknownIdError."""
    caller.must(Action.READ_PEOPLE)
    now = store.now()
    return store.read(
        lambda session: _person(session, _found(session, caller, Action.READ_PEOPLE, person_id), now)
    )


def create_account(store: Store, caller: Caller, new: NewAccount) -> tuple[Person, str]:
    """A new account, and the token of the link with which its owner signs in once and sets a password.

    Somebody whose number is known, as a student from a roster, gets a login. Raises RefusedError.
    """
    caller.must(Action.EDIT_PEOPLE)
    number, name, login = check_name(new.number), check_name(new.name), check_name(new.login)
    token, now, actor = new_token(LINK), store.now(), audit.Actor(caller.kind, caller.id)

    def make(session: Session) -> Person:
        _refuse_taken(session, login)
        row = session.scalar(
            select(PersonRow).where(PersonRow.school_id == caller.school_id, PersonRow.number == number)
        )
        if row is None:
            row = PersonRow(school_id=caller.school_id, number=number, name=name, created_utc=now)
            session.add(row)
        elif row.login is not None:
            raise RefusedError(Text("此编号已有账号。", "This number has an account already."))
        row.login, row.must_change = login, True
        session.flush()
        for grant in new.grants:
            check_grant(session, caller, grant)
            add_grant(session, row.id, grant, caller.person, now)
        add_link(session, token, row.id, now)
        audit.append(session, now, actor, "person.account", "person", row.id)
        return _person(session, row, now)

    return store.write(make), token


def change_password(store: Store, caller: Caller, new: str, old: str | None = None) -> None:
    """Set the caller's own password; all their sessions end. The old one is asked for, but not of somebody
    who came by a link. Raises RefusedError, LockedOutError."""
    person_id, now = caller.person, store.now()
    known = store.read(lambda session: _login_of(session, person_id))
    if not known.must_change:
        prove(store, person_id, old or "", known.password_hash)
    hashed = hash_password(new, known.login)

    def change(session: Session) -> None:
        row = session.get_one(PersonRow, person_id)
        row.password_hash, row.must_change = hashed, False
        end_sessions(session, person_id, now)
        audit.append(session, now, audit.Actor("person", str(person_id)), "person.password")

    store.write(change)


def disable(store: Store, caller: Caller, person_id: UUID) -> None:
    """The account opens nothing any more; what the person decided stays. Raises RefusedError."""

    def end(session: Session, row: PersonRow, now: datetime) -> None:
        row.disabled_utc = row.disabled_utc or now
        end_sessions(session, row.id, now)
        session.flush()
        keeps_an_administrator(session, caller.school_id, now)

    _change(store, caller, person_id, "person.disable", end)


def enable(store: Store, caller: Caller, person_id: UUID) -> None:
    """The account opens again what its roles allow."""

    def open_again(session: Session, row: PersonRow, now: datetime) -> None:
        row.disabled_utc = None

    _change(store, caller, person_id, "person.enable", open_again)


@dataclass(frozen=True, slots=True)
class _Known:
    login: str
    password_hash: str | None
    must_change: bool


def _login_of(session: Session, person_id: UUID) -> _Known:
    row = session.get_one(PersonRow, person_id)
    return _Known(row.login or row.number, row.password_hash, row.must_change)


def _change(
    store: Store,
    caller: Caller,
    person_id: UUID,
    action: str,
    work: Callable[[Session, PersonRow, datetime], None],
) -> None:
    caller.must(Action.EDIT_PEOPLE)
    now = store.now()

    def change(session: Session) -> None:
        row = _found(session, caller, Action.EDIT_PEOPLE, person_id)
        work(session, row, now)
        audit.append(session, now, audit.Actor(caller.kind, caller.id), action, "person", row.id)

    store.write(change)


def _found(session: Session, caller: Caller, action: Action, person_id: UUID) -> PersonRow:
    row = session.scalar(select(PersonRow).where(PersonRow.id == person_id, persons_seen(caller, action)))
    if row is None:
        raise UnknownIdError("person", person_id)
    return row


def _refuse_taken(session: Session, login: str) -> None:
    if session.scalar(select(PersonRow.id).where(PersonRow.login == login)) is not None:
        raise RefusedError(Text("此用户名已被占用。", "This user name is taken; choose another."))


def _person(session: Session, row: PersonRow, now: datetime) -> Person:
    held = grant_rows(session, row.id, now)
    return Person(
        id=row.id,
        number=row.number,
        name=row.name,
        login=row.login,
        must_change=row.must_change,
        disabled_utc=row.disabled_utc,
        grants=tuple(
            HeldGrant(one.id, Role(one.role), one.class_id, one.bench, one.until_utc) for one in held
        ),
    )
