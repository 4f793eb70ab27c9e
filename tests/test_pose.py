"""The worker's posture: from a video file over facts to verdicts, and what a body's points make true."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assessor import models
from assessor.facts import FactBuilder
from assessor.hand_facts import Moment
from assessor.pipeline import OBSERVATIONS_FILE, Task, score_again, score_recording
from assessor.pose_facts import hand_raised, postures
from assessor.procedure import load_procedure
from assessor.recording import read_observations
from assessor.types import (
    CameraPose,
    Fact,
    FactKey,
    HandObservation,
    Observations,
    Outcome,
    PersonObservation,
    Verdict,
)
from assessor.vision.motion import shrunk
from assessor.vision.pose import PersonWatch, PoseNetworks
from tests.corpus import Plan, write_video
from tests.people import SIZE, overseen_bench, scene

POSE = CameraPose((np.pi, 0.0, 0.0), (0.0, 0.0, 1000.0), 0.1, (0, 1, 2, 3))
LOW = PersonObservation(
    0.9,
    (
        (600, 100),
        (650, 160),
        (550, 160),
        (670, 230),
        (530, 230),
        (660, 300),
        (540, 300),
        (630, 340),
        (570, 340),
    ),
    (0.9,) * 9,
)
PROCEDURE = """\
procedure: ask_first
version: 1
title: {zh: 先申请后通电, en: Ask first}
steps:
  - id: ask
    title: {zh: 举手申请, en: Raise a hand}
    done: {pose: hand_raised}
  - id: power_on
    title: {zh: 通电, en: Power on}
    after: [ask]
    done: {becomes: {lamp: H1, is: "on"}}
rubric:
  total: 10
  dimensions: {safety: {zh: 安全, en: Safety}}
  items:
    - id: order
      title: {zh: 先申请后通电, en: Asked before power}
      points: 10
      check: video
      dimension: safety
      judged_by: [ask, power_on]
"""


def moved(person: PersonObservation, **points: tuple[tuple[float, float], float]) -> PersonObservation:
    """The person with some points elsewhere: place and how visible, by name."""
    names = (
        "head",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
    )
    places, visible = list(person.points_px), list(person.visible)
    for name, (place, seen) in points.items():
        places[names.index(name)], visible[names.index(name)] = place, seen
    return replace(person, points_px=tuple(places), visible=tuple(visible))


# ---- what a body says ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "value"),
    [
        pytest.param(LOW, "no", id="both hang"),
        pytest.param(moved(LOW, left_wrist=((680, 60), 0.8)), "yes", id="left up"),
        pytest.param(moved(LOW, right_wrist=((520, 60), 0.8)), "yes", id="right up"),
        pytest.param(moved(LOW, left_wrist=((640, 130), 0.8)), None, id="at the chin"),
        pytest.param(moved(LOW, left_wrist=((680, 60), 0.2)), None, id="a wrist that is not seen"),
        pytest.param(
            moved(LOW, left_wrist=((680, 60), 0.8), right_wrist=((540, 300), 0.1)), "yes", id="one seen up"
        ),
        pytest.param(moved(LOW, left_shoulder=((650, 160), 0.3)), None, id="a shoulder that is not seen"),
    ],
)
def test_hand_raised(person: PersonObservation, value: str | None) -> None:
    said, confidence = hand_raised(person)
    assert said == value
    assert (confidence == 0.0) is (value is None)


def at_bench(
    folder: Path, person: PersonObservation | None, *hands: HandObservation
) -> dict[str, str | None]:
    bench = overseen_bench(folder)
    seen = Observations(0, 0.0, "ok", POSE, hands, person=person)
    moment = Moment(bench, bench.scaled_camera(*SIZE), POSE, seen)
    return {key.subject: value for key, value, _confidence in postures(moment)}


def test_head_or_neck_over_the_mat_is_leaning_in(tmp_path: Path) -> None:
    over = moved(LOW, head=((600, 500), 0.9))
    unsure = moved(LOW, head=((600, 500), 0.2), left_shoulder=((650, 160), 0.2))
    neck_only = moved(LOW, head=((600, 100), 0.2))
    assert at_bench(tmp_path, LOW)["leaning_in"] == "no"
    assert at_bench(tmp_path, over)["leaning_in"] == "yes"
    assert at_bench(tmp_path, unsure)["leaning_in"] is None
    assert at_bench(tmp_path, neck_only)["leaning_in"] is None  # the head may be


def test_nobody_found_is_nobody_there_unless_a_hand_is_in_view(tmp_path: Path) -> None:
    hand = HandObservation(1, "right", 0.9, tuple((600.0 + 5 * i, 500.0) for i in range(21)))
    nobody = {"person_present": "no", "hand_raised": "no", "leaning_in": "no"}
    assert at_bench(tmp_path, None) == nobody
    assert at_bench(tmp_path, None, hand) == {
        "person_present": "yes",
        "hand_raised": None,
        "leaning_in": None,
    }


def test_a_camera_that_does_not_see_the_worker_says_nothing(tmp_path: Path) -> None:
    bench = overseen_bench(tmp_path, sees_worker=False)
    facts = FactBuilder(bench, SIZE).update(Observations(0, 0.0, "ok", POSE))
    assert not [fact for fact in facts if fact.key.kind == "pose"]


# ---- the networks --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def networks(models_cache: Path) -> PoseNetworks:
    return PoseNetworks(models.path_of("pose_landmarker"))


@pytest.mark.parametrize(
    ("raised", "told"), [pytest.param(True, "yes", id="raised"), pytest.param(False, "no", id="hanging")]
)
def test_a_raised_hand_is_told_from_a_hanging_one(networks: PoseNetworks, raised: bool, told: str) -> None:
    images = [scene(raised, (250 + 50 * shift, 3 * shift)) for shift in range(10)]
    people = [PersonWatch(networks).look(image, shrunk(image), 0.0) for image in images]
    assert [hand_raised(person)[0] for person in people if person is not None] == [told] * 10


def test_nobody_is_found_where_nobody_is(networks: PoseNetworks) -> None:
    watch, image = PersonWatch(networks), scene(None)
    assert watch.look(image, shrunk(image), 0.0) is None


def test_the_worker_is_looked_for_twice_a_second_while_something_moves(
    networks: PoseNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, body = [], PoseNetworks.body

    def counted(self: PoseNetworks, *what: object) -> object:
        looks.append(what)
        return body(self, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(PoseNetworks, "body", counted)
    watch = PersonWatch(networks)
    moving = [scene(False, (400 + 10 * number, 0)) for number in range(11)]
    seen = [watch.look(image, shrunk(image), number / 10) for number, image in enumerate(moving)]
    assert all(seen) and len(looks) == 4  # twice when he is found
    still = [watch.look(moving[-1], shrunk(moving[-1]), 1.1 + number / 10) for number in range(20)]
    assert set(still) == {seen[-1]} and len(looks) == 4


# ---- from the video file to the verdict ----------------------------------------------------


def record(path: Path, raised_s: tuple[float, float], lamp_s: float) -> Path:
    """Nobody; from 1 s a man; his arm is up in between; a lamp goes on. 9 s."""

    def draw(index: int) -> np.ndarray:
        t_s = index / 10
        at = (400 + 30 * np.sin(t_s), 4 * np.cos(2 * t_s))
        up = raised_s[0] <= t_s < raised_s[1]
        return scene(None if t_s < 1 else up, at, t_s >= lamp_s)

    return write_video(path, Plan(90, 10, SIZE), draw)


def steps_of(video: Path, folder: Path) -> dict[str, Verdict]:
    task = Task(overseen_bench(folder), load_procedure(PROCEDURE), folder)
    score = score_recording(video, task)
    again = score_again(video, folder / OBSERVATIONS_FILE, task)
    assert again.sheet.verdicts == score.sheet.verdicts
    return {verdict.id: verdict for verdict in score.sheet.verdicts if verdict.kind == "step"}


@pytest.fixture(scope="module")
def asked(models_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Verdict]]:
    """The folder of a recording in which somebody asks before the power is on, and its steps."""
    folder = tmp_path_factory.mktemp("asked")
    return folder, steps_of(record(folder / "asked.mp4", (3.0, 5.5), 7.0), folder)


@pytest.mark.slow
def test_asking_before_power_is_seen_in_a_video(asked: tuple[Path, dict[str, Verdict]]) -> None:
    _, steps = asked
    assert [step.outcome for step in steps.values()] == [Outcome.MET, Outcome.MET]
    asked_s = steps["ask"].t_s
    assert asked_s is not None and 2.5 <= asked_s <= 4.0


@pytest.mark.slow
def test_power_before_asking_is_a_mistake_of_order(models_cache: Path, tmp_path: Path) -> None:
    steps = steps_of(record(tmp_path / "late.mp4", (5.0, 7.5), 3.0), tmp_path)
    mistakes = [mistake.kind for step in steps.values() for mistake in step.mistakes]
    assert mistakes == ["order"]


@pytest.mark.slow
def test_nothing_of_a_face_is_recorded(asked: tuple[Path, dict[str, Verdict]]) -> None:
    folder, _ = asked
    header, recorded = read_observations(folder / OBSERVATIONS_FILE)
    observations, bench = list(recorded), overseen_bench(folder)
    seen = [one.person for one in observations if one.person is not None]
    assert len(seen) > 50 and {len(person.points_px) for person in seen} == {9}
    builder = FactBuilder(bench, (header.width, header.height))
    facts: list[Fact] = [fact for one in observations for fact in builder.update(one)]
    present = [(f.t_s, f.value) for f in facts if f.key == FactKey("pose", "person_present")]
    assert present[0] == (0.0, "no") and 1.0 <= present[1][0] <= 1.6 and present[1][1] == "yes"
