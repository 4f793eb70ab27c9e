"""Verdicts → the same verdicts with a confidence that was measured (between judge and marks).

Takes what the judge says, with its procedure; changes no outcome, and nothing on which a person, a photo or
an instrument had a say. How sure the judge is follows from constants of the seeing; `confidence.yaml` says by
how much the odds of being right proved to be better or worse, for each kind of evidence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from assessor.located_yaml import Located, load
from assessor.procedure import Procedure
from assessor.procedure.conditions import Condition, keys_of
from assessor.types import Judged, Outcome, Verdict

FILE = Path(__file__).with_name("confidence.yaml")
# The kinds of facts that each kind of evidence rests on; a verdict has the first kind that it needs.
EVIDENCE: dict[str, tuple[str, ...]] = {
    "tools": ("tool_at", "part_at"),
    "hands": ("hand_at", "hand_in", "pose"),
    "measuring": ("probing", "display", "holding"),
    "wires": ("wire",),
    "states": ("switch", "lamp"),
}
DECIDED = (Outcome.MET, Outcome.NOT_MET)
SUREST = 0.995  # what the judge may claim at most: nobody is certain by looking


class Odds(Located):
    """What `confidence.yaml` says."""

    odds: dict[str, float]


def calibrated(judged: Judged, procedure: Procedure) -> Judged:
    """The same judgement; the confidence of what the camera alone decided is the share that proves right."""
    evidence, odds = evidence_of(procedure), read_odds()
    verdicts = (
        replace(v, confidence=proved(v.confidence, odds[evidence[v.id]])) if is_seen(v, evidence) else v
        for v in judged.verdicts
    )
    return replace(judged, verdicts=tuple(verdicts))


def is_seen(verdict: Verdict, evidence: Mapping[str, str]) -> bool:
    """Whether a step or standing rule was decided by the camera alone."""
    return verdict.kind in ("step", "rule") and verdict.outcome in DECIDED and verdict.id in evidence


def evidence_of(procedure: Procedure) -> dict[str, str]:
    """By id of a step or standing rule, the kind of evidence that is hardest to see of those it needs."""
    conditions: dict[str, tuple[Condition | None, ...]]
    conditions = {step.id: (step.done, step.requires) for step in procedure.steps}
    conditions |= {rule.id: (*rule.never, rule.while_, rule.except_) for rule in procedure.rules}
    needed = {
        id: {key.kind for condition in asked if condition is not None for key in keys_of(condition)}
        for id, asked in conditions.items()
    }
    found = {id: _evidence(kinds) for id, kinds in needed.items()}
    return {id: kind for id, kind in found.items() if kind is not None}


def _evidence(kinds: Iterable[str]) -> str | None:
    """None where something else than the camera has a say."""
    kinds = set(kinds) - {"done"}
    if not kinds <= {kind for some in EVIDENCE.values() for kind in some}:
        return None
    return next((name for name, some in EVIDENCE.items() if kinds & set(some)), None)


def proved(claimed: float, odds: float) -> float:
    """The probability that a claim is right, by how much better its odds are than it says."""
    sure = min(claimed, SUREST)
    better = odds * sure
    return round(better / (better + 1 - sure), 3)


@cache
def read_odds() -> dict[str, float]:
    """The odds by kind of evidence."""
    return load(FILE, Odds).odds
