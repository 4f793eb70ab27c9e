"""Reads what the store holds, all of it or the part that somebody may see (tables -> the store's values).

What is out of sight is not found; without the right to drafts, the newest *released* sheet is the newest one.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.store import load
from assessor.store.engine import first_line
from assessor.store.pages import WHOLE, By, Page, Part, page_of
from assessor.store.records import (
    AttemptPage,
    AttemptSummary,
    BenchVersion,
    EvidenceFiles,
    ProcedureVersion,
    UnknownIdError,
)
from assessor.store.seen import EVERYTHING, Seen
from assessor.store.tables import (
    AttemptRow,
    BenchVersionRow,
    EvidenceRow,
    MarkSheetRow,
    ProcedureVersionRow,
)
from assessor.types import Evidence, MarkSheet, Text

T = TypeVar("T")


class Results:
    """Every method works from any thread and raises StoreError; UnknownIdError also for what is not seen."""

    def __init__(self, engine: Engine, data: Path, seen: Seen = EVERYTHING) -> None:
        self.data = data.resolve()
        self._engine = engine
        self._seen = seen

    def attempts(self, limit: int = 50, before: int | None = None) -> AttemptPage:
        """One page of attempts, newest first; `before` is the `next` of the page before."""
        query = select(AttemptRow).where(self._seen.attempts).order_by(AttemptRow.seq.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(AttemptRow.seq < before)

        def read(session: Session) -> AttemptPage:
            rows = load.summary_rows(session, query)
            more = rows[limit - 1].seq if len(rows) > limit else None
            drafts = self._drafts(session, [row.id for row in rows])
            items = (load.to_summary(row, _sheet(row, drafts)) for row in rows[:limit])
            return AttemptPage(items=tuple(items), next=more)

        return self.read(read)

    def count_attempts(self) -> int:
        """How many there are."""
        query = select(func.count()).select_from(AttemptRow).where(self._seen.attempts)
        return self.read(lambda session: session.scalar(query) or 0)

    def attempt(self, attempt_id: UUID) -> AttemptSummary:
        """One attempt."""
        query = select(AttemptRow).where(AttemptRow.id == attempt_id, self._seen.attempts)

        def read(session: Session) -> AttemptSummary:
            rows = load.summary_rows(session, query)
            row = _found(rows[0] if rows else None, "attempt", attempt_id)
            return load.to_summary(row, _sheet(row, self._drafts(session, [row.id])))

        return self.read(read)

    def mark_sheet(self, attempt_id: UUID) -> MarkSheet:
        """The newest mark sheet of an attempt."""

        def read(session: Session) -> MarkSheet:
            row = _found(load.sheet_row(session, attempt_id, self._seen), "attempt", attempt_id)
            return load.to_mark_sheet(row, _sheet(row, self._drafts(session, [row.id])))

        return self.read(read)

    def evidence_ids(self, attempt_id: UUID) -> dict[Evidence, UUID]:
        """Under which id each piece of evidence of a mark sheet is served."""
        query = select(EvidenceRow).where(EvidenceRow.attempt_id == attempt_id, self._evidence_seen())
        return self.read(lambda session: {load.to_evidence(row): row.id for row in session.scalars(query)})

    def evidence(self, evidence_id: UUID) -> EvidenceFiles:
        """Where one piece of evidence lies."""
        query = select(EvidenceRow).where(EvidenceRow.id == evidence_id, self._evidence_seen())
        return self.read(
            lambda session: load.to_evidence_files(_found(session.scalar(query), "evidence", evidence_id))
        )

    def procedures(self) -> tuple[ProcedureVersion, ...]:
        """Every procedure version something was scored with, newest first."""
        return self.procedures_page(WHOLE).items

    def procedures_page(self, part: Part) -> Page[ProcedureVersion]:
        """A part of them."""
        query = select(ProcedureVersionRow).where(self._seen.procedures)
        order = (By(ProcedureVersionRow.created_utc, falling=True), By(ProcedureVersionRow.sha256))
        return self.read(lambda session: page_of(session, query, order, part, _procedure))

    def procedure(self, sha256: str) -> ProcedureVersion:
        """One procedure version by its content."""
        query = select(ProcedureVersionRow).where(ProcedureVersionRow.sha256 == sha256, self._seen.procedures)
        return self.read(lambda session: _procedure(_found(session.scalar(query), "procedure", sha256)))

    def benches(self) -> tuple[BenchVersion, ...]:
        """Every bench version something was scored on, newest first."""
        return self.benches_page(WHOLE).items

    def benches_page(self, part: Part) -> Page[BenchVersion]:
        """A part of them."""
        query = select(BenchVersionRow).where(self._seen.benches)
        order = (By(BenchVersionRow.created_utc, falling=True), By(BenchVersionRow.sha256))
        return self.read(lambda session: page_of(session, query, order, part, _bench))

    def _drafts(self, session: Session, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Of which of these attempts unreleased sheets may be seen."""
        query = select(AttemptRow.id).where(AttemptRow.id.in_(ids), self._seen.drafts)
        return frozenset(session.scalars(query))

    def _evidence_seen(self) -> ColumnElement[bool]:
        return EvidenceRow.attempt_id.in_(select(AttemptRow.id).where(self._seen.attempts))

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` reads in a session of its own; it must not keep rows of it. Raises StoreError."""
        try:
            with Session(self._engine) as session:
                return work(session)
        except SQLAlchemyError as error:
            raise StoreError(
                f"expected the database to answer, but {first_line(error)}; look at the disk and try again"
            ) from error


def _sheet(row: AttemptRow, drafts: frozenset[UUID]) -> MarkSheetRow:
    """The newest that may be seen."""
    shown = [sheet for sheet in row.sheets if row.id in drafts or sheet.state == "released"]
    return _found(shown[-1] if shown else None, "attempt", row.id)


def _found(row: T | None, what: str, key: object) -> T:
    if row is None:
        raise UnknownIdError(what, key)
    return row


def _bench(row: BenchVersionRow) -> BenchVersion:
    return BenchVersion(row.sha256, row.name, row.source, row.included)


def _procedure(row: ProcedureVersionRow) -> ProcedureVersion:
    title = Text(zh=row.title_zh, en=row.title_en)
    return ProcedureVersion(row.sha256, row.id, title, row.source, row.included)
