"""Puts the pages of personal data on the app: consent, one student, retention, holds, the year's report."""

from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.console.consents_page import show_consents
from api.console.frame import is_student
from api.console.gate import SLOW_S, shown, uuid_of
from api.console.holds_page import show_holds
from api.console.person_data_page import show_person_data
from api.console.requests_page import show_requests
from api.console.retention_page import show_retention
from api.console.year_report_page import show_year_report
from api.deps import caller_of
from assessor.people.roles import Action
from assessor.store import Store


def register_privacy(store: Store) -> None:
    """Register them."""
    _register_consent(store)

    @ui.page("/privacy/retention", response_timeout=SLOW_S)
    async def retention(request: Request) -> Response | None:
        return await shown(request, Action.RETAIN, lambda caller: show_retention(store, request, caller))

    @ui.page("/privacy/requests", response_timeout=SLOW_S)
    async def requests(request: Request) -> Response | None:
        return await shown(request, Action.ASK_DATA, lambda caller: show_requests(store, request, caller))

    @ui.page("/privacy/holds", response_timeout=SLOW_S)
    async def holds(request: Request) -> Response | None:
        return await shown(request, Action.HOLD, lambda caller: show_holds(store, request, caller))

    @ui.page("/audit/report", response_timeout=SLOW_S)
    async def report(request: Request) -> Response | None:
        return await shown(request, Action.READ_AUDIT, lambda _: show_year_report(store, request))


def _register_consent(store: Store) -> None:
    @ui.page("/privacy", response_timeout=SLOW_S)
    async def consents(request: Request) -> Response | None:
        caller = caller_of(request)
        if caller is not None and is_student(caller):
            return RedirectResponse(f"/privacy/people/{caller.person_id}", 303)
        holding = request.query_params.get("q", "").strip()[:100]
        return await shown(
            request, Action.READ_CONSENT, lambda caller: show_consents(store, request, caller, holding)
        )

    @ui.page("/privacy/people/{person_id}", response_timeout=SLOW_S)
    async def person(request: Request, person_id: str) -> Response | None:
        return await shown(
            request,
            Action.READ_CONSENT,
            lambda caller: show_person_data(store, request, caller, uuid_of(person_id)),
        )
