"""The sample school of `assessor demo`: a class, a teacher who may do everything, the samples' students."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.people.assign import assign_by_number
from assessor.people.links import add_link
from assessor.people.roles import Role
from assessor.people.secrets import LINK, new_token
from assessor.store import Store
from assessor.store.people_tables import ClassRow, EnrolmentRow, GrantRow, PersonRow, SchoolRow

LOGIN = "demo"
_SCHOOL = "示范学校 Sample school"
_CLASS = "示范班 Sample class"
_TEACHER = "教师一 Teacher 1"
STUDENTS: Mapping[str, str] = {"D001": "学生一 Student 1", "D002": "学生二 Student 2"}


def prepare(store: Store) -> str | None:
    """Make the school if there is none; gives the token of a link that signs its teacher in, None where the
    school is a real one."""
    token, now = new_token(LINK), store.now()

    def work(session: Session) -> str | None:
        if session.scalar(select(SchoolRow.id).limit(1)) is None:
            _make(session, now)
        teacher = session.scalar(
            select(PersonRow).where(PersonRow.login == LOGIN, PersonRow.disabled_utc.is_(None))
        )
        if teacher is None:
            return None
        add_link(session, token, teacher.id, now)
        return token

    made = store.write(work)
    assign_by_number(store)
    return made


def _make(session: Session, now: datetime) -> None:
    school = SchoolRow(name=_SCHOOL, time_zone="Asia/Shanghai", created_utc=now)
    session.add(school)
    session.flush()
    place = ClassRow(school_id=school.id, name=_CLASS, term=f"{now.year}", created_utc=now)
    teacher = PersonRow(school_id=school.id, number=LOGIN, name=_TEACHER, login=LOGIN, created_utc=now)
    students = [
        PersonRow(school_id=school.id, number=number, name=name, login=number, created_utc=now)
        for number, name in STUDENTS.items()
    ]
    session.add_all((place, teacher, *students))
    session.flush()
    for role in (Role.HEAD, Role.ADMINISTRATOR):
        _grant(session, teacher.id, role, None, now)
    _grant(session, teacher.id, Role.TEACHER, place.id, now)
    for student in students:
        _grant(session, student.id, Role.STUDENT, None, now)
        session.add(EnrolmentRow(class_id=place.id, person_id=student.id, created_utc=now))


def _grant(session: Session, person_id: UUID, role: Role, class_id: UUID | None, now: datetime) -> None:
    session.add(GrantRow(person_id=person_id, role=role.value, class_id=class_id, created_utc=now))
