"""What is around every page: head with navigation, language and theme; the console's style and script."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from nicegui import context, ui
from starlette.requests import Request

import assessor
from api.console.elements import Words, box, icon
from api.console.preferences import Preferences, preferences_of
from api.console.texts import Language, say

STATIC = "/static"


@contextmanager
def page_frame(request: Request, title: str, active: str = "") -> Iterator[Preferences]:
    """A page with its head; the caller fills the main part. `active`: its key in the navigation."""
    wanted = preferences_of(request)
    _set_page(wanted, title)
    with box("div", "shell"):
        _head(wanted.language, active)
        with box("main", "main", id="main"):
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


def _head(language: Language, active: str) -> None:
    with box("header", "head"):
        with box("a", "brand", href="/"):
            icon("fact_check")
            Words("span", say("product", language))
        with box("nav", "nav", aria_label=say("nav.main", language)):
            for key, address in (("attempts", "/"), ("about", "/about")):
                current = {"aria_current": "page"} if key == active else {}
                Words("a", say(f"nav.{key}", language), "", href=address, **current)
        box("span", "spring")
        other = "zh" if language == "en" else "en"
        Words(
            "button", say("nav.language", language), "plain", data_language=other, lang=other, type="button"
        )
        label = say("nav.theme", language)
        with box("button", "plain round", data_theme="", type="button", title=label, aria_label=label):
            icon("contrast")
