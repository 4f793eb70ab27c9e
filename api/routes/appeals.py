"""Appeals: making one, its blind markers, arbitration."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import StoreDep, may
from api.once import ONCE
from api.pages import PageOut, PageQuery, page_out
from api.problems import problem_responses
from api.schemas_appeals import AppealIn, AppealMarkIn, AppealsQuery, AppealStateOut, MarkersIn
from api.schemas_people import NewIdOut
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review import appeal_views as views
from assessor.review import appeals as service
from assessor.review.appeal_views import AppealView, BlindTask, Candidate
from assessor.review.appeals import Mark, Plea
from assessor.store.pages import part_of

router = APIRouter(tags=["appeals"])
Reader = Annotated[Caller, may(Action.READ_APPEALS)]
Student = Annotated[Caller, may(Action.APPEAL)]
Marker = Annotated[Caller, may(Action.MARK_APPEAL)]
Arbiter = Annotated[Caller, may(Action.ARBITRATE)]
READS_ONE = problem_responses(401, 403, 404)
CHANGES = problem_responses(400, 401, 403, 404, 409, 413)


@router.get("/appeals", responses=problem_responses(401, 403))
def list_appeals(
    store: StoreDep, caller: Reader, asked: Annotated[AppealsQuery, Query()]
) -> PageOut[AppealView]:
    """The appeals the caller may see, newest first, page by page; a short page need not be the last."""
    return page_out(views.appeals_page(store, caller, asked.state, asked.part))


@router.post("/appeals", status_code=201, dependencies=[ONCE], responses=CHANGES)
def make_appeal(store: StoreDep, caller: Student, given: AppealIn) -> NewIdOut:
    """Ask for another look at an item of one's released sheet."""
    return NewIdOut(id=service.make_appeal(store, caller, Plea(given.attempt_id, given.item, given.text)))


@router.get("/appeals/{appeal_id}", responses=READS_ONE)
def read_appeal(store: StoreDep, caller: Reader, appeal_id: UUID) -> AppealView:
    """One of them."""
    return views.appeal_view(store, caller, appeal_id)


@router.post("/appeals/{appeal_id}/withdraw", status_code=204, dependencies=[ONCE], responses=CHANGES)
def withdraw(store: StoreDep, caller: Student, appeal_id: UUID) -> Response:
    """Take one's appeal back."""
    service.withdraw(store, caller, appeal_id)
    return Response(status_code=204)


@router.get("/appeals/{appeal_id}/candidates", responses=READS_ONE)
def list_candidates(
    store: StoreDep, caller: Arbiter, appeal_id: UUID, page: Annotated[PageQuery, Query()]
) -> PageOut[Candidate]:
    """Who could mark it: people with the right who have not decided about its item."""
    return page_out(part_of(views.candidates(store, caller, appeal_id), page.part))


@router.put("/appeals/{appeal_id}/markers", status_code=204, responses=CHANGES)
def assign_markers(store: StoreDep, caller: Arbiter, appeal_id: UUID, given: MarkersIn) -> Response:
    """Say who marks it."""
    service.assign_markers(store, caller, appeal_id, given.markers)
    return Response(status_code=204)


@router.post("/appeals/{appeal_id}/arbitration", status_code=201, dependencies=[ONCE], responses=CHANGES)
def arbitrate(store: StoreDep, caller: Arbiter, appeal_id: UUID, given: AppealMarkIn) -> AppealStateOut:
    """The last word, where its markers differ too much."""
    return AppealStateOut(state=service.arbitrate(store, caller, _mark(appeal_id, given)))


@router.get("/appeal-tasks", responses=problem_responses(401, 403))
def list_tasks(store: StoreDep, caller: Marker, page: Annotated[PageQuery, Query()]) -> PageOut[BlindTask]:
    """The appeals that the caller is to mark, page by page; a short page need not be the last."""
    return page_out(views.tasks_page(store, caller, page.part))


@router.get("/appeal-tasks/{appeal_id}", responses=READS_ONE)
def read_task(store: StoreDep, caller: Marker, appeal_id: UUID) -> BlindTask:
    """One of them, also after it was marked."""
    return views.marking_task(store, caller, appeal_id)


@router.post("/appeal-tasks/{appeal_id}/mark", status_code=201, dependencies=[ONCE], responses=CHANGES)
def mark(store: StoreDep, caller: Marker, appeal_id: UUID, given: AppealMarkIn) -> AppealStateOut:
    """Mark it; the second mark ends the appeal if both agree well enough."""
    return AppealStateOut(state=service.mark_appeal(store, caller, _mark(appeal_id, given)))


def _mark(appeal_id: UUID, given: AppealMarkIn) -> Mark:
    return Mark(appeal_id, given.reason, given.awarded, given.value)
