"""What the API takes and gives about people, roles, devices and their events; unknown fields are refused."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from api.pages import PageQuery
from api.schemas import In, Moment, Out, Query
from assessor.people.roles import Role
from assessor.types import Text


def _one_line(text: str) -> str:
    if any(ord(one) < 32 or ord(one) == 127 for one in text):
        raise ValueError("expected one line of text without control characters")
    return text


Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
Secret = Annotated[str, Field(max_length=200)]


class SignInIn(In):
    """Who signs in."""

    login: Annotated[str, Field(max_length=100)]
    password: Secret


class PasswordIn(In):
    """A new password; the old one is not asked of whoever came by a link."""

    new: Secret
    old: Secret | None = None


class GrantIn(In):
    """A role: teachers and referees in a class or everywhere, mentors at a bench until a date."""

    role: Role = Field(examples=["teacher"])
    class_id: UUID | None = None
    bench: Word | None = None
    until_utc: Moment | None = None


class GrantOut(Out):
    """A role that holds now."""

    id: UUID
    role: Role = Field(examples=["teacher"])
    class_id: UUID | None
    bench: str | None
    until_utc: datetime | None


class CallerOut(Out):
    """Who asks, and what they may do."""

    person_id: UUID | None
    device_id: UUID | None
    name: str
    roles: tuple[Role, ...] = Field(examples=[["teacher"]])
    actions: tuple[str, ...] = Field(examples=[["attempt.read", "review.decide"]])
    must_change: bool = Field(description="A new password has to be set before anything else.")


class SessionOut(CallerOut):
    """A new session; send its token as `Authorization: Bearer TOKEN`."""

    token: str = Field(examples=["as_..."])


class AccountIn(In):
    """Somebody who shall sign in; a student's number that is known gets a login."""

    number: Word = Field(examples=["T0017"])
    name: Word
    login: Word
    grants: Annotated[tuple[GrantIn, ...], Field(max_length=20)] = ()


class PersonOut(Out):
    """A person. No `login`: no account."""

    id: UUID
    number: str
    name: str
    login: str | None
    must_change: bool
    disabled_utc: datetime | None
    grants: tuple[GrantOut, ...]


class SubjectIn(In):
    """What the identity provider calls the person; null: it knows them no longer."""

    subject: Word | None


class LinkOut(Out):
    """A link that signs a person in once: hand it to them and to nobody else."""

    link: str = Field(examples=["/enter/al_..."])


class AccountOut(LinkOut):
    """A new account with its first link."""

    person: PersonOut


class NewIdOut(Out):
    """What was made."""

    id: UUID


class PeopleQuery(PageQuery):
    """Which people."""

    holding: str = Field(default="", max_length=100, description="Part of a name, number or login.")


class ClassOut(Out):
    """A class in a term."""

    id: UUID
    name: str
    term: str
    students: int


class OwnerIn(In):
    """Whose attempt it is from now on; `person_id` null: nobody's."""

    person_id: UUID | None
    class_id: UUID | None = None
    bench: Word | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_one_line)]


class TermQuery(Query):
    """The term of the classes."""

    term: Word = Field(examples=["2026-1"])


class RosterLineOut(Out):
    """A line of the table as it would be taken in."""

    line: int
    number: str
    name: str
    class_name: str
    seat: str | None
    born: date | None
    change: str = Field(examples=["new"])
    faults: tuple[Text, ...]


class RosterOut(Out):
    """The table as it would be taken in; nothing is while a line has faults."""

    term: str
    lines: tuple[RosterLineOut, ...]
    new_classes: tuple[str, ...]
    faults: int


class ImportedOut(Out):
    """What was taken in."""

    new: int
    renamed: int
    enrolled: int
    assigned: int = Field(description="Attempts that were scored with one of the numbers and nobody's.")


class DeviceIn(In):
    """A device of a bench; without a bench a monitor that reads the metrics."""

    bench: Word | None = Field(examples=["bench1"])
    name: Word


class DeviceOut(Out):
    """A device."""

    id: UUID
    bench: str | None
    name: str
    created_utc: datetime
    seen_utc: datetime | None
    revoked_utc: datetime | None


class NewDeviceOut(Out):
    """A new device with its key, told this once."""

    device: DeviceOut
    key: str = Field(examples=["ad_..."])


class EventOut(Out):
    """What a bench saw."""

    seq: int
    happened_utc: datetime
    received_utc: datetime
    kind: str
    subject: str
    value: str | None
    confidence: float
