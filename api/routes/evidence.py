"""Evidence: the clip and the still of a verdict, by id; who looked at it is in the audit chain."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from api.deps import StoreDep, may
from api.files import file_response
from api.problems import problem_responses
from api.views import note_view
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import seen_by
from assessor.store import EvidenceFiles, Store, UnknownIdError

router = APIRouter(prefix="/evidence/{evidence_id}", tags=["evidence"])

Viewer = Annotated[Caller, may(Action.READ_EVIDENCE)]
RangeHeader = Annotated[
    str | None,
    Header(alias="Range", description="One byte range.", examples=["bytes=0-65535"]),
]


def _file_of(media_type: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The whole file", "content": content},
        206: {"description": "One byte range of it", "content": content},
        **problem_responses(401, 403, 404, 416),
    }


@router.get("/clip", response_class=Response, responses=_file_of("video/mp4"))
def read_clip(
    request: Request, store: StoreDep, caller: Viewer, evidence_id: UUID, range_header: RangeHeader = None
) -> Response:
    """The clip (H.264), 3 s before the evidence to 2 s after it."""
    return file_response(store.data, _viewed(request, store, caller, evidence_id, "clip").clip, range_header)


@router.get("/still", response_class=Response, responses=_file_of("image/jpeg"))
def read_still(
    request: Request, store: StoreDep, caller: Viewer, evidence_id: UUID, range_header: RangeHeader = None
) -> Response:
    """The still."""
    return file_response(
        store.data, _viewed(request, store, caller, evidence_id, "still").still, range_header
    )


def _viewed(
    request: Request, store: Store, caller: Caller, evidence_id: UUID, what: Literal["clip", "still"]
) -> EvidenceFiles:
    try:
        files = store.seen_as(seen_by(caller, Action.READ_EVIDENCE)).evidence(evidence_id)
    except UnknownIdError:
        store.evidence(evidence_id)  # an id of nothing is not worth a note
        note_view(request, caller, f"{what}.refused", evidence_id)
        raise
    note_view(request, caller, f"{what}.view", evidence_id)
    return files
