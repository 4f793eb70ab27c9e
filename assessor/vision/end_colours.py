"""Pixels around a terminal, now and while it was free → the colour of the wire that came, however it bends.

A wire may leave its terminal sideways and throws a shadow; a blade may lie beside it. So every pixel in front
of the screw that shows something new, and not only shade, has a vote.
"""

import numpy as np
from numpy.typing import NDArray

from assessor.vision.wire_colours import COPPER, FIT_DISTANCE, PROTOTYPES, distance, name_colour

Array = NDArray[np.float32]
Guess = tuple[str | None, float]  # colour name, None for what is no insulation; confidence

OUT_MM, ASIDE_MM = np.arange(1.0, 8.1), np.arange(-5.0, 5.1)  # in front of the screw
NEW = 10.0  # colour distance (CIE Lab) of a pixel that shows something else
SHADE, SHADE_SPREAD = 0.45, 5.0  # the same colour this share as light, or lighter, is shade
LEAST_PIXELS = 8  # of a wire, at one a square millimetre
VIVID = (
    20.0  # chroma that counts for one more vote: edges of a red wire are brown, a brown one has no red edges
)
LEAST_RED = 4.0  # CIE a* of a brown wire: without red it is black in a tinted shade
DARKEST_WHITE, LIGHTEST_BLACK = 75.0, 36.0  # CIE lightness: between them a colourless thing is bare metal


def front_points(at: tuple[float, float, float], outward: tuple[float, float]) -> NDArray[np.float64]:
    """(n, 3) mm: a point for every square millimetre in front of a terminal, where its wire lies."""
    way, side = np.array((*outward, 0.3)), np.array((-outward[1], outward[0], 0.0))
    return np.array([np.array(at) + out * way + aside * side for out in OUT_MM for aside in ASIDE_MM])


def colour_that_came(now: Array, free: Array) -> Guess:
    """Colour of the wire in front of a terminal, from pixels (n, 3) in CIE Lab now and while it was free."""
    new = (np.linalg.norm(now - free, axis=1) > NEW) & ~_is_shade(now, free)
    if new.sum() < LEAST_PIXELS:
        return None, 0.0
    votes = sorted((_votes(now[new], name), name) for name in PROTOTYPES if name != COPPER)
    (second, _), (most, colour) = votes[-2:]
    return (colour, most**2 / (most**2 + second**2)) if most >= LEAST_PIXELS else (None, 0.0)


def _is_shade(now: Array, free: Array) -> NDArray[np.bool_]:
    """Which pixels show what they showed, only darker."""
    share = now[:, :1] / np.maximum(free[:, :1], 1.0)
    off = np.linalg.norm(now[:, 1:] - share * free[:, 1:], axis=1)
    return np.asarray((share[:, 0] > SHADE) & (share[:, 0] < 1.0) & (off < SHADE_SPREAD))


def _votes(pixels: Array, name: str) -> float:
    """How many pixels are nearest to a colour; vivid ones count for more."""
    names = np.array(list(PROTOTYPES))
    apart = np.stack([distance(pixels, reference) for reference in PROTOTYPES.values()])
    nearest = names[apart.argmin(axis=0)]
    lightness, red, _ = pixels.T
    nearest[(nearest == "brown") & (red < LEAST_RED)] = "black"
    metal = (nearest == "black") & (lightness > LIGHTEST_BLACK)
    metal |= (nearest == "white") & (lightness < DARKEST_WHITE)
    counted = (nearest == name) & ~metal & (apart.min(axis=0) < FIT_DISTANCE)
    return float((1 + np.hypot(pixels[:, 1], pixels[:, 2]) / VIVID)[counted].sum())


def colour_along(pixels: Array) -> Guess:
    """Colour of what lies straight in front of a terminal, from pixels (n, 3) beyond the screw."""
    middle = np.median(pixels, axis=0)
    names = name_colour(middle)
    if middle[1] < LEAST_RED and "brown" in names:
        names["black"] = names.get("black", 0.0) + names.pop("brown")
    colour = max(names, key=lambda name: names[name], default=COPPER)
    metal = (colour == "black" and middle[0] > LIGHTEST_BLACK) or (
        colour == "white" and middle[0] < DARKEST_WHITE
    )
    return (None, 0.0) if metal or colour == COPPER else (colour, names[colour])
