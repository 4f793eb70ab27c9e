"""Remembers which requests were done, by their Idempotency-Key, and what was answered (api -> rows).

The row is begun in the transaction of the first thing that the request writes: whatever kills the server
afterwards, the row says that the request must not be done again. Its answer is filled in at the end.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from assessor.errors import ConflictError
from assessor.store import Store
from assessor.store.ledger_tables import AnsweredRequestRow
from assessor.types import Text

BEGUN = 0  # status of a row whose answer is not known
BEGUN_ELSEWHERE = Text(
    "带有相同 Idempotency-Key 的请求正在处理，请稍后用同一个键重试。",
    "A request with this Idempotency-Key is being done; send it again with the same key in a moment.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Only hashes are kept: of the key, and of key and content together, so that nobody who
    reads the row can guess what a short request held."""

    actor: str
    route: str
    key_sha256: str
    request_sha256: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Where its row stands."""
        return (self.actor, self.route, self.key_sha256)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `status` BEGUN: it was begun, and nobody knows what came of it."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Done:
    """A request that was done before. `same`: it held the same as the one asked about."""

    answer: Answer
    same: bool


def asked(actor: str, route: str, key: str, content: Sequence[bytes]) -> Asked:
    """The request of that key and content."""
    whole = hashlib.sha256(key.encode())
    for part in content:
        whole.update(hashlib.sha256(part).digest())
    return Asked(actor, route, hashlib.sha256(key.encode()).hexdigest(), whole.hexdigest())


def find(store: Store, one: Asked) -> Done | None:
    """What came of it, if it was begun before."""

    def read(session: Session) -> Done | None:
        row = session.get(AnsweredRequestRow, one.place)
        if row is None:
            return None
        return Done(Answer(row.status, row.body), row.request_sha256 == one.request_sha256)

    return store.read(read)


def marked(store: Store, one: Asked) -> Store:
    """The store for doing it: with its first write the request counts as begun. That write raises
    ConflictError where another process was faster."""
    now = store.now()

    def begin(session: Session) -> None:
        if session.get(AnsweredRequestRow, one.place) is not None:
            raise ConflictError(BEGUN_ELSEWHERE)
        session.add(_row(one, BEGUN, "", now))
        session.flush()

    return store.marking(begin)


def finish(store: Store, one: Asked, answer: Answer) -> None:
    """Keep what was answered; of a refusal only where something was written before it."""
    now = store.now()

    def fill(session: Session) -> None:
        row = session.get(AnsweredRequestRow, one.place)
        if row is not None:
            row.status, row.body = answer.status, answer.body
        elif answer.status < 300:
            session.add(_row(one, answer.status, answer.body, now))

    store.write(fill)


def _row(one: Asked, status: int, body: str, now: datetime) -> AnsweredRequestRow:
    return AnsweredRequestRow(
        actor=one.actor,
        route=one.route,
        key=one.key_sha256,
        request_sha256=one.request_sha256,
        status=status,
        body=body,
        created_utc=now,
    )
