"""The tables of people: school, classes, accounts, what each may do, and the devices at the benches."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessor.store.tables import Base, ByPerson, DecisionRow, Id, OfPerson, OfSchool, Seq, Sha256


class SchoolRow(Base):
    """A school. `time_zone`: IANA name in which its days begin."""

    __tablename__ = "school"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    time_zone: Mapped[str]
    created_utc: Mapped[datetime]


class CourseRow(Base):
    """A course of a school, as its timetable names it."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("school_id", "name"),)
    id: Mapped[Id]
    school_id: Mapped[OfSchool]
    name: Mapped[str]


class ClassRow(Base):
    """A class in a term."""

    __tablename__ = "school_class"
    __table_args__ = (UniqueConstraint("school_id", "name", "term"),)
    id: Mapped[Id]
    school_id: Mapped[OfSchool]
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("course.id"))
    name: Mapped[str]
    term: Mapped[str]
    created_utc: Mapped[datetime]


class PersonRow(Base):
    """A student or a member of staff. `number`: student or staff number, text. No `login`: no account."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("school_id", "number"),)
    id: Mapped[Id]
    school_id: Mapped[OfSchool]
    number: Mapped[str]
    name: Mapped[str]
    born: Mapped[date | None]
    login: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    must_change: Mapped[bool] = mapped_column(default=False)
    oidc_subject: Mapped[str | None] = mapped_column(unique=True)
    created_utc: Mapped[datetime]
    disabled_utc: Mapped[datetime | None]


class GrantRow(Base):
    """What a person may do, where and how long.

    `role`: "student", "teacher", "head", "referee", "mentor", "operator", "auditor", "administrator".
    `class_id` for teachers and referees, `bench` for mentors; null: everywhere in the school (head, ...).
    """

    __tablename__ = "role_grant"
    id: Mapped[Id]
    person_id: Mapped[OfPerson]
    role: Mapped[str]
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("school_class.id"), index=True)
    bench: Mapped[str | None]
    until_utc: Mapped[datetime | None]
    by_id: Mapped[ByPerson | None]
    created_utc: Mapped[datetime]
    revoked_utc: Mapped[datetime | None]


class EnrolmentRow(Base):
    """A student in a class. `seat`: the bench of the seat plan."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("class_id", "person_id"),)
    id: Mapped[Id]
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.id"))
    person_id: Mapped[OfPerson]
    seat: Mapped[str | None]
    created_utc: Mapped[datetime]
    ended_utc: Mapped[datetime | None]


class SignInRow(Base):
    """A session of a signed-in person; the browser keeps the token, the store its hash."""

    __tablename__ = "sign_in"
    token_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    person_id: Mapped[OfPerson]
    created_utc: Mapped[datetime]
    seen_utc: Mapped[datetime]
    expires_utc: Mapped[datetime]
    ended_utc: Mapped[datetime | None]
    agent: Mapped[str]


class SignInLinkRow(Base):
    """A link that signs a person in once; without a person: it sets the school up. Only its hash is kept."""

    __tablename__ = "sign_in_link"
    token_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    person_id: Mapped[OfPerson | None]
    created_utc: Mapped[datetime]
    expires_utc: Mapped[datetime]
    used_utc: Mapped[datetime | None]


class FailedSignInRow(DecisionRow):
    """A refused sign-in; what lock-out counts, so it survives a restart."""

    __tablename__ = "failed_sign_in"
    seq: Mapped[Seq]
    login: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]
    created_utc: Mapped[datetime] = mapped_column(index=True)


class DeviceRow(Base):
    """A bench PC or camera box that may append to its own bench; only the hash of its key is kept."""

    __tablename__ = "device"
    id: Mapped[Id]
    school_id: Mapped[OfSchool]
    bench: Mapped[str]
    name: Mapped[str]
    key_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    by_id: Mapped[ByPerson | None]
    created_utc: Mapped[datetime]
    seen_utc: Mapped[datetime | None]
    revoked_utc: Mapped[datetime | None]
