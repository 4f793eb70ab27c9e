"""Consent of a student: what was said, and a further word."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.deps import StoreDep, may
from api.once import ONCE
from api.pages import PageOut, PageQuery, page_out
from api.problems import problem_responses
from api.schemas_ledger import ConsentIn, ConsentKeptOut, ConsentOut
from assessor.ledger.audit import Actor
from assessor.ledger.consent import Consent, record, words_of, words_page
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import persons_seen

router = APIRouter(prefix="/people/{person_id}/consents", tags=["consent"])


@router.get("", responses=problem_responses(401, 403, 404))
def list_consents(
    store: StoreDep,
    caller: Annotated[Caller, may(Action.READ_CONSENT)],
    person_id: UUID,
    page: Annotated[PageQuery, Query()],
) -> PageOut[ConsentOut]:
    """Every word, oldest first, page by page; the newest on a purpose counts."""
    seen = persons_seen(caller, Action.READ_CONSENT)
    return page_out(words_page(store, person_id, seen, page.part))


@router.post(
    "",
    status_code=201,
    dependencies=[ONCE],
    responses=problem_responses(400, 401, 403, 404, 409, 413),
)
def record_consent(
    store: StoreDep,
    caller: Annotated[Caller, may(Action.RECORD_CONSENT)],
    person_id: UUID,
    given: ConsentIn,
) -> ConsentKeptOut:
    """Record it; a withdrawal takes what was kept for the purpose away at once."""
    words_of(store, person_id, persons_seen(caller, Action.RECORD_CONSENT))  # 404 for others' students
    said = Consent(person_id, given.purpose, given.kind, given.given_by, given.text_version)
    return ConsentKeptOut(files_removed=record(store, Actor(caller.kind, caller.id), said))
