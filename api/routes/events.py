"""Events: what a bench reports, each kept once; a bench that hears no answer sends the same again."""

from typing import Annotated

from fastapi import APIRouter

from api.deps import StoreDep, may
from api.once import TWICE_IS_ONCE
from api.problems import problem_responses
from api.schemas_events import EventsIn, EventsOut
from assessor.ledger.bench_events import BenchEvent, Report, take_events
from assessor.people.caller import Caller
from assessor.people.roles import Action

router = APIRouter(prefix="/events", tags=["events"])


@router.post("", dependencies=[TWICE_IS_ONCE], responses=problem_responses(400, 401, 403, 413))
def append_events(
    store: StoreDep, caller: Annotated[Caller, may(Action.APPEND_EVENTS)], report: EventsIn
) -> EventsOut:
    """Keep a device's events under its own bench. 200 means that they are on disk."""
    events = [BenchEvent(**event.model_dump()) for event in report.events]
    assert caller.device_id is not None and caller.bench is not None  # only devices may append
    taken = take_events(
        store, caller.device_id, caller.bench, Report(report.sent_utc, events, report.offset_s)
    )
    return EventsOut.model_validate(taken)
