"""What the API takes and gives about appeals, agreement and how classes are marked."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.review_schemas import Item, Name, Points, ScaleOut, Value, Words
from api.schemas import Out, Query, TextOut
from api.schemas_people import In
from assessor.review.agreement import Between
from assessor.review.appeal_state import AppealState


class AppealIn(In):
    """What a student appeals about, and why."""

    attempt_id: UUID
    item: Item
    text: Words


class AppealIdOut(Out):
    """The id of a new appeal."""

    id: UUID


class AppealsQuery(Query):
    """Which appeals."""

    state: AppealState | None = None


class AppealMarkOut(Out):
    """What a marker gave."""

    by_id: UUID
    by: str
    awarded: float
    reason: str


class AppealOut(Out):
    """An appeal; `markers` and `marks` only for whoever arbitrates. `mine`: the caller is to mark it."""

    appeal_id: UUID
    attempt_id: UUID
    item: str
    title: TextOut
    text: str
    state: AppealState
    created_utc: datetime
    points: float
    awarded: float | None
    answer: str | None
    tolerance: float
    markers: tuple[UUID, ...]
    marks: tuple[AppealMarkOut, ...]
    mine: bool


class AppealStateOut(Out):
    """Where an appeal stands now."""

    state: AppealState


class CandidateOut(Out):
    """Somebody who could mark an appeal."""

    person_id: UUID
    name: str


class MarkersIn(In):
    """Who marks an appeal."""

    markers: Annotated[tuple[UUID, ...], Field(max_length=2)]


class AppealMarkIn(In):
    """What a marker gives: points, or a value they follow from; of a veto 1 = it stands, 0 = it does not."""

    awarded: Points | None = None
    value: Value | None = None
    reason: Words


class TaskOut(Out):
    """What a marker of an appeal has before them: nothing of who, and nothing that was given before."""

    appeal_id: UUID
    item: str
    title: TextOut
    check: str
    least: float
    most: float
    scale: ScaleOut | None
    text: str
    seen: tuple[TextOut, ...]
    evidence_ids: tuple[UUID, ...]
    procedure: str
    own: float | None


class AgreementQuery(Query):
    """Of which procedure."""

    procedure: Name | None = None


class AgreementOut(Out):
    """How far marks of an item agree. `kappa`: quadratic weights; `icc`: ICC(2,1); null: they say nothing."""

    procedure: str
    item: str
    title: TextOut
    points: float
    between: Between
    count: int
    same: float
    difference: float
    kappa: float | None
    icc: float | None


class DriftOut(Out):
    """A marker in one week, beside the machine."""

    person_id: UUID
    person: str
    week: date
    count: int
    difference: float
    overturned: float
    took_s: float | None


class MarkingIn(In):
    """How a class is marked. `tolerance`: share of an item's points; `items`: points by item."""

    double: bool = False
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.1
    items: Annotated[dict[Item, Annotated[float, Field(ge=0, le=1000)]], Field(max_length=500)] = Field(
        default_factory=dict
    )
    appeal_days: Annotated[int, Field(ge=0, le=366)] = 14


class MarkingOut(Out):
    """How a class is marked."""

    double: bool
    tolerance: float
    items: dict[str, float]
    appeal_days: int
