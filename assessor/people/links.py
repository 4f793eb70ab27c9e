"""Links that open the door once: a person's first sign-in, and the set-up of a new installation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger import audit
from assessor.people.caller import Caller
from assessor.people.names import check_name
from assessor.people.passwords import hash_password
from assessor.people.roles import Action, Role
from assessor.people.scope import persons_seen
from assessor.people.secrets import LINK, SESSION, hash_of, new_token
from assessor.people.sign_in import Visit, add_session, end_sessions
from assessor.store import Store, UnknownIdError
from assessor.store.people_tables import GrantRow, PersonRow, SchoolRow, SignInLinkRow
from assessor.types import Text

LASTS = timedelta(days=7)
SET_UP_LASTS = timedelta(days=1)
SPENT = Text(
    "这个链接已用过、已过期或不存在，请向管理员索取新的链接。",
    "This link was used, has expired or was never one; ask the administrator for another.",
)


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the first administrator fills in. `time_zone`: IANA name in which the school's days begin."""

    school: str
    name: str
    login: str
    password: str
    time_zone: str = "Asia/Shanghai"


def set_up_link(store: Store) -> str | None:
    """The token of a link that sets the school up; None where there is a school already."""
    token, now = new_token(LINK), store.now()

    def add(session: Session) -> str | None:
        if session.scalar(select(SchoolRow.id).limit(1)) is not None:
            return None
        session.add(_link(token, None, now, SET_UP_LASTS))
        return token

    return store.write(add)


def sets_up(store: Store, token: str) -> bool:
    """Whether the link may still set the school up."""
    now = store.now()

    def holds(session: Session) -> bool:
        row = session.get(SignInLinkRow, hash_of(token))
        return row is not None and row.person_id is None and _open(row, now)

    return store.read(holds)


def set_up(store: Store, token: str, given: SetUp, visit: Visit) -> str:
    """Make the school with its first administrator; gives the token of their session. Raises RefusedError."""
    school, name, login = check_name(given.school), check_name(given.name), check_name(given.login)
    if given.time_zone not in available_timezones():
        raise RefusedError(
            Text("请选择时区，例如 Asia/Shanghai。", "Expected a time zone such as Asia/Shanghai.")
        )
    password, session_token, now = hash_password(given.password, login), new_token(SESSION), store.now()

    def make(session: Session) -> None:
        link = _spend(session, token, now)
        if link.person_id is not None or session.scalar(select(SchoolRow.id).limit(1)) is not None:
            raise RefusedError(SPENT)
        place = SchoolRow(name=school, time_zone=ZoneInfo(given.time_zone).key, created_utc=now)
        session.add(place)
        session.flush()
        person = PersonRow(
            school_id=place.id,
            number=login,
            name=name,
            login=login,
            password_hash=password,
            created_utc=now,
        )
        session.add(person)
        session.flush()
        for role in (Role.ADMINISTRATOR, Role.HEAD):
            session.add(GrantRow(person_id=person.id, role=role.value, by_id=person.id, created_utc=now))
        audit.append(session, now, audit.Actor("person", str(person.id)), "school.set_up", "school", place.id)
        add_session(session, session_token, person.id, visit, now)

    store.write(make)
    return session_token


def link_for(store: Store, caller: Caller, person_id: UUID) -> str:
    """The token of a link that signs the person in once, to choose a new password; their old one ends."""
    caller.must(Action.EDIT_PEOPLE)
    token, now = new_token(LINK), store.now()

    def add(session: Session) -> None:
        seen = persons_seen(caller, Action.EDIT_PEOPLE)
        person = session.scalar(select(PersonRow).where(PersonRow.id == person_id, seen))
        if person is None:
            raise UnknownIdError("person", person_id)
        _renew(session, person, token, now)
        actor = audit.Actor(caller.kind, caller.id)
        audit.append(session, now, actor, "person.link", "person", person.id)

    store.write(add)
    return token


def link_by_login(store: Store, login: str) -> str:
    """The same for whoever sits at the machine of the server. Raises UnknownIdError, RefusedError."""
    token, now = new_token(LINK), store.now()

    def add(session: Session) -> None:
        person = session.scalar(select(PersonRow).where(PersonRow.login == login))
        if person is None:
            raise UnknownIdError("person", login)
        _renew(session, person, token, now)
        audit.append(session, now, audit.MACHINE, "person.link", "person", person.id)

    store.write(add)
    return token


def _renew(session: Session, person: PersonRow, token: str, now: datetime) -> None:
    if person.login is None or person.disabled_utc is not None:
        raise RefusedError(
            Text("此人没有可用的账号。", "This person has no account, or it is disabled; change that first.")
        )
    person.password_hash, person.must_change = None, True
    end_sessions(session, person.id, now)
    add_link(session, token, person.id, now)


def add_link(session: Session, token: str, person_id: UUID, now: datetime) -> None:
    """The row of a new link; the person's older ones open nothing any more."""
    query = select(SignInLinkRow).where(
        SignInLinkRow.person_id == person_id, SignInLinkRow.used_utc.is_(None)
    )
    for row in session.scalars(query):
        row.used_utc = now
    session.add(_link(token, person_id, now, LASTS))


def enter(store: Store, token: str, visit: Visit) -> str:
    """Spend a person's link; gives the token of a new session. Raises RefusedError."""
    session_token, now = new_token(SESSION), store.now()

    def spend(session: Session) -> None:
        link = _spend(session, token, now)
        person = session.get(PersonRow, link.person_id) if link.person_id else None
        if person is None or person.disabled_utc is not None:
            raise RefusedError(SPENT)
        add_session(session, session_token, person.id, visit, now)

    store.write(spend)
    return session_token


def _link(token: str, person_id: UUID | None, now: datetime, lasts: timedelta) -> SignInLinkRow:
    return SignInLinkRow(
        token_sha256=hash_of(token), person_id=person_id, created_utc=now, expires_utc=now + lasts
    )


def _spend(session: Session, token: str, now: datetime) -> SignInLinkRow:
    link = session.get(SignInLinkRow, hash_of(token))
    if link is None or not _open(link, now):
        raise RefusedError(SPENT)
    link.used_utc = now
    return link


def _open(link: SignInLinkRow, now: datetime) -> bool:
    return link.used_utc is None and now < link.expires_utc
