"""Figures of the server for Prometheus; its key is that of a device without a bench."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import StoreDep, may
from api.problems import problem_responses
from assessor.ledger.vital_signs import vital_signs
from assessor.people.caller import Caller
from assessor.people.roles import Action

router = APIRouter(tags=["about"])
GIVES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {}}, "description": "Prometheus text"},
    **problem_responses(401, 403),
}


@router.get("/metrics", response_class=Response, responses=GIVES)
def read_metrics(
    request: Request, store: StoreDep, _caller: Annotated[Caller, may(Action.READ_METRICS)]
) -> Response:
    """Requests by route and status, how long they and writes take, sign-ins, backup, room on the disk."""
    signs = vital_signs(store)
    text = request.app.state.figures.render(store.count_attempts(), store.data, signs)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
