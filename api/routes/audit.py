"""The audit chain: its entries, whether it holds, the yearly report."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import StoreDep, may
from api.pages import PageOut, listed
from api.problems import problem_responses
from api.schemas_ledger import AuditEntryOut, AuditQuery, Year
from assessor.ledger.audit import Chain, verify
from assessor.ledger.audit_entries import Asked, entries_of
from assessor.ledger.audit_report import AuditReport, year_report
from assessor.people.caller import Caller
from assessor.people.roles import Action

router = APIRouter(prefix="/audit", tags=["audit"])
Reader = Annotated[Caller, may(Action.READ_AUDIT)]
READS = problem_responses(401, 403)


@router.get("", responses=READS)
def list_entries(
    store: StoreDep, caller: Reader, asked: Annotated[AuditQuery, Query()]
) -> PageOut[AuditEntryOut]:
    """Entries, newest first; those of people of other schools are left out."""
    wanted = Asked(caller.school_id, asked.action, str(asked.actor_id) if asked.actor_id else None)
    found, more = entries_of(store, wanted, asked.limit, asked.number)
    return listed(found, more)


@router.get("/chain", responses=READS)
def verify_chain(store: StoreDep, caller: Reader) -> Chain:
    """Walk the whole chain: the first entry that was edited or is missing, or its head."""
    return verify(store)


@router.get("/report", responses=READS)
def read_report(store: StoreDep, caller: Reader, year: Annotated[Year, Query()]) -> AuditReport:
    """What a school accounts for in one year."""
    return year_report(store, year)
