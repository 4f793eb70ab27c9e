"""What routes ask for: the store of this app, and the caller whose right to the route's action is checked.

A route of /v1 declares what it does by asking for its caller, `caller: Annotated[Caller, may(Action.X)]`, or
for what the caller may see, `results: Annotated[Results, sees(Action.X)]`.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from api.problems import ProblemError
from api.views import note_refusal
from assessor.errors import NotAllowedError
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import seen_by
from assessor.store import Results, Store
from assessor.types import Text

NOT_SIGNED_IN = Text("请先登录。", "Sign in first.")


def store_of(request: Request) -> Store:
    """The store the app was made with; `api/once.py` gives a request with a key one that marks it."""
    marking: Store | None = getattr(request.state, "store", None)
    return marking or cast(Store, request.app.state.store)


StoreDep = Annotated[Store, Depends(store_of)]


def caller_of(request: HTTPConnection) -> Caller | None:
    """Who asks, as `api/identity.py` found out; None: nobody who is signed in."""
    return cast(Caller | None, getattr(request.state, "caller", None))


def signed_in(request: Request) -> Caller:
    """Who asks. 401 for nobody."""
    caller = caller_of(request)
    if caller is None:
        raise ProblemError(401, NOT_SIGNED_IN)
    return caller


class Required:
    """Gives the caller if they may do the action: 401 for nobody, 403 for others."""

    def __init__(self, action: Action) -> None:
        self.action = action

    def __call__(self, request: Request) -> Caller:
        """As a dependency."""
        caller = signed_in(request)
        try:
            caller.must(self.action)
        except NotAllowedError:
            note_refusal(request, caller, self.action)
            raise
        return caller


class RequiredResults:
    """Gives the part of the results in which the caller may do the action."""

    def __init__(self, action: Action) -> None:
        self.action = action
        self._required = Required(action)

    def __call__(self, request: Request) -> Results:
        """As a dependency."""
        caller = self._required(request)
        return store_of(request).seen_as(seen_by(caller, self.action))


def may(action: Action) -> Any:
    """For the annotation of a route's caller."""
    return Depends(Required(action))


def sees(action: Action) -> Any:
    """For the annotation of a route's results: those the caller may see."""
    return Depends(RequiredResults(action))


def anybody() -> None:
    """Declares that a route is for everybody, signed in or not."""


def declared_action(route: APIRoute) -> Action | None:
    """What the route does; None: anybody may call it. Raises TypeError where it does not say."""
    calls = list(calls_of(route.dependant))
    found = next((call.action for call in calls if isinstance(call, Required | RequiredResults)), None)
    if found is None and anybody not in calls:
        raise TypeError(f"expected {route.path} to ask for its caller by may(Action...), but it does not")
    return found


def check_declarations(routes: Sequence[APIRoute]) -> None:
    """Raise TypeError if a route of the interface does not say who may call it."""
    for route in routes:
        declared_action(route)


def calls_of(dependant: Dependant) -> Iterator[object]:
    """Whatever a route asks for, also by way of something else."""
    for one in dependant.dependencies:
        yield one.call
        yield from calls_of(one)
