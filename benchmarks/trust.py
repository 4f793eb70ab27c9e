"""How far the machine's confidence can be trusted: every verdict with its confidence, against the truth.

    python benchmarks/trust.py samples --degraded --work FOLDER [--draw docs/trust]

Takes folders as `assessor evaluate` does, or single recordings and photos; `--degraded` takes each recording
in four worse versions too (benchmarks/degraded.py). Prints for each folder, for the worse versions and for
all: how much was decided (met or not met) and how much of that is right, the expected calibration error, and
the most that can be decided without a person at 1 % error; then, for all, the reliability table and what is
wrong. `--draw` writes the reliability diagram and the risk/coverage curve as SVG, `--fit` the file by which
confidences are measured ones, fitted to these recordings (benchmarks/calibration.py); `--raw` tells the
figures without that.

What was seen is kept in `--work`: a second run takes seconds unless the seeing has changed (`--old`: even
then).
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assessor.confidence import evidence_of
from assessor.trust import (
    Claim,
    calibration_error,
    decided,
    decided_at,
    reliability,
    risk_curve,
)
from benchmarks.calibration import fit_odds, write_odds
from benchmarks.scored import cases_in, degraded, open_scorer
from benchmarks.trust_pictures import reliability_svg, risk_svg

RISK = 0.01
LEVELS = (0.99, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6)
say = partial(print, file=sys.stdout, flush=True)


def show_head() -> None:
    """The columns of `show_set`."""
    names = ("claims", "decided", "wrong", "right", "sure", "ECE", "at <= 1 %")
    say(f"{'set':32}" + "".join(f"{name:>10}" for name in names))


def show_set(name: str, claims: Sequence[Claim]) -> None:
    """One row: how much was decided, how well, how well known."""
    done, best, error = decided(claims), decided_at(claims, RISK), calibration_error(claims)
    wrong = sum(not claim.right for claim in done)
    row = f"{name:32}{len(claims):10}{len(done):10}{wrong:10}"
    if done:
        sure = sum(claim.confidence for claim in done) / len(done)
        alone = f"{best.coverage:.1%}" if best else "none"
        row += f"{1 - wrong / len(done):10.3f}{sure:10.3f}{error:10.3f}{alone:>10}"
    say(row)


def show_bins(claims: Sequence[Claim]) -> None:
    """The reliability table."""
    say(f"\n{'confidence':12}{'claims':>8}{'mean':>8}{'right':>8}")
    for one in reliability(claims):
        say(f"{one.low:.1f} - {one.high:.1f}   {one.count:8}{one.confidence:8.3f}{one.right:8.3f}")


def show_risk(claims: Sequence[Claim]) -> None:
    """The risk/coverage curve, as a table."""
    say(f"\n{'at least':10}{'decided':>9}{'wrong of it':>13}")
    curve = risk_curve(claims)
    for least in LEVELS:
        point = next((one for one in reversed(curve) if one.threshold >= least), None)
        if point is not None:
            say(f"{least:8.2f}  {point.coverage:9.1%}{point.risk:13.2%}")


def show_wrong(claims: Sequence[Claim]) -> None:
    """What was decided wrongly, the surest first."""
    wrong = sorted((c for c in claims if c.right is False), key=lambda c: -c.confidence)
    say(f"\nwrong: {len(wrong)}")
    for claim in wrong:
        say(f"  {claim.confidence:.2f}  {claim.case}  {claim.kind} {claim.subject}: {claim.said}")


def main() -> None:
    """Read the arguments, score, show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps what was seen")
    parser.add_argument("--degraded", action="store_true", help="each recording in four worse versions too")
    parser.add_argument("--old", action="store_true", help="what is kept, even if the seeing has changed")
    parser.add_argument("--procedure", default="motor_start_stop")
    parser.add_argument("--draw", type=Path, metavar="FOLDER")
    parser.add_argument("--fit", type=Path, metavar="FILE", help="write what the odds prove to be")
    parser.add_argument("--raw", action="store_true", help="confidences as the judge gives them")
    asked = parser.parse_args()
    scorer = open_scorer(asked.work, asked.procedure, asked.old)
    sets = {str(folder): list(cases_in(folder)) for folder in asked.folders}
    if asked.degraded:
        given = [case for cases in sets.values() for case in cases]
        sets["made worse"] = degraded(given, asked.work / "degraded")
    scored = {name: [scorer.score(case) for case in cases] for name, cases in sets.items()}
    claims = {
        name: [c for one in some for c in (one.raw if asked.raw and one.raw else one.claims)]
        for name, some in scored.items()
    }
    report(claims)
    if asked.fit:
        raw = [claim for some in scored.values() for one in some for claim in one.raw]
        write_odds(asked.fit, fit_odds(raw, evidence_of(scorer.procedure)), raw)
    if asked.draw:
        asked.draw.mkdir(parents=True, exist_ok=True)
        everything = [claim for some in claims.values() for claim in some]
        (asked.draw / "reliability.svg").write_text(reliability_svg(everything), encoding="utf-8")
        (asked.draw / "risk.svg").write_text(risk_svg(everything), encoding="utf-8")


def report(claims: dict[str, list[Claim]]) -> None:
    """All tables."""
    everything = [claim for some in claims.values() for claim in some]
    show_head()
    for name, some in claims.items():
        show_set(name, some)
    for kind in dict.fromkeys(claim.kind for claim in everything):
        show_set(f"all: {kind}s", [claim for claim in everything if claim.kind == kind])
    show_set("all", everything)
    show_bins(everything)
    show_risk(everything)
    show_wrong(everything)


if __name__ == "__main__":
    main()
