"""Patch of a meter's display → the number it shows, by comparing each glyph with drawn digits."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.types import Image

Array = NDArray[np.float64]

GLYPH = (20, 32)  # width, height of a compared glyph, px
MIN_CONTRAST = 0.18  # dark figures against the display's ground, share of full scale
MIN_LIKENESS = 0.55
LIT = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")  # per digit
STROKES = {  # segment → its ends on a 20 x 33 px figure
    "a": ((3, 2), (15, 2)),
    "b": ((17, 3), (17, 15)),
    "c": ((17, 17), (17, 29)),
    "d": ((3, 30), (15, 30)),
    "e": ((2, 17), (2, 29)),
    "f": ((2, 3), (2, 15)),
    "g": ((3, 16), (15, 16)),
}
HERSHEY = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX)

Mask = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # x, y, width, height


def read_display(patch: Image) -> tuple[str | None, float]:
    """Text of the display ("" = blank, "24.1") and confidence; None = something is there that can't be read.

    `patch`: (h, w, 3), only the display's face, upright within about 10 degrees.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    ground = float(np.percentile(grey, 70))
    ink = (grey < ground * (1 - MIN_CONTRAST)).astype(np.uint8)
    glyphs = _glyph_boxes(ink)
    tall = [box for box in glyphs if box[3] > 0.3 * patch.shape[0]]
    if not tall:
        share = float(ink[2:-2, 2:-2].mean())
        return ("", 0.95) if share < 0.02 else (None, 0.0)
    darkest = float(np.percentile(grey[ink > 0], 20)) / ground
    mask = (grey < ground * (1 + darkest) / 2).astype(np.uint8)
    return _read_glyphs(mask, _glyph_boxes(mask), patch.shape[0])


def _read_glyphs(
    mask: NDArray[np.uint8], boxes: list[tuple[int, int, int, int]], height: int
) -> tuple[str | None, float]:
    digits = [box for box in boxes if box[3] > 0.3 * height]
    if not digits:
        return None, 0.0
    tallest = max(box[3] for box in digits)
    marks = [box for box in boxes if box[3] < 0.35 * tallest and box[1] + box[3] / 2 > _middle(digits)]
    text = ""
    likeness: list[float] = []
    for box in sorted(digits + marks):
        if box in marks:
            text += "."
            continue
        digit, alike = _closest(_normal(mask, box), box[2] / box[3])
        text, likeness = text + digit, [*likeness, alike]
    worst = min(likeness)
    if worst < MIN_LIKENESS or text.count(".") > 1:
        return None, 0.0
    return text, round(float(min(1.0, 0.4 + worst * 0.6)), 3)


def _middle(boxes: list[Box]) -> float:
    return float(np.mean([y + h / 2 for _, y, _, h in boxes]))


def _glyph_boxes(mask: Mask) -> list[Box]:
    """Connected figures that don't touch the border; strokes one above the other belong together."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    high, wide = mask.shape
    boxes = []
    for x, y, w, h, area in stats[1:].tolist():
        if area >= 6 and x > 0 and y > 0 and x + w < wide and y + h < high:
            boxes.append((x, y, w, h))
    return _stacked(sorted(boxes))


def _stacked(boxes: list[Box]) -> list[Box]:
    """Join boxes that overlap in x by more than half (the separate segments of a seven-segment figure)."""
    joined = boxes[:1]
    for box in boxes[1:]:
        last = joined[-1]
        overlap = min(last[0] + last[2], box[0] + box[2]) - max(last[0], box[0])
        if overlap > 0.5 * min(last[2], box[2]):
            x, y = min(last[0], box[0]), min(last[1], box[1])
            right, low = max(last[0] + last[2], box[0] + box[2]), max(last[1] + last[3], box[1] + box[3])
            joined[-1] = (x, y, right - x, low - y)
        else:
            joined.append(box)
    return joined


def _normal(mask: Mask, box: Box) -> Array:
    x, y, w, h = box
    figure = cv2.resize(mask[y : y + h, x : x + w].astype(np.float32), GLYPH, interpolation=cv2.INTER_AREA)
    return _centred(np.asarray(cv2.GaussianBlur(figure, (5, 5), 0), np.float64))


def _centred(figure: Array) -> Array:
    flat = figure.ravel() - figure.mean()
    return np.asarray(flat / (np.linalg.norm(flat) + 1e-9))


def _closest(figure: Array, aspect: float) -> tuple[str, float]:
    """Best digit and how alike it is (correlation, less when the width-to-height ratio differs)."""
    scores = [
        (float(figure @ form) - abs(np.log(aspect / ratio)) * 0.3, digit) for digit, form, ratio in _forms()
    ]
    alike, digit = max(scores)
    return digit, alike


@cache
def _forms() -> tuple[tuple[str, Array, float], ...]:
    """Every digit in the faces that meters use: printed sans, stroked, seven-segment."""
    pictures = [(d, _printed(d, weight)) for d in "0123456789" for weight in (300, 400, 600)]
    pictures += [(d, _stroked(d, face)) for d in "0123456789" for face in HERSHEY]
    pictures += [(d, _segmented(d)) for d in "0123456789"]
    forms = []
    for digit, picture in pictures:
        x, y, w, h = cv2.boundingRect(picture)
        forms.append((digit, _normal(picture, (x, y, w, h)), w / h))
    return tuple(forms)


def _printed(digit: str, weight: int) -> Mask:
    canvas = np.zeros((160, 120, 3), np.uint8)
    cv2.putText(canvas, digit, (20, 130), (1, 1, 1), cv2.FontFace("sans"), 110, weight)
    return np.ascontiguousarray(canvas[..., 0])


def _stroked(digit: str, face: int) -> Mask:
    canvas = np.zeros((160, 120), np.uint8)
    cv2.putText(canvas, digit, (20, 130), face, 4, 1, 9)
    return canvas


def _segmented(digit: str) -> Mask:
    canvas = np.zeros((33, 20), np.uint8)
    for name in LIT[int(digit)]:
        (xa, ya), (xb, yb) = STROKES[name]
        cv2.line(canvas, (xa, ya), (xb, yb), 1, 3)
    return canvas
