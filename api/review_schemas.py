"""What the API takes and gives about reviews, releases, appeals and agreement; unknown fields are refused."""

import base64
import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, Field, field_validator

from api.schemas import (
    MarkLineOut,
    MarkVetoOut,
    Moment,
    Out,
    Query,
    TextOut,
    VerdictOut,
)
from api.schemas_people import In
from assessor.review.queue import MOST, Filter
from assessor.review.queue_items import Place
from assessor.review.standing import Decision, Round, Tab
from assessor.review.wishes import MOST_REASON, REASONS
from assessor.types import Outcome

ITEM = r"^[a-z][a-z0-9_]*$"
ItemPath = Annotated[str, Path(pattern=ITEM, max_length=60, description="Id of a rubric item or a veto.")]
Item = Annotated[str, Field(pattern=ITEM, max_length=60, examples=["dead_proof"])]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Version = Annotated[int, Field(ge=0, lt=2**62)]
Points = Annotated[float, Field(ge=-1000, le=1000)]
Value = Annotated[float, Field(ge=-1e9, le=1e9)]
Share = Annotated[float, Field(ge=0, le=1)]


def _readable(text: str) -> str:
    if "\0" in text:
        raise ValueError("expected text without NUL")
    return text


Words = Annotated[str, Field(max_length=MOST_REASON), AfterValidator(_readable)]


# ---- the queue -------------------------------------------------------------------------------


class QueueQuery(Query):
    """Which items of the queue."""

    tab: Tab = Tab.TO_REVIEW
    class_id: UUID | None = None
    bench: Name | None = None
    procedure: Name | None = None
    item: Name | None = None
    step: Name | None = None
    rule: Name | None = None
    student: UUID | None = Field(default=None, description="Person.")
    reviewer: UUID | None = Field(default=None, description="Person.")
    attempt_id: UUID | None = None
    since: Moment | None = None
    before: Moment | None = None
    surer_than: Share | None = None
    less_sure_than: Share | None = None
    limit: int = Field(default=50, ge=1, le=MOST)
    cursor: str | None = Field(default=None, max_length=200, description="`next` of the page before.")

    @field_validator("cursor")
    @classmethod
    def _is_cursor(cls, cursor: str | None) -> str | None:
        if cursor is not None:
            from_cursor(cursor)
        return cursor

    @property
    def filter(self) -> Filter:
        """As the service takes it."""
        return Filter(**self.model_dump(exclude={"limit", "cursor"}))

    @property
    def after(self) -> Place | None:
        """The place the cursor names."""
        return None if self.cursor is None else from_cursor(self.cursor)


class QueueItemOut(Out):
    """One item to be looked at. `severity`: 0 veto, 1 safety, 2 points lost, 3 the rest."""

    attempt_id: UUID
    item: str
    kind: str = Field(examples=["line"])
    title: TextOut
    reason: TextOut
    tab: Tab
    severity: int
    outcome: Outcome | None
    confidence: float
    points: float
    proposed: float | None
    check: str
    awaits: Round | None
    version: int
    bench: str
    procedure: str
    procedure_title: TextOut
    student_id: UUID | None
    student: str
    class_name: str
    scored_utc: datetime
    evidence_id: UUID | None
    by_id: UUID | None
    decided_utc: datetime | None


class QueueOut(Out):
    """A page of the queue; `left`: how many items each tab has with the same filter."""

    items: tuple[QueueItemOut, ...]
    left: dict[Tab, int]
    next: str | None


def to_cursor(place: Place | None) -> str | None:
    """An opaque name for a place in the queue."""
    if place is None:
        return None
    told = [place.severity, place.confidence, place.attempt_seq, place.position]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> Place:
    """The place. Raises ValueError."""
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        severity, confidence, attempt_seq, position = told
        kept = all(isinstance(one, int) and 0 <= one < 2**62 for one in (severity, attempt_seq, position))
        if not kept or not isinstance(confidence, float | int) or not 0 <= confidence <= 1:
            raise ValueError("expected the `next` of an earlier page")
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError("expected the `next` of an earlier page") from error
    return Place(severity, float(confidence), attempt_seq, position)


# ---- deciding --------------------------------------------------------------------------------


class DecisionIn(In):
    """What a person decides. Points as `awarded`, or the `value` (grade, reading, count) they follow from."""

    decision: Decision = Field(examples=["overturn"])
    awarded: Points | None = Field(default=None, examples=[8.0])
    value: Value | None = None
    reason_code: str | None = Field(
        default=None, max_length=40, examples=["put_right"], description=", ".join(REASONS)
    )
    reason: Words | None = None
    took_s: Annotated[float, Field(ge=0, le=86_400)] | None = None


class DecidedOut(Out):
    """What came of it. `version`: what the next decision on the item has to know (also as ETag)."""

    attempt_id: UUID
    item: str
    review_id: UUID
    tab: Tab
    mark: float | None
    version: int


class SeenIn(In):
    """An item as its reviewer saw it."""

    attempt_id: UUID
    item: Item
    version: Version


class BulkIn(In):
    """Items whose proposals are accepted as they are."""

    items: Annotated[tuple[SeenIn, ...], Field(max_length=MOST)]


class LeftOut(Out):
    """What was not accepted, and why."""

    attempt_id: UUID
    item: str
    why: TextOut


class BulkOut(Out):
    """What a bulk accept came to."""

    accepted: tuple[DecidedOut, ...]
    left: tuple[LeftOut, ...]


class OpinionOut(Out):
    """A decision. `counts`: it is the one that stands."""

    review_id: UUID
    round: Round
    decision: Decision
    awarded: float | None
    value: float | None
    reason_code: str | None
    reason: str | None
    by_id: UUID
    by: str
    created_utc: datetime
    counts: bool


class ScaleOut(Out):
    """How a value becomes points: a grade up to `of` with what each level means, or a reading."""

    of: float | None
    levels: tuple[TextOut, ...]


class ItemOut(Out):
    """One item as its reviewer sees it. `round`: in which the caller decides; null: not their turn."""

    attempt_id: UUID
    item: str
    title: TextOut
    line: MarkLineOut | None
    veto: MarkVetoOut | None
    verdicts: tuple[VerdictOut, ...]
    least: float
    most: float
    scale: ScaleOut | None
    tab: Tab
    mark: float | None
    round: Round | None
    why_not: TextOut | None
    version: int
    opinions: tuple[OpinionOut, ...]
    advice: TextOut | None


class DraftIn(In):
    """The fields of a form as they were left."""

    body: Annotated[dict[Name, Words], Field(max_length=12)]


class DraftOut(Out):
    """What the caller typed and did not send."""

    attempt_id: UUID
    item: str
    body: dict[str, str]
    updated_utc: datetime
