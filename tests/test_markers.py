"""Camera pose from the bench's markers, on rendered pictures whose terminals are known to the pixel."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor.bench import Bench, load_bench
from assessor.camera import FileSource, probe, read_photo
from assessor.errors import SightError
from assessor.geometry import project
from assessor.types import Image
from assessor.vision.markers import find_markers, find_pose

SAMPLES = Path(__file__).parent.parent / "samples"
BOARDS = sorted(path.stem for path in (SAMPLES / "boards").glob("*.jpg"))


def picture(name: str) -> Image:
    """First frame of a sample recording, or a board photo."""
    if (photo := SAMPLES / f"{name}.jpg").exists():
        return read_photo(photo)
    return next(FileSource(probe(SAMPLES / f"{name}.mp4", settle_s=0)).frames()).image


def terminal_error_px(name: str, image: Image, bench: Bench) -> float:
    """Largest distance between where the pose puts a terminal and where it is."""
    truth = json.loads((SAMPLES / f"{name}.truth.json").read_text())["terminals_px"]
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    seen = project(list(bench.terminals.values()), find_pose(image, bench), camera)
    return float(max(np.linalg.norm(seen[k] - truth[n]) for k, n in enumerate(bench.terminals)))


@pytest.mark.parametrize("name", ["start_stop_good", "start_stop_faulty", *(f"boards/{b}" for b in BOARDS)])
def test_pose_puts_every_terminal_within_two_pixels(name: str) -> None:
    bench = load_bench(SAMPLES / f"{name}.bench.yaml")

    assert terminal_error_px(name, picture(name), bench) < 2.0


def test_one_covered_marker_is_no_loss() -> None:
    name = "start_stop_good"
    bench, image = load_bench(SAMPLES / f"{name}.bench.yaml"), picture(name)
    corners = find_markers(image, bench)[2]
    cv2.fillPoly(image, [corners.astype(np.int32)], (120, 140, 180))

    assert set(find_markers(image, bench)) == {0, 1, 3}
    assert terminal_error_px(name, image, bench) < 2.0


def test_picture_without_markers_is_refused_with_what_to_do() -> None:
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")

    with pytest.raises(SightError, match=r"at least 3 of the bench's markers \(0, 1, 2, 3\).*found none"):
        find_pose(np.full((720, 1280, 3), 128, np.uint8), bench)


def test_markers_in_other_places_contradict_the_bench() -> None:
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")
    image = picture("start_stop_good")
    image[:, :640] = image[:, 640:][:, ::1]  # markers 1 and 2 twice, 0 and 3 gone

    with pytest.raises(SightError):
        find_pose(image, bench)
