"""The marks of a class as an Excel workbook."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import StoreDep, may
from api.problems import problem_responses
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.class_marks import marks_xlsx

router = APIRouter(tags=["release"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GIVES_XLSX: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {}}, "description": "An Excel workbook"},
    **problem_responses(401, 403, 404),
}


@router.get("/classes/{class_id}/marks.xlsx", response_class=Response, responses=GIVES_XLSX)
def read_marks(store: StoreDep, caller: Annotated[Caller, may(Action.RELEASE)], class_id: UUID) -> Response:
    """A sheet for each procedure, a row for each attempt, an item for each column; points that a person
    confirmed, of all else the state."""
    return xlsx_answer(marks_xlsx(store, caller, class_id, caller.language), "marks.xlsx")


def xlsx_answer(content: bytes, name: str) -> Response:
    """To be saved, not kept by the browser."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)
