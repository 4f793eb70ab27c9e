"""Puts the pages of the console on the app; any other address says so in the visitor's language."""

from pathlib import Path
from uuid import UUID

from fastapi import FastAPI
from nicegui import app as console
from nicegui import context, ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from api.console.about_page import show_about
from api.console.agreement_page import show_agreement
from api.console.appeals_page import show_appeals
from api.console.attempts_page import show_attempts
from api.console.audit_page import show_audit
from api.console.benches_page import show_benches
from api.console.board_page import show_board
from api.console.contest_page import register_contest
from api.console.door_pages import SignIn, show_account, show_enter, show_set_up, show_sign_in
from api.console.doors import add_doors
from api.console.editor_page import show_editor
from api.console.error_pages import add_fault_page
from api.console.frame import STATIC, is_student, places_of
from api.console.gate import ACCOUNT, SLOW_S, show_message, shown, uuid_of
from api.console.live_pages import register_live
from api.console.marks_page import show_marks
from api.console.people_page import show_people
from api.console.preferences import RememberPreferences
from api.console.privacy_pages import register_privacy
from api.console.procedure_page import show_procedure
from api.console.review_page import show_review
from api.console.roster_page import add_template, show_roster
from api.console.rules_page import show_rules
from api.console.sheet_page import show_sheet
from api.deps import caller_of
from assessor.live.room import Room
from assessor.own_rules import Kind
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import seen_by
from assessor.store import Results, Store

_FILES = Path(__file__).parent / "static"
MOST_DIGITS = 19


def add_console(app: FastAPI, store: Store, *, with_provider: bool = False, room: Room | None = None) -> None:
    """Register the pages and mount them at / of the app. `with_provider`: people may also sign in by the
    school's own identity provider; `room`: the classroom that is watched."""
    app.mount(STATIC, StaticFiles(directory=_FILES))
    add_doors(app, store)
    add_template(app)
    _register_doors(store, with_provider)
    _register(store)
    _register_deciding(store)
    _register_rules()
    _register_school(store)
    register_privacy(store)
    register_contest(store)
    register_live(room)
    _register_rest()
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
    add_fault_page(app)


def _register_doors(store: Store, with_provider: bool) -> None:
    @ui.page("/sign-in")
    def sign_in(request: Request, next: str | None = None, changed: bool = False) -> Response | None:
        if caller_of(request) is not None:
            return RedirectResponse("/", 303)
        show_sign_in(request, SignIn(next, changed, with_provider))
        return None

    @ui.page("/enter/{token}")
    def enter(request: Request, token: str) -> None:
        show_enter(request, token)

    @ui.page("/set-up/{token}")
    async def set_up(request: Request, token: str) -> None:
        await show_set_up(store, request, token)

    @ui.page(ACCOUNT)
    def account(request: Request) -> None:
        show_account(request)


def _register(store: Store) -> None:
    def seen(caller: Caller) -> Results:
        return store.seen_as(seen_by(caller))

    @ui.page("/", response_timeout=SLOW_S)
    async def home(request: Request) -> Response | None:
        caller = caller_of(request)
        if caller is not None and not caller.must_change and not caller.may(Action.READ_ATTEMPTS):
            return RedirectResponse(places_of(caller)[0][1], 303)
        return await shown(
            request, Action.READ_ATTEMPTS, lambda caller: show_attempts(store, request, caller)
        )

    @ui.page("/attempts/{attempt_id}", response_timeout=SLOW_S)
    async def sheet(request: Request, attempt_id: str, line: str | None = None) -> Response | None:
        return await shown(
            request,
            Action.READ_ATTEMPTS,
            lambda caller: _sheet_or_marks(store, request, caller, uuid_of(attempt_id), line),
        )

    @ui.page("/procedures/{sha256}", response_timeout=SLOW_S)
    async def procedure(request: Request, sha256: str, line: int = 0) -> Response | None:
        return await shown(
            request, Action.READ_RULES, lambda caller: show_procedure(seen(caller), request, sha256, line)
        )


def _register_deciding(store: Store) -> None:
    @ui.page("/review", response_timeout=SLOW_S)
    async def review(request: Request) -> Response | None:
        return await shown(request, Action.REVIEW, lambda caller: show_review(store, request, caller))

    @ui.page("/appeals", response_timeout=SLOW_S)
    async def appeals(request: Request) -> Response | None:
        return await shown(request, Action.READ_APPEALS, lambda caller: show_appeals(store, request, caller))

    @ui.page("/board", response_timeout=SLOW_S)
    async def board(request: Request) -> Response | None:
        asked = request.query_params.get("class")
        chosen = uuid_of(asked) if asked else None
        return await shown(request, Action.RELEASE, lambda caller: show_board(store, request, caller, chosen))


async def _sheet_or_marks(
    store: Store, request: Request, caller: Caller, attempt_id: UUID, line: str | None
) -> None:
    """A student sees what is released and how to appeal, staff the whole sheet."""
    if is_student(caller):
        await show_marks(store, request, caller, attempt_id)
    else:
        await show_sheet(store, request, caller, attempt_id, line)


def _register_rules() -> None:
    @ui.page("/rules", response_timeout=SLOW_S)
    async def rules(request: Request) -> Response | None:
        return await shown(request, Action.EDIT_RULES, lambda _: show_rules(request))

    def may_save(caller: Caller, kind: Kind) -> bool:
        return caller.may(Action.EDIT_RULES) or (kind is Kind.BENCHES and caller.may(Action.EDIT_DEVICES))

    async def edit(request: Request, kind: Kind, id: str, action: Action) -> Response | None:
        return await shown(
            request, action, lambda caller: show_editor(request, kind, id, lambda: may_save(caller, kind))
        )

    @ui.page("/rules/{id}", response_timeout=SLOW_S)
    async def procedure_editor(request: Request, id: str) -> Response | None:
        return await edit(request, Kind.PROCEDURES, id, Action.EDIT_RULES)

    @ui.page("/rules/sets/{id}", response_timeout=SLOW_S)
    async def rule_set_editor(request: Request, id: str) -> Response | None:
        return await edit(request, Kind.RULE_SETS, id, Action.EDIT_RULES)

    @ui.page("/benches/{id}", response_timeout=SLOW_S)
    async def bench_editor(request: Request, id: str) -> Response | None:
        caller = caller_of(request)  # who sets benches up, and who writes procedures for them
        is_operator = caller is not None and caller.may(Action.EDIT_DEVICES)
        return await edit(
            request, Kind.BENCHES, id, Action.EDIT_DEVICES if is_operator else Action.EDIT_RULES
        )


def _register_school(store: Store) -> None:
    @ui.page("/people", response_timeout=SLOW_S)
    async def people(request: Request) -> Response | None:
        holding = request.query_params.get("q", "").strip()[:100]
        return await shown(
            request, Action.READ_PEOPLE, lambda caller: show_people(store, request, caller, holding)
        )

    @ui.page("/people/roster", response_timeout=SLOW_S)
    async def roster(request: Request) -> Response | None:
        return await shown(request, Action.IMPORT_ROSTER, lambda caller: show_roster(store, request, caller))

    @ui.page("/benches", response_timeout=SLOW_S)
    async def benches(request: Request) -> Response | None:
        return await shown(request, Action.EDIT_DEVICES, lambda caller: show_benches(store, request, caller))

    @ui.page("/agreement", response_timeout=SLOW_S)
    async def agreement(request: Request) -> Response | None:
        return await shown(
            request, Action.READ_AGREEMENT, lambda caller: show_agreement(store, request, caller)
        )

    @ui.page("/audit", response_timeout=SLOW_S)
    async def audit(request: Request) -> Response | None:
        asked = request.query_params.get("before", "")
        before = int(asked) if asked.isdecimal() and len(asked) < MOST_DIGITS else None
        return await shown(
            request, Action.READ_AUDIT, lambda caller: show_audit(store, request, caller, before)
        )


def _register_rest() -> None:
    @console.on_page_exception
    def broken() -> None:
        show_message(context.client.request, 500, "broken.title", "broken.hint")

    @ui.page("/about")
    def about(request: Request) -> None:
        show_about(request)

    @ui.page("/{address:path}")
    def missing(request: Request, address: str) -> None:
        show_message(request, 404, "missing.title", "missing.address")
