"""Procedures and benches: every version that something was scored with."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import sees
from api.pages import PageOut, PageQuery, listed
from api.problems import problem_responses
from api.schemas import BenchOut, ProcedureOut, ProcedureSourceOut
from assessor.people.roles import Action
from assessor.store import Results

router = APIRouter(tags=["rules"])
Rules = Annotated[Results, sees(Action.READ_RULES)]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="sha256 of the file")]


@router.get("/procedures", responses=problem_responses(401, 403))
def list_procedures(rules: Rules, page: Annotated[PageQuery, Query()]) -> PageOut[ProcedureOut]:
    """Procedure versions, newest first, page by page."""
    found = rules.procedures_page(page.part)
    shown = [ProcedureOut(sha256=one.sha256, id=one.id, title=one.title) for one in found.items]
    return listed(shown, found.next)


@router.get("/procedures/{sha256}", responses=problem_responses(401, 403, 404))
def read_procedure(rules: Rules, sha256: Sha256) -> ProcedureSourceOut:
    """One procedure version with its text."""
    return ProcedureSourceOut.model_validate(rules.procedure(sha256))


@router.get("/benches", responses=problem_responses(401, 403))
def list_benches(rules: Rules, page: Annotated[PageQuery, Query()]) -> PageOut[BenchOut]:
    """Bench versions, newest first, page by page."""
    found = rules.benches_page(page.part)
    return listed([BenchOut(sha256=one.sha256, name=one.name) for one in found.items], found.next)
