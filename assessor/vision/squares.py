"""Turned squares of a picture and MediaPipe's pairs of networks: what `hand_models.py` and `pose.py` share.

One network of a pair says where in an upright square something is (boxes with a few points), the other says
what is in a turned square around it (landmarks). OpenVINO runs both, each on one thread: the same picture
gives the same answer. How boxes follow from what the networks say is as Google published it with the models.
"""

import math
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
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

SAME_BOX = 0.3  # share of common area (intersection over union) that makes two answers one
FURTHEST_LOGIT = 80.0  # its exponential is a 32-bit number


@dataclass(frozen=True, slots=True)
class Square:
    """A turned square of the picture, in pixels. `turn`: radians clockwise from upright."""

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


def turn_between(below: NDArray[np.floating], above: NDArray[np.floating]) -> float:
    """How far the way from one point to the other is turned from upright, radians clockwise, within ±pi."""
    turn = math.pi / 2 - math.atan2(below[1] - above[1], above[0] - below[0])
    return math.remainder(turn, 2 * math.pi)


def to_picture(where: Square, side_px: int) -> NDArray[np.float64]:
    """(2, 3): from pixels of a network's input to those of the picture."""
    scale = where.side / side_px
    c, s = scale * math.cos(where.turn), scale * math.sin(where.turn)
    turn = np.array([(c, -s), (s, c)])
    shift = np.array((where.x, where.y)) - turn @ np.full(2, side_px / 2)
    return np.column_stack([turn, shift])


def cut(image: Image, where: Square, side_px: int) -> Array:
    """A square of the picture as a network takes it: (1, side, side, 3) RGB 0..1; outside of it is black."""
    way, how = to_picture(where, side_px), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(image, way, (side_px, side_px), flags=how)
    rgb = cv2.cvtColor(patch, cv2.COLOR_BGR2RGB)
    return np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)[None]


def cells(layers: Sequence[tuple[int, int]]) -> Array:
    """Centres of the cells that a network answers for, shares of its input: (n, 2). `layers`: cells a side,
    answers a cell."""
    rows = []
    for side, answers in layers:
        across = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / side
        y, x = np.meshgrid(across, across, indexing="ij")
        rows.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), answers, axis=0))
    return np.concatenate(rows)


def likely_boxes(answer: Sequence[Array], centres: Array, side_px: int, least: float) -> list[Array]:
    """What a network found with at least the score `least`, best first; answers that overlap become one,
    their mean, weighted with their scores. Each: shares of the input, centre, size and the points."""
    boxes, logits = answer[0][0], answer[1][0, :, 0]
    scores = 1 / (1 + np.exp(-logits.clip(-FURTHEST_LOGIT, FURTHEST_LOGIT)))
    likely = scores >= least
    decoded = boxes[likely] / np.float32(side_px)
    decoded[:, :2] += centres[likely]
    decoded[:, 4:] += np.tile(centres[likely], decoded.shape[1] // 2 - 2)
    return _merged(decoded, scores[likely])


def open_networks(model: Path, kind: str, names: Sequence[str]) -> "tuple[ov.CompiledModel, ...]":
    """The networks of a `.task` bundle. ModelError says what is wrong with it; `kind` as in "hand"."""
    import openvino as ov

    if not model.is_file():
        raise ModelError(f"expected the {kind} model {model}; it is missing: run `assessor models fetch`")
    core, settings = ov.Core(), {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    try:
        with (
            zipfile.ZipFile(model) as bundle,
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        ):
            files = [bundle.extract(name, folder) for name in names]
            return tuple(core.compile_model(file, "CPU", settings) for file in files)
    except (RuntimeError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"expected a {kind} model in {model}; it cannot be opened: {error}") from error


def _merged(found: Array, scores: Array) -> list[Array]:
    out = []
    order = list(np.argsort(-scores, kind="stable"))
    corners = np.concatenate([found[:, :2] - found[:, 2:4] / 2, found[:, :2] + found[:, 2:4] / 2], axis=1)
    while order:
        same = _overlaps(corners[order], corners[order[0]]) > SAME_BOX
        same[0] = True
        group = [index for index, one in zip(order, same, strict=True) if one]
        out.append(np.asarray(np.average(found[group], axis=0, weights=scores[group]), np.float32))
        order = [index for index, one in zip(order, same, strict=True) if not one]
    return out


def _overlaps(boxes: NDArray[np.floating], box: NDArray[np.floating]) -> NDArray[np.floating]:
    """Intersection over union of boxes (n, 4) x0, y0, x1, y1 with one."""
    sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    common = sides.clip(min=0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
    return np.asarray(common / np.maximum(areas - common, 1e-9))
