"""What people ask for about their data, access for some hours, and whose data was seen after a leak."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import StoreDep, may
from api.once import ONCE
from api.pages import PageOut, PageQuery, page_out
from api.problems import problem_responses
from api.routes.class_marks import GIVES_XLSX, xlsx_answer
from api.schemas_people import NewIdOut
from api.schemas_rights import (
    AccessAnswerIn,
    AccessIn,
    AnswerIn,
    BreachPageQuery,
    BreachQuery,
    WishesQuery,
    WishIn,
)
from assessor.ledger.breach import Period, Seen, breach_xlsx, whose_data
from assessor.ledger.erase import Receipt
from assessor.ledger.export import plain_json
from assessor.ledger.own_data import data_of
from assessor.people import access_requests, data_requests
from assessor.people.access_requests import AccessRequest
from assessor.people.caller import Caller
from assessor.people.data_requests import Answer, DataRequest, Wish
from assessor.people.roles import Action
from assessor.store.pages import part_of

router = APIRouter(tags=["rights"])
Asker = Annotated[Caller, may(Action.ASK_DATA)]
Visitor = Annotated[Caller, may(Action.ASK_ACCESS)]
Auditor = Annotated[Caller, may(Action.READ_BREACH)]
READS = problem_responses(401, 403)
CHANGES = problem_responses(400, 401, 403, 404, 409, 413)
DATA: dict[int | str, dict[str, Any]] = {
    200: {"description": "What rows hold of the person", "content": {"application/json": {}}},
    **problem_responses(401, 403, 404),
}


@router.get("/people/{person_id}/data", response_class=Response, responses=DATA)
def read_data(
    store: StoreDep, caller: Annotated[Caller, may(Action.EXPORT_PERSON)], person_id: UUID
) -> Response:
    """What is kept of the person: profile, classes, consents, requests, reviews, appeals, who looked."""
    told = plain_json(data_of(store, caller, person_id))
    return Response(told, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.post("/people/{person_id}/requests", status_code=201, dependencies=[ONCE], responses=CHANGES)
def ask(store: StoreDep, caller: Asker, person_id: UUID, given: WishIn) -> NewIdOut:
    """Ask to put something right or to erase; a student for themself, staff for a student of theirs."""
    wish = Wish(given.kind, given.text, given.wanted, given.attempt_id)
    return NewIdOut(id=data_requests.ask(store, caller, person_id, wish))


@router.get("/data-requests", responses=READS)
def list_requests(
    store: StoreDep, caller: Asker, asked: Annotated[WishesQuery, Query()]
) -> PageOut[DataRequest]:
    """Those in the caller's sight, newest first."""
    found = data_requests.list_requests(store, caller, only_open=asked.only_open)
    return page_out(part_of(found, asked.part))


@router.delete("/data-requests/{request_id}", status_code=204, responses=CHANGES)
def withdraw(store: StoreDep, caller: Asker, request_id: UUID) -> Response:
    """Whoever asked no longer wants it."""
    data_requests.withdraw(store, caller, request_id)
    return Response(status_code=204)


@router.post("/data-requests/{request_id}/answer", dependencies=[ONCE], responses=CHANGES)
def answer(
    store: StoreDep,
    caller: Annotated[Caller, may(Action.ANSWER_DATA)],
    request_id: UUID,
    given: AnswerIn,
) -> Receipt | None:
    """Approve, which does what was asked, or refuse; gives a receipt where a student was erased."""
    said = Answer(given.approve, given.reason, given.number)
    return data_requests.answer(store, caller, request_id, said)


@router.post("/access-requests", status_code=201, dependencies=[ONCE], responses=CHANGES)
def ask_access(store: StoreDep, caller: Visitor, given: AccessIn) -> NewIdOut:
    """Ask to see a class, or the school, for some hours."""
    asked = access_requests.ask_access(store, caller, given.class_id, given.hours, given.reason)
    return NewIdOut(id=asked)


@router.get("/access-requests", responses=READS)
def list_access(
    store: StoreDep, caller: Visitor, page: Annotated[PageQuery, Query()]
) -> PageOut[AccessRequest]:
    """One's own, or the school's for whoever answers them; newest first."""
    return page_out(part_of(access_requests.list_access(store, caller), page.part))


@router.post("/access-requests/{request_id}/answer", status_code=204, dependencies=[ONCE], responses=CHANGES)
def answer_access(
    store: StoreDep,
    caller: Annotated[Caller, may(Action.GIVE_ACCESS)],
    request_id: UUID,
    given: AccessAnswerIn,
) -> Response:
    """Give the role of an observer from now for the hours asked for, or refuse."""
    access_requests.answer_access(store, caller, request_id, given.approve, given.reason)
    return Response(status_code=204)


@router.delete("/access-requests/{request_id}", status_code=204, responses=CHANGES)
def end_access(store: StoreDep, caller: Visitor, request_id: UUID) -> Response:
    """Withdraw it, or end it before its time."""
    access_requests.end_access(store, caller, request_id)
    return Response(status_code=204)


@router.get("/audit/breach", responses=READS)
def read_breach(
    store: StoreDep, caller: Auditor, asked: Annotated[BreachPageQuery, Query()]
) -> PageOut[Seen]:
    """Whose clips, stills and data were seen or taken in a stretch of time, and by whom."""
    found = whose_data(store, caller, Period(asked.since_utc, asked.until_utc, asked.actor_id))
    return page_out(part_of(found, asked.part))


@router.get("/audit/breach.xlsx", response_class=Response, responses=GIVES_XLSX)
def read_breach_table(store: StoreDep, caller: Auditor, asked: Annotated[BreachQuery, Query()]) -> Response:
    """The same as a table."""
    found = whose_data(store, caller, Period(asked.since_utc, asked.until_utc, asked.actor_id))
    return xlsx_answer(breach_xlsx(found, caller.language), "breach.xlsx")
