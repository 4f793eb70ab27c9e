"""A typed client of the interface for benches, scripts and our own tests (program -> /v1).

    with Client("http://127.0.0.1:8080", key) as client:
        client.append_events(sent_utc=now, events=[...])

Every POST carries an Idempotency-Key of its own, so that it may be sent twice and is done once: a connection
that the server closed in between is opened again, once and at once. Signing in is not repeated. An error is
an `ApiError` with the server's problem.
"""

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from pydantic import BaseModel, TypeAdapter

from api.pages import PageOut
from api.problems import Problem
from api.schemas import AttemptOut, BenchOut, HealthOut, MarkSheetOut, Moment, ProcedureOut, VerdictOut
from api.schemas_events import EventIn, EventsIn, EventsOut
from api.schemas_people import (
    AccountIn,
    AccountOut,
    CallerOut,
    ClassOut,
    DeviceIn,
    DeviceOut,
    EventOut,
    ImportedOut,
    NewDeviceOut,
    OwnerIn,
    PersonOut,
    RosterOut,
    SessionOut,
)
from assessor.errors import AssessorError

T = TypeVar("T", bound=BaseModel)
TRIES = 5
BUSY = (409, 429)  # the same is being done by an earlier try; too many requests
LONGEST_WAIT_S = 30.0


class ApiError(AssessorError):
    """The server did not do what was asked."""

    def __init__(self, status: int, problem: Problem | None, said: str = "") -> None:
        super().__init__(f"the server answered {status}: {problem.text['en'] if problem else said[:200]}")
        self.status = status
        self.problem = problem


class Client:
    """Of one server, as the holder of `token`: a session's, or a device's key. "": not signed in."""

    def __init__(self, address: str, token: str = "", timeout_s: float = 30.0) -> None:
        self._http = httpx.Client(base_url=address.rstrip("/") + "/v1", timeout=timeout_s, trust_env=False)
        self._sign(token)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def sign_in(self, login: str, password: str) -> SessionOut:
        """Open a session; what follows is asked in its name."""
        session = self._take(SessionOut, "POST", "/session", json={"login": login, "password": password})
        self._sign(session.token)
        return session

    def sign_out(self) -> None:
        """End the session."""
        self._send("DELETE", "/session")
        self._sign("")

    def who(self) -> CallerOut:
        """Who is signed in."""
        return self._take(CallerOut, "GET", "/session")

    def health(self) -> HealthOut:
        """Whether the server is well."""
        return self._take(HealthOut, "GET", "/health")

    def attempts(self, limit: int = 200) -> Iterator[AttemptOut]:
        """All attempts that may be seen, newest first, page by page."""
        return self._pages(AttemptOut, "/attempts", limit=limit)

    def attempt(self, attempt_id: UUID) -> AttemptOut:
        """One attempt."""
        return self._take(AttemptOut, "GET", f"/attempts/{attempt_id}")

    def mark_sheet(self, attempt_id: UUID) -> MarkSheetOut:
        """Its mark sheet."""
        return self._take(MarkSheetOut, "GET", f"/attempts/{attempt_id}/marksheet")

    def verdicts(self, attempt_id: UUID) -> list[VerdictOut]:
        """What the machine thinks."""
        answer = self._send("GET", f"/attempts/{attempt_id}/verdicts")
        return TypeAdapter(list[VerdictOut]).validate_json(answer.content)

    def clip(self, evidence_id: UUID) -> bytes:
        """The clip of a piece of evidence."""
        return self._send("GET", f"/evidence/{evidence_id}/clip").content

    def assign(self, attempt_id: UUID, owner: OwnerIn) -> None:
        """Say whose attempt it is."""
        self._send("POST", f"/attempts/{attempt_id}/assignment", json=_json(owner))

    def people(self, holding: str = "", limit: int = 200) -> Iterator[PersonOut]:
        """Who may be seen, by number, page by page."""
        return self._pages(PersonOut, "/people", holding=holding, limit=limit)

    def classes(self, limit: int = 200) -> Iterator[ClassOut]:
        """The classes that may be seen, newest term first."""
        return self._pages(ClassOut, "/classes", limit=limit)

    def procedures(self, limit: int = 200) -> Iterator[ProcedureOut]:
        """The procedure versions that something was scored with, newest first."""
        return self._pages(ProcedureOut, "/procedures", limit=limit)

    def benches(self, limit: int = 200) -> Iterator[BenchOut]:
        """The bench versions that something was scored on, newest first."""
        return self._pages(BenchOut, "/benches", limit=limit)

    def create_account(self, account: AccountIn) -> AccountOut:
        """Make an account; its link goes to its owner."""
        return self._take(AccountOut, "POST", "/people", json=_json(account))

    def preview_roster(self, table: bytes, term: str) -> RosterOut:
        """What an import would do."""
        return self._take(RosterOut, "POST", "/roster/preview", params={"term": term}, content=table)

    def import_roster(self, table: bytes, term: str) -> ImportedOut:
        """Take a class list in."""
        return self._take(ImportedOut, "POST", "/roster", params={"term": term}, content=table)

    def devices(self, limit: int = 200) -> Iterator[DeviceOut]:
        """The school's devices, by bench."""
        return self._pages(DeviceOut, "/devices", limit=limit)

    def events_of(self, device_id: UUID, limit: int = 200) -> Iterator[EventOut]:
        """What a device reported, in the order of its bench."""
        return self._pages(EventOut, f"/devices/{device_id}/events", limit=limit)

    def add_device(self, device: DeviceIn) -> NewDeviceOut:
        """A new device with its key."""
        return self._take(NewDeviceOut, "POST", "/devices", json=_json(device))

    def append_events(self, sent_utc: Moment, events: Sequence[EventIn]) -> EventsOut:
        """Report events; they are on disk when this returns. Kept once however often they are sent."""
        report = EventsIn(sent_utc=sent_utc, events=list(events))
        return self._take(EventsOut, "POST", "/events", json=_json(report))

    def _sign(self, token: str) -> None:
        self._http.headers.pop("Authorization", None)
        if token:
            self._http.headers["Authorization"] = f"Bearer {token}"

    def _take(self, kind: type[T], method: str, path: str, **what: Any) -> T:
        return kind.model_validate_json(self._send(method, path, **what).content)

    def _pages(self, kind: type[T], path: str, **query: str | int) -> Iterator[T]:
        while True:
            page = self._take(PageOut[Any], "GET", path, params=query)
            yield from (kind.model_validate(one) for one in page.items)
            if page.next is None:
                return
            query["cursor"] = page.next

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        signs_in = (method, path) == ("POST", "/session")
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" and not signs_in else {}
        repeats = method == "GET" or bool(headers)
        for left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, path, headers=headers, **what)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                if left < TRIES - 1 or not repeats:
                    raise
                continue
            if left and answer.status_code in BUSY and "Retry-After" in answer.headers and not signs_in:
                time.sleep(min(float(answer.headers["Retry-After"]), LONGEST_WAIT_S))
                continue
            return _checked(answer)
        raise AssertionError("the last try returns or raises")


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    kind = answer.headers.get("content-type", "").partition(";")[0]
    problem = Problem.model_validate_json(answer.content) if kind == "application/problem+json" else None
    raise ApiError(answer.status_code, problem, answer.text)


def _json(value: BaseModel) -> Any:
    return value.model_dump(mode="json")
