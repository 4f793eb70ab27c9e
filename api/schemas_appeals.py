"""What the API takes about appeals and agreement; what it gives are the records of `assessor.review`."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.pages import PageQuery
from api.schemas import In, Out
from api.schemas_review import Item, Name, Points, Value, Words
from assessor.review.appeal_state import AppealState


class AppealIn(In):
    """What a student appeals about, and why."""

    attempt_id: UUID
    item: Item
    text: Words


class AppealsQuery(PageQuery):
    """Which appeals."""

    state: AppealState | None = None


class AppealStateOut(Out):
    """Where an appeal stands now."""

    state: AppealState


class MarkersIn(In):
    """Who marks an appeal."""

    markers: Annotated[tuple[UUID, ...], Field(max_length=2)]


class AppealMarkIn(In):
    """What a marker gives: points, or a value they follow from; of a veto 1 = it stands, 0 = it does not."""

    awarded: Points | None = None
    value: Value | None = None
    reason: Words


class AgreementQuery(PageQuery):
    """Of which procedure."""

    procedure: Name | None = None
