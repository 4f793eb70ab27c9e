"""Signs people in and out: password or one-time link -> session token -> `Caller`; guessing is locked out.

The refused tries are rows, so lock-out survives a restart.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger import audit
from assessor.people.caller import Caller, Language, person_caller
from assessor.people.passwords import matches
from assessor.people.secrets import SESSION, hash_of, new_token
from assessor.store import Store
from assessor.store.people_tables import FailedSignInRow, PersonRow, SignInRow
from assessor.types import Text

LASTS = timedelta(hours=12)  # a school day
IDLE = timedelta(hours=2)
_SEEN_EVERY = timedelta(minutes=1)  # how finely `seen_utc` is kept: not a write for every request
# Refused tries within a time after which the next one has to wait, of a login at an address.
LIMITS = ((timedelta(seconds=1), 1), (timedelta(minutes=1), 5), (timedelta(hours=1), 20))
_WIDER = 10  # as many more for a login from everywhere, for an address (a classroom shares one) at all logins
# One try at a time for a login: tries side by side would all be checked before the first was refused.
_ONE_BY_ONE = tuple(threading.Lock() for _ in range(64))

WRONG = Text("用户名或密码不正确。", "The name or the password is wrong.")


class LockedOutError(RefusedError):
    """Too many refused tries. `wait_s`: seconds until the next may be made."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            Text(f"尝试次数过多，请 {wait_s} 秒后再试。", f"Too many tries; wait {wait_s} s and try again.")
        )
        self.wait_s = wait_s


class WrongPasswordError(RefusedError):
    """One sentence for an unknown login, a wrong password and a disabled account."""

    def __init__(self) -> None:
        super().__init__(WRONG)


@dataclass(frozen=True, slots=True)
class Visit:
    """From where somebody comes. `agent`: what the browser says of itself."""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class _Account:
    id: UUID
    password_hash: str | None = field(repr=False)


def sign_in(store: Store, login: str, password: str, visit: Visit) -> str:
    """The token of a new session. Raises WrongPasswordError and LockedOutError."""
    login = clean(login.strip())
    with _ONE_BY_ONE[hash(login) % len(_ONE_BY_ONE)]:
        person_id = _check(store, login, password, clean(visit.address))
    return open_session(store, person_id, visit)


def prove(store: Store, person_id: UUID, password: str, kept: str | None) -> None:
    """Whoever sits at an open session and changes its password knows the old one; they may not guess either.
    Raises RefusedError, LockedOutError."""
    name = f"own {person_id}"
    with _ONE_BY_ONE[hash(name) % len(_ONE_BY_ONE)]:
        _refuse_guessing(store, name, name)
        if not matches(password, kept):
            _keep_failure(store, name, name)
            raise RefusedError(WRONG)


def open_session(store: Store, person_id: UUID, visit: Visit) -> str:
    """The token of a new session of somebody who has shown who they are."""
    token, now = new_token(SESSION), store.now()

    def add(session: Session) -> None:
        add_session(session, token, person_id, visit, now)

    store.write(add)
    return token


def who(store: Store, token: str, language: Language = "zh") -> Caller | None:
    """Whose session it is, with what they may do now; None once it ended, expired or was never one."""
    now, key = store.now(), hash_of(token)
    found = store.read(lambda session: _find(session, key, now, language))
    if found is None:
        return None
    if found[1]:
        store.write(lambda session: _see(session, key, now))
    return found[0]


def still(store: Store, token: str, language: Language = "zh") -> Caller | None:
    """The same for a page that stays open: it notes no visit, so it may be asked within a write."""
    now, key = store.now(), hash_of(token)
    found = store.read(lambda session: _find(session, key, now, language))
    return None if found is None else found[0]


def sign_out(store: Store, token: str) -> None:
    """End the session; nothing happens to one that has ended."""
    now = store.now()

    def end(session: Session) -> None:
        row = session.get(SignInRow, hash_of(token))
        if row is not None and row.ended_utc is None:
            row.ended_utc = now
            audit.append(session, now, audit.Actor("person", str(row.person_id)), "session.end")

    store.write(end)


def end_sessions(session: Session, person_id: UUID, now: datetime) -> None:
    """End all sessions of a person: their password, their roles or their account changed."""
    query = select(SignInRow).where(SignInRow.person_id == person_id, SignInRow.ended_utc.is_(None))
    for row in session.scalars(query):
        row.ended_utc = now


def add_session(session: Session, token: str, person_id: UUID, visit: Visit, now: datetime) -> None:
    """The row of a new session, in the transaction of what opened it."""
    session.add(
        SignInRow(
            token_sha256=hash_of(token),
            person_id=person_id,
            created_utc=now,
            seen_utc=now,
            expires_utc=now + LASTS,
            agent=clean(visit.agent),
        )
    )
    audit.append(session, now, audit.Actor("person", str(person_id)), "session.begin")


def clean(text: str) -> str:
    """What a client said, as it may be kept: PostgreSQL takes no NUL; 200 characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:200]


def _check(store: Store, login: str, password: str, address: str) -> UUID:
    counted = store.read(lambda session: _counted_as(session, login))
    _refuse_guessing(store, counted, address)
    person = store.read(lambda session: _by_login(session, login))
    if not matches(password, person.password_hash if person else None) or person is None:
        _keep_failure(store, counted, address)
        raise WrongPasswordError
    return person.id


def _counted_as(session: Session, login: str) -> str:
    """The name that tries are kept under. Of one that nobody has, too little to tell it by: often somebody
    typed the password there."""
    known = session.scalar(select(PersonRow.id).where(PersonRow.login == login))
    return f"?{hash_of(login)[:4]}" if known is None else login


def _by_login(session: Session, login: str) -> _Account | None:
    row = session.scalar(select(PersonRow).where(PersonRow.login == login, PersonRow.disabled_utc.is_(None)))
    return None if row is None else _Account(row.id, row.password_hash)


def _refuse_guessing(store: Store, login: str, address: str) -> None:
    now = store.now()
    kinds = (
        (and_(FailedSignInRow.login == login, FailedSignInRow.address == address), 1),
        (FailedSignInRow.login == login, _WIDER),
        (FailedSignInRow.address == address, _WIDER),
    )

    def waits(session: Session) -> Iterator[timedelta]:
        for of, factor in kinds:
            for within, most in LIMITS:
                # The try that has to grow old before another may be made.
                query = select(FailedSignInRow.created_utc).where(
                    of, FailedSignInRow.created_utc > now - within
                )
                newest = query.order_by(FailedSignInRow.created_utc.desc())
                oldest = session.scalar(newest.offset(most * factor - 1).limit(1))
                if oldest is not None:
                    yield oldest + within - now

    wait = store.read(lambda session: max(waits(session), default=None))
    if wait is not None:
        raise LockedOutError(max(1, ceil(wait.total_seconds())))


def _keep_failure(store: Store, login: str, address: str) -> None:
    now = store.now()
    failed = {"login": login, "address": address, "created_utc": now}
    store.write(lambda session: session.add(FailedSignInRow(**failed)))


def _find(session: Session, key: str, now: datetime, language: Language) -> tuple[Caller, bool] | None:
    """The caller, and whether the visit has to be noted."""
    row = session.get(SignInRow, key)
    if row is None or row.ended_utc or now >= min(row.expires_utc, row.seen_utc + IDLE):
        return None
    caller = person_caller(session, session.get_one(PersonRow, row.person_id), now, language)
    return None if caller is None else (caller, now - row.seen_utc > _SEEN_EVERY)


def _see(session: Session, key: str, now: datetime) -> None:
    row = session.get(SignInRow, key)
    if row is not None and row.ended_utc is None:
        row.seen_utc = max(now, row.seen_utc)
