"""Finds out who asks, once per request, before any route or page (cookie or key -> `Caller`), and turns
strangers away: nothing is served to nobody but what it takes to sign in, health and the console's files.
"""

from functools import partial
from importlib.metadata import version
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.deps import NOT_SIGNED_IN
from api.headers import from_own_page
from api.problems import DETAILS, problem_answer
from assessor.errors import StoreError
from assessor.people import devices, sign_in
from assessor.people.caller import Caller, Language
from assessor.people.secrets import DEVICE_KEY
from assessor.people.sign_in import Visit
from assessor.store import Store
from assessor.types import Text

COOKIE = "assessor_session"
SIGN_IN_PAGE = "/sign-in"
# Beside these a stranger gets nothing but 401 from /v1 and the sign-in page elsewhere. The console's socket
# does nothing for whoever was not served a page: each page is known by an id that cannot be guessed.
_NICEGUI = f"/_nicegui/{version('nicegui')}/"
OPEN = ("/sign-in", "/set-up", "/enter/", "/static/", _NICEGUI, "/_nicegui_ws/", "/favicon.ico")
_SAFE = {"GET", "HEAD", "OPTIONS"}
_ANOTHER_SITE = Text("请求来自另一个网站，已拒绝。", "The request comes from another site and is refused.")


class Identify:
    """Puts the caller into `request.state`. A change asked for by a page of another site is refused."""

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        answer = await self._turned_away(connection)
        await (answer or self._app)(scope, receive, send)

    async def _turned_away(self, connection: HTTPConnection) -> Response | None:
        method = connection.scope.get("method", "GET")
        if method not in _SAFE and not from_own_page(connection.headers):
            return problem_answer(connection, 403, _ANOTHER_SITE)
        try:
            caller = await run_in_threadpool(identify, self._store, connection)
        except StoreError:
            return problem_answer(connection, 503, DETAILS[503])
        connection.state.caller = caller
        connection.state.again = partial(_again, self._store, connection)
        path = connection.url.path
        if caller is not None or path.startswith(OPEN) or path == "/v1" or path.startswith("/v1/"):
            return None  # the routes of /v1 ask for their caller themselves
        if method in _SAFE and connection.scope["type"] == "http":
            return RedirectResponse(sign_in_address(connection), 303)
        return problem_answer(connection, 401, NOT_SIGNED_IN)


def identify(store: Store, connection: HTTPConnection) -> Caller | None:
    """Who asks: by `Authorization: Bearer` (a device's key or a session's token), else by cookie."""
    token = token_of(connection)
    if not token:
        return None
    if token.startswith(DEVICE_KEY):
        return devices.device_of(store, token)
    return sign_in.who(store, token, language_of(connection))


def _again(store: Store, connection: HTTPConnection) -> Caller | None:
    """Who asks now, for a page that stays open."""
    token = token_of(connection) or ""
    if token.startswith(DEVICE_KEY):
        return devices.device_of(store, token)
    return sign_in.still(store, token, language_of(connection))


def token_of(connection: HTTPConnection) -> str | None:
    """What the request shows to say who asks."""
    kind, _, bearer = connection.headers.get("authorization", "").partition(" ")
    if kind:
        return bearer.strip() if kind.lower() == "bearer" else None
    return connection.cookies.get(COOKIE)


def language_of(connection: HTTPConnection) -> Language:
    """What was chosen in the console, else what the browser speaks."""
    asked = connection.cookies.get("assessor_lang")
    english = connection.headers.get("accept-language", "").lower().startswith("en")
    return "en" if asked == "en" or (asked != "zh" and english) else "zh"


def visit_of(connection: HTTPConnection) -> Visit:
    """From where somebody comes, as lock-out counts it."""
    address = connection.client.host if connection.client else ""
    return Visit(address, connection.headers.get("user-agent", ""))


def sign_in_address(connection: HTTPConnection) -> str:
    """The sign-in page that leads back to what was asked for."""
    asked = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
    return SIGN_IN_PAGE if asked == "/" else f"{SIGN_IN_PAGE}?next={quote(asked, safe='')}"


def own_path(asked: str | None) -> str:
    """Where to go after signing in: a path of this site, never an address elsewhere."""
    if not asked or not asked.startswith("/") or asked.startswith("//") or "\\" in asked:
        return "/"
    return asked if asked.isprintable() else "/"


def begin_session(response: Response, connection: HTTPConnection, token: str) -> None:
    """The browser keeps the token where no script can read it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sign_in.LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=connection.url.scheme in {"https", "wss"},
    )
    response.headers["Cache-Control"] = "no-store"


def end_session(response: Response, store: Store, connection: HTTPConnection) -> None:
    """Sign out: the token opens nothing any more, wherever else it may be kept."""
    token = token_of(connection)
    if token:
        sign_in.sign_out(store, token)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'
