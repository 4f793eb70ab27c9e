"""The way from a bench to its server, as `replay` needs it; `api/bench_line.py` is one over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from assessor.errors import StoreError


class AwayError(StoreError):
    """The server does not answer, or cannot take anything now: the same again, later."""


class NotTakenError(StoreError):
    """The server is there and does not take these events: not their number or their size, or one of them."""


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """An event as it is sent; `happened_utc` by the wall clock of the bench as it is now."""

    seq: int
    happened_utc: datetime
    kind: str
    subject: str
    value: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`highest`: the greatest number that the server knows of this bench; `behind_s`: how old the report was
    when it arrived, by the server's clock."""

    highest: int
    behind_s: float


class ServerLine(Protocol):
    """Sends reports; each is on the server's disk when it is answered."""

    def report(self, sent_utc: datetime, offset_s: float | None, events: Sequence[ReportedEvent]) -> Answer:
        """Raises AwayError or NotTakenError. `offset_s`: seconds to add to the bench's clock, if known."""
