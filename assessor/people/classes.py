"""Lists classes and who is in them (caller -> values)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import classes_seen
from assessor.store import Store, UnknownIdError
from assessor.store.pages import WHOLE, By, Page, Part, page_of
from assessor.store.people_tables import ClassRow, EnrolmentRow, PersonRow


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class in a term. `students`: how many are in it now."""

    id: UUID
    name: str
    term: str
    students: int


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody in a class. `seat`: the bench of the seat plan."""

    id: UUID
    number: str
    name: str
    seat: str | None


def list_classes(store: Store, caller: Caller) -> tuple[SchoolClass, ...]:
    """All of `classes_page`."""
    return classes_page(store, caller, WHOLE).items


def classes_page(store: Store, caller: Caller, part: Part) -> Page[SchoolClass]:
    """Those the caller may see, newest term first."""
    caller.must(Action.READ_PEOPLE)
    query = (
        select(ClassRow, func.count(EnrolmentRow.id))
        .outerjoin(EnrolmentRow, and_(EnrolmentRow.class_id == ClassRow.id, EnrolmentRow.ended_utc.is_(None)))
        .where(classes_seen(caller))
        .group_by(ClassRow.id)
    )
    order = (By(ClassRow.term, falling=True), By(ClassRow.name))
    return store.read(lambda session: page_of(session, query, order, part, _class))


def _class(found: tuple[ClassRow, int]) -> SchoolClass:
    row, students = found
    return SchoolClass(row.id, row.name, row.term, students)


def students_of(store: Store, caller: Caller, class_id: UUID) -> tuple[Student, ...]:
    """Who is in a class now, by number. Raises UnknownIdError."""
    caller.must(Action.READ_PEOPLE)
    query = (
        select(PersonRow, EnrolmentRow.seat)
        .join(EnrolmentRow, EnrolmentRow.person_id == PersonRow.id)
        .where(EnrolmentRow.class_id == class_id, EnrolmentRow.ended_utc.is_(None))
        .order_by(PersonRow.number)
    )

    def read(session: Session) -> tuple[Student, ...]:
        if session.scalar(select(ClassRow.id).where(ClassRow.id == class_id, classes_seen(caller))) is None:
            raise UnknownIdError("class", class_id)
        return tuple(Student(row.id, row.number, row.name, seat) for row, seat in session.execute(query))

    return store.read(read)
