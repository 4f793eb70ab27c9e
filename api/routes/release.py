"""Release: the sheet as decided, confirming it, releasing it, and the released one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import StoreDep, may
from api.once import ONCE
from api.problems import problem_responses
from api.schemas_release import OutcomeOut, ReleasesIn
from api.versions import ExpectedVersion, set_etag
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import seen_by
from assessor.review.release import Finish, KeptSheet, Releases, confirm, draft, release, release_all
from assessor.review.released import ReleasedSheet, released_sheet

router = APIRouter(tags=["release"])
Releaser = Annotated[Caller, may(Action.RELEASE)]
READS_ONE = problem_responses(401, 403, 404)
CHANGES = problem_responses(401, 403, 404, 409, 412, 428)


@router.get("/attempts/{attempt_id}/outcome", responses=READS_ONE)
def read_outcome(store: StoreDep, caller: Releaser, attempt_id: UUID, response: Response) -> OutcomeOut:
    """The sheet as the decisions make it now, and what is left to decide. ETag: its version."""
    found = draft(store, caller, attempt_id)
    set_etag(response, found.version)
    ids = store.seen_as(seen_by(caller, Action.RELEASE)).evidence_ids(attempt_id)
    return OutcomeOut.model_validate(found, context={"evidence_ids": ids})


@router.post("/attempts/{attempt_id}/confirm", status_code=201, dependencies=[ONCE], responses=CHANGES)
def confirm_sheet(store: StoreDep, caller: Releaser, attempt_id: UUID, version: ExpectedVersion) -> KeptSheet:
    """Confirm it, once everything that had to be looked at is decided."""
    return confirm(store, caller, Finish(attempt_id, version))


@router.post("/attempts/{attempt_id}/release", status_code=201, dependencies=[ONCE], responses=CHANGES)
def release_sheet(store: StoreDep, caller: Releaser, attempt_id: UUID, version: ExpectedVersion) -> KeptSheet:
    """Let the student see the confirmed sheet."""
    return release(store, caller, Finish(attempt_id, version))


@router.post("/releases", dependencies=[ONCE], responses=problem_responses(400, 401, 403, 409, 413))
def release_sheets(store: StoreDep, caller: Releaser, given: ReleasesIn) -> Releases:
    """Release many confirmed sheets; says of each that was not why."""
    return release_all(store, caller, [Finish(one.attempt_id, one.version) for one in given.attempts])


@router.get("/attempts/{attempt_id}/released", responses=READS_ONE)
def read_released(
    store: StoreDep, caller: Annotated[Caller, may(Action.READ_ATTEMPTS)], attempt_id: UUID
) -> ReleasedSheet:
    """The newest released sheet: why each line is as it is, and how to win its points back."""
    return released_sheet(store, caller, attempt_id)
