"""Procedures and benches: every version that something was scored with."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import StoreDep
from api.problems import problem_responses
from api.schemas import BenchOut, ProcedureOut, ProcedureSourceOut

router = APIRouter(tags=["rules"])
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="sha256 of the file")]


@router.get("/procedures", responses=problem_responses())
def list_procedures(store: StoreDep) -> list[ProcedureOut]:
    """Procedure versions, newest first."""
    return [ProcedureOut(sha256=one.sha256, id=one.id, title=one.title) for one in store.procedures()]


@router.get("/procedures/{sha256}", responses=problem_responses(404))
def read_procedure(store: StoreDep, sha256: Sha256) -> ProcedureSourceOut:
    """One procedure version with its text."""
    return ProcedureSourceOut.model_validate(store.procedure(sha256))


@router.get("/benches", responses=problem_responses())
def list_benches(store: StoreDep) -> list[BenchOut]:
    """Bench versions, newest first."""
    return [BenchOut(sha256=one.sha256, name=one.name) for one in store.benches()]
