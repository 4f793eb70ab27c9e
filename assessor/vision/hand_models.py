"""Pictures → palms, and palms → 21 landmarks: MediaPipe's two hand networks, run by OpenVINO for `hands.py`.

MediaPipe's own runner looks for palms in every picture as long as fewer hands than allowed are seen. The same
networks under our own clock need a third of its time. How boxes and landmarks follow from what the networks
say is as Google published it (Zhang et al., "MediaPipe Hands", arXiv:2006.10214, and the models' cards).
"""

import math
import tempfile
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.errors import ModelError
from assessor.types import Image

if TYPE_CHECKING:
    import openvino as ov

Array = NDArray[np.float32]

PALMS, LANDMARKS = "hand_detector.tflite", "hand_landmarks_detector.tflite"
PALM_PX, HAND_PX = 192, 224  # sides of the networks' square inputs
CELLS = ((24, 2), (12, 6))  # the palm network's answers: cells a side, answers a cell
SAME_PALM = 0.3  # share of common area (intersection over union) that makes two answers one palm
FURTHEST_LOGIT = 100.0
PALM_WRIST, PALM_KNUCKLE = 0, 2  # of the seven points of a palm
PALM_GROWS, PALM_SHIFT = (
    2.6,
    0.5,
)  # from a palm to its hand: size, and how far towards the fingers
HAND_GROWS, HAND_SHIFT = 2.0, 0.1  # from landmarks to where the hand is looked for next
STEADY = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)  # landmarks that say where a hand is: no fingertips
WRIST, INDEX_KNUCKLE, MIDDLE_KNUCKLE, RING_KNUCKLE = 0, 5, 9, 13


@dataclass(frozen=True, slots=True)
class Square:
    """A turned square of the picture, in pixels. `turn`: radians clockwise from upright fingers."""

    x: float
    y: float
    side: float
    turn: float

    def overlap(self, other: "Square") -> float:
        """Intersection over union of the two, both taken upright."""
        return float(_overlaps(np.array([self._corners()]), np.array(other._corners()))[0])

    def _corners(self) -> tuple[float, float, float, float]:
        half = self.side / 2
        return self.x - half, self.y - half, self.x + half, self.y + half


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the landmark network says of one square: `points` (21, 2) px of the picture; probabilities that
    there is a hand at all and that it is a right one."""

    points: NDArray[np.float64]
    presence: float
    right: float


class HandNetworks:
    """Both networks of one `hand_landmarker.task`, each on one thread: the same picture, the same answer."""

    def __init__(self, model: Path) -> None:
        self._palms, self._landmarks = _networks(model)

    def palms(self, image: Image, where: Square, least: float) -> list[Square]:
        """Squares around the hands in an upright square of the picture, best first."""
        answer = self._palms(_input(image, where, PALM_PX))
        boxes, logits = answer[0][0], answer[1][0, :, 0]
        scores = 1 / (1 + np.exp(-logits.clip(-FURTHEST_LOGIT, FURTHEST_LOGIT)))
        likely = scores >= least
        found = _merged(_decoded(boxes[likely], _anchors()[likely]), scores[likely])
        squares = [_around_palm(one * np.float32(where.side)) for one in found]
        left, top = where.x - where.side / 2, where.y - where.side / 2
        return [replace(square, x=square.x + left, y=square.y + top) for square in squares]

    def landmarks(self, image: Image, where: Square) -> Landmarks:
        """The hand in one square of the picture; what lies outside the picture is black."""
        answer = self._landmarks(_input(image, where, HAND_PX))
        to_picture = _to_picture(where, HAND_PX)
        points = answer[0].reshape(21, 3)[:, :2].astype(np.float64)
        points = points @ to_picture[:, :2].T + to_picture[:, 2]
        return Landmarks(points, float(answer[1].item()), float(answer[2].item()))


def around_landmarks(points: NDArray[np.float64]) -> Square:
    """Where to look for the same hand in the next picture."""
    knuckles = (points[INDEX_KNUCKLE] + points[RING_KNUCKLE]) / 2
    turn = _turn(points[WRIST], (knuckles + points[MIDDLE_KNUCKLE]) / 2)
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
    turn = _turn(points[PALM_WRIST], points[PALM_KNUCKLE])
    side = float(max(palm[2], palm[3]))
    ahead = PALM_SHIFT * float(palm[3])
    x, y = float(palm[0]) + ahead * math.sin(turn), float(palm[1]) - ahead * math.cos(turn)
    return Square(x, y, side * PALM_GROWS, turn)


def _turn(wrist: NDArray[np.floating], fingers: NDArray[np.floating]) -> float:
    """How far the hand is turned from upright, radians clockwise in the picture, within ±pi."""
    turn = math.pi / 2 - math.atan2(wrist[1] - fingers[1], fingers[0] - wrist[0])
    return math.remainder(turn, 2 * math.pi)


def _to_picture(where: Square, side_px: int) -> NDArray[np.float64]:
    """(2, 3): from pixels of a network's input to those of the picture."""
    scale = where.side / side_px
    c, s = scale * math.cos(where.turn), scale * math.sin(where.turn)
    turn = np.array([(c, -s), (s, c)])
    shift = np.array((where.x, where.y)) - turn @ np.full(2, side_px / 2)
    return np.column_stack([turn, shift])


def _input(image: Image, where: Square, side_px: int) -> Array:
    """A square of the picture as a network takes it: RGB 0..1; what lies outside the picture is black."""
    way, how = _to_picture(where, side_px), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(image, way, (side_px, side_px), flags=how)
    rgb = cv2.cvtColor(patch, cv2.COLOR_BGR2RGB)
    return np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)[None]


@cache
def _anchors() -> Array:
    """Centres of the cells that the palm network answers for, shares of its input: (2016, 2)."""
    rows = []
    for cells, answers in CELLS:
        across = (np.arange(cells, dtype=np.float32) + np.float32(0.5)) / cells
        y, x = np.meshgrid(across, across, indexing="ij")
        rows.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), answers, axis=0))
    return np.concatenate(rows)


def _decoded(boxes: Array, anchors: Array) -> Array:
    """(n, 18) shares of the input: centre, size, seven points."""
    decoded = boxes / np.float32(PALM_PX)
    decoded[:, :2] += anchors
    decoded[:, 4:] += np.tile(anchors, 7)
    return decoded


def _merged(palms: Array, scores: Array) -> list[Array]:
    """Answers that overlap become one: their mean, weighted with their scores."""
    out = []
    order = list(np.argsort(-scores, kind="stable"))
    corners = np.concatenate([palms[:, :2] - palms[:, 2:4] / 2, palms[:, :2] + palms[:, 2:4] / 2], axis=1)
    while order:
        same = _overlaps(corners[order], corners[order[0]]) > SAME_PALM
        same[0] = True
        group = [index for index, one in zip(order, same, strict=True) if one]
        out.append(np.asarray(np.average(palms[group], axis=0, weights=scores[group]), np.float32))
        order = [index for index, one in zip(order, same, strict=True) if not one]
    return out


def _overlaps(boxes: NDArray[np.floating], box: NDArray[np.floating]) -> NDArray[np.floating]:
    """Intersection over union of boxes (n, 4) x0, y0, x1, y1 with one."""
    sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    common = sides.clip(min=0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
    return np.asarray(common / np.maximum(areas - common, 1e-9))


def _networks(model: Path) -> "tuple[ov.CompiledModel, ov.CompiledModel]":
    import openvino as ov

    if not model.is_file():
        raise ModelError(f"expected the hand model {model}; it is missing: run `assessor models fetch`")
    core, settings = ov.Core(), {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    try:
        with (
            zipfile.ZipFile(model) as bundle,
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        ):
            palms, landmarks = (bundle.extract(name, folder) for name in (PALMS, LANDMARKS))
            return core.compile_model(palms, "CPU", settings), core.compile_model(landmarks, "CPU", settings)
    except (RuntimeError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"expected a hand landmarker in {model}; it cannot be opened: {error}") from error
