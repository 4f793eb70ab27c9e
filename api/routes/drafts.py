"""Drafts: what a reviewer has typed for an item and not sent."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import StoreDep, may
from api.problems import problem_responses
from api.schemas_review import DraftIn, ItemPath
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.drafts import ReviewDraft, drafts_of, drop_draft, keep_draft

router = APIRouter(tags=["reviews"])
Reviewer = Annotated[Caller, may(Action.REVIEW)]
CHANGES = problem_responses(400, 401, 403, 404, 413)


@router.get("/attempts/{attempt_id}/drafts", responses=problem_responses(401, 403, 404))
def list_drafts(store: StoreDep, caller: Reviewer, attempt_id: UUID) -> tuple[ReviewDraft, ...]:
    """The caller's own drafts of an attempt."""
    return drafts_of(store, caller, attempt_id)


@router.put("/attempts/{attempt_id}/items/{item}/draft", status_code=204, responses=CHANGES)
def save_draft(
    store: StoreDep, caller: Reviewer, attempt_id: UUID, item: ItemPath, given: DraftIn
) -> Response:
    """Keep what was typed; it is forgotten once the caller decides about the item."""
    keep_draft(store, caller, attempt_id, item, given.body)
    return Response(status_code=204)


@router.delete("/attempts/{attempt_id}/items/{item}/draft", status_code=204, responses=CHANGES)
def delete_draft(store: StoreDep, caller: Reviewer, attempt_id: UUID, item: ItemPath) -> Response:
    """Forget what was typed; there need not be anything."""
    drop_draft(store, caller, attempt_id, item)
    return Response(status_code=204)
