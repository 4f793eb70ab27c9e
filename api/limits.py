"""Keeps one caller from taking all: how large and slow a body may be, how many requests (middleware).

Who is too fast hears 429 with Retry-After; too large 413; a body that does not arrive 408.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import caller_of
from api.identity import OPEN
from api.problems import DETAILS, problem_answer

BODY_BYTES = 1_000_000
ROSTER_BYTES = 5_000_000
BODY_S = 30.0  # for all of a body
_MOST_KNOWN = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second in the long run, `burst` at once."""

    per_s: float = 50.0
    burst: int = 400


class BodyLimits:
    """Refuses what is too large before it is read, and a body that does not come."""

    def __init__(self, app: ASGIApp, body_s: float = BODY_S) -> None:
        self._app = app
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        most = ROSTER_BYTES if scope["path"].startswith(("/v1/roster", "/_nicegui/client/")) else BODY_BYTES
        length = connection.headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > most:
            answer = problem_answer(connection, 413, DETAILS[413], headers={"Connection": "close"})
            await answer(scope, receive, send)
            return
        await self._app(scope, _Body(receive, most, self._body_s).receive, send)


class _Body:
    """One body on its way in."""

    def __init__(self, receive: Receive, most: int, within_s: float) -> None:
        self._receive = receive
        self._left = most
        self._end = time.monotonic() + within_s
        self._complete = False

    async def receive(self) -> Message:
        if self._complete:  # what follows is only whether the client is still there
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._end - time.monotonic()))
        except TimeoutError as error:
            raise HTTPException(408, headers={"Connection": "close"}) from error
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, headers={"Connection": "close"})
        self._complete = not message.get("more_body", False)
        return message


class RateLimit:
    """Counts requests of each caller, or of an address that nobody signed in at; only of this process."""

    def __init__(self, app: ASGIApp, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._rate = rate
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = (
            OrderedDict()
        )  # requests left, when it was counted
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and not scope["path"].startswith(OPEN):
            connection = HTTPConnection(scope)
            wait_s = self._take(_who(connection))
            if wait_s > 0:
                headers = {"Retry-After": str(int(wait_s) + 1)}
                await problem_answer(connection, 429, DETAILS[429], headers=headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _take(self, who: str) -> float:
        """Count a request; seconds to wait if there were too many."""
        now = self._clock()
        with self._lock:
            left, before = self._left.pop(who, (float(self._rate.burst), now))
            left = min(self._rate.burst, left + (now - before) * self._rate.per_s)
            taken = left - 1 if left >= 1 else left
            self._left[who] = (taken, now)
            if len(self._left) > _MOST_KNOWN:
                self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) / self._rate.per_s


def _who(connection: HTTPConnection) -> str:
    caller = caller_of(connection)
    if caller is not None:
        return f"{caller.kind} {caller.id}"
    return connection.client.host if connection.client else ""
