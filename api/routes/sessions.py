"""Signing in and out over the interface, and one's own account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.deps import StoreDep, anybody, may
from api.identity import end_session, language_of, visit_of
from api.once import TWICE_IS_ONCE
from api.problems import problem_responses
from api.schemas_people import CallerOut, PasswordIn, SessionOut, SignInIn
from assessor.people import accounts, sign_in
from assessor.people.caller import Caller
from assessor.people.roles import Action

router = APIRouter(prefix="/session", tags=["session"])
Self = Annotated[Caller, may(Action.OWN_ACCOUNT)]


@router.post(
    "",
    dependencies=[Depends(anybody), TWICE_IS_ONCE],  # a further session; its token is kept nowhere
    responses=problem_responses(400, 401, 403, 413, 429),
)
def open_session(request: Request, response: Response, store: StoreDep, given: SignInIn) -> SessionOut:
    """Sign in. After too many refused tries the next one has to wait: 429 with Retry-After."""
    token = sign_in.sign_in(store, given.login, given.password, visit_of(request))
    caller = sign_in.who(store, token, language_of(request))
    assert caller is not None
    response.headers["Cache-Control"] = "no-store"
    return SessionOut(token=token, **caller_out(caller).model_dump())


@router.get("", responses=problem_responses(401, 403))
def read_session(caller: Self) -> CallerOut:
    """Who is signed in."""
    return caller_out(caller)


@router.delete("", status_code=204, responses=problem_responses(401, 403))
def close_session(request: Request, store: StoreDep, _caller: Self) -> Response:
    """Sign out."""
    answer = Response(status_code=204)
    end_session(answer, store, request)
    return answer


@router.put("/password", status_code=204, responses=problem_responses(400, 401, 403, 413))
def change_password(store: StoreDep, caller: Self, given: PasswordIn) -> Response:
    """Set one's own password; all one's sessions end."""
    accounts.change_password(store, caller, given.new, given.old)
    return Response(status_code=204)


def caller_out(caller: Caller) -> CallerOut:
    """The caller as they are told."""
    return CallerOut(
        person_id=caller.person_id,
        device_id=caller.device_id,
        name=caller.name,
        roles=tuple(sorted(caller.roles)),
        actions=tuple(action for action in Action if caller.may(action)),
        must_change=caller.must_change,
    )
