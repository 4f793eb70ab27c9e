"""The store as the pipeline, the API and the console use it: save an attempt, list, read, find evidence."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.store import load, save
from assessor.store.engine import first_line, for_writing, open_engine, sqlite_url
from assessor.store.records import (
    AttemptKey,
    AttemptPage,
    AttemptRecord,
    AttemptSummary,
    BenchVersion,
    EvidenceFiles,
    ProcedureVersion,
    UnknownIdError,
)
from assessor.store.tables import AttemptRow, BenchVersionRow, EvidenceRow, ProcedureVersionRow
from assessor.store.writer import GroupWriter
from assessor.types import Evidence, MarkSheet, Text

T = TypeVar("T")


def open_store(where: str | Path, data: Path | None = None) -> "Store":
    """Open the results kept in the folder `where`, or in the database of that URL with its files in `data`.

    The schema is brought up to date first. Raises StoreError.
    """
    if isinstance(where, str) and "://" in where:
        if data is None:
            raise StoreError(
                "expected a data folder beside a database URL, but none was given; name one for the clips"
            )
        return Store(_open_url(where), data)
    folder = Path(where)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"expected a folder for results at {folder}, but {error}; name another one"
        ) from error
    return Store(open_engine(sqlite_url(folder)), folder)


class Store:
    """Machine rows are added, never edited. Every method works from any thread and raises StoreError."""

    def __init__(
        self, engine: Engine, data: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.data = data.resolve()
        self._engine = engine
        self.now = now
        self._writer = GroupWriter(for_writing(engine))

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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

    def attempts(self, limit: int = 50, before: int | None = None) -> AttemptPage:
        """One page of attempts, newest first; `before` is the `next` of the page before."""
        query = select(AttemptRow).order_by(AttemptRow.seq.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(AttemptRow.seq < before)

        def read(session: Session) -> AttemptPage:
            rows = load.summary_rows(session, query)
            more = rows[limit - 1].seq if len(rows) > limit else None
            return AttemptPage(items=tuple(load.to_summary(row) for row in rows[:limit]), next=more)

        return self.read(read)

    def attempt(self, attempt_id: UUID) -> AttemptSummary:
        """One attempt."""
        query = select(AttemptRow).where(AttemptRow.id == attempt_id)

        def read(session: Session) -> AttemptSummary:
            rows = load.summary_rows(session, query)
            return load.to_summary(_found(rows[0] if rows else None, "attempt", attempt_id))

        return self.read(read)

    def mark_sheet(self, attempt_id: UUID) -> MarkSheet:
        """The newest mark sheet of an attempt."""
        return self.read(
            lambda session: load.to_mark_sheet(
                _found(load.sheet_row(session, attempt_id), "attempt", attempt_id)
            )
        )

    def evidence_ids(self, attempt_id: UUID) -> dict[Evidence, UUID]:
        """Under which id each piece of evidence of a mark sheet is served."""
        query = select(EvidenceRow).where(EvidenceRow.attempt_id == attempt_id)
        return self.read(lambda session: {load.to_evidence(row): row.id for row in session.scalars(query)})

    def evidence(self, evidence_id: UUID) -> EvidenceFiles:
        """Where one piece of evidence lies."""
        return self.read(
            lambda session: load.to_evidence_files(
                _found(session.get(EvidenceRow, evidence_id), "evidence", evidence_id)
            )
        )

    def procedures(self) -> tuple[ProcedureVersion, ...]:
        """Every procedure version something was scored with, newest first."""
        query = select(ProcedureVersionRow).order_by(
            ProcedureVersionRow.created_utc.desc(), ProcedureVersionRow.sha256
        )
        return self.read(lambda session: tuple(_procedure(row) for row in session.scalars(query)))

    def procedure(self, sha256: str) -> ProcedureVersion:
        """One procedure version by its content."""
        return self.read(
            lambda session: _procedure(_found(session.get(ProcedureVersionRow, sha256), "procedure", sha256))
        )

    def benches(self) -> tuple[BenchVersion, ...]:
        """Every bench version something was scored on, newest first."""
        query = select(BenchVersionRow).order_by(BenchVersionRow.created_utc.desc(), BenchVersionRow.sha256)
        return self.read(
            lambda session: tuple(
                BenchVersion(row.sha256, row.name, row.source, row.included) for row in session.scalars(query)
            )
        )

    def check(self) -> None:
        """Raise StoreError if the database does not answer."""
        self.read(lambda session: session.execute(text("SELECT 1")))

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` reads in a session of its own; it must not keep rows of it. Raises StoreError."""
        try:
            with Session(self._engine) as session:
                return work(session)
        except SQLAlchemyError as error:
            raise StoreError(
                f"expected the database to answer, but {first_line(error)}; look at the disk and try again"
            ) from error

    def write(self, work: Callable[[Session], T]) -> T:
        """What `work` returns once what it added is on disk; it may be run twice. Raises StoreError."""
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


def _found(row: T | None, what: str, key: object) -> T:
    if row is None:
        raise UnknownIdError(what, key)
    return row


def _procedure(row: ProcedureVersionRow) -> ProcedureVersion:
    title = Text(zh=row.title_zh, en=row.title_en)
    return ProcedureVersion(row.sha256, row.id, title, row.source, row.included)
