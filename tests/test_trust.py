"""Claims and their measures: verdicts whose faults are known, and curves worked out by hand."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from assessor.bench import Bench, load_bench
from assessor.board_findings import counts_of
from assessor.evaluate import Case, RecordingResult, evaluate_board, evaluate_recording
from assessor.procedure import Procedure, load_procedure
from assessor.trust import (
    Claim,
    calibration_error,
    claims_of_counts,
    claims_of_recording,
    claims_of_wires,
    decided_at,
    reliability,
    risk_curve,
    true_look,
)
from assessor.truth.board import TrueBoardWire, read_board_truth
from assessor.truth.mistakes import true_mistakes
from assessor.truth.recording import Trace, read_recording_truth
from assessor.truth.steps import TrueSteps
from assessor.types import Evidence, Mistake, Outcome, Text, Verdict, WireObservation

ROOT = Path(__file__).parents[1]
FAULTY = ROOT / "samples" / "start_stop_faulty.mp4"
GOOD = ROOT / "samples" / "start_stop_good.mp4"
BOARD = ROOT / "samples" / "boards" / "board_long_copper.jpg"
SAID = Text("", "")


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load_procedure(ROOT / "rules" / "procedures" / "motor_start_stop.yaml")


def case_of(media: Path) -> Case:
    return Case(media.stem, media, media.with_suffix(".truth.json"), media.with_suffix(".bench.yaml"))


def result_of(video: Path, procedure: Procedure, verdicts: Sequence[Verdict]) -> RecordingResult:
    return evaluate_recording(case_of(video), procedure, lambda *_asked: verdicts)


def truth_of(video: Path, procedure: Procedure) -> TrueSteps:
    truth = read_recording_truth(video.with_suffix(".truth.json"))
    return TrueSteps(procedure, Trace(truth, load_bench(video.with_suffix(".bench.yaml"))))


def step(id: str, outcome: Outcome, t_s: float | None, mistakes: tuple[Mistake, ...] = ()) -> Verdict:
    seen = None if t_s is None else Evidence(t_s, t_s)
    return Verdict(id, "step", outcome, 0.9, SAID, t_s, t_s, seen, mistakes)


def rule(id: str, outcome: Outcome, mistakes: tuple[Mistake, ...] = ()) -> Verdict:
    return Verdict(id, "rule", outcome, 0.9, SAID, None, None, None, mistakes)


def mistake(kind: str, subject: str, t_s: float, confidence: float = 0.9) -> Mistake:
    return Mistake(kind, subject, t_s, SAID, corrected=False, confidence=confidence)


def rightness(video: Path, procedure: Procedure, verdict: Verdict) -> bool | None:
    """Of the only claim that one verdict makes."""
    (claim,) = claims_of_recording(result_of(video, procedure, [verdict]), [verdict], procedure)
    return claim.right


def test_a_step_is_met_rightly_when_it_was_done_before(procedure: Procedure) -> None:
    done_s = truth_of(GOOD, procedure).completions[0].t_s
    assert rightness(GOOD, procedure, step("isolate", Outcome.MET, done_s + 1))


def test_a_step_that_is_met_too_early_is_wrong(procedure: Procedure) -> None:
    done = {c.step: c.t_s for c in truth_of(GOOD, procedure).completions}
    assert rightness(GOOD, procedure, step("power_on", Outcome.MET, done["power_on"] - 1)) is False


def test_not_met_is_wrong_for_a_step_that_was_done(procedure: Procedure) -> None:
    assert rightness(GOOD, procedure, step("isolate", Outcome.NOT_MET, None)) is False


@pytest.mark.parametrize("outcome", [Outcome.UNSURE, Outcome.NOT_OBSERVED])
def test_who_says_nothing_is_neither_right_nor_wrong(procedure: Procedure, outcome: Outcome) -> None:
    assert rightness(GOOD, procedure, step("isolate", outcome, None)) is None


def test_a_rule_is_kept_wrongly_when_its_mistake_is_missed(procedure: Procedure) -> None:
    verdict = rule("dead_working", Outcome.MET)
    assert rightness(GOOD, procedure, verdict) is True
    assert rightness(FAULTY, procedure, verdict) is False


def test_a_rule_is_broken_rightly_when_a_sure_mistake_of_it_is_true(procedure: Procedure) -> None:
    true = next(m for m in true_mistakes(truth_of(FAULTY, procedure)) if m.kind == "unsafe_act")
    early_s = true.start_s - 10
    for t_s, sure, right in (
        (true.start_s, 0.9, True),
        (early_s, 0.9, False),
        (true.start_s, 0.5, False),
    ):
        said = rule("dead_working", Outcome.NOT_MET, (mistake("unsafe_act", "", t_s, sure),))
        assert rightness(FAULTY, procedure, said) is right


def test_a_wrong_colour_that_is_missed_makes_its_step_wrong(procedure: Procedure) -> None:
    truth = truth_of(FAULTY, procedure)
    missed = next(m for m in true_mistakes(truth) if m.kind == "wrong_colour")
    id = next(s.id for s in procedure.steps if s.id in missed.subjects)
    done_s = next(c.t_s for c in truth.completions if c.step == id)
    assert rightness(FAULTY, procedure, step(id, Outcome.MET, done_s + 1)) is False
    known = mistake("wrong_colour", id, missed.start_s)
    assert rightness(FAULTY, procedure, step(id, Outcome.NOT_MET, done_s + 1, (known,))) is True


def test_a_step_without_truth_makes_no_claim(procedure: Procedure) -> None:
    verdict = step("isolate", Outcome.MET, 1.0)
    result = result_of(GOOD, procedure, [verdict])
    unjudged = RecordingResult(result.name, result.pos, result.steps, result.mistakes, ("isolate",))
    assert claims_of_recording(unjudged, [verdict], procedure) == []


# ---- photos -------------------------------------------------------------------------------
def test_a_wire_is_right_with_both_ends_and_its_colour() -> None:
    netlist = read_board_truth(BOARD.with_suffix(".truth.json")).netlist
    first, second, third = netlist[:3]
    other = "white" if second.colour != "white" else "red"
    seen = [
        WireObservation(first.end, first.start, first.colour, True, 0.9, 0.0, 0.0),
        WireObservation(second.start, second.end, other, True, 0.8, 0.0, 0.0),
        WireObservation(third.start, first.end, third.colour, True, 0.7, 0.0, 0.0),
        WireObservation(third.start, third.end, third.colour, True, 0.3, 0.0, 0.0),
    ]
    claims = claims_of_wires("board", evaluate_board(case_of(BOARD), lambda *_asked: seen).wires)
    assert {claim.confidence: claim.right for claim in claims} == {
        0.9: True,
        0.8: False,
        0.7: False,
        0.3: None,
    }


def test_counts_are_right_when_they_name_the_same_places(procedure: Procedure) -> None:
    bench: Bench = load_bench(BOARD.with_suffix(".bench.yaml"))
    netlist = read_board_truth(BOARD.with_suffix(".truth.json")).netlist
    true = counts_of(true_look(netlist), procedure, bench)
    assert all(claim.right is not False for claim in claims_of_counts("board", true, true))
    rest = [wire for wire in netlist if wire.ends != {"KM1.A2", "X1.5"}]  # it has long copper at one end
    said = counts_of(true_look(rest), procedure, bench)
    wrong = {claim.subject for claim in claims_of_counts("board", said, true) if claim.right is False}
    assert wrong == {"wires_missing", "bad_conductor_ends"}


def test_a_loose_end_is_where_its_wire_is_fastened() -> None:
    wire = TrueBoardWire.model_validate(
        {"from": "A", "to": "B", "color": "red", "fastened": False, "loose_end": "from"}
    )
    assert [end.terminal for end in true_look([wire]).ends] == ["B"]


# ---- many claims --------------------------------------------------------------------------
def claim(confidence: float, right: bool | None) -> Claim:
    return Claim("case", "step", "a", "met", confidence, right)


def test_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    claims = [claim(0.95, True)] * 3 + [claim(0.91, False)] + [claim(0.6, True)] * 2 + [claim(0.1, None)]
    # bin 0.9: mean 0.94, 3 of 4 right; bin 0.6: mean 0.6, all right
    assert calibration_error(claims) == pytest.approx((4 * 0.19 + 2 * 0.4) / 6)
    assert [(one.low, one.count) for one in reliability(claims)] == [(0.6, 2), (0.9, 4)]


def test_certainty_lies_in_the_last_bin() -> None:
    assert [(one.low, one.high) for one in reliability([claim(1.0, True)])] == [(0.9, 1.0)]


def test_nothing_decided_has_no_calibration_error() -> None:
    assert calibration_error([claim(0.9, None)]) is None
    assert decided_at([claim(0.9, None)], 0.01) is None


def test_claims_that_are_equally_sure_are_decided_together() -> None:
    claims = [claim(0.9, True), claim(0.8, False), claim(0.8, True), claim(0.7, True), claim(0.5, None)]
    points = [(p.threshold, p.coverage, round(p.risk, 3)) for p in risk_curve(claims)]
    assert points == [(0.9, 0.2, 0.0), (0.8, 0.6, 0.333), (0.7, 0.8, 0.25)]


def test_the_most_that_may_be_decided_can_lie_behind_a_worse_point() -> None:
    claims = [claim(0.9, True), claim(0.8, False), *[claim(0.7, True)] * 18]
    best = decided_at(claims, 0.05)
    assert best is not None
    assert (best.threshold, best.coverage) == (0.7, 1.0)
