"""Draws displays of figures in segments as a camera sees them, for `benchmarks/displays.py`."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.types import Image
from assessor.vision.indicators import PATCH_PX_PER_MM

Array = NDArray[np.float32]

FACE_MM = (48.0, 27.0)
DRAWN_PX_PER_MM = 12.0
GAP = 0.09  # between segments, of a segment's length
SEGMENTS = {  # ends on a figure 1 wide and 2 high
    "a": ((0, 0), (1, 0)),
    "b": ((1, 0), (1, 1)),
    "c": ((1, 1), (1, 2)),
    "d": ((0, 2), (1, 2)),
    "e": ((0, 1), (0, 2)),
    "f": ((0, 0), (0, 1)),
    "g": ((0, 1), (1, 1)),
}
LIT = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")  # per digit


@dataclass(frozen=True)
class Setting:
    """How a display looks. `px_per_mm`: of the camera; `ground`, `ink`: BGR; `stroke`: of a segment's length;
    `slant`: of the figures, degrees; `ghosts`: how visible unlit segments are; `tilt`: degrees by which the
    display is turned; `squint`: how much narrower its far edge is seen; `glare`: white light on a corner;
    `finger`: one covers a figure, more or less."""

    px_per_mm: float = 2.0
    ground: tuple[int, int, int] = (165, 190, 170)
    ink: tuple[int, int, int] = (45, 50, 45)
    stroke: float = 0.20
    slant: float = 0.0
    ghosts: float = 0.0
    figure_mm: float = 15.0
    tilt: float = 0.0
    squint: float = 0.0
    light: float = 1.0
    glare: float = 0.0
    finger: bool = False
    blur: float = 0.5
    noise: float = 2.0
    quality: int = 90


LED = Setting(ground=(22, 18, 25), ink=(50, 50, 235), stroke=0.22, slant=8.0, ghosts=0.06)
SETTINGS = {
    "LCD": Setting(),
    "LCD, slanting figures": Setting(slant=8.0, stroke=0.16),
    "LCD, unlit segments show": Setting(ghosts=0.12, slant=5.0),
    "LCD, little contrast": Setting(ink=(105, 120, 108)),
    "LCD, grey, bold": Setting(ground=(150, 150, 150), ink=(20, 20, 20), stroke=0.28),
    "LCD, 1.5 px per mm": Setting(px_per_mm=1.5),
    "LCD, 1 px per mm": Setting(px_per_mm=1.0),
    "LCD, small figures": Setting(figure_mm=10.0),
    "LCD, turned 8 degrees": Setting(tilt=8.0),
    "LCD, seen from aside, turned 5": Setting(squint=0.25, tilt=-5.0),
    "LCD, a third of the light": Setting(light=0.35, noise=4.0),
    "LCD, glare on a corner": Setting(glare=0.4),
    "LCD, strong glare on a corner": Setting(glare=0.8),
    "LCD, out of focus": Setting(blur=1.6),
    "LCD, noise, hard compression": Setting(noise=8.0, quality=35),
    "LED, red": LED,
    "LED, green": replace(LED, ink=(60, 235, 90)),
    "LED, blue": replace(LED, ink=(245, 150, 70)),
    "LED, 1.5 px per mm": replace(LED, px_per_mm=1.5),
    "LED, bright room, glare": replace(LED, ground=(60, 55, 65), glare=0.4),
    "LED, overexposed": replace(LED, ink=(120, 120, 255), stroke=0.3, blur=1.2),
    "LED, turned 8 degrees": replace(LED, tilt=8.0),
    "LED, out of focus": replace(LED, blur=2.0),
}
COVERED = {
    "LCD, a finger over a figure": Setting(finger=True),
    "LED, a finger over a figure": replace(LED, finger=True),
}


def drawn(text: str, how: Setting, dice: np.random.Generator) -> Image:
    """A display's face as the reader gets it, enlarged to its px per mm."""
    lit, every = _written(text, how)
    share = np.maximum(lit, every * how.ghosts)[..., None]
    image = (1 - share) * np.array(how.ground, np.float32) + share * np.array(how.ink, np.float32)
    face = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * FACE_MM
    aside = how.squint / 2 * FACE_MM[0]
    seen = (face + np.array([(aside, 0), (-aside, 0), (0, 0), (0, 0)])) * how.px_per_mm
    turned = (face - np.mean(face, axis=0)) @ _turn(how.tilt + dice.normal(0, 1)).T + np.mean(face, axis=0)
    if how.finger:
        _cover(image, dice)
    soft = cv2.GaussianBlur(image, (0, 0), 0.45 * DRAWN_PX_PER_MM / how.px_per_mm)
    photo = _warped(soft, turned * DRAWN_PX_PER_MM, seen, how.px_per_mm)
    return _warped(_exposed(photo, how, dice), seen, face * PATCH_PX_PER_MM, PATCH_PX_PER_MM).astype(np.uint8)


def _written(text: str, how: Setting) -> tuple[Array, Array]:
    """Where lit segments are, and where any segment is: (height, width) 0..1 each."""
    wide, high = (round(side * DRAWN_PX_PER_MM) for side in FACE_MM)
    lit, every = (np.zeros((high, wide), np.float32) for _ in range(2))
    unit = how.figure_mm * DRAWN_PX_PER_MM * 0.46
    step, thick = unit * 1.56, max(1, round(how.stroke * unit))
    x, y = (wide - step * len(text.replace(".", ""))) / 2 + unit * 0.3, high / 2 - unit
    lean = np.array(((0.95, 0.0), (-np.tan(np.radians(how.slant)), 1.0))) * unit
    for figure in text:
        if figure == ".":
            point = np.array((-0.32, 2.0)) @ lean + (x + lean[1, 0] * -1, y)
            cv2.circle(lit, np.rint(point).astype(int).tolist(), max(2, round(thick * 0.65)), 1.0, -1)
            continue
        for name, (a, b) in SEGMENTS.items():
            ends = np.array((a, b)) + GAP * np.sign(np.subtract(b, a)) * ((1,), (-1,))
            ends = np.rint(ends @ lean + (x - lean[1, 0], y)).astype(int)
            for mask in (every, lit)[: 1 + (name in LIT[int(figure)])]:
                cv2.line(mask, ends[0].tolist(), ends[1].tolist(), 1.0, thick)
        x += step
    return lit, every


def _cover(image: Array, dice: np.random.Generator) -> None:
    """A finger from below over one of the figures."""
    high, wide = image.shape[:2]
    tip = (round(wide * dice.uniform(0.2, 0.8)), round(high * dice.uniform(0.3, 0.55)))
    thick = round(high * dice.uniform(0.5, 0.7))
    skin = np.array((105, 140, 205)) * dice.uniform(0.35, 1.0)
    root = (tip[0] + round(wide * dice.uniform(-0.2, 0.2)), 2 * high)
    cv2.line(image, tip, root, skin.tolist(), thick)


def _turn(degrees: float) -> NDArray[np.float64]:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(((cos, -sin), (sin, cos)))


def _warped(
    image: NDArray[np.uint8] | Array, source: NDArray[np.float64], target: NDArray[np.float64], scale: float
) -> Array:
    size = tuple(round(side * scale) for side in FACE_MM)
    map_ = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    return np.asarray(cv2.warpPerspective(image, map_, size, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _exposed(photo: Array, how: Setting, dice: np.random.Generator) -> Image:
    """Light, glare, blur, grain and compression."""
    rows, columns = np.indices(photo.shape[:2]) / np.array(photo.shape[:2]).reshape(2, 1, 1)
    away = np.hypot(rows - dice.integers(0, 2), columns - dice.integers(0, 2))[..., None]
    lit = photo * how.light + 255 * how.glare * np.exp(-((away / 0.35) ** 2))
    soft = cv2.GaussianBlur(lit, (0, 0), how.blur)
    grainy = np.clip(soft + dice.normal(0, how.noise, soft.shape), 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, how.quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
