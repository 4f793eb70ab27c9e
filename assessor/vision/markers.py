"""Frame → camera pose from the bench's own markers; says when the camera was moved."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.bench.parts import CameraModel
from assessor.errors import SightError
from assessor.geometry import project
from assessor.types import CameraPose, Image, Text

MIN_MARKERS = 3
AROUND = 0.6  # marker sides around an expected marker that are looked at
SMALLEST_PX = 16  # of a part that can hold a marker
MAX_ERROR_PX = 3.0  # mean reprojection error at 1280 px picture width

Corners = NDArray[np.float64]


@cache
def _detector(dictionary: str) -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(
        cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, dictionary)), parameters
    )


def find_markers(image: Image, bench: Bench) -> dict[int, Corners]:
    """The bench's own markers seen in the picture: id → (4, 2) px. Foreign ids are ignored."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    corners, ids, _ = _detector(bench.marker_dictionary).detectMarkers(grey)
    seen = [int(i) for i in np.ravel(ids)] if len(corners) else []
    found: dict[int, Corners] = {}
    for marker_id, quad in zip(seen, corners, strict=True):
        points = np.asarray(quad, np.float64).reshape(4, 2)
        if marker_id in bench.markers and _larger(points, found.get(marker_id)):
            found[marker_id] = points
    return found


def find_markers_near(image: Image, bench: Bench, expected: dict[int, Corners]) -> dict[int, Corners]:
    """The same, looked for only where they are expected: much cheaper than the whole picture."""
    found: dict[int, Corners] = {}
    for marker_id, quad in expected.items():
        low, high = quad.min(axis=0), quad.max(axis=0)
        around = AROUND * float((high - low).max())
        left, top = np.maximum(low - around, 0).astype(int)
        right, bottom = np.maximum(high + around, 0).astype(int)
        part = image[top:bottom, left:right]
        if min(part.shape[:2]) >= SMALLEST_PX:
            seen = find_markers(part, bench).get(marker_id)
            if seen is not None:
                found[marker_id] = seen + np.array((left, top))
    return found


def find_pose(image: Image, bench: Bench) -> CameraPose:
    """Camera pose from the markers of one picture.

    Raises SightError when fewer than three of the bench's markers are seen or they contradict each other.
    """
    return solve_pose(find_markers(image, bench), bench, (image.shape[1], image.shape[0]))


def solve_pose(
    found: dict[int, Corners], bench: Bench, size: tuple[int, int], limit_px: float | None = None
) -> CameraPose:
    """Camera pose from marker corners; a marker that contradicts the others is left out.

    `size`: (width, height) px; `limit_px`: mean error from which markers contradict each other, if not the
    usual one. Raises SightError as `find_pose`.
    """
    camera = bench.scaled_camera(*size)
    limit = MAX_ERROR_PX * size[0] / 1280 if limit_px is None else limit_px
    ids = sorted(found)
    while len(ids) >= MIN_MARKERS:
        pose, errors = _solve(ids, found, bench, camera)
        if pose.error_px <= limit:
            return pose
        ids.remove(max(errors, key=lambda i: errors[i]))
    expected = ", ".join(str(i) for i in sorted(bench.markers))
    seen = ", ".join(str(i) for i in sorted(found)) or "none"
    raise SightError(
        Text(
            zh=f"应至少有 {MIN_MARKERS} 个工位标记（{expected}）互相吻合，实际找到 {seen}；"
            "请拍到整块垫板、不要遮住标记，并确认工位文件与图像相符",
            en=f"expected at least {MIN_MARKERS} of the bench's markers ({expected}) in agreement, found "
            f"{seen}; show the whole mat, uncover the markers and check that this bench file belongs to the "
            "picture",
        )
    )


def _solve(
    ids: list[int], found: dict[int, Corners], bench: Bench, camera: CameraModel
) -> tuple[CameraPose, dict[int, float]]:
    points = np.array([bench.markers[i] for i in ids], np.float64).reshape(-1, 3)
    pixels = np.concatenate([found[i] for i in ids])
    matrix, distortion = np.array(camera.matrix, np.float64), np.array(camera.distortion, np.float64)
    _, first, shift = cv2.solvePnP(points, pixels, matrix, distortion, flags=cv2.SOLVEPNP_SQPNP)
    refined = cv2.solvePnPRefineLM(points, pixels, matrix, distortion, first, shift)
    rotation, translation = (np.asarray(part, np.float64) for part in refined)
    pose = _pose(rotation, translation, 0.0, ids)
    misses = np.linalg.norm(project(points, pose, camera) - pixels, axis=1).reshape(-1, 4).mean(axis=1)
    errors = dict(zip(ids, misses.tolist(), strict=True))
    return _pose(rotation, translation, float(misses.mean()), ids), errors


def _pose(rotation: Corners, translation: Corners, error_px: float, ids: list[int]) -> CameraPose:
    turn, shift = [float(v) for v in np.ravel(rotation)], [float(v) for v in np.ravel(translation)]
    return CameraPose((turn[0], turn[1], turn[2]), (shift[0], shift[1], shift[2]), error_px, tuple(ids))


def _larger(points: Corners, other: Corners | None) -> bool:
    """A false marker in a screw is smaller than the real one of the same id."""
    return other is None or cv2.contourArea(points.astype(np.float32)) > cv2.contourArea(
        other.astype(np.float32)
    )
