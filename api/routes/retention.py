"""How long things are kept, and holds, which are stronger."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import StoreDep, may
from api.once import ONCE
from api.pages import PageOut, PageQuery, page_out
from api.problems import problem_responses
from api.schemas_ledger import HoldIn, HoldOut, PolicyIn, PolicyOut
from assessor.ledger import holds, retention
from assessor.ledger.audit import Actor
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen

router = APIRouter(tags=["retention"])
Keeper = Annotated[Caller, may(Action.RETAIN)]
Holder = Annotated[Caller, may(Action.HOLD)]


@router.get("/retention", responses=problem_responses(401, 403))
def read_policy(store: StoreDep, caller: Keeper) -> PolicyOut:
    """Days by kind."""
    return PolicyOut.model_validate(store.read(retention.policy))


@router.put("/retention", responses=problem_responses(400, 401, 403, 413))
def change_policy(store: StoreDep, caller: Keeper, wanted: PolicyIn) -> PolicyOut:
    """Set them; the audit chain says who did."""
    policy = retention.Policy(**wanted.model_dump())
    retention.change_policy(store, Actor(caller.kind, caller.id), policy)
    return PolicyOut.model_validate(policy)


@router.get("/holds", responses=problem_responses(401, 403))
def list_holds(store: StoreDep, caller: Holder, page: Annotated[PageQuery, Query()]) -> PageOut[HoldOut]:
    """Holds that last, newest first, page by page."""
    return page_out(holds.holds_page(store, attempts_seen(caller, Action.HOLD), page.part))


@router.post(
    "/attempts/{attempt_id}/holds",
    status_code=201,
    dependencies=[ONCE],
    responses=problem_responses(400, 401, 403, 404, 409, 413),
)
def put_hold(store: StoreDep, caller: Holder, attempt_id: UUID, given: HoldIn) -> HoldOut:
    """Nothing of the attempt is removed while it lasts."""
    seen = attempts_seen(caller, Action.HOLD)
    hold = holds.put_hold(store, Actor(caller.kind, caller.id), attempt_id, given.reason, seen)
    return next(HoldOut(**one) for one in holds.list_holds(store, seen) if one["id"] == hold)


@router.delete("/holds/{hold_id}", status_code=204, responses=problem_responses(401, 403, 404))
def lift_hold(store: StoreDep, caller: Holder, hold_id: UUID) -> Response:
    """The attempt's files follow their days again."""
    holds.lift_hold(store, Actor(caller.kind, caller.id), hold_id, attempts_seen(caller, Action.HOLD))
    return Response(status_code=204)
