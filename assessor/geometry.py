"""Between bench millimetres and picture pixels, given a camera pose (pinhole model of OpenCV)."""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessor.types import CameraPose

Array = NDArray[np.float64]


class Lens(Protocol):
    """What the geometry needs of a camera."""

    @property
    def matrix(self) -> ArrayLike:
        """Camera matrix 3x3, px."""

    @property
    def distortion(self) -> ArrayLike:
        """OpenCV's k1, k2, p1, p2, k3, ..."""


def project(points_mm: ArrayLike, pose: CameraPose, lens: Lens) -> Array:
    """Bench points (n, 3) mm → picture points (n, 2) px, pixel centres at integers."""
    points = np.asarray(points_mm, np.float64).reshape(-1, 3)
    if not len(points):
        return np.empty((0, 2))
    picture, _ = cv2.projectPoints(
        points, np.array(pose.rotation), np.array(pose.translation_mm), _matrix(lens), _distortion(lens)
    )
    return np.asarray(picture, np.float64).reshape(-1, 2)


def to_plane(points_px: ArrayLike, z_mm: float, pose: CameraPose, lens: Lens) -> Array:
    """Picture points (n, 2) px → bench points (n, 2) mm where their rays meet the plane at height z_mm."""
    points = np.asarray(points_px, np.float64).reshape(-1, 1, 2)
    flat = cv2.undistortPoints(points, _matrix(lens), _distortion(lens)).reshape(-1, 2)
    rays = np.column_stack([flat, np.ones(len(flat))]) @ rotation_matrix(pose)
    centre = camera_centre(pose)
    reach = (z_mm - centre[2]) / rays[:, 2:]
    return np.asarray((centre + rays * reach)[:, :2])


def camera_centre(pose: CameraPose) -> Array:
    """Where the camera is, (3,) mm in the bench frame."""
    return np.asarray(-rotation_matrix(pose).T @ np.array(pose.translation_mm))


def rotation_matrix(pose: CameraPose) -> Array:
    """The pose's rotation as a 3x3 matrix."""
    return np.asarray(cv2.Rodrigues(np.array(pose.rotation))[0], np.float64)


def pixels_per_mm(point_mm: ArrayLike, pose: CameraPose, lens: Lens) -> float:
    """Picture scale around one bench point, in px per mm along x."""
    x, y, z = np.asarray(point_mm, np.float64)
    ends = project([[x - 5, y, z], [x + 5, y, z]], pose, lens)
    return float(np.linalg.norm(ends[1] - ends[0]) / 10)


def _matrix(lens: Lens) -> Array:
    return np.asarray(lens.matrix, np.float64).reshape(3, 3)


def _distortion(lens: Lens) -> Array:
    return np.asarray(lens.distortion, np.float64)
