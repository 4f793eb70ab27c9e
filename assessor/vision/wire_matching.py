"""Candidate wires + the pixels each explains → which of them are there together, and how sure each is.

Every wire end is used once. A set of wires is worth the wire length it explains, counted once, minus what
speaks against its wires, minus a price for every end left over. A beam search keeps the best sets; the
share of sets that hold a wire, weighted by worth, is its probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

END_COST_MM = 60.0  # a surely occupied end without a wire
TEMPERATURE_MM = 12.0  # a set is e times less likely for each so many mm that it is worth less
BEAM = 200


class Wire(NamedTuple):
    """Which ends (indices) are joined, and in which group (colour)."""

    start: int
    end: int
    group: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible wire between ends `start` < `end`. `explains`: its pixels in the map of its group, as a
    bit set; `cost_mm`: what speaks against it, in mm of wire; `mm_per_pixel`: wire length that one pixel
    stands for."""

    start: int
    end: int
    group: str
    explains: int
    cost_mm: float
    mm_per_pixel: float

    @property
    def wire(self) -> Wire:
        """The wire, whatever way it runs."""
        return Wire(self.start, self.end, self.group)

    def worth_mm(self, covered: int = 0) -> float:
        """Length that it explains beyond the pixels `covered` already, minus its cost."""
        return (self.explains & ~covered).bit_count() * self.mm_per_pixel - self.cost_mm


@dataclass(slots=True)
class _Set:
    """A choice of wires for the ends looked at so far."""

    worth_mm: float = 0.0
    used: frozenset[int] = frozenset()
    chosen: tuple[int, ...] = ()
    covered: dict[str, int] = field(default_factory=dict)


def match_ends(candidates: Sequence[Candidate], occupied: Sequence[float]) -> dict[int, float]:
    """Index of each chosen candidate → probability. `occupied`: how sure each end is one."""
    worthy = [i for i, candidate in enumerate(candidates) if candidate.worth_mm() > 0]
    chosen: dict[int, float] = {}
    for cluster in _clusters(candidates, worthy):
        chosen.update(_search(candidates, cluster, occupied))
    return chosen


def _clusters(candidates: Sequence[Candidate], worthy: Sequence[int]) -> list[list[int]]:
    """Candidates that compete for ends, directly or through others."""
    clusters: list[tuple[set[int], list[int]]] = []
    for index in worthy:
        ends, members = {candidates[index].start, candidates[index].end}, [index]
        apart = []
        for other_ends, other_members in clusters:
            if ends & other_ends:
                ends, members = ends | other_ends, other_members + members
            else:
                apart.append((other_ends, other_members))
        clusters = [*apart, (ends, members)]
    return [members for _, members in clusters]


def _search(
    candidates: Sequence[Candidate], cluster: Sequence[int], occupied: Sequence[float]
) -> dict[int, float]:
    ends = {end for index in cluster for end in candidates[index].wire[:2]}
    beam = [_Set()]
    for end in sorted(ends):
        here = [index for index in cluster if candidates[index].start == end]
        grown = []
        for state in beam:
            if end in state.used:
                grown.append(state)
                continue
            left_over = state.worth_mm - END_COST_MM * occupied[end]
            grown.append(_Set(left_over, state.used, state.chosen, state.covered))
            grown += [_with(state, i, candidates[i]) for i in here if candidates[i].end not in state.used]
        beam = _best(grown, candidates)
    return _probabilities(beam, candidates)


def _with(state: _Set, index: int, candidate: Candidate) -> _Set:
    covered = state.covered.get(candidate.group, 0)
    return _Set(
        state.worth_mm + candidate.worth_mm(covered),
        state.used | {candidate.start, candidate.end},
        (*state.chosen, index),
        {**state.covered, candidate.group: covered | candidate.explains},
    )


def _best(states: Sequence[_Set], candidates: Sequence[Candidate]) -> list[_Set]:
    """The best sets; of those with the same wires along other ways only the best one."""
    unique: dict[frozenset[Wire], _Set] = {}
    for state in sorted(states, key=lambda s: -s.worth_mm):
        unique.setdefault(frozenset(candidates[i].wire for i in state.chosen), state)
    return list(unique.values())[:BEAM]


def _probabilities(beam: Sequence[_Set], candidates: Sequence[Candidate]) -> dict[int, float]:
    """A wire's probability sums over all sets that hold it, whatever way it runs there."""
    weights = np.exp((np.array([s.worth_mm for s in beam]) - beam[0].worth_mm) / TEMPERATURE_MM)
    share: dict[Wire, float] = {}
    for weight, state in zip(weights / weights.sum(), beam, strict=True):
        for index in state.chosen:
            wire = candidates[index].wire
            share[wire] = share.get(wire, 0.0) + float(weight)
    return {index: share[candidates[index].wire] for index in beam[0].chosen}
