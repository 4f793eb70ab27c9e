"""Frame → states of switches, lamps and displays, each from its own small patch, seen from straight above."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.bench.parts import CameraModel, Indicator
from assessor.geometry import project, to_plane
from assessor.types import CameraPose, Image, IndicatorObservation
from assessor.vision.display import read_display
from assessor.vision.motion import differ, halved
from assessor.vision.wire_colours import to_lab

PATCH_PX_PER_MM = 4.0
LEVER_END = 0.40  # where the bar's ends are looked for: share of the patch from its middle
LEVER_ASIDE = (-0.08, 0.0, 0.08)
LEVER_SQUARE = 0.08
LEVER_LEAD = 8.0  # colour distance by which one direction must fit better
HUE_BEFORE_SHADE = np.array([0.3, 1.0, 1.0], np.float32)
LIT, UNLIT = 0.85, 0.65  # brightness against the markers' white
LENS = 0.28  # radius of the lens that is looked at, share of the patch

SAME_PATCH = 6.0  # levels (0..255) by which a patch at half size may differ and still show the same
WIDEST = 1.5  # of an indicator's size: what is looked at to read it

Array = NDArray[np.float64]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class View:
    """One picture with its camera: what indicators are read from. `white`: BGR of white paper, (3,)."""

    image: Image
    pose: CameraPose
    camera: CameraModel
    white: NDArray[np.float32]


def read_indicators(view: View, bench: Bench, hidden: frozenset[str]) -> tuple[IndicatorObservation, ...]:
    """All indicators of the bench. `hidden`: devices whose indicator a hand covers."""
    return tuple(_unseen(one) if one.device in hidden else _read(view, one) for one in bench.indicators)


def _unseen(indicator: Indicator) -> IndicatorObservation:
    return IndicatorObservation(indicator.kind, indicator.device, None, 0.0)


@dataclass(slots=True)
class IndicatorWatch:
    """Reads the indicators of one bench through one recording: each where its patch has changed, and now and
    then (`again_s`) in any case."""

    indicators: tuple[Indicator, ...]
    again_s: float
    _pose: CameraPose | None = None
    _boxes: tuple[Box, ...] = ()
    _last: dict[int, "_Reading"] = field(default_factory=dict)

    def read(self, view: View, t_s: float, hidden: frozenset[str]) -> tuple[IndicatorObservation, ...]:
        """All indicators. `hidden`: devices whose indicator a hand covers."""
        if view.pose is not self._pose:
            self._pose, self._boxes = view.pose, tuple(_box_around(view, i) for i in self.indicators)
            self._last.clear()
        return tuple(
            IndicatorObservation(i.kind, i.device, None, 0.0)
            if i.device in hidden
            else self._one(view, k, t_s)
            for k, i in enumerate(self.indicators)
        )

    def _one(self, view: View, number: int, t_s: float) -> IndicatorObservation:
        left, top, right, bottom = self._boxes[number]
        patch, last = halved(view.image[top:bottom, left:right]), self._last.get(number)
        if last is None or not 0 <= t_s - last.t_s < self.again_s or differ(patch, last.patch, SAME_PATCH):
            last = self._last[number] = _Reading(t_s, patch, _read(view, self.indicators[number]))
        return last.seen


@dataclass(frozen=True, slots=True)
class _Reading:
    """What an indicator showed and how its patch looked then."""

    t_s: float
    patch: Image
    seen: IndicatorObservation


def _box_around(view: View, indicator: Indicator) -> Box:
    """Pixels (left, top, right, bottom) that hold all that is looked at to read an indicator."""
    x, y, z = indicator.at_mm
    w, d = (s * WIDEST / 2 for s in indicator.size_mm)
    corners = project([(x + i * w, y + k * d, z) for i in (-1, 1) for k in (-1, 1)], view.pose, view.camera)
    high, wide = view.image.shape[:2]
    low, most = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int) + 1
    left, top = int(low[0].clip(0, wide - 2)), int(low[1].clip(0, high - 2))
    return left, top, int(most[0].clip(left + 2, wide)), int(most[1].clip(top + 2, high))


def _read(view: View, indicator: Indicator) -> IndicatorObservation:
    value, confidence = _READERS[indicator.look](view, indicator)
    return IndicatorObservation(indicator.kind, indicator.device, value, round(confidence, 3))


def patch_of(view: View, indicator: Indicator, margin: float = 1.0) -> Image:
    """The indicator's face rectified to 4 px per mm, `margin` times its size."""
    x, y, z = indicator.at_mm
    w, d = (s * margin / 2 for s in indicator.size_mm)
    corners = [(x - w, y + d, z), (x + w, y + d, z), (x + w, y - d, z), (x - w, y - d, z)]
    wide, high = round(2 * w * PATCH_PX_PER_MM), round(2 * d * PATCH_PX_PER_MM)
    source = project(corners, view.pose, view.camera).astype(np.float32)
    target = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32) - 0.5
    turn = cv2.getPerspectiveTransform(source, target.astype(np.float32))
    return np.asarray(cv2.warpPerspective(view.image, turn, (wide, high), flags=cv2.INTER_LINEAR), np.uint8)


def _lever(view: View, indicator: Indicator) -> tuple[str | None, float]:
    """The bar passes the middle and reaches both ends of its direction: they have the middle's colour."""
    blurred = np.asarray(cv2.GaussianBlur(patch_of(view, indicator), (5, 5), 0), np.uint8)
    patch = to_lab(blurred, view.white) * HUE_BEFORE_SHADE
    middle = _colour_at(patch, 0.0, 0.0, 0.0)
    misses = {value: _farther_end(patch, middle, degrees) for value, degrees in indicator.values.items()}
    ranked = sorted(misses, key=lambda value: misses[value])
    lead = misses[ranked[1]] - misses[ranked[0]]
    if lead < LEVER_LEAD:
        return None, 0.0
    return ranked[0], min(1.0, 0.5 + lead / (6 * LEVER_LEAD))


def _farther_end(patch: NDArray[np.float32], middle: Array, degrees: float) -> float:
    """How unlike the middle the less alike end of a bar in this direction is (CIE Lab, little lightness).

    The bar may lie a little aside: it stands higher than its plate, and the camera is not straight above.
    """
    turns = (np.radians(degrees), np.radians(degrees + 180))
    return max(
        min(
            float(np.linalg.norm(_colour_at(patch, turn, LEVER_END, aside) - middle)) for aside in LEVER_ASIDE
        )
        for turn in turns
    )


def _colour_at(patch: NDArray[np.float32], turn: float, out: float, aside: float) -> Array:
    """Median colour of a small square at `out` along a direction and `aside` of it (shares of the patch)."""
    high, wide = patch.shape[:2]
    x = (wide - 1) / 2 + wide * (out * np.cos(turn) - aside * np.sin(turn))
    y = (high - 1) / 2 - high * (out * np.sin(turn) + aside * np.cos(turn))
    half = max(1, round(LEVER_SQUARE * wide / 2))
    rows = slice(max(0, round(y) - half), round(y) + half + 1)
    columns = slice(max(0, round(x) - half), round(x) + half + 1)
    return np.asarray(np.median(patch[rows, columns].reshape(-1, 3), axis=0))


def _lit(view: View, indicator: Indicator) -> tuple[str | None, float]:
    """A lit lamp is about as bright as white paper, an unlit one clearly darker."""
    patch = patch_of(view, indicator)
    rows, columns = np.indices(patch.shape[:2])
    away = np.hypot(rows - (patch.shape[0] - 1) / 2, columns - (patch.shape[1] - 1) / 2)
    lens = patch[away < LENS * patch.shape[1]].max(axis=1)
    level = float(np.median(lens) / view.white.mean())
    if UNLIT < level < LIT:
        return None, 0.0
    distance = level - LIT if level >= LIT else UNLIT - level
    return ("on" if level >= LIT else "off"), min(1.0, 0.7 + distance)


def _plunger(view: View, indicator: Indicator) -> tuple[str | None, float]:
    """The plunger's face lies where its height puts it in a slanting view: compare with both heights."""
    patch = patch_of(view, indicator, margin=1.4)
    shift = {value: _shift(view, indicator, height) for value, height in indicator.values.items()}
    home, out = sorted(shift, key=lambda value: indicator.values[value])
    near, far = shift[home], shift[out]
    travel = far - near
    length = float(np.linalg.norm(travel))
    face = _face_centre(patch)
    if face is None or length * PATCH_PX_PER_MM < 2.0:
        return None, 0.0
    place = float((face - near) @ travel) / length**2
    if abs(place - 0.5) < 0.15:
        return None, 0.0
    return (out if place > 0.5 else home), min(1.0, 0.5 + abs(place - 0.5))


def _shift(view: View, indicator: Indicator, height_mm: float) -> Array:
    """Where the face's centre appears, mm on the plane of `at_mm`, when it stands at this height."""
    x, y, z = indicator.at_mm
    seen = project([(x, y, height_mm)], view.pose, view.camera)
    return np.asarray(to_plane(seen, z, view.pose, view.camera)[0] - (x, y))


def _face_centre(patch: Image) -> Array | None:
    """Centre of the evenly coloured face around the patch's middle, mm from it (x right, y away)."""
    blurred = cv2.GaussianBlur(patch, (3, 3), 0).astype(np.float64)
    high, wide = patch.shape[:2]
    middle = blurred[high * 3 // 8 : high * 5 // 8, wide * 3 // 8 : wide * 5 // 8].reshape(-1, 3)
    like = (np.linalg.norm(blurred - np.median(middle, axis=0), axis=2) < 30).astype(np.uint8)
    _, labels = cv2.connectedComponents(like)
    face = labels == labels[high // 2, wide // 2]
    if not 0.2 < face.mean() < 0.8:
        return None
    rows, columns = np.nonzero(face)
    ends = np.percentile(columns, (1, 99)), np.percentile(rows, (1, 99))
    x, y = ends[0].mean() - (wide - 1) / 2, (high - 1) / 2 - ends[1].mean()
    return np.array((x, y)) / PATCH_PX_PER_MM


def _lcd(view: View, indicator: Indicator) -> tuple[str | None, float]:
    return read_display(patch_of(view, indicator, margin=0.94))


_READERS = {"lever": _lever, "lit": _lit, "plunger": _plunger, "lcd": _lcd}
