"""Does what a POST with an `Idempotency-Key` asks for once, and answers the same again (middleware + routes).

Every POST of /v1 declares one of ONCE, ONCE_UNTOLD and TWICE_IS_ONCE among its dependencies.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import caller_of, calls_of, declared_action
from api.problems import DETAILS, problem_answer
from assessor.errors import StoreError
from assessor.ledger import answered
from assessor.ledger.answered import Answer, Asked, Done
from assessor.people.roles import Action
from assessor.store import Store
from assessor.types import Text

log = logging.getLogger("assessor.api")

HEADER = "Idempotency-Key"
PATTERN: Final = r"^[\x21-\x7e]{1,100}$"
REPLAYED = "Idempotency-Replayed"
RUNNING = Text(
    "带有相同 Idempotency-Key 的请求仍在处理，请稍后用同一个键重试。",
    "The request with this Idempotency-Key is still being done; send it again with the same key in a moment.",
)
OTHER = Text(
    "此 Idempotency-Key 已用于内容不同的请求，请换一个新键。",
    "This Idempotency-Key was used for a request that held something else; send this one with a new key.",
)
LOST = Text(
    "此请求已执行，但服务器在答复前中断，答复未能保存。请先查看结果，需要时再用新键发送。",
    "This request was done, but the server stopped before its answer was kept; look at what is there, and "
    "send it with a new key only if something is missing.",
)
UNTOLD = Text(
    "此请求已执行；答复中的链接或密钥只给出一次，不作保存。请重新生成。",
    "This request was done; the link or key in its answer is told once and not kept. Have a new one made.",
)
KeyHeader = Annotated[
    str | None,
    Header(
        alias=HEADER,
        pattern=PATTERN,
        description="A random word of the client's own. Sent again with the same body, the request is not "
        "done once more, and the same answer comes. Kept for 24 h.",
        examples=["5f0c2b62-6a54-4f6c-9a3e-2a6f0f4e7c11"],
    ),
]


@dataclass(frozen=True, slots=True)
class Once:
    """Declares that a POST heeds the key. `tells`: its answer may be kept, it holds no secret."""

    tells: bool = True

    def __call__(self, key: KeyHeader = None) -> None:
        """As a dependency: the route's document names the header, a bad one is refused."""


def twice_is_once() -> None:
    """Declares that a POST sent twice does no more than sent once; it heeds no key."""


ONCE = Depends(Once())
ONCE_UNTOLD = Depends(Once(tells=False))
TWICE_IS_ONCE = Depends(twice_is_once)


@dataclass(frozen=True, slots=True)
class _Way:
    """A route that heeds the key."""

    path: str
    pattern: re.Pattern[str]
    action: Action | None
    tells: bool


def check_once(routes: Sequence[APIRoute]) -> None:
    """Raise TypeError for a POST that does not say what the same request twice does."""
    for route in routes:
        if "POST" in (route.methods or ()) and not any(
            isinstance(call, Once) or call is twice_is_once for call in calls_of(route.dependant)
        ):
            raise TypeError(f"expected POST {route.path} to declare ONCE or TWICE_IS_ONCE, but it does not")


class OnceOnly:
    """Keeps requests with a key from being done twice, by whatever process of the same database.

    Done and answered: the same answer. Still being done: 409. Another content: 422. Done, and the server was
    killed before the answer was kept: 409. Refused with nothing written: nothing is kept.
    """

    def __init__(self, app: ASGIApp, store: Store, routes: Sequence[APIRoute], prefix: str) -> None:
        self._app = app
        self._store = store
        self._ways = list(_ways(routes, prefix))
        self._running: set[tuple[str, str, str]] = set()  # only the event loop touches it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        way = self._way_of(scope)
        key = Headers(scope=scope).get(HEADER, "") if way else ""
        connection = HTTPConnection(scope) if way else None
        caller = caller_of(connection) if connection else None
        if way is None or connection is None or caller is None or not re.fullmatch(PATTERN, key):
            await self._app(scope, receive, send)  # nothing to heed, or the route says what is wrong
            return
        if way.action is not None and not caller.may(way.action):
            await self._app(scope, receive, send)
            return
        try:
            body = await _whole(receive)
        except HTTPException as error:
            refused = problem_answer(
                connection, error.status_code, DETAILS[error.status_code], headers=error.headers
            )
            await refused(scope, receive, send)
            return
        content = (
            scope["path"].encode(),
            scope.get("query_string", b""),
            connection.headers.get("if-match", "").encode(),
            body,
        )
        one = answered.asked(f"{caller.kind} {caller.id}", way.path, key, content)
        answer = await self._answer(connection, way, one, _Given(body, receive).receive)
        await answer(scope, receive, send)

    def _way_of(self, scope: Scope) -> _Way | None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        return next((way for way in self._ways if way.pattern.match(scope["path"])), None)

    async def _answer(
        self, connection: HTTPConnection, way: _Way, one: Asked, receive: Receive
    ) -> "Response | _Caught":
        if one.place in self._running:
            return problem_answer(connection, 409, RUNNING, headers={"Retry-After": "1"})
        self._running.add(one.place)
        try:
            done = await run_in_threadpool(answered.find, self._store, one)
            if done is not None:
                return _again(connection, way, done)
            connection.state.store = answered.marked(self._store, one)
            caught = _Caught()
            await self._app(connection.scope, receive, caught.send)
            await self._keep(way, one, caught)
            return caught
        except StoreError as error:
            log.error("%s", error)
            return problem_answer(connection, 503, DETAILS[503])
        finally:
            self._running.discard(one.place)

    async def _keep(self, way: _Way, one: Asked, caught: "_Caught") -> None:
        if caught.status >= 500:
            return  # nobody knows what came of it; the row says whether it was begun
        told = way.tells or caught.status >= 300
        answer = Answer(caught.status, caught.text if told else "")
        try:
            await run_in_threadpool(answered.finish, self._store, one, answer)
        except StoreError as error:  # it is done all the same, and the client shall hear it
            log.error("the answer to a request was not kept: %s", error)


class _Given:
    """A body that was read, given once more."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._message: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._receive = receive

    async def receive(self) -> Message:
        message, self._message = self._message, None
        return message if message is not None else await self._receive()


class _Caught:
    """An answer that is held until it is kept, then sent as it came."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def send(self, message: Message) -> None:
        self._messages.append(message)

    @property
    def status(self) -> int:
        return next((int(one["status"]) for one in self._messages if "status" in one), 500)

    @property
    def text(self) -> str:
        return b"".join(one.get("body", b"") for one in self._messages).decode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for message in self._messages:
            await send(message)


def _ways(routes: Sequence[APIRoute], prefix: str) -> "list[_Way]":
    found = []
    for route in routes:
        once = next((call for call in calls_of(route.dependant) if isinstance(call, Once)), None)
        if once is not None:
            pattern = compile_path(prefix + route.path)[0]
            found.append(_Way(prefix + route.path, pattern, declared_action(route), once.tells))
    return found


def _again(connection: HTTPConnection, way: _Way, done: Done) -> Response:
    if not done.same:
        return problem_answer(connection, 422, OTHER)
    status, body = done.answer.status, done.answer.body
    if status == answered.BEGUN:
        return problem_answer(connection, 409, LOST)
    if not way.tells and status < 300:
        return problem_answer(connection, 409, UNTOLD)
    kind = "application/problem+json" if status >= 400 else "application/json"
    return Response(body, status, {REPLAYED: "true"}, kind if body else None)


async def _whole(receive: Receive) -> bytes:
    """All of a body. Raises HTTPException where `limits.BodyLimits` says so."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)
