"""The pages of the doors: sign in, first set-up, one-time link, own account."""

from asyncio import to_thread
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import available_timezones

from starlette.requests import Request

from api.console.elements import Words, box, icon
from api.console.fields import field
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from api.deps import caller_of
from api.identity import own_path
from api.oidc_routes import START
from assessor.people import links
from assessor.store import Store

USUAL_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the page is asked for. `next`: where to go then; `changed`: a new password was just set;
    `with_provider`: the school has an identity provider of its own."""

    next: str | None
    changed: bool
    with_provider: bool


def show_sign_in(request: Request, asked: SignIn) -> None:
    """Name and password, or by way of the school's identity provider."""
    language = preferences_of(request).language
    with page_frame(request, say("door.sign_in", language)), _door("door.sign_in", language, "/sign-in"):
        if asked.changed:
            Words("p", say("door.changed", language), "done-note")
        box("input", type="hidden", name="next", value=own_path(asked.next))
        field(
            say("door.login", language), name="login", autocomplete="username", required=True, autofocus=True
        )
        field(
            say("door.password", language),
            "password",
            name="password",
            autocomplete="current-password",
            required=True,
        )
        _send(say("door.sign_in", language))
        if asked.with_provider:
            Words("a", say("door.provider", language), "button", href=START, data_provider="")
        Words("p", say("door.ask", language), "quiet")


def show_enter(request: Request, token: str) -> None:
    """Spend a one-time link by pressing: opening it, as mail programs do, spends nothing."""
    language = preferences_of(request).language
    with page_frame(request, say("door.enter", language)), _door("door.enter", language, f"/enter/{token}"):
        Words("p", say("door.enter_hint", language))
        _send(say("door.sign_in", language))


async def show_set_up(store: Store, request: Request, token: str) -> None:
    """The school and its first administrator."""
    language = preferences_of(request).language
    holds = await to_thread(links.sets_up, store, token)
    with page_frame(request, say("door.set_up", language)):
        if not holds:
            with box("div", "card empty"):
                icon("link_off")
                Words("h1", say("door.spent", language))
                Words("a", say("door.sign_in", language), "", href="/sign-in")
            return
        with _door("door.set_up", language, f"/set-up/{token}"):
            Words("p", say("door.set_up_hint", language))
            field(say("door.school", language), name="school", required=True, autofocus=True)
            field(say("door.name", language), name="name", autocomplete="name", required=True)
            field(say("door.login", language), name="login", autocomplete="username", required=True)
            _new_password("door.password", "password", language)
            _time_zone(language)
            _send(say("door.begin", language))


def show_account(request: Request) -> None:
    """Who is signed in, with which roles; a new password."""
    language = preferences_of(request).language
    caller = caller_of(request)
    if caller is None:
        return
    title = say("nav.account", language)
    with page_frame(request, title, "account"), _door("door.change", language, "/account"):
        Words("p", caller.name, "lead")
        if caller.must_change:
            Words("p", say("door.must_change", language), "done-note")
        else:
            roles = [say(f"role.{role}", language) for role in sorted(caller.roles)]
            Words("p", "、".join(roles) or say("door.no_roles", language), "quiet")
            field(
                say("door.old_password", language),
                "password",
                name="old",
                autocomplete="current-password",
                required=True,
            )
        _new_password("door.new_password", "new", language)
        _send(say("door.change", language))


@contextmanager
def _door(title: str, language: Language, address: str) -> Iterator[None]:
    with box("form", "card door", action=address, method="post", data_door=""):
        Words("h1", say(title, language))
        yield
        box("p", "door-problem", role="alert")


def _new_password(label: str, name: str, language: Language) -> None:
    field(
        say(label, language),
        "password",
        name=name,
        autocomplete="new-password",
        required=True,
        minlength=12,
        maxlength=200,
    )
    Words("p", say("door.password_rule", language), "quiet")


def _time_zone(language: Language) -> None:
    with box("label", "field"):
        Words("span", say("door.time_zone", language))
        with box("select", name="time_zone"):
            for zone in sorted(available_timezones()):
                selected = {"selected": True} if zone == USUAL_ZONE else {}
                Words("option", zone, "", value=zone, **selected)


def _send(text: str) -> None:
    with box("button", "button main-button", type="submit"):
        Words("span", text)
