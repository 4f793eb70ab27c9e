"""Lists whose consent stands how: a line per student, and every word of one (consent rows -> console)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from assessor.ledger.consent import may_keep, standing
from assessor.people.roles import Role
from assessor.store import Store, UnknownIdError
from assessor.store.ledger_tables import ConsentRow
from assessor.store.people_tables import EnrolmentRow, GrantRow, PersonRow

ERASED = "erased-"  # how the number of an erased student begins


@dataclass(frozen=True, slots=True)
class Word:
    """What was said once. `by`: the name of who recorded it, None: the machine or somebody erased."""

    purpose: str
    kind: str
    given_by: str
    text_version: str
    created_utc: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A student, the newest word on each purpose, and of which purposes something may be kept now."""

    person_id: UUID
    number: str
    name: str
    words: Mapping[str, Word]
    kept: frozenset[str]


def ledger_of(
    store: Store, purposes: tuple[str, ...], seen: ColumnElement[bool], holding: str = "", limit: int = 200
) -> tuple[Standing, ...]:
    """Students who are `seen` (a condition on `PersonRow`), by number; `holding`: part of number or name."""
    query = select(PersonRow).where(seen, _is_student()).order_by(PersonRow.number).limit(limit)
    if holding:
        columns = (PersonRow.number, PersonRow.name)
        query = query.where(or_(*(column.icontains(holding, autoescape=True) for column in columns)))
    now = store.now()
    return store.read(
        lambda session: tuple(_standing(session, row, purposes, now) for row in session.scalars(query))
    )


def standing_of(
    store: Store, purposes: tuple[str, ...], person_id: UUID, seen: ColumnElement[bool]
) -> Standing:
    """One of them. Raises UnknownIdError, also for somebody who was erased."""
    query = select(PersonRow).where(PersonRow.id == person_id, seen, ~PersonRow.number.startswith(ERASED))
    now = store.now()

    def read(session: Session) -> Standing:
        row = session.scalar(query)
        if row is None:
            raise UnknownIdError("person", person_id)
        return _standing(session, row, purposes, now)

    return store.read(read)


def history_of(store: Store, person_id: UUID) -> tuple[Word, ...]:
    """Every word of one student, newest first; whether they are seen `standing_of` says."""
    recorder = aliased(PersonRow)
    query = (
        select(ConsentRow, recorder.name)
        .outerjoin(recorder, recorder.id == ConsentRow.by_id)
        .where(ConsentRow.person_id == person_id)
        .order_by(ConsentRow.seq.desc())
    )
    return store.read(lambda session: tuple(_word(row, by) for row, by in session.execute(query)))


def _is_student() -> ColumnElement[bool]:
    enrolled = exists().where(EnrolmentRow.person_id == PersonRow.id)
    held = exists().where(GrantRow.person_id == PersonRow.id, GrantRow.role == Role.STUDENT.value)
    return (enrolled | held) & ~PersonRow.number.startswith(ERASED)


def _standing(session: Session, row: PersonRow, purposes: tuple[str, ...], now: datetime) -> Standing:
    words = {purpose: _word(word) for purpose, word in standing(session, row.id).items()}
    kept = frozenset(purpose for purpose in purposes if may_keep(session, row.id, purpose, now))
    return Standing(row.id, row.number, row.name, words, kept)


def _word(row: ConsentRow, by: str | None = None) -> Word:
    return Word(row.purpose, row.kind, row.given_by, row.text_version, row.created_utc, by or None)
