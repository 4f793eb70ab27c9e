"""Pictures → where faces are, so that they can be blurred (serves `masks`): MediaPipe's BlazeFace.

Where, never whose: boxes come out, nothing else. What the network for faces some metres away believes, the
network for near faces looks at again: round things on a bench convince the first alone.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assessor.types import Image
from assessor.vision.squares import Array, Square, cells, cut, likely_boxes, open_networks

NETWORKS = ("far_detector.tflite", "near_detector.tflite")
FAR_PX, NEAR_PX = 192, 128  # sides of the networks' square inputs
FAR_CELLS, NEAR_CELLS = ((48, 1),), ((16, 2), (8, 6))  # cells a side, answers a cell
BELIEVED, SURE = 0.3, 0.6
SECOND_LOOK = 1.5  # side of the square that is looked at again, in sides of the box

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels


class FaceFinder:
    """Both networks of one `face_finder.task`. ModelError says what is wrong with the file."""

    def __init__(self, model: Path) -> None:
        self._far, self._near = open_networks(model, "face", NETWORKS)

    def faces(self, image: Image) -> list[Box]:
        """Boxes from brow to chin; a face smaller than a twentieth of the picture's longer side is missed."""
        height, width = image.shape[:2]
        whole = Square(width / 2, height / 2, float(max(height, width)), 0.0)
        answer = self._far(2 * cut(image, whole, FAR_PX) - 1)
        found = likely_boxes((answer[0], answer[1]), _cells(FAR_CELLS), FAR_PX, BELIEVED)
        squares = [_in_picture(one, whole) for one in found]
        return [_box(square) for square in squares if self._is_face(image, square)]

    def _is_face(self, image: Image, square: Square) -> bool:
        around = Square(square.x, square.y, square.side * SECOND_LOOK, 0.0)
        answer = self._near(2 * cut(image, around, NEAR_PX) - 1)
        return bool(likely_boxes((answer[0], answer[1]), _cells(NEAR_CELLS), NEAR_PX, SURE))


def _in_picture(found: NDArray[np.float32], whole: Square) -> Square:
    x, y, width, height = (float(share) * whole.side for share in found[:4])
    corner = whole.x - whole.side / 2, whole.y - whole.side / 2
    return Square(x + corner[0], y + corner[1], max(1.0, width, height), 0.0)


def _box(square: Square) -> Box:
    half = square.side / 2
    return square.x - half, square.y - half, square.x + half, square.y + half


@cache
def _cells(layers: tuple[tuple[int, int], ...]) -> Array:
    return cells(layers)
