"""What the forms of the doors send: sign in, first set-up, one-time link, new password, sign out.

Each answers with where to go, or with what is wrong in both languages; the page's script does the rest.
"""

from collections.abc import Callable
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.deps import signed_in
from api.identity import SIGN_IN_PAGE, begin_session, end_session, own_path, visit_of
from assessor.errors import RefusedError
from assessor.people import accounts, links, sign_in
from assessor.people.links import SetUp
from assessor.people.sign_in import LockedOutError
from assessor.store import Store

MOST_BYTES = 10_000
PASSWORD_PAGE = "/account"
Form = dict[str, str]


def add_doors(app: FastAPI, store: Store) -> None:
    """Register what the forms send to; nothing of it is part of the interface /v1."""

    @app.post("/sign-in", include_in_schema=False)
    async def enter_by_password(request: Request) -> Response:
        form = await _form(request)
        visit = visit_of(request)
        return await _opened(
            request,
            lambda: sign_in.sign_in(store, form.get("login", ""), form.get("password", ""), visit),
            own_path(form.get("next")),
        )

    @app.post("/enter/{token}", include_in_schema=False)
    async def enter_by_link(request: Request, token: str) -> Response:
        visit = visit_of(request)
        return await _opened(request, lambda: links.enter(store, token, visit), "/")

    @app.post("/set-up/{token}", include_in_schema=False)
    async def set_up(request: Request, token: str) -> Response:
        form = await _form(request)
        given = SetUp(
            form.get("school", ""),
            form.get("name", ""),
            form.get("login", ""),
            form.get("password", ""),
            form.get("time_zone", ""),
        )
        visit = visit_of(request)
        return await _opened(request, lambda: links.set_up(store, token, given, visit), "/")

    _add_own_doors(app, store)


def _add_own_doors(app: FastAPI, store: Store) -> None:
    """What somebody who is signed in sends."""

    @app.post("/account", include_in_schema=False)
    async def change_password(request: Request) -> Response:
        caller = signed_in(request)
        form = await _form(request)
        try:
            await run_in_threadpool(
                accounts.change_password, store, caller, form.get("new", ""), form.get("old")
            )
        except RefusedError as refused:
            return _refused(refused)
        return JSONResponse({"go": f"{SIGN_IN_PAGE}?changed=1"})

    @app.post("/sign-out", include_in_schema=False)
    async def leave(request: Request) -> Response:
        answer = JSONResponse({"go": SIGN_IN_PAGE})
        await run_in_threadpool(end_session, answer, store, request)
        return answer


async def _opened(request: Request, open_it: Callable[[], str], go: str) -> Response:
    try:
        token = await run_in_threadpool(open_it)
    except RefusedError as refused:
        return _refused(refused)
    answer = JSONResponse({"go": go})
    begin_session(answer, request, token)
    return answer


def _refused(refused: RefusedError) -> Response:
    status = 429 if isinstance(refused, LockedOutError) else 403
    headers = {"Retry-After": str(refused.wait_s)} if isinstance(refused, LockedOutError) else {}
    return JSONResponse({"zh": refused.text.zh, "en": refused.text.en}, status, headers)


async def _form(request: Request) -> Form:
    """The fields of a form; nothing of one that is far too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:  # more fields than any of our forms has
        return {}
    return {name: values[0] for name, values in fields.items()}
