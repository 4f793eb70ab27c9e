"""Puts the pages of the console on the app; any other address says so in the visitor's language."""

from collections.abc import Awaitable
from pathlib import Path
from uuid import UUID

from fastapi import FastAPI
from nicegui import app as console
from nicegui import context, ui
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from api.console.about_page import show_about
from api.console.attempts_page import show_attempts
from api.console.editor_page import show_editor
from api.console.elements import Words, box, icon
from api.console.frame import STATIC, page_frame
from api.console.preferences import RememberPreferences, preferences_of
from api.console.procedure_page import show_procedure
from api.console.rules_page import show_rules
from api.console.sheet_page import show_sheet
from api.console.texts import say
from assessor.errors import StoreError
from assessor.store import Store, UnknownIdError

_FILES = Path(__file__).parent / "static"


def add_console(app: FastAPI, store: Store) -> None:
    """Register the pages and mount them at / of the app."""
    app.mount(STATIC, StaticFiles(directory=_FILES))
    _register(store)
    ui.run_with(
        app,
        title="assessor",
        favicon=(_FILES / "icon.svg").read_text(encoding="utf-8").strip(),
        dark=None,
        language="zh-CN",
        binding_refresh_interval=None,  # nothing is bound: no loop that wakes up ten times a second
        message_history_length=100,
        gzip_middleware_factory=None,  # the whole app is compressed once, outside
        tailwind=False,
        show_welcome_message=False,
    )
    app.add_middleware(RememberPreferences)


def _register(store: Store) -> None:
    @ui.page("/")
    async def attempts(request: Request, cursor: str | None = None) -> None:
        await _or_say_why(request, show_attempts(store, request, cursor))

    @ui.page("/attempts/{attempt_id}")
    async def sheet(request: Request, attempt_id: str, line: str | None = None) -> None:
        await _or_say_why(request, show_sheet(store, request, _uuid(attempt_id), line))

    @ui.page("/procedures/{sha256}")
    async def procedure(request: Request, sha256: str, line: int = 0) -> None:
        await _or_say_why(request, show_procedure(store, request, sha256, line))

    @ui.page("/rules")
    async def rules(request: Request) -> None:
        await _or_say_why(request, show_rules(request))

    @ui.page("/rules/{id}")
    async def editor(request: Request, id: str) -> None:
        await _or_say_why(request, show_editor(request, id, True))

    @console.on_page_exception
    def broken() -> None:
        show_message(context.client.request, 500, "broken.title", "broken.hint")

    @ui.page("/about")
    def about(request: Request) -> None:
        show_about(request)

    @ui.page("/{address:path}")
    def missing(request: Request, address: str) -> None:
        show_message(request, 404, "missing.title", "missing.address")


async def _or_say_why(request: Request, page: Awaitable[None]) -> None:
    try:
        await page
    except UnknownIdError:
        show_message(request, 404, "missing.title", "missing.attempt")
    except StoreError:
        show_message(request, 503, "fault.title", "fault.hint")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # no attempt has it


def show_message(request: Request, status: int, title: str, hint: str) -> None:
    """A page that says what is wrong."""
    context.client.status_code = status
    language = preferences_of(request).language
    with page_frame(request, say(title, language)), box("div", "card empty"):
        icon("search_off" if status == 404 else "error")
        Words("h1", say(title, language))
        Words("p", say(hint, language), "quiet")
        Words("a", say("sheet.back", language), "", href="/")
