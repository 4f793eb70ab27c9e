"""Which camera took a board photo: versions of a sample photo whose camera is known."""

from functools import cache

import cv2
import numpy as np
import pytest

from assessor.bench import Bench, load_bench
from assessor.camera import read_photo
from assessor.errors import SightError
from assessor.geometry import project
from assessor.settings import samples_folder
from assessor.types import Image
from assessor.vision.markers import find_pose
from assessor.vision.photo_camera import BoardPhoto, place_camera
from benchmarks.boards import PHONE_FOCAL, phone

BOARDS = samples_folder() / "boards"
SQUARE_PX = 700


@cache
def sample() -> tuple[Image, Bench]:
    return read_photo(BOARDS / "board_good_1.jpg"), load_bench(BOARDS / "board_good_1.bench.yaml")


def covered(image: Image, bench: Bench, markers: int) -> Image:
    """The photo with so many markers under a sheet of paper."""
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    hidden, pose = image.copy(), find_pose(image, bench)
    for marker in sorted(bench.markers)[:markers]:
        quad = np.rint(project(bench.markers[marker], pose, camera)).astype(np.int32)
        cv2.fillConvexPoly(hidden, cv2.convexHull(quad), (200, 200, 200))
    return hidden


def terminals_off_px(placed: BoardPhoto, image: Image, bench: Bench) -> float:
    """How far the terminals lie from where the bench's own camera and the same picture say."""
    size = image.shape[1], image.shape[0]
    true = project(list(bench.terminals.values()), find_pose(image, bench), bench.scaled_camera(*size))
    seen = project(list(bench.terminals.values()), placed.pose, placed.bench.scaled_camera(*size))
    return float(np.abs(true - seen).max())


def test_the_bench_s_own_camera_is_known_again() -> None:
    image, bench = sample()
    assert place_camera(image, bench).bench is bench


def test_another_camera_is_found_out_by_its_markers() -> None:
    image, bench = sample()
    placed = place_camera(phone(image, bench), bench)
    camera = placed.bench.camera
    assert camera.matrix[0][0] / camera.width == pytest.approx(PHONE_FOCAL, rel=0.01)
    assert placed.image.shape[:2] == (camera.height, camera.width) == (2400, 3200)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_is_turned_upright(turns: int) -> None:
    image, bench = sample()
    placed = place_camera(np.ascontiguousarray(np.rot90(image, turns)), bench)
    assert np.array_equal(placed.image, image)
    assert terminals_off_px(placed, image, bench) < 1.5


@pytest.mark.parametrize(
    ("markers", "en", "zh"),
    [
        pytest.param(
            4, r"\(0, 1, 2, 3\), found none; photograph the whole mat", "一个也没有", id="none left"
        ),
        pytest.param(2, r"\(0, 1, 2, 3\), found 2, 3; photograph", "只有 2, 3", id="two left"),
    ],
)
def test_too_few_markers_are_named(markers: int, en: str, zh: str) -> None:
    image, bench = sample()
    with pytest.raises(SightError, match=en) as refused:
        place_camera(covered(image, bench, markers), bench)
    assert zh in refused.value.render("zh")


def test_three_markers_will_do() -> None:
    image, bench = sample()
    assert terminals_off_px(place_camera(covered(image, bench, 1), bench), image, bench) < 2


def test_a_board_too_small_to_read_is_refused() -> None:
    image, bench = sample()
    small = cv2.resize(image, (700, 394), interpolation=cv2.INTER_AREA)
    with pytest.raises(
        SightError, match=r"at least 1.1 px per mm, got [01]\.\d+; take the photo from nearer"
    ):
        place_camera(np.asarray(small, np.uint8), bench)


def test_a_picture_that_fits_any_camera_is_refused() -> None:
    """Markers seen from straight above in a picture of another shape: nothing tells how far away."""
    _, bench = sample()
    picture = np.full((SQUARE_PX, SQUARE_PX, 3), 255, np.uint8)
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, bench.marker_dictionary))
    for marker, corners in bench.markers.items():
        flat = np.array(corners, np.float64)[:, :2] * (1, -1) + SQUARE_PX / 2
        size = round(float(np.ptp(flat[:, 0])))
        left, top = np.rint(flat.min(axis=0)).astype(int)
        drawn = cv2.aruco.generateImageMarker(dictionary, marker, size)
        picture[top : top + size, left : left + size] = drawn[..., None]
    big = np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), np.uint8)
    with pytest.raises(SightError, match="more from a slant"):
        place_camera(big, bench)
