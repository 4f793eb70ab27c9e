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
FOUND, CONFIDENCE = 0.3, 0.5  # of finding: little, as the landmark network has a say in it
MOST_BODIES = 4  # of those that may be bodies, this many are looked at
MOST_TURN = math.pi / 2  # a worker is upright in the picture: a body on its head is none
PERSON_PERIOD_S = 0.5


class PoseNetworks:
    """Both networks of one `pose_landmarker.task`."""

    def __init__(self, model: Path) -> None:
        self._finder, self._landmarks = open_networks(model, "pose", NETWORKS)

    def bodies(self, image: Image) -> list[Square]:
        """Squares in which people may be, the largest first. In the whole picture those are found who fill
        it, in squares as high as it is those who stand further back."""
        found = [body for where in _views(image) for body in self._bodies(image, where)]
        upright = [body for body in found if abs(body.turn) < MOST_TURN]
        return sorted(upright, key=lambda body: -body.side)[:MOST_BODIES]

    def _bodies(self, image: Image, where: Square) -> list[Square]:
        answer = self._finder(2 * cut(image, where, FIND_PX) - 1)
        found = likely_boxes((answer[0], answer[1]), _cells(), FIND_PX, FOUND)
        corner = np.array((where.x, where.y)) - where.side / 2
        points = [one[4:].reshape(4, 2) * where.side + corner for one in found]
        return [_around(one[HIPS], one[RIM]) for one in points]

    def body(self, image: Image, where: Square) -> tuple[PersonObservation, Square]:
        """The person in one square of the picture, and where to look next. `score`: that there is one."""
        answer = self._landmarks(cut(image, where, BODY_PX))
        rows = answer[0].reshape(-1, 5).astype(np.float64)  # x, y, depth, visible, in the picture
        way = to_picture(where, BODY_PX)
        points = rows[:, :2] @ way[:, :2].T + way[:, 2]
        outside = ((points < 0) | (points >= image.shape[1::-1])).any(axis=1)
        seen = np.where(outside, 0.0, (1 / (1 + np.exp(-rows[:, 3:]))).min(axis=1))
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
        """Where the worker was, or else anywhere; a place that is new is looked at twice, the second time
        where the body itself says that it is."""
        if self._where is not None and self._is_body(image, self._where):
            return
        for place in self.networks.bodies(image):
            if self._is_body(image, place) and self._where and self._is_body(image, self._where):
                return
        self._person = self._where = None

    def _is_body(self, image: Image, where: Square) -> bool:
        self._person, self._where = self.networks.body(image, where)
        return self._person.score >= CONFIDENCE and abs(self._where.turn) < MOST_TURN


def _views(image: Image) -> list[Square]:
    """The square around the whole picture, and squares of its shorter side that overlap by half or more."""
    height, width = image.shape[:2]
    long, short = max(height, width), min(height, width)
    whole, count = Square(width / 2, height / 2, long, 0.0), math.ceil(2 * (long / short - 1)) + 1
    middles = [float(at) for at in np.linspace(short / 2, long - short / 2, count)]
    near = [(middle, short / 2) if width > height else (short / 2, middle) for middle in middles]
    return [whole, *(Square(x, y, short, 0.0) for x, y in near)] if count > 1 else [whole]


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
