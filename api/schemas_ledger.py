"""What the API takes and gives about the audit chain, consent, holds, days and erasure."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.pages import PageQuery
from api.schemas import In, Out
from api.schemas_people import Word

Days = Annotated[int, Field(ge=1, le=36_500)]
Year = Annotated[int, Field(ge=2000, le=9998)]


class AuditQuery(PageQuery):
    """Which entries: one action, or those that one person made."""

    action: Word | None = Field(default=None, examples=["clip.view"])
    actor_id: UUID | None = None


class AuditEntryOut(Out):
    """One entry: ids and numbers, never names."""

    seq: int
    utc: datetime
    actor_kind: str = Field(examples=["person"])
    actor_id: str | None
    action: str = Field(examples=["clip.view"])
    object_kind: str | None
    object_id: str | None
    detail: dict[str, Any]
    sha256: str


class ConsentIn(In):
    """What a student or a guardian said, and to which text."""

    purpose: Literal["video", "landmarks", "portrait", "research"]
    kind: Literal["given", "withdrawn"]
    given_by: Literal["self", "guardian"]
    text_version: Word = Field(examples=["2026-1"])


class ConsentOut(Out):
    """One word on a purpose; the newest counts."""

    purpose: str
    kind: str
    given_by: str
    text_version: str
    created_utc: datetime


class ConsentKeptOut(Out):
    """It is recorded. A withdrawal took so many files away."""

    files_removed: int


class PolicyIn(In):
    """Days that each kind is kept; the audit chain at least 183."""

    clips: Days = 30
    undecided: Days = Field(default=180, description="Clips of attempts whose sheet is not released.")
    observations: Days = 365
    supplied: Days = 365
    audit: Days = 1095
    sign_ins: Days = 90
    answers: Days = 1


class PolicyOut(Out):
    """The same as it is now."""

    clips: int
    undecided: int
    observations: int
    supplied: int
    audit: int
    sign_ins: int
    answers: int


class HoldIn(In):
    """Why everything of the attempt is to be kept."""

    reason: Word


class HoldOut(Out):
    """A hold that lasts."""

    id: UUID
    attempt_id: UUID
    reason: str
    created_utc: datetime


class ErasureIn(In):
    """The student's number once more: what is erased does not come back."""

    number: Word
