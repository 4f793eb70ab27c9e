"""An attempt while it runs: what is told of it, and that its end says the same as its recording."""

from dataclasses import replace
from pathlib import Path

import pytest

from assessor.bench import Bench, load_bench
from assessor.live.attempt import LiveAttempt
from assessor.live.standing import Standing, StepState
from assessor.pipeline import Task, judge, note
from assessor.procedure import Procedure, load_procedure
from assessor.recording import RecordingHeader, read_observations
from assessor.supplied import Supplied
from assessor.types import Fact, FactKey, Observations, WireObservation
from tests.observed import BENCH, MOTOR, write_seen

SIZE = (1280, 720)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return load_bench(BENCH)


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load_procedure(MOTOR)


@pytest.fixture
def seen(tmp_path: Path, bench: Bench) -> tuple[RecordingHeader, list[Observations]]:
    path = tmp_path / "seen.jsonl.gz"
    write_seen(path, bench)
    header, found = read_observations(path)
    return header, list(found)


@pytest.fixture
def attempt(bench: Bench, procedure: Procedure) -> LiveAttempt:
    return LiveAttempt(bench, procedure, SIZE)


def states(standing: Standing) -> dict[str, str]:
    return {step.id: step.state.value for step in standing.steps}


def at(attempt: LiveAttempt, seen: list[Observations], t_s: float) -> Standing:
    """How it stands after everything up to that time."""
    told = len(attempt.observations)
    for one in seen[told:]:
        if one.t_s > t_s:
            break
        attempt.see(one)
    return attempt.standing


def test_before_anything_is_seen_the_first_step_is_expected(attempt: LiveAttempt) -> None:
    assert [step.id for step in attempt.standing.expected] == ["isolate"]
    assert attempt.standing.done == 0


def test_steps_are_told_as_they_are_done(
    attempt: LiveAttempt, seen: tuple[RecordingHeader, list[Observations]]
) -> None:
    assert states(at(attempt, seen[1], 3.0))["isolate"] == "now"
    begun = at(attempt, seen[1], 6.0)
    assert states(begun)["isolate"] == "done"
    assert [step.id for step in begun.expected] == ["prove_dead"]
    wired = at(attempt, seen[1], 33.0)
    assert {states(wired)[step] for step in ("wire_stop", "wire_coil", "wire_return")} == {"done"}


def test_a_wrong_wire_is_told_until_it_is_put_right(
    attempt: LiveAttempt, seen: tuple[RecordingHeader, list[Observations]]
) -> None:
    wrong = at(attempt, seen[1], 20.5)
    assert [alert.key.rule for alert in wrong.alerts if not alert.corrected] == ["wire_start"]
    noticed_s = wrong.alerts[0].noticed_s
    right = at(attempt, seen[1], 30.0)
    assert [alert.corrected for alert in right.alerts if alert.key == wrong.alerts[0].key] == [True]
    assert [a.noticed_s for a in right.alerts if a.key == wrong.alerts[0].key] == [noticed_s]


def test_live_and_recorded_say_the_same(
    attempt: LiveAttempt, seen: tuple[RecordingHeader, list[Observations]], tmp_path: Path
) -> None:
    header, all_seen = seen
    at(attempt, all_seen, 1000.0)
    task = Task(attempt.bench, attempt.procedure, tmp_path)
    assert judge(header, iter(attempt.observations), task) == judge(header, iter(all_seen), task)


def test_while_the_camera_is_away_nothing_is_held_against_anybody(
    attempt: LiveAttempt, seen: tuple[RecordingHeader, list[Observations]], tmp_path: Path
) -> None:
    header, all_seen = seen
    laid: list[WireObservation] = []
    for one in all_seen:
        if not 8.5 < one.t_s <= 36:
            attempt.see(one)
            continue
        laid += [
            replace(w, earliest_s=8.5, latest_s=36.0) for w in one.wires if "X1.6" not in (w.start, w.end)
        ]
        back = replace(one, wires=tuple(laid))  # the eyes find them when the camera is back
        attempt.see(back if one.t_s == 36 else Observations(one.frame, one.t_s, "offline", None))
    assert all(step.state is not StepState.WRONG for step in attempt.standing.steps)
    record = note(header, iter(attempt.observations), Task(attempt.bench, attempt.procedure, tmp_path))
    assert [(gap.reason, gap.start_s, gap.end_s) for gap in record.gaps] == [("offline", 9.0, 36.0)]


def test_what_a_person_says_counts_live_and_afterwards(
    attempt: LiveAttempt, seen: tuple[RecordingHeader, list[Observations]], tmp_path: Path
) -> None:
    header, all_seen = seen
    at(attempt, all_seen, 36.0)
    attempt.tell(Fact(36.0, FactKey("person", "hand_raised"), "yes", 1.0, 36.0, source="person"))
    at(attempt, all_seen, 1000.0)
    supplied = Supplied(facts=tuple(attempt.told))
    task = Task(attempt.bench, attempt.procedure, tmp_path, supplied=supplied)
    record = note(header, iter(attempt.observations), task)
    told = {(event.key.subject, event.start_s) for event in record.events if event.source == "person"}
    assert told == {("hand_raised", 36.0)}
