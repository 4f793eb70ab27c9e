"""What the API takes and gives about reviews; unknown fields are refused."""

import base64
import json
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, Field, field_validator

from api.schemas import In, MarkLineOut, MarkVetoOut, Moment, Out, Query, VerdictOut
from assessor.review.item_view import OpinionView, Scale
from assessor.review.queue import MOST, Filter, Place
from assessor.review.queue_items import QueueItem
from assessor.review.standing import Decision, Round, Tab
from assessor.review.wishes import MOST_REASON, REASONS
from assessor.types import Text

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


class QueueOut(Out):
    """A page of the queue; `left`: how many items each tab has with the same filter."""

    items: tuple[QueueItem, ...]
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


class SeenIn(In):
    """An item as its reviewer saw it."""

    attempt_id: UUID
    item: Item
    version: Version


class BulkIn(In):
    """Items whose proposals are accepted as they are."""

    items: Annotated[tuple[SeenIn, ...], Field(max_length=MOST)]


class ItemOut(Out):
    """One item as its reviewer sees it. `round`: in which the caller decides; null: not their turn."""

    attempt_id: UUID
    item: str
    title: Text
    line: MarkLineOut | None
    veto: MarkVetoOut | None
    verdicts: tuple[VerdictOut, ...]
    least: float
    most: float
    scale: Scale | None
    tab: Tab
    mark: float | None
    round: Round | None
    why_not: Text | None
    version: int
    opinions: tuple[OpinionView, ...]
    advice: Text | None


class DraftIn(In):
    """The fields of a form as they were left."""

    body: Annotated[dict[Name, Words], Field(max_length=12)]
