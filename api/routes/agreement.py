"""Agreement: machine and people, two people, each marker over time; and how classes are marked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import StoreDep, may
from api.pages import PageOut, PageQuery, page_out
from api.problems import problem_responses
from api.schemas_appeals import AgreementQuery
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.agreement import Agreement, Drift, agreement, drift
from assessor.review.marking import marking, set_marking
from assessor.review.scheme import Scheme
from assessor.store.pages import part_of

router = APIRouter(tags=["agreement"])
Reader = Annotated[Caller, may(Action.READ_AGREEMENT)]
Reviewer = Annotated[Caller, may(Action.REVIEW)]
Arbiter = Annotated[Caller, may(Action.ARBITRATE)]
READS = problem_responses(401, 403)
READS_ONE = problem_responses(401, 403, 404)
CHANGES = problem_responses(400, 401, 403, 404, 413)


@router.get("/agreement", responses=READS)
def read_agreement(
    store: StoreDep, caller: Reader, asked: Annotated[AgreementQuery, Query()]
) -> PageOut[Agreement]:
    """How far marks agree, item by item, in the caller's classes."""
    return page_out(part_of(agreement(store, caller, asked.procedure), asked.part))


@router.get("/drift", responses=READS)
def read_drift(store: StoreDep, caller: Reader, page: Annotated[PageQuery, Query()]) -> PageOut[Drift]:
    """How each marker stands beside the machine, week by week."""
    return page_out(part_of(drift(store, caller), page.part))


@router.get("/marking", responses=READS)
def read_marking(store: StoreDep, caller: Reviewer) -> Scheme:
    """How classes are marked that say nothing else."""
    return marking(store, caller)


@router.put("/marking", status_code=204, responses=CHANGES)
def change_marking(store: StoreDep, caller: Arbiter, given: Scheme) -> Response:
    """Mark them like this from now on."""
    set_marking(store, caller, given)
    return Response(status_code=204)


@router.get("/classes/{class_id}/marking", responses=READS_ONE)
def read_class_marking(store: StoreDep, caller: Reviewer, class_id: UUID) -> Scheme:
    """How a class is marked: by one or two markers, how far they may differ, how long one may appeal."""
    return marking(store, caller, class_id)


@router.put("/classes/{class_id}/marking", status_code=204, responses=CHANGES)
def change_class_marking(store: StoreDep, caller: Arbiter, class_id: UUID, given: Scheme) -> Response:
    """Mark the class like this from now on."""
    set_marking(store, caller, given, class_id)
    return Response(status_code=204)
