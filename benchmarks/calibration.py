"""Claims as the judge makes them → the odds of `assessor/confidence.yaml`, one number per kind of evidence.

The number is what a claim's odds are multiplied by: logistic regression (Platt, 1999) with a slope of 1.
Recordings are few and errors fewer, so a normal prior on its logarithm keeps it near 1 where nothing speaks
against that; the versions of one recording are no independent witnesses, which the prior makes up for.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from assessor.confidence import EVIDENCE, FILE, SUREST
from assessor.trust import Claim, decided

PRIOR_SPREAD = 2.0  # of the logarithm of the odds: 1 / 7 to 7 times
ROUNDS = 50


def fit_odds(claims: Iterable[Claim], evidence: Mapping[str, str]) -> dict[str, float]:
    """By kind of evidence; `evidence`: that of each step and rule."""
    known = [claim for claim in decided(claims) if claim.subject in evidence]
    return {kind: _fit([c for c in known if evidence[c.subject] == kind]) for kind in EVIDENCE}


def _fit(claims: Iterable[Claim]) -> float:
    """Newton's method: one convex curve, one lowest point."""
    rows = [(_log_odds(claim.confidence), claim.right is True) for claim in claims]
    shift = 0.0
    for _ in range(ROUNDS):
        chances = [(1 / (1 + math.exp(-claimed - shift)), right) for claimed, right in rows]
        slope = sum(chance - right for chance, right in chances) + shift / PRIOR_SPREAD**2
        bend = sum(chance * (1 - chance) for chance, _ in chances) + 1 / PRIOR_SPREAD**2
        shift -= slope / bend
    return round(math.exp(shift), 2)


def _log_odds(confidence: float) -> float:
    sure = min(max(confidence, 1 - SUREST), SUREST)
    return math.log(sure / (1 - sure))


def write_odds(path: Path, odds: Mapping[str, float], claims: Iterable[Claim]) -> None:
    """The shipped file with other numbers; its head stays."""
    head = FILE.read_text(encoding="utf-8").partition("# fitted to ")[0].partition("odds:")[0]
    done = decided(claims)
    wrong, cases = sum(not claim.right for claim in done), len({claim.case for claim in done})
    said = f"# fitted to {len(done)} verdicts on {cases} recordings, {wrong} of them wrong\n"
    rows = "".join(f"  {kind}: {number}\n" for kind, number in odds.items())
    path.write_text(f"{head}{said}odds:\n{rows}", encoding="utf-8")
