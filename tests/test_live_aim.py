"""A camera that was knocked, and one that shows another bench: from real pictures of the sample recording."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor.bench import Bench, load_bench
from assessor.camera import FileSource, probe
from assessor.classroom.aim import AimWatch
from assessor.classroom.health import CameraState
from assessor.classroom.labels import label_in, label_of
from assessor.types import Frame, Image

ROOT = Path(__file__).parents[1]
LIVE, MOVED, WRONG = CameraState.LIVE, CameraState.MOVED, CameraState.WRONG_CAMERA


@pytest.fixture(scope="module")
def picture() -> Image:
    video = probe(ROOT / "samples" / "start_stop_good.mp4", settle_s=0)
    return next(FileSource(video, wanted=[(0.0, 0.0)]).frames()).image


@pytest.fixture(scope="module")
def bench() -> Bench:
    return load_bench(ROOT / "samples" / "start_stop_good.bench.yaml")


def renumbered(bench: Bench, by: int) -> Bench:
    """The same bench with a marker set of its own."""
    markers = {id + by: corners for id, corners in bench.markers.items()}
    return bench.model_copy(update={"markers": markers, "name": f"{bench.name}_{by}"})


def shifted(image: Image, x: float, y: float, turn_deg: float = 0.0) -> Image:
    height, width = image.shape[:2]
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 1.0)
    matrix = np.asarray(turned, np.float64) + np.array([[0, 0, x], [0, 0, y]])
    moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def labelled(image: Image, bench: str, width: int = 140) -> Image:
    """The picture with a bench's label on the mat."""
    label = label_of(bench)
    small = cv2.resize(
        label, (width, round(label.shape[0] * width / label.shape[1])), interpolation=cv2.INTER_AREA
    )
    shown = image.copy()
    shown[20 : 20 + small.shape[0], 600 : 600 + small.shape[1]] = small
    return shown


def states(watch: AimWatch, *images: Image) -> list[CameraState]:
    """What is told of pictures that come every two seconds."""
    return [watch.look(Frame(n, 2.0 * n, image)).state for n, image in enumerate(images)]


@pytest.mark.fault(6)
@pytest.mark.parametrize(
    ("x", "y", "turn_deg"),
    [
        pytest.param(12, 0, 0.0, id="aside"),
        pytest.param(0, -9, 0.0, id="down"),
        pytest.param(0, 0, 1.5, id="turned"),
    ],
)
def test_a_knock_is_told_until_the_camera_stands_still_again(
    x: int, y: int, turn_deg: float, picture: Image, bench: Bench
) -> None:
    knocked, further = shifted(picture, x, y, turn_deg), shifted(picture, 3 * x, 3 * y, 3 * turn_deg)
    watch = AimWatch("bench_1", bench)
    told = states(watch, picture, picture, knocked, further, further, further)
    assert told == [LIVE, LIVE, MOVED, MOVED, LIVE, LIVE]
    assert watch.moves == 1


@pytest.mark.fault(6)
def test_a_knock_within_measuring_error_and_a_hand_before_the_markers_are_no_knock(
    picture: Image, bench: Bench
) -> None:
    covered = picture.copy()
    covered[:, : picture.shape[1] // 2] = 90
    watch = AimWatch("bench_1", bench)
    assert states(watch, picture, shifted(picture, 1.5, 1.0), covered, picture) == [LIVE] * 4


@pytest.mark.fault(11)
def test_another_benchs_markers_are_told_with_its_name(picture: Image, bench: Bench) -> None:
    mine = renumbered(bench, 10)
    watch = AimWatch("bench_7", mine, {"bench_8": renumbered(bench, 20), "bench_9": bench})
    aim = watch.look(Frame(0, 0.0, picture))
    assert (aim.state, aim.about) == (WRONG, "bench_9")


@pytest.mark.fault(11)
def test_another_benchs_label_is_told_where_markers_are_the_same(picture: Image, bench: Bench) -> None:
    watch = AimWatch("bench_7", bench, {"bench_9": bench})
    assert states(watch, labelled(picture, "bench_7"), picture) == [LIVE, LIVE]
    exchanged = AimWatch("bench_7", bench, {"bench_9": bench})
    aim = exchanged.look(Frame(0, 0.0, labelled(picture, "bench_9")))
    assert (aim.state, aim.about) == (WRONG, "bench_9")
    assert exchanged.look(Frame(1, 2.0, labelled(picture, "bench_7"))).state is LIVE


@pytest.mark.parametrize("width", [130, 160, 220])
def test_a_label_is_read_from_a_picture(width: int, picture: Image) -> None:
    assert label_in(labelled(picture, "bench_12", width)) == "bench_12"


def test_another_code_is_no_label(picture: Image) -> None:
    code = np.pad(np.asarray(cv2.QRCodeEncoder.create().encode("bench_12"), np.uint8), 4, constant_values=255)
    large = cv2.cvtColor(np.kron(code, np.ones((8, 8), np.uint8)).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    assert label_in(np.asarray(large, np.uint8)) is None
    assert label_in(picture) is None


def test_looking_costs_little(picture: Image, bench: Bench) -> None:
    watch = AimWatch("bench_1", bench)
    watch.look(Frame(0, 0.0, picture))
    start_s = time.process_time()
    for number in range(1, 5):
        watch.look(Frame(number, 2.0 * number, picture))
    took_s = (time.process_time() - start_s) / 4
    print(f"a look at the markers: {took_s * 1000:.1f} ms")  # noqa: T201
    assert took_s < 0.15
