"""Board photo → how much each pixel looks like a wire of a given colour, whatever the light.

Colours are compared in CIE Lab after white balance on the white of the bench's own markers.
"""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessor.bench import Bench
from assessor.errors import SightError
from assessor.geometry import project
from assessor.types import CameraPose, Image

Array = NDArray[np.float32]

COPPER = "copper"
# CIE Lab of common wire insulation (and bare copper) in even light, white = 100.
PROTOTYPES: dict[str, tuple[float, float, float]] = {
    "brown": (31, 12, 16),
    "blue": (35, 19, -50),
    "red": (42, 53, 32),
    "black": (18, 0, 0),
    "green": (54, -44, 33),
    "yellow": (75, 4, 67),
    "white": (88, 0, 1),
    COPPER: (60, 22, 28),
}
WHITE_SHARE = 0.95  # what a marker's white reflects
LIGHTNESS_SPREAD = 14.0  # shading and highlight along a round wire
MIN_WHITE = 60.0  # of 255: below this nothing can be said about colours
LEAST_ROOM = 0.4  # on a broad surface of much the same colour a wire has little room to stand out
FIT_DISTANCE = 3.5  # spreads; further away it is none of the wire colours


def white_level(image: Image, bench: Bench, pose: CameraPose) -> Array:
    """BGR of white paper in this light, (3,), from the white cells of the markers."""
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    levels = []
    for marker in pose.marker_ids:
        inside = np.zeros(image.shape[:2], np.uint8)
        quad = project(bench.markers[marker], pose, camera)
        cv2.fillConvexPoly(inside, np.rint(quad).astype(np.int32), 1)
        pixels = image[inside > 0].astype(np.float32)
        bright = pixels.sum(axis=1)
        levels.append(np.median(pixels[bright >= np.percentile(bright, 75)], axis=0))
    white = np.asarray(np.median(levels, axis=0), np.float32)
    if white.mean() < MIN_WHITE:
        raise SightError(
            f"expected the markers' white at {MIN_WHITE:.0f} of 255 or brighter, found {white.mean():.0f}; "
            "take the photo in more light"
        )
    return white


def to_lab(image: Image, white: Array) -> Array:
    """White-balanced CIE Lab, (height, width, 3) float32."""
    balanced = np.clip(image.astype(np.float32) / white * WHITE_SHARE, 0, 1).astype(np.float32)
    return np.asarray(cv2.cvtColor(balanced, cv2.COLOR_BGR2Lab), np.float32)


def name_colour(lab: ArrayLike) -> dict[str, float]:
    """Probability per colour name (wire colours and copper) of one Lab value; empty = none of them fits."""
    distances = {name: float(distance(lab, reference)) for name, reference in PROTOTYPES.items()}
    if min(distances.values()) > FIT_DISTANCE:
        return {}
    weights = {name: np.exp(-(d**2) / 2) for name, d in distances.items()}
    total = sum(weights.values())
    return {name: float(weight / total) for name, weight in weights.items()}


def unlikeness(lab: ArrayLike) -> Array:
    """Distance of Lab values (..., 3) from the nearest wire colour, in spreads of that colour."""
    return np.asarray(np.min([distance(lab, reference) for reference in PROTOTYPES.values()], axis=0))


def distance(lab: ArrayLike, reference: ArrayLike) -> Array:
    """Distance of Lab values (..., 3) from a reference colour, in spreads of that colour on a round wire."""
    values, centre = np.asarray(lab, np.float32), np.asarray(reference, np.float32)
    chroma_spread = 5.0 + 0.22 * float(np.hypot(centre[1], centre[2]))
    spread = np.array([LIGHTNESS_SPREAD, chroma_spread, chroma_spread], np.float32)
    return np.asarray(np.linalg.norm((values - centre) / spread, axis=-1), np.float32)


def likeness(lab: ArrayLike, reference: ArrayLike) -> Array:
    """0..1: how much pixels (..., 3) look like a thin wire of a colour. Cameras store colour coarser than
    light, so a thin wire may be paler than its ends, but keeps its hue."""
    off = np.asarray(lab, np.float32) - np.asarray(reference, np.float32)
    _, green_red, blue_yellow = (float(v) for v in np.asarray(reference))
    chroma = max(float(np.hypot(green_red, blue_yellow)), 1e-3)
    pale = (off[..., 1] * green_red + off[..., 2] * blue_yellow) / chroma / (6 + 0.3 * chroma)
    turned = (off[..., 2] * green_red - off[..., 1] * blue_yellow) / chroma / (6 + 0.2 * chroma)
    squares = (off[..., 0] / LIGHTNESS_SPREAD) ** 2 + pale**2 + turned**2
    return np.asarray(np.exp(-squares / 2), np.float32)


def thin_and_broad(lab: Array, reference: ArrayLike, px_per_mm: float) -> tuple[Array, Array]:
    """0..1 per pixel: looks like this colour and belongs to something no wider than a few wires; to something
    broader, on which a wire of this colour would not be seen."""
    alike = likeness(lab, reference)
    width = round(8 * px_per_mm) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    broad = np.asarray(cv2.morphologyEx(alike, cv2.MORPH_OPEN, kernel), np.float32)
    thin = (alike - broad) / np.maximum(1 - broad, LEAST_ROOM)
    return np.asarray(thin, np.float32), broad
