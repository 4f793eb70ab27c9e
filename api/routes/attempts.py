"""Attempts: the list, one attempt, its mark sheet and its verdicts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import StoreDep, may, sees
from api.once import ONCE
from api.pages import PageOut, PageQuery, listed
from api.problems import problem_responses
from api.schemas import AttemptOut, MarkSheetOut, PrintQuery, VerdictOut
from api.schemas_people import OwnerIn
from api.views import note_print
from assessor.people import assign
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.printed_sheet import html_of, page_of
from assessor.shown import PageLanguage
from assessor.store import Results

router = APIRouter(prefix="/attempts", tags=["attempts"])
PRINT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'"
Seen = Annotated[Results, sees(Action.READ_ATTEMPTS)]
Wanted = Annotated[str, Header(alias="Accept-Language", description="Used where `lang` is not given.")]


@router.get("", responses=problem_responses(401, 403))
def list_attempts(seen: Seen, page: Annotated[PageQuery, Query()]) -> PageOut[AttemptOut]:
    """Attempts, newest first, page by page."""
    found = seen.attempts(page.limit, page.number)
    return listed(found.items, found.next)


@router.get("/{attempt_id}", responses=problem_responses(401, 403, 404))
def read_attempt(seen: Seen, attempt_id: UUID) -> AttemptOut:
    """One attempt: what was scored with what, and its points."""
    return AttemptOut.model_validate(seen.attempt(attempt_id))


@router.get("/{attempt_id}/marksheet", responses=problem_responses(401, 403, 404))
def read_mark_sheet(seen: Seen, attempt_id: UUID) -> MarkSheetOut:
    """The mark sheet, line by line, each line with its reason and its evidence."""
    return MarkSheetOut.model_validate(
        seen.mark_sheet(attempt_id), context={"evidence_ids": seen.evidence_ids(attempt_id)}
    )


@router.get(
    "/{attempt_id}/sheet.html",
    response_class=HTMLResponse,
    responses={
        200: {"description": "One A4 page, whole in itself", "content": {"text/html": {}}},
        **problem_responses(401, 403, 404),
    },
)
def print_mark_sheet(
    request: Request,
    seen: Seen,
    attempt_id: UUID,
    asked: Annotated[PrintQuery, Query()],
    wanted: Wanted = "",
) -> HTMLResponse:
    """The mark sheet as a page to print and sign, with small stills of the evidence."""
    usual = PageLanguage.en if wanted.lower().startswith("en") else PageLanguage.zh
    page = html_of(page_of(seen, attempt_id), asked.lang or usual)
    note_print(request, attempt_id)
    return HTMLResponse(page, headers={"Content-Security-Policy": PRINT_POLICY, "Cache-Control": "no-store"})


@router.get("/{attempt_id}/verdicts", responses=problem_responses(401, 403, 404))
def list_verdicts(seen: Seen, attempt_id: UUID) -> list[VerdictOut]:
    """What the machine thinks of each step and each standing rule."""
    sheet, ids = seen.mark_sheet(attempt_id), seen.evidence_ids(attempt_id)
    return [VerdictOut.model_validate(verdict, context={"evidence_ids": ids}) for verdict in sheet.verdicts]


@router.post(
    "/{attempt_id}/assignment",
    status_code=204,
    dependencies=[ONCE],
    responses=problem_responses(400, 401, 403, 404, 409, 413),
)
def assign_attempt(
    store: StoreDep, caller: Annotated[Caller, may(Action.ASSIGN)], attempt_id: UUID, given: OwnerIn
) -> Response:
    """Say whose attempt it is; the newest word counts."""
    owner = assign.Owner(given.person_id, given.class_id, given.bench)
    assign.assign(store, caller, attempt_id, owner, given.reason)
    return Response(status_code=204)
