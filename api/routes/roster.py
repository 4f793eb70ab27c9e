"""Class lists: the template, what an import would do, the import."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from starlette.responses import Response

from api.deps import StoreDep, may
from api.once import ONCE, TWICE_IS_ONCE
from api.problems import problem_responses
from api.schemas_people import ImportedOut, RosterOut, TermQuery
from assessor.people import roster, roster_file
from assessor.people.caller import Caller
from assessor.people.roles import Action

router = APIRouter(prefix="/roster", tags=["roster"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Importer = Annotated[Caller, may(Action.IMPORT_ROSTER)]
Table = Annotated[
    bytes, Body(media_type="application/octet-stream", description="An Excel (.xlsx) or CSV table.")
]
TAKES = problem_responses(400, 401, 403, 413)
GIVES: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {}}, "description": "An Excel table"},
    **problem_responses(401, 403),
}


@router.get("/template", response_class=Response, responses=GIVES)
def read_template(_caller: Importer) -> Response:
    """An empty table with the columns; numbers stay text."""
    headers = {"Content-Disposition": 'attachment; filename="roster.xlsx"'}
    return Response(roster_file.template(), media_type=XLSX, headers=headers)


@router.post("/preview", dependencies=[TWICE_IS_ONCE], responses=TAKES)
def preview(
    store: StoreDep, caller: Importer, asked: Annotated[TermQuery, Query()], table: Table
) -> RosterOut:
    """What an import would do, fault by fault; nothing is changed."""
    return RosterOut.model_validate(roster.preview(store, caller, table, asked.term))


@router.post("", dependencies=[ONCE], responses=problem_responses(400, 401, 403, 409, 413))
def take_in(
    store: StoreDep, caller: Importer, asked: Annotated[TermQuery, Query()], table: Table
) -> ImportedOut:
    """Take a table in, all of it or nothing; twice changes nothing."""
    return ImportedOut.model_validate(roster.take_in(store, caller, table, asked.term))
