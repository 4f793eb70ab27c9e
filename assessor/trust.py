"""Verdicts beside the truth → how far their confidence can be trusted (after `evaluate`, beside the flow).

Takes a `RecordingResult` with the verdicts that it came from, or a photo's wires and counts; gives `Claim`s
and, over many of them, reliability, calibration error and risk by coverage (docs/accuracy.md, *Trust*).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from assessor.board_findings import BoardLook, Count, LookEnd, LookWire
from assessor.evaluate import RecordingResult, Wires
from assessor.judge.views import SURE
from assessor.procedure import Procedure
from assessor.truth.board import TrueBoardWire
from assessor.truth.mistakes import TrueMistake
from assessor.types import Mistake, Outcome, Verdict

BINS = 10
DECIDED = (Outcome.MET, Outcome.NOT_MET)
CHARGED = ("order", "wrong_colour")  # a missed mistake of these kinds makes "met" wrong for its step


@dataclass(frozen=True, slots=True)
class Claim:
    """What the machine said about one thing. `kind`: "step", "rule", "wire" or "finding"; `right` None: it
    said nothing (unsure, not observed) and a person has to decide; `t_s`: where to look."""

    case: str
    kind: str
    subject: str
    said: str
    confidence: float
    right: bool | None
    t_s: float | None = None


@dataclass(frozen=True, slots=True)
class Bin:
    """The claims whose confidence lies in [low, high); the last bin takes 1.0 too."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Deciding only what is at least so sure: the share decided, and the share of that which is wrong."""

    threshold: float
    coverage: float
    risk: float


# ---- claims of a recording ----------------------------------------------------------------
def claims_of_recording(
    result: RecordingResult, verdicts: Iterable[Verdict], procedure: Procedure
) -> list[Claim]:
    """One claim for each verdict on a step or a standing rule that the truth says something about."""
    truth = _Beside(result, procedure)
    return [
        Claim(
            result.name,
            verdict.kind,
            verdict.id,
            verdict.outcome,
            verdict.confidence,
            truth.is_right(verdict) if verdict.outcome in DECIDED else None,
            verdict.t_s if verdict.evidence is None else verdict.evidence.start_s,
        )
        for verdict in verdicts
        if verdict.kind in ("step", "rule") and verdict.id not in result.unjudged
    ]


class _Beside:
    """Asks the matching of `evaluate` whether a verdict is right."""

    def __init__(self, result: RecordingResult, procedure: Procedure) -> None:
        self._done = {true.step for true, _ in result.steps.pairs} | {c.step for c in result.steps.missed}
        self._early = {(c.step, c.t_s) for c in result.steps.false}
        self._false = [seen.mistake for seen in result.mistakes.false]
        self._missed = result.mistakes.missed
        self._kinds = {rule.id: rule.mistake for rule in procedure.rules}

    def is_right(self, verdict: Verdict) -> bool:
        """A verdict that something is wrong is right when one of its sure mistakes is true."""
        if verdict.outcome is Outcome.MET:
            return not self._overlooks(verdict)
        if verdict.kind == "step" and not verdict.mistakes:
            return verdict.id not in self._done
        return any(self._is_true(mistake) for mistake in verdict.mistakes)

    def _overlooks(self, verdict: Verdict) -> bool:
        if verdict.kind == "rule":
            return any(self._breaks(mistake, verdict.id) for mistake in self._missed)
        if any(m.kind in CHARGED and verdict.id in _charged(m) for m in self._missed):
            return True
        return verdict.t_s is not None and (verdict.id, verdict.decided_s) in self._early

    def _breaks(self, mistake: TrueMistake, rule: str) -> bool:
        named = mistake.kind != "tool_left" or rule in mistake.subjects
        return mistake.kind == self._kinds[rule] and named

    def _is_true(self, mistake: Mistake) -> bool:
        return mistake.confidence >= SURE and mistake not in self._false


def _charged(mistake: TrueMistake) -> tuple[str, ...]:
    """The steps that a missed mistake is charged to: of an order, the one out of place."""
    return mistake.subjects[:1] if mistake.kind == "order" else mistake.subjects


# ---- claims of a photo ----------------------------------------------------------------------
def claims_of_wires(name: str, wires: Wires) -> list[Claim]:
    """One claim for each wire that was read: that it joins these terminals in this colour."""
    seen = [(wire, true.colour == wire.colour) for true, wire in wires.pairs]
    seen += [(wire, False) for wire in wires.false]
    return [
        Claim(
            name,
            "wire",
            f"{w.start}-{w.end}",
            w.colour,
            w.confidence,
            right if w.confidence >= SURE else None,
        )
        for w, right in seen
    ]


def claims_of_counts(name: str, said: Iterable[Count], true: Iterable[Count]) -> list[Claim]:
    """One claim for each count: that there are these findings, at these places, and no others."""
    places = {count.name: _places(count) for count in true}
    return [
        Claim(
            name,
            "finding",
            count.name,
            ", ".join(sorted(_places(count))) or "none",
            count.confidence,
            _places(count) == places[count.name] if count.confidence >= SURE else None,
        )
        for count in said
    ]


def _places(count: Count) -> set[str]:
    return {"-".join(sorted(finding.place.split("–"))) for finding in count.findings}


def true_look(netlist: Iterable[TrueBoardWire]) -> BoardLook:
    """What a photo would show to an eye that misses nothing."""
    fastened = [wire for wire in netlist if wire.fastened]
    loose = [wire for wire in netlist if not wire.fastened]
    return BoardLook(
        tuple(LookWire(w.start, w.end, w.colour, 1.0, w.copper_mm) for w in fastened),
        tuple(LookEnd(w.fastened_end, 1.0, lone=True) for w in loose),
    )


# ---- what many claims come to -----------------------------------------------------------------
def decided(claims: Iterable[Claim]) -> list[Claim]:
    """The claims by which something is decided."""
    return [claim for claim in claims if claim.right is not None]


def reliability(claims: Iterable[Claim], bins: int = BINS) -> list[Bin]:
    """Bins of equal width over the confidence, empty ones left out."""

    def number(claim: Claim) -> int:
        return min(bins - 1, math.floor(claim.confidence * bins + 1e-9))

    groups = groupby(sorted(decided(claims), key=number), key=number)
    return [_bin(index, bins, list(group)) for index, group in groups]


def _bin(index: int, bins: int, claims: Sequence[Claim]) -> Bin:
    sure = math.fsum(claim.confidence for claim in claims) / len(claims)
    right = sum(claim.right is True for claim in claims) / len(claims)
    return Bin(index / bins, (index + 1) / bins, len(claims), sure, right)


def calibration_error(claims: Iterable[Claim], bins: int = BINS) -> float | None:
    """Expected calibration error (Naeini et al., 2015): mean over the claims of |confidence - share right| of
    their bin. None without claims."""
    found = reliability(claims, bins)
    count = sum(one.count for one in found)
    if not count:
        return None
    return math.fsum(one.count * abs(one.confidence - one.right) for one in found) / count


def risk_curve(claims: Sequence[Claim]) -> list[RiskPoint]:
    """Risk and coverage (El-Yaniv and Wiener, 2010), surest claims first; equally sure ones stay together.

    Coverage is the share of all claims, also of those by which nothing was decided.
    """
    points: list[RiskPoint] = []
    count = wrong = 0

    def sure(claim: Claim) -> float:
        return -claim.confidence

    for threshold, group in groupby(sorted(decided(claims), key=sure), key=sure):
        same = list(group)
        count, wrong = count + len(same), wrong + sum(not claim.right for claim in same)
        points.append(RiskPoint(-threshold, count / len(claims), wrong / count))
    return points


def decided_at(claims: Sequence[Claim], risk: float) -> RiskPoint | None:
    """The most that can be decided without a person while no more than this share of it is wrong."""
    safe = [point for point in risk_curve(claims) if point.risk <= risk]
    return max(safe, key=lambda point: point.coverage, default=None)
