"""People: accounts, roles and classes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import StoreDep, may
from api.once import ONCE, ONCE_UNTOLD
from api.pages import PageOut, PageQuery, page_out
from api.problems import problem_responses
from api.schemas_people import (
    AccountIn,
    AccountOut,
    ClassOut,
    GrantIn,
    LinkOut,
    NewIdOut,
    PeopleQuery,
    PersonOut,
    SubjectIn,
)
from assessor.people import accounts, classes, grants, links, oidc
from assessor.people.accounts import NewAccount
from assessor.people.caller import Caller, Grant
from assessor.people.roles import Action

router = APIRouter(tags=["people"])
Reader = Annotated[Caller, may(Action.READ_PEOPLE)]
Editor = Annotated[Caller, may(Action.EDIT_PEOPLE)]
READS = problem_responses(401, 403)
READS_ONE = problem_responses(401, 403, 404)
CHANGES = problem_responses(400, 401, 403, 404, 409, 413)


@router.get("/people", responses=READS)
def list_people(
    store: StoreDep, caller: Reader, asked: Annotated[PeopleQuery, Query()]
) -> PageOut[PersonOut]:
    """Who the caller may see, by number, page by page."""
    return page_out(accounts.people_page(store, caller, asked.holding, asked.part))


@router.post("/people", status_code=201, dependencies=[ONCE_UNTOLD], responses=CHANGES)
def create_account(store: StoreDep, caller: Editor, given: AccountIn, response: Response) -> AccountOut:
    """Make an account; its owner signs in by the link once and sets a password."""
    new = NewAccount(given.number, given.name, given.login, tuple(grant_of(one) for one in given.grants))
    person, token = accounts.create_account(store, caller, new)
    response.headers["Cache-Control"] = "no-store"
    return AccountOut(person=PersonOut.model_validate(person), link=f"/enter/{token}")


@router.get("/people/{person_id}", responses=READS_ONE)
def read_person(store: StoreDep, caller: Reader, person_id: UUID) -> PersonOut:
    """One of them."""
    return PersonOut.model_validate(accounts.read_person(store, caller, person_id))


@router.post("/people/{person_id}/link", dependencies=[ONCE_UNTOLD], responses=CHANGES)
def make_link(store: StoreDep, caller: Editor, person_id: UUID, response: Response) -> LinkOut:
    """A new link for somebody who forgot the password; their sessions end."""
    token = links.link_for(store, caller, person_id)
    response.headers["Cache-Control"] = "no-store"
    return LinkOut(link=f"/enter/{token}")


@router.post("/people/{person_id}/disable", status_code=204, dependencies=[ONCE], responses=CHANGES)
def disable(store: StoreDep, caller: Editor, person_id: UUID) -> Response:
    """The account opens nothing any more; what the person decided stays."""
    accounts.disable(store, caller, person_id)
    return Response(status_code=204)


@router.post("/people/{person_id}/enable", status_code=204, dependencies=[ONCE], responses=CHANGES)
def enable(store: StoreDep, caller: Editor, person_id: UUID) -> Response:
    """The account opens again what its roles allow."""
    accounts.enable(store, caller, person_id)
    return Response(status_code=204)


@router.put("/people/{person_id}/subject", status_code=204, responses=CHANGES)
def link_subject(store: StoreDep, caller: Editor, person_id: UUID, given: SubjectIn) -> Response:
    """Say which subject of the school's identity provider is this person."""
    oidc.link_subject(store, caller, person_id, given.subject)
    return Response(status_code=204)


@router.post("/people/{person_id}/grants", status_code=201, dependencies=[ONCE], responses=CHANGES)
def give_role(store: StoreDep, caller: Editor, person_id: UUID, given: GrantIn) -> NewIdOut:
    """Give a role."""
    return NewIdOut(id=grants.give_role(store, caller, person_id, grant_of(given)))


@router.delete("/grants/{grant_id}", status_code=204, responses=CHANGES)
def take_role(store: StoreDep, caller: Editor, grant_id: UUID) -> Response:
    """Take a role; the last administrator keeps theirs."""
    grants.take_role(store, caller, grant_id)
    return Response(status_code=204)


@router.get("/classes", responses=READS)
def list_classes(store: StoreDep, caller: Reader, page: Annotated[PageQuery, Query()]) -> PageOut[ClassOut]:
    """The caller's classes, or all of the school, newest term first, page by page."""
    return page_out(classes.classes_page(store, caller, page.part))


def grant_of(given: GrantIn) -> Grant:
    """As the services take it."""
    return Grant(given.role, given.class_id, given.bench, given.until_utc)
