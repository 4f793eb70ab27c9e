"""A photo by any camera → the picture upright, the bench with that camera, its pose; `board` reads it then.

A bench file describes the bench's own camera; a phone has another focal length, and may be held upright or
upside down. The markers tell all of it: the focal length is the one with which they fit together best.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from assessor.bench import Bench
from assessor.bench.parts import CameraModel
from assessor.errors import SightError
from assessor.geometry import pixels_per_mm
from assessor.types import CameraPose, Image, Text
from assessor.vision.markers import MIN_MARKERS, Corners, find_markers, solve_pose

LARGEST_PX = 3200  # longer side that is looked at: more shows no more of a wire
LEAST_PX_PER_MM = 1.1  # below this a wire is three pixels wide
FOCAL_LENGTHS = np.geomspace(0.45, 4.0, 33)  # of the longer side: from a wide phone to a long lens
OWN_CAMERA = 1.5  # the bench's own camera is believed while the best one fits no better than so many times
FLAT = 1.1  # a focal length 20 % off must fit so many times worse


@dataclass(frozen=True, slots=True)
class BoardPhoto:
    """A photo as it is read: upright, no larger than is of use; `bench` with the camera that took it."""

    image: Image
    bench: Bench
    pose: CameraPose


def place_camera(image: Image, bench: Bench) -> BoardPhoto:
    """Find out which camera took the photo (height, width, 3) BGR, from where and which way up.

    Raises SightError when too few of the bench's markers are seen or agree, when the board is too small in
    the picture, or when the camera cannot be told.
    """
    image = _shrunk(image)
    found = find_markers(image, bench)
    if len(found) < MIN_MARKERS:
        raise _too_few(found, bench)
    turns = _quarter_turns(found, bench)
    if turns:
        image = np.ascontiguousarray(np.rot90(image, turns))
        found = find_markers(image, bench)
    placed = _placed(image, found, bench)
    camera = placed.bench.scaled_camera(image.shape[1], image.shape[0])
    scale = pixels_per_mm(bench.middle_mm, placed.pose, camera)
    if scale < LEAST_PX_PER_MM:
        raise SightError(
            Text(
                zh=f"应至少每毫米 {LEAST_PX_PER_MM} 像素，实际 {scale:.2f}；请靠近一些或用更高的分辨率拍摄",
                en=f"expected at least {LEAST_PX_PER_MM} px per mm, got {scale:.2f}; "
                "take the photo from nearer or with more pixels",
            )
        )
    return placed


def _shrunk(image: Image) -> Image:
    scale = LARGEST_PX / max(image.shape[:2])
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _quarter_turns(found: dict[int, Corners], bench: Bench) -> int:
    """How often the picture must be turned by 90° against the clock for the bench's x to run to the right."""
    ids = sorted(found)
    plane = np.concatenate([np.array(bench.markers[i], np.float64)[:, :2] for i in ids])
    picture = np.concatenate([found[i] for i in ids])
    homography, _ = cv2.findHomography(plane, picture)
    middle = plane.mean(axis=0)
    start, end = cv2.perspectiveTransform(np.array([[middle, middle + np.array((10.0, 0.0))]]), homography)[0]
    angle = np.arctan2(end[1] - start[1], end[0] - start[0])
    return round(float(angle / (np.pi / 2))) % 4


def _placed(image: Image, found: dict[int, Corners], bench: Bench) -> BoardPhoto:
    """With the bench's own camera where that took it, else with the camera that fits the markers best."""
    size = image.shape[1], image.shape[0]
    best = min((_tried(found, bench, size, f * max(size)) for f in FOCAL_LENGTHS), key=_error)
    for width in (0.06, 0.02, 0.006):
        near = (_focal_px(best) * (1 + k * width) for k in (-1, -0.5, 0, 0.5, 1))
        best = min((_tried(found, bench, size, f) for f in near), key=_error)
    own = _own(found, bench, size)
    if own is not None and _error(own) <= OWN_CAMERA * _error(best) + 0.1 * size[0] / 1920:
        return BoardPhoto(image, *own)
    off = min(_error(_tried(found, bench, size, _focal_px(best) * k)) for k in (0.8, 1.25))
    if off < FLAT * _error(best):
        raise SightError(
            Text(
                zh="应能由标记判断相机，实际各种焦距都吻合；请从更斜的角度拍摄整块垫板，四个标记都要可见",
                en="expected markers that tell the camera, got a picture that fits any focal length; "
                "take the photo of the whole mat more from a slant, with all four markers in it",
            )
        )
    solve_pose(found, best[0], size)  # SightError where the markers contradict each other
    return BoardPhoto(image, *best)


Tried = tuple[Bench, CameraPose]


def _tried(found: dict[int, Corners], bench: Bench, size: tuple[int, int], focal_px: float) -> Tried:
    """The bench as a camera of this focal length sees it; a pose that fits badly is kept as it is."""
    (width, height), last = size, (0.0, 0.0, 1.0)
    rows = (focal_px, 0.0, (width - 1) / 2), (0.0, focal_px, (height - 1) / 2), last
    camera = CameraModel(width=width, height=height, matrix=rows)
    seen = bench.model_copy(update={"camera": camera})
    return seen, _pose(found, seen, size)


def _pose(found: dict[int, Corners], bench: Bench, size: tuple[int, int]) -> CameraPose:
    return solve_pose(found, bench, size, limit_px=np.inf)


def _own(found: dict[int, Corners], bench: Bench, size: tuple[int, int]) -> Tried | None:
    try:
        return bench, solve_pose(found, bench, size)
    except SightError:  # a picture of another shape, or one that this camera cannot have taken
        return None


def _error(tried: Tried) -> float:
    return tried[1].error_px


def _focal_px(tried: Tried) -> float:
    return tried[0].camera.matrix[0][0]


def _too_few(found: dict[int, Corners], bench: Bench) -> SightError:
    expected = ", ".join(str(i) for i in sorted(bench.markers))
    seen = ", ".join(str(i) for i in sorted(found))
    only = f"只有 {seen}" if seen else "一个也没有"
    return SightError(
        Text(
            zh=f"应至少看到工位标记（{expected}）中的 {MIN_MARKERS} 个，实际{only}；"
            "请拍摄整块垫板，不要遮住标记",
            en=f"expected at least {MIN_MARKERS} of the bench's markers ({expected}), found "
            f"{seen or 'none'}; photograph the whole mat, with no marker covered",
        )
    )
