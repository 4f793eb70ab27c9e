"""The way from a bench to its server over `/v1/events` (`assessor/benchbox/replay.py` → HTTP).

Unlike `Client` it does not wait by itself, so that the time a report takes says something about the clocks,
and it needs no Idempotency-Key: events are kept once by their numbers.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx
from pydantic import ValidationError

from api.schemas_events import EventIn, EventsIn, EventsOut
from assessor.benchbox.server_line import Answer, AwayError, NotTakenError, ReportedEvent

TIMEOUT_S = 20.0
NOT_TAKEN = (400, 413, 422)  # as they are; with anything else the server may take them later
CLOSED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class HttpLine:
    """To one server, with the key of one device; one connection that stays open."""

    def __init__(self, address: str, key: str, timeout_s: float = TIMEOUT_S) -> None:
        self._http = httpx.Client(
            base_url=address.rstrip("/") + "/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_s,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def report(self, sent_utc: datetime, offset_s: float | None, events: Sequence[ReportedEvent]) -> Answer:
        """Send a report. Raises AwayError or NotTakenError."""
        try:
            told = [EventIn(**asdict(event)) for event in events]
            report = EventsIn(sent_utc=sent_utc, offset_s=offset_s, events=told)
        except ValidationError as error:
            raise NotTakenError(str(error)) from None
        answer = self._posted(report.model_dump_json())
        if answer.status_code in NOT_TAKEN:
            raise NotTakenError(f"the server answered {answer.status_code}: {answer.text[:300]}")
        if not answer.is_success:
            raise AwayError(f"the server answered {answer.status_code}: {answer.text[:300]}")
        try:
            taken = EventsOut.model_validate_json(answer.content)
        except ValidationError:  # the page of a hotspot or a proxy
            raise AwayError(f"something else than the server answered: {answer.text[:100]!r}") from None
        return Answer(taken.highest, taken.offset_s)

    def _posted(self, report: str) -> httpx.Response:
        """The answer; a connection that the server closed in between is opened again, once and at once."""
        headers = {"Content-Type": "application/json"}
        try:
            try:
                return self._http.post("/events", content=report, headers=headers)
            except CLOSED:
                return self._http.post("/events", content=report, headers=headers)
        except httpx.HTTPError as error:
            raise AwayError(f"the server cannot be reached: {str(error) or type(error).__name__}") from error
