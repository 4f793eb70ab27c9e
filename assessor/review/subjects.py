"""What people decide about on a machine's sheet: its items, overtime and vetoes, and which matter most.

Takes the lines and vetoes of a sheet; gives for each whether somebody has to look, and how grave it is.
"""

from collections.abc import Collection
from enum import IntEnum
from functools import lru_cache

from assessor.errors import RuleFileError
from assessor.marks.sheet import CERTAIN
from assessor.procedure import Procedure, load_procedure
from assessor.store import ProcedureVersion
from assessor.types import Outcome

SAFETY = "safety"
UNSAFE = "unsafe_act"
DERIVED = "/"  # in the ids of lines that follow from others: `GROUP/limit`


class Severity(IntEnum):
    """The gravest first: 0 veto, 1 safety, 2 points lost, 3 the rest."""

    VETO = 0
    SAFETY = 1
    LOST = 2
    REST = 3


@lru_cache(maxsize=64)
def read_procedure(version: ProcedureVersion) -> Procedure | None:
    """A procedure as it was at the scoring; None where the language has changed since then."""
    try:
        return load_procedure(version.source, version.kept)
    except RuleFileError:
        return None


def is_subject(item: str, vetoes: Collection[str]) -> bool:
    """Whether the line is decided about by itself, and not what a limit or a veto makes of others."""
    return DERIVED not in item and item not in vetoes


def is_flagged(awarded: float | None, points: float, outcome: Outcome, confidence: float) -> bool:
    """Whether somebody has to look: open, lost points, unsure, or less sure than it should be."""
    if awarded is None or awarded < points:
        return True
    return outcome is not Outcome.MET or confidence < CERTAIN


def safety_items(procedure: Procedure | None) -> frozenset[str]:
    """The items that rest on a rule against unsafe acts, or on what a veto is called for."""
    if procedure is None:
        return frozenset()
    unsafe = {rule.id for rule in procedure.rules if rule.mistake == UNSAFE}
    unsafe |= {step.id for step in procedure.steps if step.mistake == UNSAFE}
    unsafe |= {id for veto in procedure.rubric.vetoes for id in veto.judged_by}
    return frozenset(item.id for item in procedure.rubric.items if unsafe & set(item.judged_by))


def severity_of(dimension: str, awarded: float | None, points: float, *, safety: bool) -> Severity:
    """How grave a line is."""
    if safety or dimension == SAFETY:
        return Severity.SAFETY
    return Severity.LOST if awarded is not None and awarded < points else Severity.REST
