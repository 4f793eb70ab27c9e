"""What a bench sends and what it is told: the schemas of `/v1/events`."""

from typing import Annotated

from pydantic import Field

from api.schemas import In, Moment, Out

MOST_EVENTS = 1000
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]


class EventIn(In):
    """One event of a bench. `seq` counts at the bench; the same number again is the same event."""

    seq: int = Field(ge=1, lt=2**63)
    happened_utc: Moment
    kind: Word = Field(examples=["switch"])
    subject: Word = Field(examples=["Q1"])
    value: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None
    confidence: float = Field(ge=0, le=1)


class EventsIn(In):
    """A report. `sent_utc`: the bench's clock when it was sent, by which its clock is corrected; `offset_s`,
    where the bench measured it: seconds to add to its clock."""

    sent_utc: Moment
    offset_s: float | None = Field(default=None, ge=-1e10, le=1e10)
    events: Annotated[list[EventIn], Field(max_length=MOST_EVENTS)]


class EventsOut(Out):
    """Everything up to here is on disk. `known`: events that had come before."""

    stored: int
    known: int
    highest: int = Field(description="The greatest number known of this bench's device.")
    offset_s: float = Field(description="How far the bench's clock is behind the server's.")
