"""Reviews: the queue, one item, deciding about it, undoing, accepting many at once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import StoreDep, may
from api.once import ONCE
from api.problems import problem_responses
from api.schemas_review import BulkIn, DecisionIn, ItemOut, ItemPath, QueueOut, QueueQuery, to_cursor
from api.versions import ExpectedVersion, set_etag
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import seen_by
from assessor.review.decide import Bulk, Decided, Seen, accept_all, decide, undo
from assessor.review.item_view import item_view
from assessor.review.queue import review_queue
from assessor.review.wishes import Wish

router = APIRouter(tags=["reviews"])
Reviewer = Annotated[Caller, may(Action.REVIEW)]
READS_ONE = problem_responses(401, 403, 404)
CHANGES = problem_responses(400, 401, 403, 404, 409, 412, 413, 428)


@router.get("/reviews", responses=problem_responses(401, 403))
def list_items(store: StoreDep, caller: Reviewer, asked: Annotated[QueueQuery, Query()]) -> QueueOut:
    """What is to be reviewed, the gravest first, page by page."""
    page = review_queue(store, caller, asked.filter, asked.limit, asked.after)
    return QueueOut(items=page.items, left=dict(page.left), next=to_cursor(page.next))


@router.post("/reviews/accept", dependencies=[ONCE], responses=problem_responses(400, 401, 403, 409, 413))
def accept(store: StoreDep, caller: Reviewer, given: BulkIn) -> Bulk:
    """Accept what the machine proposed for many items; never for safety and vetoes."""
    return accept_all(store, caller, [Seen(one.attempt_id, one.item, one.version) for one in given.items])


@router.get("/attempts/{attempt_id}/items/{item}", responses=READS_ONE)
def read_item(
    store: StoreDep, caller: Reviewer, attempt_id: UUID, item: ItemPath, response: Response
) -> ItemOut:
    """One item: the machine's line, what was decided, whose turn it is. ETag: its version."""
    view = item_view(store, caller, attempt_id, item)
    set_etag(response, view.version)
    ids = store.seen_as(seen_by(caller, Action.REVIEW)).evidence_ids(attempt_id)
    return ItemOut.model_validate(view, context={"evidence_ids": ids})


@router.post(
    "/attempts/{attempt_id}/items/{item}/decisions", status_code=201, dependencies=[ONCE], responses=CHANGES
)
def decide_item(  # noqa: PLR0913, PLR0917 - what the route asks for
    store: StoreDep,
    caller: Reviewer,
    attempt_id: UUID,
    item: ItemPath,
    given: DecisionIn,
    version: ExpectedVersion,
    response: Response,
) -> Decided:
    """Decide about an item. 409: somebody decided meanwhile; this opinion is kept beside theirs."""
    wish = Wish(attempt_id=attempt_id, item=item, version=version, **given.model_dump())
    return _told(decide(store, caller, wish), response)


@router.post("/attempts/{attempt_id}/items/{item}/undo", dependencies=[ONCE], responses=CHANGES)
def undo_decision(  # noqa: PLR0913, PLR0917 - what the route asks for
    store: StoreDep,
    caller: Reviewer,
    attempt_id: UUID,
    item: ItemPath,
    version: ExpectedVersion,
    response: Response,
) -> Decided:
    """Take one's own last decision back; the one before counts again."""
    return _told(undo(store, caller, Seen(attempt_id, item, version)), response)


def _told(decided: Decided, response: Response) -> Decided:
    set_etag(response, decided.version)
    return decided
