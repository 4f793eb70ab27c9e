"""Real executions as procedures and events: tiny made-up data in the formats of the publishers."""

import json
from pathlib import Path
from typing import Any

import pytest

from assessor.types import Outcome
from benchmarks.real import cooking, recognised
from benchmarks.real.captaincook import MISSING, ORDER, Execution, read_executions
from benchmarks.real.counts import Counts, counted
from benchmarks.real.executions import PlainStep, Sight, end_of, judge_sights, procedure_of
from benchmarks.real_procedures import report

TITLES = {
    "1": "Boil-Boil the water",
    "2": "Stir-Stir the pot",
    "3": "Add-Add the tea",
    "4": "Stir-Stir the pot",
}
EDGES = [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]
NUMBERS = {"Boil-Boil the water": 31, "Stir-Stir the pot": 32, "Add-Add the tea": 33}
ORDERLY = ["Boil-Boil the water", "Stir-Stir the pot", "Add-Add the tea", "Stir-Stir the pot"]
SWAPPED = [ORDERLY[1], ORDERLY[0], ORDERLY[2], ORDERLY[3]]


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def step(title: str, start_s: float, *tags: str, length_s: float = 8.0) -> dict[str, Any]:
    errors = [{"tag": tag, "description": "made up"} for tag in tags]
    end_s = start_s + length_s if start_s >= 0 else -1.0
    times = {"start_time": start_s, "end_time": end_s}
    return {
        "description": title,
        "step_id": NUMBERS[title],
        **times,
        **({"errors": errors} if errors else {}),
    }


def cooked(folder: Path, *recordings: list[dict[str, Any]]) -> list[Execution]:
    """A folder in the publisher's format, read again."""
    ids = [f"1_{number}" for number in range(len(recordings))]
    graph = {"steps": {"0": "START", **TITLES, "5": "END"}, "edges": EDGES}
    write(folder / "task_graphs" / "gingertea.json", graph)
    write(folder / "complete_step_annotations.json", {id: {"activity_name": "Ginger Tea"} for id in ids})
    write(folder / "step_idx_description.json", {str(n): title for title, n in NUMBERS.items()})
    annotated = zip(ids, recordings, strict=True)
    write(
        folder / "error_annotations.json",
        [{"recording_id": id, "step_annotations": steps} for id, steps in annotated],
    )
    return read_executions(folder)


def one_after_another(titles: list[str]) -> list[dict[str, Any]]:
    return [step(title, 10.0 * at) for at, title in enumerate(titles)]


def test_steps_of_the_same_title_are_told_apart_by_their_order(tmp_path: Path) -> None:
    (execution,) = cooked(tmp_path, one_after_another(ORDERLY))
    assert execution.done == {"step_1": (0, 8), "step_2": (10, 18), "step_3": (20, 28), "step_4": (30, 38)}
    assert execution.graph.before["step_3"] == {"step_2"}


def test_what_is_done_more_often_than_the_graph_has_it_counts_once(tmp_path: Path) -> None:
    (execution,) = cooked(tmp_path, one_after_another([*ORDERLY, ORDERLY[1]]))
    assert execution.repeated == 1
    assert execution.done["step_4"] == (30, 38)


@pytest.mark.parametrize("reading", cooking.READINGS)
def test_a_good_execution_has_every_step_met(tmp_path: Path, reading: str) -> None:
    (judged,) = cooking.judge_all(cooked(tmp_path, one_after_another(ORDERLY)), reading)
    assert {verdict.outcome for verdict in judged.verdicts.values()} == {Outcome.MET}


@pytest.mark.parametrize("reading", cooking.READINGS)
def test_a_step_before_its_turn_is_one_mistake_of_order(tmp_path: Path, reading: str) -> None:
    (judged,) = cooking.judge_all(cooked(tmp_path, one_after_another(SWAPPED)), reading)
    assert len(judged.blamed("order")) == 1
    assert judged.involved == {"step_1", "step_2"}


def test_a_step_without_a_time_is_missing(tmp_path: Path) -> None:
    steps = [step(ORDERLY[0], 0), step(ORDERLY[1], 10), step(ORDERLY[2], -1.0, MISSING), step(ORDERLY[3], 30)]
    (judged,) = cooking.judge_all(cooked(tmp_path, steps), cooking.WHOLE)
    assert judged.blamed("omission") == judged.tagged(MISSING) == {"step_3"}


def test_steps_that_overlap_are_out_of_order_by_their_starts_only(tmp_path: Path) -> None:
    steps = [step(ORDERLY[1], 0, length_s=9), step(ORDERLY[0], 1, length_s=9)]
    steps += [step(ORDERLY[2], 20), step(ORDERLY[3], 30)]
    executions = cooked(tmp_path, steps)
    by_start, whole = (cooking.judge_all(executions, reading)[0] for reading in ("start", cooking.WHOLE))
    assert by_start.blamed("order") and not whole.blamed("order")
    assert whole.blamed("order", sure=False)


def test_the_report_counts_recordings_beside_the_naive_check(tmp_path: Path) -> None:
    wrong = [step(title, 10.0 * at, *([ORDER] if at < 2 else [])) for at, title in enumerate(SWAPPED)]
    folder = tmp_path / "captaincook4d"
    cooked(folder, one_after_another(ORDERLY), wrong)
    write(tmp_path / "prego" / "output_made_up.json", RECOGNISED)
    lines = list(report(tmp_path))
    rows = [line for line in lines if "naive edge check" in line or "a step counts at start " in line]
    assert Counts(tp=1, tn=1).row in rows[0] and Counts(tp=1, tn=1).row in rows[1]
    assert any("all believed" in line for line in lines)


def test_counts_compare_sets() -> None:
    found = counted({"a", "b"}, {"b", "c"}, {"a", "b", "c", "d"})
    assert (found, found.precision, found.recall) == (Counts(1, 1, 1, 1), 0.5, 0.5)


# ---- recognised steps ---------------------------------------------------------------------

RECOGNISED = {
    "first": {"gt": [1, 2, 3], "pred": [1, 2, 3], "gt_durations": [300] * 3, "pred_durations": [300] * 3},
    "second": {
        "gt": [1, 2, 3],
        "pred": [2, 1, 3],
        "gt_durations": [300] * 3,
        "pred_durations": [30, 400, 400],
    },
    "third": {"gt": [1, 2, 3], "pred": [1, 3], "gt_durations": [300] * 3, "pred_durations": [300] * 2},
    "stranger": {"gt": [8, 9], "pred": [8, 9], "gt_durations": [300] * 2, "pred_durations": [300] * 2},
}


@pytest.fixture
def trials(tmp_path: Path) -> list[recognised.Trial]:
    write(tmp_path / "output.json", RECOGNISED)
    return recognised.trials_of(recognised.read_sequences(tmp_path / "output.json"))


def test_a_recording_is_judged_by_another_one_like_it(trials: list[recognised.Trial]) -> None:
    assert [trial.sequence.id for trial in trials] == ["first", "second", "third"]
    steps = {step.id: step.after for step in trials[0].procedure.steps}
    assert steps == {"action_1": (), "action_2": ("action_1",), "action_3": ("action_1", "action_2")}


def test_true_steps_are_met_and_noise_moves_the_verdicts(trials: list[recognised.Trial]) -> None:
    for trial in trials:
        assert {v.outcome for v in recognised.judged(trial, None).values()} == {Outcome.MET}
    swapped = recognised.judged(trials[1], recognised.trusted)
    assert [v.id for v in swapped.values() if v.outcome is Outcome.NOT_MET] == ["action_2"]


def test_a_short_stretch_is_believed_less(trials: list[recognised.Trial]) -> None:
    swapped = recognised.judged(trials[1], recognised.by_length)
    assert swapped["action_2"].outcome is Outcome.UNSURE


def test_sureness_is_measured_on_the_other_recordings(trials: list[recognised.Trial]) -> None:
    measured = recognised.Measured(trials)
    assert measured.silence(trials[2]) == pytest.approx(1 / 2)  # nobody else missed a step
    assert measured.silence(trials[0]) == pytest.approx(1 / 3)  # the third one did, wrongly


def test_a_silence_that_is_worth_little_makes_an_omission_unsure(trials: list[recognised.Trial]) -> None:
    trusting, doubting = (recognised.judged(trials[2], recognised.trusted, s)["action_2"] for s in (1.0, 0.4))
    assert (trusting.outcome, doubting.outcome) == (Outcome.NOT_MET, Outcome.UNSURE)


def test_moves_count_what_unsure_catches(trials: list[recognised.Trial]) -> None:
    believed = recognised.moves_of(trials, recognised.trusted, lambda _: 1.0)
    doubted = recognised.moves_of(trials, recognised.trusted, lambda _: 0.4)
    assert (believed.right, believed.blamed, believed.caught) == (7, 2, 0)
    assert (doubted.right, doubted.blamed, doubted.caught) == (7, 1, 1)


def test_a_procedure_is_made_once_and_checked_like_a_file() -> None:
    steps = (PlainStep("one", "One"), PlainStep("two", "Two", ("one",)))
    sights = [Sight("one", 1, 2), Sight("two", 3, 4)]
    verdicts = judge_sights(procedure_of("plain", steps), sights, end_of(sights))
    assert [verdict.outcome for verdict in verdicts.values()] == [Outcome.MET, Outcome.MET]
    assert procedure_of("plain", steps) is procedure_of("plain", steps)


def test_a_doubtful_cause_does_not_excuse_a_certain_one() -> None:
    """The third step is surely before the second, and perhaps before the first too."""
    steps = (PlainStep("a", "A"), PlainStep("b", "B", ("a",)), PlainStep("c", "C", ("b",)))
    seen = [Sight("c", 200, 610), Sight("a", 360, 477), Sight("b", 900, 1000)]
    verdicts = judge_sights(procedure_of("three", steps), seen, end_of(seen))
    assert verdicts["c"].outcome is Outcome.NOT_MET
