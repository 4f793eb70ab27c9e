"""The mark sheet as a PDF: the page to print with its letters inside."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.problems import problem_responses
from api.routes.attempts import Seen, Wanted
from api.schemas import PrintQuery
from api.views import note_print
from assessor.printed_sheet import page_of
from assessor.sheet_pdf import pdf_of
from assessor.shown import PageLanguage

router = APIRouter(prefix="/attempts", tags=["attempts"])
PDF = "application/pdf"


class PdfResponse(Response):
    """What the OpenAPI description says it is."""

    media_type = PDF


@router.get(
    "/{attempt_id}/sheet.pdf",
    response_class=PdfResponse,
    responses={
        200: {"description": "A4, text and letters inside", "content": {PDF: {}}},
        **problem_responses(401, 403, 404),
    },
)
def mark_sheet_as_pdf(
    request: Request,
    seen: Seen,
    attempt_id: UUID,
    asked: Annotated[PrintQuery, Query()],
    wanted: Wanted = "",
) -> PdfResponse:
    """The mark sheet to print, to sign and to keep, with small stills of the evidence."""
    usual = PageLanguage.en if wanted.lower().startswith("en") else PageLanguage.zh
    content = pdf_of(page_of(seen, attempt_id), asked.lang or usual)
    note_print(request, attempt_id)
    name = f'inline; filename="mark-sheet-{attempt_id}.pdf"'
    return PdfResponse(content, headers={"Content-Disposition": name, "Cache-Control": "no-store"})
