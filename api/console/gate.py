"""Lets whoever may have a page have it, and tells everybody else in words what is in the way."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from nicegui import context
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.console.elements import Words, box, icon
from api.console.frame import page_frame
from api.console.lasting import lasting
from api.console.preferences import preferences_of
from api.console.texts import say
from api.deps import caller_of
from assessor.errors import NotAllowedError, StoreError
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.store import UnknownIdError

ACCOUNT = "/account"
SLOW_S = 30.0  # a page of a busy server is late, not broken
Page = Callable[[Caller], Awaitable[None]]


async def shown(request: Request, action: Action, page: Page) -> Response | None:
    """The page, for whoever may; else what is in the way."""
    caller = caller_of(request)
    if caller is None:
        return RedirectResponse("/sign-in", 303)
    if caller.must_change:
        return RedirectResponse(ACCOUNT, 303)
    caller = lasting(caller, request.state.again)
    try:
        caller.must(action)
        await page(caller)
    except NotAllowedError:
        show_message(request, 403, "missing.right", "missing.right_hint")
    except UnknownIdError as error:
        show_message(request, 404, "missing.title", f"missing.{_thing(error)}")
    except StoreError:
        show_message(request, 503, "fault.title", "fault.hint")
    return None


def _thing(error: UnknownIdError) -> str:
    return error.what if error.what in ("attempt", "person") else "other"


def uuid_of(text: str) -> UUID:
    """The id an address names; one that nothing has for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def show_message(request: Request, status: int, title: str, hint: str) -> None:
    """A page that says what is wrong."""
    context.client.status_code = status
    language = preferences_of(request).language
    with page_frame(request, say(title, language)), box("div", "card empty", data_status=status):
        icon({403: "block", 404: "search_off"}.get(status, "error"))
        Words("h1", say(title, language))
        Words("p", say(hint, language), "quiet")
        Words("a", say("missing.home", language), "button", href="/")
