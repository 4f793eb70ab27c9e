"""Measured confidences: no outcome changes, only what the camera decided alone is touched."""

from dataclasses import replace

import pytest

from assessor.confidence import EVIDENCE, calibrated, evidence_of, proved, read_odds
from assessor.procedure import Procedure, load_procedure
from assessor.settings import rules_folder
from assessor.trust import Claim
from assessor.types import Judged, Outcome, Text, Verdict
from benchmarks.calibration import fit_odds

SAID = Text("", "")


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml")


def verdict(id: str, outcome: Outcome, confidence: float, kind: str = "step") -> Verdict:
    return Verdict(id, kind, outcome, confidence, SAID, None, None, None)


def one_calibrated(one: Verdict, procedure: Procedure) -> Verdict:
    (changed,) = calibrated(Judged((one,), (), 60.0, {}), procedure).verdicts
    return changed


@pytest.mark.parametrize("odds", [0.2, 1.0, 9.0])
def test_a_surer_claim_stays_surer(odds: float) -> None:
    claims = [proved(sure / 100, odds) for sure in range(100)]
    assert claims == sorted(claims)
    assert claims[0] == 0.0
    assert proved(1.0, odds) < 1.0


def test_odds_of_one_change_nothing_but_certainty() -> None:
    assert [proved(sure, 1.0) for sure in (0.0, 0.6, 0.9)] == [0.0, 0.6, 0.9]


def test_nine_times_the_odds_of_nine_tenths_are_81_to_1() -> None:
    assert proved(0.9, 9.0) == pytest.approx(81 / 82, abs=0.001)


def test_only_the_confidence_of_a_seen_verdict_changes(procedure: Procedure) -> None:
    before = verdict("wire_stop", Outcome.MET, 0.9)
    after = one_calibrated(before, procedure)
    assert after.confidence == proved(0.9, read_odds()["wires"]) != before.confidence
    assert replace(after, confidence=before.confidence) == before


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(verdict("wire_stop", Outcome.UNSURE, 0.5), id="nothing was decided"),
        pytest.param(verdict("wire_stop", Outcome.NOT_OBSERVED, 1.0), id="nothing was seen"),
        pytest.param(verdict("insulation", Outcome.MET, 0.9, "item"), id="an instrument said it"),
    ],
)
def test_what_the_camera_did_not_decide_is_left_alone(procedure: Procedure, kept: Verdict) -> None:
    assert one_calibrated(kept, procedure) == kept


def test_the_kind_is_that_of_what_is_hardest_to_see(procedure: Procedure) -> None:
    evidence = evidence_of(procedure)
    assert evidence["isolate"] == "states"
    assert evidence["prove_dead"] == "measuring"  # probes and a display
    assert evidence["test_start"] == "hands"  # a state and a hand
    assert evidence["tools_back"] == evidence["no_tool_left"] == "tools"
    assert evidence["only_planned_wires"] == "wires"


def test_what_a_person_enters_is_no_evidence_of_the_camera(procedure: Procedure) -> None:
    certificate = load_procedure(rules_folder() / "procedures" / "electrician_certificate.yaml")
    entered = {
        step.id for step in certificate.steps if "person" in repr(step.done) or "reading" in repr(step.done)
    }
    assert entered
    assert not entered & set(evidence_of(certificate))


def test_every_kind_of_evidence_has_its_odds() -> None:
    assert read_odds().keys() == EVIDENCE.keys()
    assert all(odds > 0 for odds in read_odds().values())


@pytest.mark.parametrize(
    ("right", "odds"), [(36, 9.0), (4, 1.0), (1, 0.25)], ids=["shy", "honest", "boasting"]
)
def test_fitting_finds_how_often_claims_prove_right(right: int, odds: float) -> None:
    """Claims of 0.8 (odds of 4) of which `right` to 1 are right, in a number that outweighs the prior."""
    claims = [Claim("case", "step", "isolate", "met", 0.8, True)] * (50 * right)
    claims += [Claim("case", "step", "isolate", "met", 0.8, False)] * 50
    claims += [Claim("case", "step", "isolate", "unsure", 0.1, None)] * 500
    assert fit_odds(claims, {"isolate": "states"})["states"] == pytest.approx(odds, rel=0.05)


def test_fitting_without_claims_leaves_the_odds_as_they_are() -> None:
    assert set(fit_odds([], {}).values()) == {1.0}


def test_a_few_claims_that_are_all_right_do_not_make_certain() -> None:
    claims = [Claim("case", "step", "isolate", "met", 0.8, True)] * 10
    assert 1.0 < fit_odds(claims, {"isolate": "states"})["states"] < 10.0
