"""Shows a person who opened an address the page of what went wrong, where a program gets the problem itself.

Pages say by themselves what is in the way (`gate.py`); this is for what lies outside of them: files of the
console, signing in elsewhere, too many requests, a database that does not answer, a fault of the program.
"""

import json
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import assessor
from api.console.preferences import preferences_of
from api.console.texts import say
from api.problems import FAULT, FAULT_DETAIL, TITLES, problem_answer

PROBLEM = "application/problem+json"
SIGN_IN = (401, 403)  # what another account may open
PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title} · {product}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/static/console.css?v={version}">
</head><body class="message-page {theme}"><div class="shell"><header class="head">
<a class="brand" href="/">{product}</a></header>
<main class="main"><div class="card empty" data-status="{status}"><h1>{title}</h1>
<p class="quiet">{detail}</p><p class="links">{links}</p></div></main></div></body></html>
"""


class ErrorPages:
    """Turns a problem that answers a person's browser into a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and wants_page(HTTPConnection(scope)):
            await self._app(scope, receive, _Answer(HTTPConnection(scope), send).send)
        else:
            await self._app(scope, receive, send)


class _Answer:
    """One answer on its way out; a problem is held until its end."""

    def __init__(self, request: HTTPConnection, send: Send) -> None:
        self._request, self._send = request, send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """As the app sends it."""
        if message["type"] == "http.response.start":
            if not Headers(raw=message["headers"]).get("content-type", "").startswith(PROBLEM):
                await self._send(message)
                return
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        problem = json.loads(self._body)
        body = page_of(self._request, start["status"], problem["text"])
        headers = MutableHeaders(raw=start["headers"])
        headers["Content-Type"] = "text/html; charset=utf-8"
        headers["Content-Length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def wants_page(request: HTTPConnection) -> bool:
    """Whether a person opened the address in a browser; programs and scripts do not ask for HTML."""
    path = request.url.path
    is_program = path == "/v1" or path.startswith("/v1/")
    return (
        request.scope.get("method") == "GET"
        and not is_program
        and "text/html" in request.headers.get("accept", "")
    )


def page_of(request: HTTPConnection, status: int, detail: dict[str, Any]) -> bytes:
    """The page, in the visitor's language and theme."""
    wanted = preferences_of(request)
    language = wanted.language
    links = [("/", say("missing.home", language))]
    if status in SIGN_IN:
        links.insert(0, ("/sign-in", say("door.sign_in", language)))
    return PAGE.format(
        lang="zh-CN" if language == "zh" else "en-US",
        theme="body--dark" if wanted.dark else "",
        version=assessor.__version__,
        product=escape(say("product", language)),
        status=status,
        title=escape(getattr(TITLES.get(status, FAULT), language)),
        detail=escape(str(detail[language])),
        links=" ".join(f'<a class="button" href="{to}">{escape(text)}</a>' for to, text in links),
    ).encode()


def add_fault_page(app: FastAPI) -> None:
    """A fault of the program is answered where no middleware is left that could turn it into a page."""

    @app.exception_handler(Exception)
    async def answer(request: Request, error: Exception) -> Response:
        if not wants_page(request):
            return problem_answer(request, 500, FAULT_DETAIL)
        return HTMLResponse(page_of(request, 500, {"zh": FAULT_DETAIL.zh, "en": FAULT_DETAIL.en}), 500)
