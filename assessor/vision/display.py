"""Patch of a display → the number it shows: its figures are set upright and each is compared with drawn ones.

Dark figures on a light ground (LCD) and light ones on a dark ground (LED). What cannot be read is None: a row
that is partly covered, a figure that might be another, a point that may or may not be there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.types import Image

Array = NDArray[np.float32]
Mask = NDArray[np.uint8]

SHARP = 1.2  # px: finer grain is smoothed away
WIDEST_STROKE = 0.24  # of the patch's height
LEAST_CONTRAST = 0.13  # figures against their ground
RIM = 0.1  # of the patch's height: what lies in it alone and reaches the border is no figure
DARKEST_GROUND, DIMMEST_FIGURE = 25.0, 70.0  # of 255: below this, contrast is mostly noise
OTHER_GROUND, MOST_OTHER = 0.22, 0.05  # so much lighter or darker is something else; this share may be
EDGE, MOST_EDGES, EDGE_PX = 0.25, 0.03, 7  # the ground's step within so many px where something lies on it
TILTS, SLANTS = (-12.0, 12.0), (-16.0, 22.0)  # degrees
UNUSUAL = 0.003  # by so much (share) a degree off the usual angle has to pay
LEAST_HEIGHT = 0.22  # of figures, share of the patch's height
POINT_ZONE, UPPER = 0.80, 0.60  # shares of the figures' height: no point reaches above these, small or tall
POINT_HEIGHT, LOW, MIDDLE = (
    0.15,
    (0.87, 0.95),
    (0.60, 0.70),
)  # where a point is looked for, and where it can't be
NO_POINT, DOUBTFUL, A_POINT = 0.20, 0.28, 0.36  # more ink low than in the middle between two figures
NARROW, NARROW_COSTS = 0.08, 0.15  # of the figures' height: little room for a point in such a gap
GLYPH = (20, 36)  # width, height of a compared figure, px
NARROWEST = 0.45  # of a figure's cell, share of its height: a 1 stands in the middle of it
ASPECT_COSTS = 0.25
LEAST_LIKENESS, LEAST_LEAD = 0.62, 0.05
LEAST_SURE, SURE_THEN, SUREST = 0.72, 0.85, 0.99  # what is less sure is not read (benchmarks/displays.py)
LIT = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")  # per digit
ALSO_LIT = {"6": "fgedc", "7": "fabc", "9": "abcfg"}  # as some displays write them
STROKES = {  # segment → its ends on a figure 14 wide and 28 high
    "a": ((1, 0), (13, 0)),
    "b": ((14, 1), (14, 13)),
    "c": ((14, 15), (14, 27)),
    "d": ((1, 28), (13, 28)),
    "e": ((0, 15), (0, 27)),
    "f": ((0, 1), (0, 13)),
    "g": ((1, 14), (13, 14)),
}
HERSHEY = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX)

Unread = tuple[None, float]
UNREAD: Unread = (None, 0.0)


@dataclass(frozen=True, slots=True)
class _Written:
    """How much ink each pixel has (0..1), and how steep the ground below it is: (height, width)."""

    ink: Array
    edges: Array


@dataclass(frozen=True, slots=True)
class _Row:
    """The figures' ink, upright and cut to their height, and the columns of each figure."""

    ink: Array
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure, how alike it is (correlation), and how much more than the next best."""

    digit: str
    likeness: float
    lead: float


def read_display(patch: Image) -> tuple[str | None, float]:
    """Text of the display ("" = blank, "24.1") and confidence; None = something is there that can't be read.

    `patch`: (h, w, 3), only the display's face, upright within about 10 degrees.
    """
    value = np.asarray(cv2.GaussianBlur(patch, (0, 0), SHARP), np.float32)
    ways = [way for way in (_dark_on_light(value), _light_on_dark(value)) if way is not None]
    if not ways:
        return ("", 0.95) if _is_even(value) else UNREAD
    rows = [row for way in ways if (row := _row(way)) is not None]
    read = (_read(row) for row in rows)
    return next((one for one in read if one[0] is not None), UNREAD)


# ---- ink --------------------------------------------------------------------------------------
def _dark_on_light(value: Array) -> _Written | None:
    ground = _without_ink(value, cv2.MORPH_CLOSE)
    contrasts = np.asarray((ground - value) / np.maximum(ground, DARKEST_GROUND), np.float32)
    return _written(contrasts, ground, DARKEST_GROUND)


def _light_on_dark(value: Array) -> _Written | None:
    ground = _without_ink(value, cv2.MORPH_OPEN)
    brightest = max(float(np.percentile(value, 99)), DIMMEST_FIGURE)
    return _written((value - ground) / brightest, ground, brightest)


def _without_ink(value: Array, how: int) -> Array:
    width = round(WIDEST_STROKE * len(value)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    return np.asarray(cv2.morphologyEx(value, how, kernel), np.float32)


def _written(contrasts: Array, ground: Array, least: float) -> _Written | None:
    """None where nothing stands out from the ground. `least`: what the ground's steps are compared with where
    it is darker."""
    contrast = _within(contrasts.max(axis=2))
    full = float(np.percentile(contrast, 98))
    if full < LEAST_CONTRAST:
        return None
    steps = cv2.morphologyEx(ground, cv2.MORPH_GRADIENT, np.ones((EDGE_PX, EDGE_PX), np.uint8)).max(axis=2)
    usual = max(float(np.median(ground, axis=(0, 1)).max()), least)
    return _Written(np.clip(contrast / full, 0, 1), np.asarray(steps / usual, np.float32))


def _within(contrast: Array) -> Array:
    """Less the strips at the rim that are the meter's case, when it is turned a little."""
    rim = round(RIM * len(contrast))
    _, parts = cv2.connectedComponents((contrast > LEAST_CONTRAST / 2).astype(np.uint8))
    inside = parts[rim:-rim, rim:-rim]
    outer = np.concatenate((parts[0], parts[-1], parts[:, 0], parts[:, -1]))
    return np.where(np.isin(parts, np.setdiff1d(outer, inside)), np.float32(0), contrast)


def _is_even(value: Array) -> bool:
    """Nothing but the display's own ground."""
    grey = value.mean(axis=2)
    middle = float(np.median(grey))
    other = np.abs(grey - middle) > OTHER_GROUND * max(middle, DARKEST_GROUND)
    return float(other.mean()) < MOST_OTHER


# ---- the row of figures -------------------------------------------------------------------------
def _row(written: _Written) -> _Row | None:
    """The row of figures, upright; None where there is none, or something lies over it."""
    tilt = _straightest(written.ink, _levelled, TILTS, 0.0)
    level = _levelled(written.ink, tilt)
    slant = _straightest(level, _upright, SLANTS, -tilt)  # a display that is turned leans as a whole
    ink = _upright(level, slant)
    filled = (ink > 0.5).sum(axis=1)
    rows = _runs(_closed(filled > max(2.0, 0.12 * filled.max()), 3))
    top, bottom = max(rows, key=lambda run: run[1] - run[0], default=(0, 0))
    if bottom - top < LEAST_HEIGHT * len(ink) or top == 0 or bottom == len(ink):
        return None
    edges = _upright(_levelled(written.edges, tilt), slant)[top:bottom]
    if (edges > EDGE).mean() > MOST_EDGES:
        return None
    spans = _figures(ink[top:bottom])
    return _Row(ink[top:bottom], tuple(spans)) if spans else None


def _figures(ink: Array) -> list[tuple[int, int]]:
    """Columns of each figure; a point that is tall stands alone and has nothing above it."""
    high = len(ink)
    body = (ink[: round(POINT_ZONE * high)] > 0.5).sum(axis=0)
    spans = _runs(_closed(body > 0.06 * high, max(1, round(0.04 * high))))
    return [(start, end) for start, end in spans if ink[: round(UPPER * high), start:end].max() > 0.5]


def _straightest(
    image: Array, turned: Callable[[Array, float], Array], limits: tuple[float, float], usual: float
) -> float:
    """The angle (degrees) at which the profile is sharpest: first by 2 degrees, then by a half."""
    axis = 1 if turned is _levelled else 0

    def sharpness(angle: float) -> float:
        profile = turned(image, angle).sum(axis=axis)
        return float((profile**2).sum()) * (1 - UNUSUAL * abs(angle - usual))

    coarse = max(np.arange(limits[0], limits[1] + 0.1, 2.0), key=sharpness)
    return float(max(np.arange(coarse - 1.5, coarse + 1.6, 0.5), key=sharpness))


def _levelled(image: Array, degrees: float) -> Array:
    """Sheared so that a line that rises to the right by so much lies level."""
    slope = np.tan(np.radians(degrees))
    return _sheared(image, ((1, 0, 0), (slope, 1, -slope * image.shape[1] / 2)))


def _upright(image: Array, degrees: float) -> Array:
    """Sheared so that a line that leans to the right by so much stands upright."""
    slope = np.tan(np.radians(degrees))
    return _sheared(image, ((1, slope, -slope * image.shape[0] / 2), (0, 1, 0)))


def _sheared(image: Array, matrix: tuple[tuple[float, float, float], tuple[float, float, float]]) -> Array:
    return np.asarray(cv2.warpAffine(image, np.array(matrix), image.shape[::-1]), np.float32)


def _closed(line: NDArray[np.bool_], gap: int) -> NDArray[np.bool_]:
    """A line of yes and no in which gaps of up to so many are filled."""
    kernel = np.ones((1, gap + 1), np.uint8)
    filled = cv2.morphologyEx(line.astype(np.uint8).reshape(1, -1), cv2.MORPH_CLOSE, kernel)
    return np.asarray(filled.ravel() > 0)


def _runs(line: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and after-last of every unbroken stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


# ---- figures --------------------------------------------------------------------------------------
def _read(row: _Row) -> tuple[str | None, float]:
    """The number; unread where a figure or a point is in doubt."""
    figures = [_closest(row.ink[slice(*_rows(row.ink[:, a:b])), a:b]) for a, b in row.spans]
    points = [_point(row.ink, before, after) for before, after in pairwise(row.spans)]
    if sum(point >= A_POINT for point in points) > 1:
        return UNREAD
    doubts = [min(f.likeness, 0.6 + 2 * f.lead) for f in figures]
    doubts += [0.7 + 1.5 * max(point - A_POINT, NO_POINT - point) for point in points]
    clear = all(f.likeness >= LEAST_LIKENESS and f.lead >= LEAST_LEAD for f in figures)
    clear = clear and not any(NO_POINT < point < A_POINT for point in points)
    if not clear or min(doubts) < LEAST_SURE:
        return UNREAD
    marks = ["." if point >= A_POINT else "" for point in points] + [""]
    text = "".join(figure.digit + mark for figure, mark in zip(figures, marks, strict=True))
    return text, round(min(SUREST, SURE_THEN + 1.2 * (min(doubts) - LEAST_SURE)), 3)


def _point(ink: Array, before: tuple[int, int], after: tuple[int, int]) -> float:
    """How much more ink there is low between two figures than further up: a point, or none.

    The point stands nearer to the figure before it; what reaches in from the next one is left out."""
    high = len(ink)
    gap = cv2.blur(ink[:, before[1] : after[0]], (1, max(1, round(POINT_HEIGHT * high))))
    low = gap[round(LOW[0] * high) : round(LOW[1] * high)].max(axis=0)
    middle = gap[round(MIDDLE[0] * high) : round(MIDDLE[1] * high)].mean(axis=0)
    more = cv2.blur((low - middle).reshape(1, -1), (3, 1)).ravel()
    inner = more[max(1, round(0.03 * high)) : len(more) - max(1, round(0.05 * high))]
    if len(inner) == 0:
        return float(more.min()) if more.min() < NO_POINT else DOUBTFUL
    return float(inner.max()) - (NARROW_COSTS if len(inner) < NARROW * high else 0.0)


def _rows(figure: Array) -> tuple[int, int]:
    """First and after-last row with ink."""
    filled = np.flatnonzero((figure > 0.5).any(axis=1))
    return int(filled[0]), int(filled[-1]) + 1


def _closest(figure: Array) -> _Figure:
    """The drawn figure that is most alike; a 1 in a wide cell or an 8 in a narrow one is less so."""
    digits, forms, aspects = _forms()
    aside = np.abs(np.log(figure.shape[1] / figure.shape[0] / aspects))
    scores = forms @ _normal(figure) - ASPECT_COSTS * aside
    best = int(scores.argmax())
    lead = float(scores[best] - scores[digits != digits[best]].max())
    return _Figure(str(digits[best]), float(scores[best]), lead)


def _normal(figure: Array) -> Array:
    """A figure in its cell, softened, (n,) with mean 0 and length 1."""
    high, wide = figure.shape
    missing = max(0, round(NARROWEST * high) - wide)
    cell = np.pad(figure, ((0, 0), (missing // 2, missing - missing // 2)))
    small = cv2.GaussianBlur(cv2.resize(cell, GLYPH, interpolation=cv2.INTER_AREA), (0, 0), 1.2)
    flat = small.ravel() - small.mean()
    return np.asarray(flat / (np.linalg.norm(flat) + 1e-9), np.float32)


@cache
def _forms() -> tuple[NDArray[np.str_], Array, Array]:
    """Digits in the faces of meters (printed sans, stroked, segments): digit, form and aspect of each."""
    pictures = [(d, _printed(d, weight)) for d in "0123456789" for weight in (300, 400, 600)]
    pictures += [(d, _stroked(d, face)) for d in "0123456789" for face in HERSHEY]
    lit = [*((str(d), LIT[d]) for d in range(10)), *ALSO_LIT.items()]
    pictures += [(d, _segmented(segments, thick)) for d, segments in lit for thick in (8, 16, 24)]
    boxes = [cv2.boundingRect(picture) for _, picture in pictures]
    cuts = [picture[y : y + h, x : x + w] for (_, picture), (x, y, w, h) in zip(pictures, boxes, strict=True)]
    forms = np.stack([_normal(cut.astype(np.float32)) for cut in cuts])
    aspects = np.array([cut.shape[1] / cut.shape[0] for cut in cuts], np.float32)
    return np.array([digit for digit, _ in pictures]), forms, aspects


def _printed(digit: str, weight: int) -> Mask:
    canvas = np.zeros((160, 120, 3), np.uint8)
    cv2.putText(canvas, digit, (20, 130), (1, 1, 1), cv2.FontFace("sans"), 110, weight)
    return np.ascontiguousarray(canvas[..., 0])


def _stroked(digit: str, face: int) -> Mask:
    canvas = np.zeros((160, 120), np.uint8)
    cv2.putText(canvas, digit, (20, 130), face, 4, 1, 9)
    return canvas


def _segmented(segments: str, thick: int) -> Mask:
    canvas = np.zeros((160, 104), np.uint8)
    for name in segments:
        start, end = (np.array(at) * 4 + 24 for at in STROKES[name])
        cv2.line(canvas, start.tolist(), end.tolist(), 1, thick)
    return canvas
