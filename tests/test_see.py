"""All that is seen of a recording: passing over what rests loses nothing, working ahead changes nothing."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from assessor.bench import Bench, load_bench
from assessor.camera import FileSource, probe
from assessor.geometry import project
from assessor.settings import samples_folder
from assessor.stage_times import StageTimes
from assessor.types import Frame, Image, Observations
from assessor.vision.objects import ObjectDetector
from assessor.vision.see import Eyes, open_eyes

SAMPLE = samples_folder() / "start_stop_good"
FPS = 10


@pytest.fixture(scope="module")
def bench() -> Bench:
    return load_bench(SAMPLE.with_name(f"{SAMPLE.name}.bench.yaml"))


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """The first nine seconds: a lever is turned, a meter measures."""
    source = FileSource(probe(SAMPLE.with_suffix(".mp4"), settle_s=0), wanted=[(0.0, 9.0)])
    return list(source.frames())


@pytest.fixture
def eyes(models_cache: Path, bench: Bench) -> Eyes:
    return open_eyes(bench, StageTimes())


@pytest.fixture(scope="module")
def seen(models_cache: Path, bench: Bench, frames: list[Frame]) -> list[Observations]:
    return list(open_eyes(bench, StageTimes()).watch(frames))


@pytest.mark.slow
def test_working_ahead_changes_nothing(eyes: Eyes, frames: list[Frame], seen: list[Observations]) -> None:
    assert [eyes.look(frame) for frame in frames] == seen


@pytest.mark.slow
def test_what_is_passed_over_shows_what_was_there(
    bench: Bench, frames: list[Frame], seen: list[Observations]
) -> None:
    every = list(open_eyes(bench, StageTimes(), always=True).watch(frames))

    differing = [
        one.t_s
        for one, other in zip(seen, every, strict=True)
        if [i.value for i in one.indicators] != [i.value for i in other.indicators]
    ]
    assert len(differing) <= 1
    assert [wire for one in seen for wire in one.wires] == [wire for one in every for wire in one.wires]
    assert [len(one.hands) for one in seen] == [len(one.hands) for one in every]
    assert sum(set(one.touched) != set(other.touched) for one, other in zip(seen, every, strict=True)) <= 5


def still(image: Image, seconds: float, start_s: float = 0.0) -> list[Frame]:
    first = round(start_s * FPS)
    return [Frame(k, k / FPS, image) for k in range(first, first + round(seconds * FPS))]


def test_a_picture_that_rests_is_looked_at_once(
    eyes: Eyes, frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[int] = []
    detect = ObjectDetector.detect

    def counted(detector: ObjectDetector, *asked: Any, **more: Any) -> object:
        times.append(1)
        return detect(detector, *asked, **more)

    monkeypatch.setattr(ObjectDetector, "detect", counted)
    resting = [eyes.look(frame) for frame in still(frames[0].image, 3.0)]

    assert len(times) == 1
    assert {(one.hands, one.objects) for one in resting[1:]} == {(resting[0].hands, resting[0].objects)}


def test_a_lamp_that_goes_out_in_a_still_picture_is_seen(eyes: Eyes, frames: list[Frame]) -> None:
    bench, image = eyes.bench, frames[0].image
    (lamp,) = [i for i in bench.indicators if i.kind == "lamp"]
    before = [eyes.look(frame) for frame in still(image, 1.0)]
    pose = before[0].pose
    assert pose is not None
    x, y = project([lamp.at_mm], pose, bench.scaled_camera(1280, 720))[0]
    out = np.asarray(cv2.circle(image.copy(), (round(x), round(y)), 8, (40, 40, 40), -1), np.uint8)
    after = [eyes.look(frame) for frame in still(out, 0.3, 1.0)]

    def shown(one: Observations) -> list[str | None]:
        return [i.value for i in one.indicators if i.kind == "lamp"]

    assert [shown(one) for one in before + after] == [["on"]] * 10 + [["off"]] * 3


def test_a_camera_that_is_moved_is_noticed_and_solved_anew(eyes: Eyes, frames: list[Frame]) -> None:
    image = frames[0].image
    moved = np.asarray(cv2.warpAffine(image, np.array([[1.0, 0, 14], [0, 1.0, 9]]), (1280, 720)), np.uint8)
    first = [eyes.look(frame) for frame in still(image, 1.5)]
    then = [eyes.look(frame) for frame in still(moved, 3.0, 1.5)]

    assert {one.scene for one in first} == {"ok"}
    assert "moved" in {one.scene for one in then} and then[-1].scene == "ok"
    assert then[-1].pose is not None and first[-1].pose is not None
    assert np.abs(np.subtract(then[-1].pose.translation_mm, first[-1].pose.translation_mm)).max() > 3.0


@pytest.mark.parametrize("level", [pytest.param(0, id="dark"), pytest.param(128, id="grey")])
def test_a_covered_lens_is_no_bench(eyes: Eyes, level: int) -> None:
    (one,) = [eyes.look(frame) for frame in still(np.full((720, 1280, 3), level, np.uint8), 0.1)]

    assert (one.scene, one.pose) == ("dark", None)
