"""Things left on the panel, drawn into a real picture of a bench."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor.bench import Bench, load_bench
from assessor.camera import FileSource, probe
from assessor.geometry import project
from assessor.types import CameraPose, Image
from assessor.vision.leftover import LeftoverWatch
from assessor.vision.markers import find_pose

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="module")
def scene() -> tuple[Image, Bench, CameraPose]:
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")
    image = next(FileSource(probe(SAMPLES / "start_stop_good.mp4", settle_s=0)).frames()).image
    return image, bench, find_pose(image, bench)


def with_bar(
    scene: tuple[Image, Bench, CameraPose], start: tuple[float, float], end: tuple[float, float], mm: float
) -> Image:
    """The picture with an orange bar of this thickness, in mm of the mat."""
    image, bench, pose = scene
    along, across = np.subtract(end, start), np.array((start[1] - end[1], end[0] - start[0]), float)
    side = across / np.linalg.norm(along) * mm / 2
    ends = [np.add(start, side), np.add(end, side), np.subtract(end, side), np.subtract(start, side)]
    outline = project([(x, y, 10.0) for x, y in ends], pose, bench.camera)
    return np.asarray(cv2.fillPoly(image.copy(), [np.rint(outline).astype(np.int32)], (20, 120, 230)))


@pytest.mark.parametrize(
    ("start", "end", "mm", "found"),
    [
        pytest.param((-40.0, -5.0), (60.0, 0.0), 20.0, 1, id="tool on the panel"),
        pytest.param((-40.0, -5.0), (60.0, 0.0), 4.0, 0, id="wire"),
        pytest.param((-40.0, -70.0), (60.0, -70.0), 20.0, 0, id="tool on the mat"),
        pytest.param((-205.0, 50.0), (-205.0, 75.0), 20.0, 0, id="lever of a device"),
    ],
)
def test_only_thick_things_on_the_free_panel_are_told(
    scene: tuple[Image, Bench, CameraPose],
    start: tuple[float, float],
    end: tuple[float, float],
    mm: float,
    found: int,
) -> None:
    watch = LeftoverWatch(scene[1])
    watch.place(scene[2], (1280, 720))

    assert watch.look(scene[0]) == ()
    assert len(watch.look(with_bar(scene, start, end, mm))) == found
    assert watch.look(scene[0]) == ()
