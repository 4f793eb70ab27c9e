"""What the API takes about requests about data, access for some hours, and the account after a leak."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.pages import PageQuery
from api.schemas import In, Moment, Query
from assessor.people.access_requests import MOST_HOURS
from assessor.people.data_requests import LONGEST, Kind

Said = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class WishIn(In):
    """What is asked for; `wanted`: the right name, number or date of birth."""

    kind: Kind = Field(examples=["name"])
    text: Said
    wanted: Annotated[str, Field(max_length=100)] = ""
    attempt_id: UUID | None = None


class WishesQuery(PageQuery):
    """Which requests."""

    only_open: bool = False


class AnswerIn(In):
    """Yes or no, and why; the student's number once more where everything is to be erased."""

    approve: bool
    reason: Said
    number: Annotated[str, Field(max_length=100)] = ""


class AccessIn(In):
    """Which class (none: the whole school), for how long and why."""

    class_id: UUID | None = None
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)]
    reason: Said


class AccessAnswerIn(In):
    """Yes or no, and why."""

    approve: bool
    reason: Said


class BreachQuery(Query):
    """From when until when; one person's or device's looks alone."""

    since_utc: Moment
    until_utc: Moment
    actor_id: UUID | None = None


class BreachPageQuery(PageQuery, BreachQuery):
    """The same, page by page."""
