"""What every answer carries so that a browser keeps to this site; by which name, who may open its socket."""

import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
DATA_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)
SOCKET_PATH = "/_nicegui_ws"


def console_policy(nonce: str) -> str:
    """Scripts only from here or with the nonce; 'unsafe-eval' because Vue compiles its templates there."""
    rules = [
        "default-src 'self'",
        f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
    return "; ".join(rules)


class SecurityHeaders:
    """Adds the headers. A page without a policy of its own is one of the console: each of its scripts gets a
    fresh nonce; what users wrote is escaped by then, so only the page's own tags can match."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self._app(scope, receive, _Answer(send).send)
        else:
            await self._app(scope, receive, send)


class _Answer:
    """One answer on its way out; a page is held until its end, as its length changes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._page: bytearray | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(ALWAYS)
            if "content-security-policy" in headers:  # it brought a stricter one
                await self._send(message)
                return
            if headers.get("content-type", "").startswith("text/html"):
                self._start, self._page = message, bytearray()
                return
            headers["Content-Security-Policy"] = DATA_POLICY
        elif self._page is not None:
            self._page += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(bytes(self._page))
            return
        await self._send(message)

    async def _send_page(self, page: bytes) -> None:
        nonce = secrets.token_urlsafe(16)
        page = page.replace(b"<script", f'<script nonce="{nonce}"'.encode())
        headers = MutableHeaders(scope=self._start)
        headers["Content-Security-Policy"] = console_policy(nonce)
        headers["Content-Length"] = str(len(page))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": page})


class OwnSocketOnly:
    """Refuses the console's socket to pages of other sites (a browser sends cookies there without asking)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        asked = scope["type"] in {"http", "websocket"} and scope["path"].startswith(SOCKET_PATH)
        if asked and not from_own_page(Headers(scope=scope)):
            await PlainTextResponse("expected this site's own page", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class OwnHostOnly:
    """Answers only by the address a browser reached and by the names given: a page elsewhere whose name was
    made to point here (DNS rebinding) asks by another one."""

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self._app = app
        self._named = TrustedHostMiddleware(app, list(names), www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        reached, _ = scope.get("server") or (None, None)
        own = reached is not None and _host_of(scope) == reached
        await (self._app if own else self._named)(scope, receive, send)


def from_own_page(headers: Headers) -> bool:
    """A browser names the page that sends a change, or says that it is another site's; other programs do
    neither."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    try:
        return urlsplit(origin).netloc == headers.get("host")
    except ValueError:  # such as an open bracket
        return False


def _host_of(scope: Scope) -> str | None:
    try:
        return urlsplit("//" + Headers(scope=scope).get("host", "")).hostname
    except ValueError:  # such as an open bracket
        return None
