"""Steps done in a wrong order, told with as few causes as possible: one cause counts once.

Takes which step comes before which and when each was done; gives the steps that were out of place. When one
step comes too late for three others, that is one mistake, not three; when a step was too early, those that
build on it are not blamed again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from assessor.judge.acts import Act, blame, share_before

SURE_CAUSE = 0.6  # a cause that is less sure explains only what is no surer


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A step out of place. `early`: done before the `others` that should come first; otherwise done too late,
    after the `others` that should have waited for it. `t_s`: when the order was broken."""

    step: str
    others: tuple[str, ...]
    early: bool
    t_s: float
    confidence: float


def misplaced(
    before: Mapping[str, frozenset[str]],
    acts: Mapping[str, Act],
    costs: Mapping[str, float],
    never_early: Collection[str] = (),
) -> list[Misplaced]:
    """The fewest steps whose moving would put everything in order; of two equals the one that costs more.
    `never_early`: steps that begin to count only when those before them are done."""
    inverted = _inverted(before, acts)
    pairs = _root_pairs(before, inverted)
    pairs = {pair: sure for pair, sure in pairs.items() if pair[1] not in never_early}
    found = []
    while pairs:
        counts = {step: sum(step in pair for pair in pairs) for pair in pairs for step in pair}
        step = min(counts, key=lambda s: (-counts[s], -costs.get(s, 0.0), acts[s].t_s, s))
        own = {pair: sure for pair, sure in pairs.items() if step in pair}
        waits_for = _nearest(before, {earlier for earlier, later in inverted if later == step})
        found.append(_misplaced(step, own, acts, waits_for))
        pairs = {pair: sure for pair, sure in pairs.items() if step not in pair}
    return sorted(found, key=lambda m: (m.t_s, m.step))


def _inverted(before: Mapping[str, frozenset[str]], acts: Mapping[str, Act]) -> dict[tuple[str, str], float]:
    """Pairs (earlier by the rule, later by the rule) that were done the other way round, and how surely."""
    found = {}
    for later in (step for step in before if step in acts):
        second = acts[later]
        late = (step for step in before[later] if step in acts and second.earliest_s < acts[step].latest_s)
        for earlier in sorted(late):
            first = acts[earlier]
            swapped = blame(share_before(second, first), second, first)
            if swapped > 0:
                found[earlier, later] = swapped * min(second.confidence, first.confidence)
    return found


def _root_pairs(
    before: Mapping[str, frozenset[str]], pairs: Mapping[tuple[str, str], float]
) -> dict[tuple[str, str], float]:
    """Without the pairs that follow from another: `later` builds on a step that was too early itself, or
    `earlier` was late only because a step before it was late as well. What is doubtful explains nothing
    that is certain."""

    def explained(earlier: str, later: str, sure: float) -> bool:
        causes = [*((earlier, step) for step in before[later]), *((step, later) for step in before[earlier])]
        return any(pairs.get(cause, 0.0) >= min(sure, SURE_CAUSE) for cause in causes)

    return {pair: sure for pair, sure in pairs.items() if not explained(*pair, sure)}


def _nearest(before: Mapping[str, frozenset[str]], steps: Collection[str]) -> list[str]:
    """Those of the steps that come before no other of them."""
    return [step for step in steps if not any(step in before[other] for other in steps)]


def _misplaced(
    step: str, pairs: Mapping[tuple[str, str], float], acts: Mapping[str, Act], waits_for: Collection[str]
) -> Misplaced:
    late = [later for earlier, later in pairs if earlier == step]
    early = [earlier for earlier, later in pairs if later == step]
    others = waits_for if early else late
    t_s = acts[step].t_s if early else min(acts[other].t_s for other in late)
    return Misplaced(
        step, tuple(sorted(others, key=lambda s: acts[s].t_s)), bool(early), t_s, max(pairs.values())
    )
