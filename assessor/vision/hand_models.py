"""Pictures → palms, and palms → 21 landmarks: MediaPipe's two hand networks, run by OpenVINO for `hands.py`.

MediaPipe's own runner looks for palms in every picture as long as fewer hands than allowed are seen. The same
networks under our own clock need a third of its time (Zhang et al., "MediaPipe Hands", arXiv:2006.10214).
"""

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assessor.types import Image
from assessor.vision.squares import (
    Array,
    Square,
    cells,
    cut,
    likely_boxes,
    open_networks,
    to_picture,
    turn_between,
)

NETWORKS = ("hand_detector.tflite", "hand_landmarks_detector.tflite")
PALM_PX, HAND_PX = 192, 224  # sides of the networks' square inputs
CELLS = ((24, 2), (12, 6))  # the palm network's answers: cells a side, answers a cell
PALM_WRIST, PALM_KNUCKLE = 0, 2  # of the seven points of a palm
PALM_GROWS, PALM_SHIFT = 2.6, 0.5  # from a palm to its hand: size, and how far towards the fingers
HAND_GROWS, HAND_SHIFT = 2.0, 0.1  # from landmarks to where the hand is looked for next
STEADY = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)  # landmarks that say where a hand is: no fingertips
WRIST, INDEX_KNUCKLE, MIDDLE_KNUCKLE, RING_KNUCKLE = 0, 5, 9, 13


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the landmark network says of one square: `points` (21, 2) px of the picture; probabilities that
    there is a hand at all and that it is a right one."""

    points: NDArray[np.float64]
    presence: float
    right: float


class HandNetworks:
    """Both networks of one `hand_landmarker.task`."""

    def __init__(self, model: Path) -> None:
        self._palms, self._landmarks = open_networks(model, "hand", NETWORKS)

    def palms(self, image: Image, where: Square, least: float) -> list[Square]:
        """Squares around the hands in an upright square of the picture, best first."""
        answer = self._palms(cut(image, where, PALM_PX))
        found = likely_boxes((answer[0], answer[1]), _cells(), PALM_PX, least)
        squares = [_around_palm(one * np.float32(where.side)) for one in found]
        left, top = where.x - where.side / 2, where.y - where.side / 2
        return [replace(square, x=square.x + left, y=square.y + top) for square in squares]

    def landmarks(self, image: Image, where: Square) -> Landmarks:
        """The hand in one square of the picture; what lies outside the picture is black."""
        answer = self._landmarks(cut(image, where, HAND_PX))
        way = to_picture(where, HAND_PX)
        points = answer[0].reshape(21, 3)[:, :2].astype(np.float64)
        points = points @ way[:, :2].T + way[:, 2]
        return Landmarks(points, float(answer[1].item()), float(answer[2].item()))


def around_landmarks(points: NDArray[np.float64]) -> Square:
    """Where to look for the same hand in the next picture."""
    knuckles = (points[INDEX_KNUCKLE] + points[RING_KNUCKLE]) / 2
    turn = turn_between(points[WRIST], (knuckles + points[MIDDLE_KNUCKLE]) / 2)
    steady = points[list(STEADY)]
    upright = np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))])
    middle = (steady.min(axis=0) + steady.max(axis=0)) / 2
    turned = (steady - middle) @ upright.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    wide, tall = high - low
    x, y = middle + ((low + high) / 2 - (0.0, HAND_SHIFT * tall)) @ upright
    return Square(float(x), float(y), float(max(wide, tall)) * HAND_GROWS, turn)


def _around_palm(palm: Array) -> Square:
    """`palm` (18,): centre, size and seven points."""
    points = palm[4:].reshape(7, 2)
    turn = turn_between(points[PALM_WRIST], points[PALM_KNUCKLE])
    side = float(max(palm[2], palm[3]))
    ahead = PALM_SHIFT * float(palm[3])
    x, y = float(palm[0]) + ahead * math.sin(turn), float(palm[1]) - ahead * math.cos(turn)
    return Square(x, y, side * PALM_GROWS, turn)


@cache
def _cells() -> Array:
    return cells(CELLS)
