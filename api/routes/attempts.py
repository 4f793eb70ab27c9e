"""Attempts: the list, one attempt, its mark sheet and its verdicts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.deps import StoreDep
from api.problems import problem_responses
from api.schemas import AttemptOut, AttemptPageOut, MarkSheetOut, PageQuery, VerdictOut, to_cursor

router = APIRouter(prefix="/attempts", tags=["attempts"])


@router.get("", responses=problem_responses())
def list_attempts(store: StoreDep, page: Annotated[PageQuery, Query()]) -> AttemptPageOut:
    """Attempts, newest first, page by page."""
    found = store.attempts(page.limit, page.before)
    return AttemptPageOut(
        items=tuple(AttemptOut.model_validate(item) for item in found.items), next=to_cursor(found.next)
    )


@router.get("/{attempt_id}", responses=problem_responses(404))
def read_attempt(store: StoreDep, attempt_id: UUID) -> AttemptOut:
    """One attempt: what was scored with what, and its points."""
    return AttemptOut.model_validate(store.attempt(attempt_id))


@router.get("/{attempt_id}/marksheet", responses=problem_responses(404))
def read_mark_sheet(store: StoreDep, attempt_id: UUID) -> MarkSheetOut:
    """The mark sheet, line by line, each line with its reason and its evidence."""
    return MarkSheetOut.model_validate(
        store.mark_sheet(attempt_id), context={"evidence_ids": store.evidence_ids(attempt_id)}
    )


@router.get("/{attempt_id}/verdicts", responses=problem_responses(404))
def list_verdicts(store: StoreDep, attempt_id: UUID) -> list[VerdictOut]:
    """What the machine thinks of each step and each standing rule."""
    sheet, ids = store.mark_sheet(attempt_id), store.evidence_ids(attempt_id)
    return [VerdictOut.model_validate(verdict, context={"evidence_ids": ids}) for verdict in sheet.verdicts]
