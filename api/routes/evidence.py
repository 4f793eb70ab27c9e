"""Evidence: the clip and the still of a verdict, by id."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.deps import StoreDep
from api.files import file_response
from api.problems import problem_responses

router = APIRouter(prefix="/evidence/{evidence_id}", tags=["evidence"])

RangeHeader = Annotated[
    str | None,
    Header(alias="Range", description="One byte range.", examples=["bytes=0-65535"]),
]


def _file_of(media_type: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The whole file", "content": content},
        206: {"description": "One byte range of it", "content": content},
        **problem_responses(404, 416),
    }


@router.get("/clip", response_class=Response, responses=_file_of("video/mp4"))
def read_clip(store: StoreDep, evidence_id: UUID, range_header: RangeHeader = None) -> Response:
    """The clip (H.264), 3 s before the evidence to 2 s after it."""
    return file_response(store.data, store.evidence(evidence_id).clip, range_header)


@router.get("/still", response_class=Response, responses=_file_of("image/jpeg"))
def read_still(store: StoreDep, evidence_id: UUID, range_header: RangeHeader = None) -> Response:
    """The still."""
    return file_response(store.data, store.evidence(evidence_id).still, range_header)
