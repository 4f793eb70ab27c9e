"""What is around every page: head with navigation, language and theme; the console's style and script."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from nicegui import context, ui
from starlette.requests import Request

import assessor
from api.console.elements import Words, box, icon, user_text
from api.console.preferences import Preferences, preferences_of
from api.console.texts import Language, say
from api.deps import caller_of
from assessor.people.caller import Caller
from assessor.people.roles import Action, Role

STATIC = "/static"
PLACES = (
    ("wall", "/wall", Action.WATCH_LIVE),
    ("review", "/review", Action.REVIEW),
    ("board", "/board", Action.RELEASE),
    ("appeals", "/appeals", Action.READ_APPEALS),
    ("rules", "/rules", Action.EDIT_RULES),
    ("people", "/people", Action.READ_PEOPLE),
    ("benches", "/benches", Action.EDIT_DEVICES),
    ("agreement", "/agreement", Action.READ_AGREEMENT),
    ("privacy", "/privacy", Action.READ_CONSENT),
    ("privacy", "/privacy/retention", Action.RETAIN),
    ("audit", "/audit", Action.READ_AUDIT),
)


@contextmanager
def page_frame(request: Request, title: str, active: str = "") -> Iterator[Preferences]:
    """A page with its head; the caller fills the main part. `active`: its key in the navigation."""
    wanted = preferences_of(request)
    _set_page(wanted, title)
    with box("div", "shell"):
        _head(request, wanted.language, active)
        with box("div", "main", id="main", tabindex=-1):  # within the <main> of the page's own layout
            yield wanted


def _set_page(wanted: Preferences, title: str) -> None:
    client = context.client
    page = copy(client.page)  # the page object belongs to all visitors
    page.language = "zh-CN" if wanted.language == "zh" else "en-US"
    page.dark = wanted.dark
    client.page = page
    ui.page_title(f"{title} · {say('product', wanted.language)}")
    version = assessor.__version__
    ui.add_head_html(f'<link rel="stylesheet" href="{STATIC}/console.css?v={version}">')
    add_script("console.js")


def add_script(name: str) -> None:
    """Let the page load one of the console's scripts."""
    ui.add_head_html(f'<script defer src="{STATIC}/{name}?v={assessor.__version__}"></script>')


def _head(request: Request, language: Language, active: str) -> None:
    caller = caller_of(request)
    with box("header", "head"):
        Words("a", say("nav.skip", language), "skip", href="#main")
        with box("a", "brand", href="/"):
            icon("fact_check")
            Words("span", say("product", language))
        with box("nav", "nav", aria_label=say("nav.main", language)):
            for key, address in places_of(caller):
                current = {"aria_current": "page"} if key == active else {}
                Words("a", say(f"nav.{key}", language), "", href=address, **current)
        box("span", "spring")
        if caller is not None:
            _account(caller, language)
        other = "zh" if language == "en" else "en"
        Words(
            "button", say("nav.language", language), "plain", data_language=other, lang=other, type="button"
        )
        label = say("nav.theme", language)
        with box("button", "plain round", data_theme="", type="button", title=label, aria_label=label):
            icon("contrast")


def places_of(caller: Caller | None) -> tuple[tuple[str, str], ...]:
    """Where the caller may go, by key and address, in the order of the navigation."""
    if caller is None or caller.must_change:
        return (("about", "/about"),)
    own = {"attempts": "marks", "privacy": "own_data"} if is_student(caller) else {}
    found: dict[str, str] = {}
    for key, address, action in (("attempts", "/", Action.READ_ATTEMPTS), *PLACES):
        if caller.may(action):
            found.setdefault(own.get(key, key), address)
    return (*found.items(), ("about", "/about"))


def is_student(caller: Caller) -> bool:
    """Whether the caller is a student and nothing else."""
    return caller.roles == {Role.STUDENT}


def _account(caller: Caller, language: Language) -> None:
    with box("a", "plain who", href="/account", title=say("nav.account", language), data_who=""):
        icon("person")
        user_text(caller.name, 20)
    label = say("door.sign_out", language)
    with box("button", "plain round", data_leave="", type="button", title=label, aria_label=label):
        icon("logout")
