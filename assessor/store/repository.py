"""The store as the pipeline, the API and the console use it: save an attempt, read what is there, write."""

from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.store import save
from assessor.store.engine import first_line, for_writing, open_engine, sqlite_url
from assessor.store.records import AttemptKey, AttemptRecord
from assessor.store.results import Results
from assessor.store.seen import Seen
from assessor.store.writer import GroupWriter

T = TypeVar("T")


def open_store(where: str | Path, data: Path | None = None) -> "Store":
    """Open the results kept in the folder `where`, or in the database of that URL with its files in `data`.

    The schema is brought up to date first. Raises StoreError.
    """
    is_url = isinstance(where, str) and "://" in where
    if is_url and data is None:
        raise StoreError(
            "expected a data folder beside a database URL, but none was given; name one for the clips"
        )
    folder = data if is_url and data is not None else Path(where)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # names, marks, pictures
    except OSError as error:
        raise StoreError(
            f"expected a folder for results at {folder}, but {error}; name another one"
        ) from error
    return Store(_open_url(str(where)) if is_url else open_engine(sqlite_url(folder)), folder)


class Store(Results):
    """Machine rows are added, never edited. Every method works from any thread and raises StoreError."""

    def __init__(
        self, engine: Engine, data: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(engine, data)
        self.now = now
        self._writer = GroupWriter(for_writing(engine))
        self._mark: Callable[[Session], None] | None = None

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def engine(self) -> Engine:
        """For what works on the whole database: backup and restore."""
        return self._engine

    def close(self) -> None:
        """Commit what waits and let go of the database."""
        self._writer.close()
        self._engine.dispose()

    def save_attempt(self, record: AttemptRecord) -> UUID:
        """Keep a scored attempt; its id comes back once it is on disk, the old one for an equal scoring."""
        save.check_record(record)
        now = self.now()
        return self.write(lambda session: save.save(session, record, now))

    def known_attempt(self, key: AttemptKey, recording_name: str) -> UUID | None:
        """The attempt of an equal earlier scoring, or None; a new name of a known recording is kept."""
        return self.write(lambda session: save.find(session, key, recording_name))

    def seen_as(self, seen: Seen) -> Results:
        """The part of it that somebody may see (`people/scope.py: seen_by`)."""
        return Results(self._engine, self.data, seen)

    def check(self) -> None:
        """Raise StoreError if the database does not answer."""
        self.read(lambda session: session.execute(text("SELECT 1")))

    def marking(self, mark: Callable[[Session], None]) -> "Store":
        """The same store for one request: with its first write `mark` is on disk, or neither of them."""
        other = copy(self)
        other._mark = mark
        return other

    @property
    def waiting(self) -> int:
        """Writes that nobody has begun."""
        return self._writer.waiting

    def tell_writes(self, observe: Callable[[float], None]) -> None:
        """Tell `observe` how many seconds each write took, the waiting included."""
        self._writer.observe = observe

    def write(self, work: Callable[[Session], T]) -> T:
        """What `work` returns once what it added is on disk; it may be run twice. Raises StoreError."""
        mark = self._mark
        if mark is None:
            return self._write(work)

        def both(session: Session) -> T:
            mark(session)
            return work(session)

        done = self._write(both)
        self._mark = None
        return done

    def _write(self, work: Callable[[Session], T]) -> T:
        try:
            try:
                return self._writer.write(work)
            except IntegrityError:  # another process kept the same thing a moment ago: now it can be found
                return self._writer.write(work)
        except SQLAlchemyError as error:
            raise StoreError(
                f"expected to store results, but {first_line(error)}; "
                "look at the free space and the rights of the data folder, then try again"
            ) from error


def _open_url(where: str) -> Engine:
    try:
        return open_engine(make_url(where))
    except ArgumentError as error:
        raise StoreError(
            f"expected a database URL like postgresql+psycopg://host/name, but {error}"
        ) from error
