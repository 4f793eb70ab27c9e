"""The way to the school's identity provider and back (browser -> `people/oidc.py` -> session cookie)."""

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.identity import begin_session, visit_of
from api.problems import problem_answer
from assessor.errors import RefusedError
from assessor.people import oidc
from assessor.people.oidc import Pending, Provider
from assessor.store import Store

START, BACK = "/sign-in/oidc", "/sign-in/oidc/back"
_COOKIE = "assessor_oidc"
_AWAY_S = 600


def add_oidc(app: FastAPI, store: Store, provider: Provider) -> None:
    """Register both; they are no part of the interface /v1."""

    @app.get(START, include_in_schema=False)
    async def leave(request: Request) -> Response:
        try:
            address, pending = await run_in_threadpool(oidc.begin, provider, _back_of(request))
        except RefusedError as refused:
            return problem_answer(request, 503, refused.text)
        answer = RedirectResponse(address, 303)
        kept = ".".join((pending.state, pending.nonce, pending.verifier))
        secure = request.url.scheme == "https"
        answer.set_cookie(
            _COOKIE, kept, max_age=_AWAY_S, path=START, httponly=True, samesite="lax", secure=secure
        )
        return answer

    @app.get(BACK, include_in_schema=False)
    async def come_back(request: Request, code: str = "", state: str = "") -> Response:
        parts = request.cookies.get(_COOKIE, "").split(".")
        if len(parts) != 3 or not code or parts[0] != state:
            return problem_answer(request, 401, oidc.NOT_VALID)
        try:
            pending = Pending(*parts)
            subject = await run_in_threadpool(oidc.subject_of, provider, pending, code, _back_of(request))
            token = await run_in_threadpool(oidc.enter, store, subject, visit_of(request))
        except RefusedError as refused:
            return problem_answer(request, 401, refused.text)
        answer = RedirectResponse("/", 303)
        begin_session(answer, request, token)
        answer.delete_cookie(_COOKIE, path=START)
        return answer


def _back_of(request: Request) -> str:
    return str(request.url.replace(path=BACK, query="", fragment=""))
