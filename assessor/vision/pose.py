"""Pictures → the body of the person who works at the bench: MediaPipe's two pose networks, run by OpenVINO.

Only nine points are given on: one for the head, and shoulders, elbows, wrists and hips. Nothing that tells
who it is leaves this module. Of several people the largest one is taken, who is nearest to the camera. How
boxes and landmarks follow from what the networks say: Bazarevsky et al., "BlazePose", arXiv:2006.10204.
"""

import math
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assessor.types import Image, PersonObservation
from assessor.vision.motion import LastLook
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

NETWORKS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
FIND_PX, BODY_PX = 224, 256  # sides of the networks' square inputs
CELLS = ((28, 2), (14, 2), (7, 6))  # the finding network's answers: cells a side, answers a cell
HIPS, RIM = 0, 1  # of the four points of a body that is found: its middle, and how far it reaches
NEXT_HIPS, NEXT_RIM = 33, 34  # the same two among the landmarks: where it is looked for next
BODY_GROWS = 1.25
FACE = slice(0, 11)
BODY = (11, 12, 13, 14, 15, 16, 23, 24)  # shoulders, elbows, wrists, hips; left before right
CONFIDENCE = 0.5
PERSON_PERIOD_S = 0.5


class PoseNetworks:
    """Both networks of one `pose_landmarker.task`."""

    def __init__(self, model: Path) -> None:
        self._finder, self._landmarks = open_networks(model, "pose", NETWORKS)

    def bodies(self, image: Image) -> list[Square]:
        """Squares around the people in the picture, the largest first."""
        height, width = image.shape[:2]
        side = float(max(height, width))
        answer = self._finder(2 * cut(image, Square(width / 2, height / 2, side, 0.0), FIND_PX) - 1)
        found = likely_boxes((answer[0], answer[1]), _cells(), FIND_PX, CONFIDENCE)
        corner = np.array((width - side, height - side)) / 2
        points = [one[4:].reshape(4, 2) * side + corner for one in found]
        return sorted((_around(one[HIPS], one[RIM]) for one in points), key=lambda square: -square.side)

    def body(self, image: Image, where: Square) -> tuple[PersonObservation, Square]:
        """The person in one square of the picture, and where to look next. `score`: that there is one."""
        answer = self._landmarks(cut(image, where, BODY_PX))
        rows = answer[0].reshape(-1, 5).astype(np.float64)  # x, y, depth, visible, in the picture
        way = to_picture(where, BODY_PX)
        points = rows[:, :2] @ way[:, :2].T + way[:, 2]
        seen = (1 / (1 + np.exp(-rows[:, 3:]))).min(axis=1)
        return _person(points, seen, answer[1].item()), _around(points[NEXT_HIPS], points[NEXT_RIM])


@dataclass(slots=True)
class PersonWatch:
    """Follows the worker through one recording: twice a second, and only while something moves."""

    networks: PoseNetworks
    _where: Square | None = None
    _person: PersonObservation | None = None
    _last: LastLook = field(default_factory=LastLook)
    _due_s: float = -math.inf

    def look(self, image: Image, small: Image, t_s: float) -> PersonObservation | None:
        """The worker as last seen; None = nobody was found. `small`: the shrunk picture."""
        waits = t_s < self._due_s <= t_s + PERSON_PERIOD_S
        if not waits and self._last.is_old(small, t_s):
            self._last.keep(small, t_s)
            self._due_s = t_s + PERSON_PERIOD_S - 1e-6
            self._find(image)
        return self._person

    def _find(self, image: Image) -> None:
        """Where the worker was, or else anywhere."""
        for where in ([self._where] if self._where else []) + [None]:
            squares = [where] if where else self.networks.bodies(image)[:1]
            for square in squares:
                self._person, self._where = self.networks.body(image, square)
                if self._person.score >= CONFIDENCE:
                    return
        self._person = self._where = None


def _person(points: NDArray[np.float64], seen: NDArray[np.float64], score: float) -> PersonObservation:
    """The nine points that are kept; the head is the middle of the face."""
    body = list(BODY)
    kept = np.vstack([points[FACE].mean(axis=0), points[body]])
    visible = [float(seen[FACE].mean()), *(float(one) for one in seen[body])]
    return PersonObservation(
        round(float(score), 4),
        tuple((round(float(x), 2), round(float(y), 2)) for x, y in kept),
        tuple(round(one, 4) for one in visible),
    )


def _around(hips: NDArray[np.floating], rim: NDArray[np.floating]) -> Square:
    """The square around a circle with its middle and a point of its rim, upright as the body is."""
    side = 2 * math.dist(hips, rim) * BODY_GROWS
    return Square(float(hips[0]), float(hips[1]), max(1.0, side), turn_between(hips, rim))


@cache
def _cells() -> Array:
    return cells(CELLS)
