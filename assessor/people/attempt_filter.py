"""Narrows the attempts that somebody sees to those they look for (caller + filter -> what may be found)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from assessor.people.caller import Caller
from assessor.people.scope import class_is, owner_is, persons_seen, seen_by
from assessor.store.people_tables import PersonRow
from assessor.store.seen import Seen
from assessor.store.tables import AttemptRow, BenchVersionRow, MarkSheetRow, ProcedureVersionRow


@dataclass(frozen=True, slots=True)
class AttemptFilter:
    """What is looked for; None: not asked. `student`: part of a number or name; `state`: of the newest sheet;
    `since`, `before`: when it was scored."""

    class_id: UUID | None = None
    student: str | None = None
    procedure: str | None = None
    bench: str | None = None
    state: str | None = None
    since: datetime | None = None
    before: datetime | None = None


def looked_for(caller: Caller, wanted: AttemptFilter) -> Seen:
    """What the caller may see, less what they do not look for."""
    seen = seen_by(caller)
    return replace(seen, attempts=and_(seen.attempts, *_conditions(caller, wanted)))


def _conditions(caller: Caller, wanted: AttemptFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.class_id is not None:
        yield class_is(wanted.class_id)
    if wanted.student:
        yield _of_student(caller, wanted.student)
    if wanted.procedure:
        yield AttemptRow.procedure.has(ProcedureVersionRow.id == wanted.procedure)
    if wanted.bench:
        yield AttemptRow.bench.has(BenchVersionRow.name == wanted.bench)
    if wanted.state:
        yield _newest_state() == wanted.state
    if wanted.since is not None:
        yield AttemptRow.created_utc >= wanted.since
    if wanted.before is not None:
        yield AttemptRow.created_utc < wanted.before


def _of_student(caller: Caller, text: str) -> ColumnElement[bool]:
    """By what was named when it was scored, or by whose it is of those the caller may see."""
    named = or_(*(one.icontains(text, autoescape=True) for one in (PersonRow.number, PersonRow.name)))
    people = select(PersonRow.id).where(persons_seen(caller), named)
    return or_(AttemptRow.student.icontains(text, autoescape=True), owner_is(people))


def _newest_state() -> ColumnElement[str]:
    return (
        select(MarkSheetRow.state)
        .where(MarkSheetRow.attempt_id == AttemptRow.id)
        .order_by(MarkSheetRow.created_utc.desc())
        .limit(1)
        .correlate(AttemptRow)
        .scalar_subquery()
    )
