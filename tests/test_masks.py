"""What is kept of a picture: the bench area, no face in it, and nothing around it."""

from dataclasses import replace
from pathlib import Path

import cv2
import matplotlib.cbook
import numpy as np
import pytest

from assessor import models
from assessor.bench import Bench, load_bench
from assessor.camera import FileSource, probe
from assessor.errors import SightError
from assessor.masks import GREY, Masks, area_mm, area_px, masked_photo, open_masks, poses_of
from assessor.settings import samples_folder
from assessor.store import decision_tables, ledger_tables, people_tables  # noqa: F401 - their tables
from assessor.store.tables import Base
from assessor.types import CameraPose, Frame, Image, Observations
from assessor.vision.faces import FaceFinder
from assessor.vision.markers import find_pose

SAMPLE = samples_folder() / "start_stop_good.mp4"


@pytest.fixture(scope="module")
def bench() -> Bench:
    return load_bench(SAMPLE.with_suffix(".bench.yaml"))


@pytest.fixture(scope="module")
def picture() -> Image:
    return next(FileSource(probe(SAMPLE, settle_s=0)).frames()).image


@pytest.fixture(scope="module")
def pose(bench: Bench, picture: Image) -> CameraPose:
    return find_pose(picture, bench)


@pytest.fixture(scope="module")
def finder(models_cache: Path) -> FaceFinder:
    return FaceFinder(models.path_of("face_finder"))


@pytest.fixture(scope="module")
def portrait() -> Image:
    """A photo of a person that comes with matplotlib, on which MediaPipe depends."""
    read = cv2.imread(str(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    assert read is not None
    return np.asarray(read, np.uint8)


@pytest.fixture(params=[pytest.param(height, id=f"{height} px") for height in (560, 600)])
def face(request: pytest.FixtureRequest, portrait: Image) -> tuple[Image, int]:
    return portrait, request.param


def with_face(picture: Image, portrait: Image, middle: tuple[int, int], height: int = 300) -> Image:
    """The portrait hung into the picture."""
    size = round(height * portrait.shape[1] / portrait.shape[0]), height
    left, top = middle[0] - size[0] // 2, middle[1] - size[1] // 2
    out = picture.copy()
    out[top : top + size[1], left : left + size[0]] = cv2.resize(portrait, size)
    return out


def middle_of(bench: Bench, pose: CameraPose, picture: Image) -> tuple[int, int]:
    area = area_px(bench, pose, picture)
    assert area is not None
    x, y = area.mean(axis=0)
    return int(x), int(y)


def test_outside_of_the_bench_area_is_grey_and_the_inside_as_it_was(
    bench: Bench, picture: Image, pose: CameraPose, finder: FaceFinder
) -> None:
    small = bench.model_copy(update={"kept_area": ((-150.0, 100.0), (150.0, 100.0), (150.0, -100.0))})
    area = area_px(small, pose, picture)
    assert area is not None
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, area, 1)
    assert 0.05 < inside.mean() < 0.6
    kept = Masks(small, [(0.0, pose)], finder).masked(Frame(0, 0.0, picture))
    assert (kept[inside == 0] == GREY).all()
    assert np.array_equal(kept[inside == 1], picture[inside == 1])


def test_area_without_a_word_in_the_bench_file_holds_all_that_stands_in_it(bench: Bench) -> None:
    hull = area_mm(bench).astype(np.float32)
    for x, y, _z in (*bench.terminals.values(), *(corner for m in bench.markers.values() for corner in m)):
        assert cv2.pointPolygonTest(hull, (x, y), True) >= 119


def test_face_inside_the_area_is_not_kept(
    bench: Bench, picture: Image, pose: CameraPose, finder: FaceFinder, face: tuple[Image, int]
) -> None:
    seen = with_face(picture, face[0], middle_of(bench, pose, picture), face[1])
    assert len(finder.faces(seen)) == 1
    kept = Masks(bench, [(0.0, pose)], finder).masked(Frame(0, 0.0, seen))
    assert finder.faces(kept) == []
    x0, y0, x1, y1 = (int(v) for v in finder.faces(seen)[0])
    left = kept[y0:y1, x0:x1].reshape(-1, 3)
    assert len(np.unique(left, axis=0)) <= 36  # nothing but the blocks


def test_bench_without_a_face_is_not_blurred(bench: Bench, finder: FaceFinder) -> None:
    """A false alarm hides evidence: not one in the sample, looked at once a second."""
    found = [
        finder.faces(frame.image) for frame in FileSource(probe(SAMPLE, settle_s=0), period_s=1).frames()
    ]
    assert len(found) > 40
    assert sum(map(len, found)) == 0


def test_what_is_smaller_than_a_face_could_be_there_is_no_face(
    bench: Bench, picture: Image, pose: CameraPose, finder: FaceFinder, portrait: Image
) -> None:
    """So a portrait on a card that lies on the bench is kept: docs/privacy.md says so."""
    seen = with_face(picture, portrait, middle_of(bench, pose, picture), 240)
    assert finder.faces(seen)
    kept = Masks(bench, [(0.0, pose)], finder).masked(Frame(0, 0.0, seen))
    x, y = middle_of(bench, pose, picture)
    assert np.array_equal(kept[y - 80 : y + 80, x - 80 : x + 80], seen[y - 80 : y + 80, x - 80 : x + 80])


def test_face_that_moves_between_two_looks_stays_hidden(
    bench: Bench, picture: Image, pose: CameraPose, finder: FaceFinder, portrait: Image
) -> None:
    masks = Masks(bench, [(0.0, pose)], finder)
    x, y = middle_of(bench, pose, picture)
    for index in range(10):  # 30 frames/s, 0.4 of the face's width in the 0.2 s between two looks
        seen = with_face(picture, portrait, (x + 12 * index, y), 600)
        kept = masks.masked(Frame(index, index / 30, seen))
        assert finder.faces(kept) == [], index


def test_without_a_pose_nothing_is_kept(bench: Bench, picture: Image, finder: FaceFinder) -> None:
    assert (Masks(bench, [], finder).masked(Frame(0, 0.0, picture)) == GREY).all()


def test_bench_that_is_not_in_the_picture_gives_grey(
    bench: Bench, picture: Image, pose: CameraPose, finder: FaceFinder
) -> None:
    away = replace(pose, translation_mm=(9000.0, 0.0, 1000.0))
    assert (Masks(bench, [(0.0, away)], finder).masked(Frame(0, 0.0, picture)) == GREY).all()


def test_pose_of_the_time_counts(bench: Bench, picture: Image, pose: CameraPose, finder: FaceFinder) -> None:
    x, y, z = pose.translation_mm
    moved = replace(pose, translation_mm=(x + 100, y, z))
    seen = [Observations(n, n / 10, "ok", pose if n < 5 else moved) for n in range(10)]
    poses = poses_of([Observations(0, 0.0, "no_markers", None), *seen])
    assert poses == [(0.0, pose), (0.5, moved)]
    small = bench.model_copy(update={"kept_area": ((-50.0, 50.0), (50.0, 50.0), (50.0, -50.0))})
    masks = Masks(small, poses, finder)
    first, later = (masks.masked(Frame(n, t_s, picture)) for n, t_s in ((0, 0.2), (1, 0.7)))
    assert np.array_equal(first, Masks(small, [(0.0, pose)], finder).mask(picture, pose))
    assert np.array_equal(later, Masks(small, [(0.0, pose)], finder).mask(picture, moved))
    assert not np.array_equal(first, later)


def test_photo_is_masked_by_its_own_markers(
    bench: Bench, picture: Image, pose: CameraPose, portrait: Image, models_cache: Path
) -> None:
    seen = with_face(picture, portrait, middle_of(bench, pose, picture), 240)
    kept = masked_photo(seen, bench)
    assert np.array_equal(kept, open_masks(bench, ()).mask(seen, find_pose(seen, bench)))
    with pytest.raises(SightError):
        masked_photo(portrait, bench)


def test_there_is_no_face_recognition_and_no_place_to_keep_one() -> None:
    """PIPL 28, measures on face recognition: where a face is, never whose; emotions: nowhere."""
    names = {f"{table}.{column.name}" for table, t in Base.metadata.tables.items() for column in t.columns}
    words = ("face", "embedding", "biometric", "emotion", "feature")
    assert not [name for name in names if any(word in name for word in words)]
    members = [
        member.path for model in models.manifest().models.values() for member in model.made_from.values()
    ]
    assert not [
        path for path in members if any(word in path for word in ("embed", "recogn", "face_landmark"))
    ]
