"""Board photo + colours of its wire ends → maps that say where a wire of each colour is seen or may be
hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.geometry import project
from assessor.types import CameraPose
from assessor.vision.wire_colours import COPPER, PROTOTYPES, thin_and_broad
from assessor.vision.wire_ends import TerminalReading

Map = NDArray[np.float32]

WIRE_MM = 3.0
SEEN = 0.45  # thin-part value from which a pixel counts as wire
LEAST_CREST = 0.3  # smoothed thin-part value below which nothing counts as the middle of a wire
LEAST_COLOUR = 0.15  # probability from which an end may have a colour
DEVICE_HIDES = 0.8  # how likely a wire that runs across a device is hidden by it
REMAP_ROWS = 16_000  # cv2.remap takes less than 32,768


@dataclass(frozen=True, slots=True)
class ColourMaps:
    """Where wires of one colour are seen. `seen`: 0..1 per pixel; `middle`: the same, 1 along the middle
    of a wire and less towards its edges; `to_seen_mm`: distance to the next pixel of this colour;
    `excuse`: 0..1, how likely a wire that runs here is hidden by something; `px_per_mm`: scale of the
    maps."""

    seen: Map
    middle: Map
    to_seen_mm: Map
    excuse: Map
    px_per_mm: float

    @property
    def mm_per_pixel(self) -> float:
        """Length of wire that one of its pixels stands for."""
        return 1 / (WIRE_MM * self.px_per_mm**2)


def may_have(reading: TerminalReading, colour: str) -> bool:
    """Whether the wire in a terminal may have this colour; at a bare end it may have any."""
    return reading.bare or reading.colours.get(colour, 0) >= LEAST_COLOUR


def map_colours(
    lab: Map, ends: Sequence[TerminalReading], hidden: Map, px_per_mm: float
) -> dict[str, ColourMaps]:
    """Maps of every colour that some end may have."""
    told = [r for r in ends if not r.bare]
    both_bare = len(ends) - len(told) > 1  # a wire may show its colour at neither end
    present = [c for c in PROTOTYPES if c != COPPER and (both_bare or any(may_have(r, c) for r in told))]
    seen = {c: thin_and_broad(lab, _reference(c, ends), px_per_mm) for c in present}
    maps = {}
    for colour, (own, broad) in seen.items():
        others = [thin for c, (thin, _) in seen.items() if c != colour]
        under = cv2.dilate(np.max(others, axis=0), np.ones((5, 5))) if others else np.zeros_like(own)
        excuse = np.maximum(np.maximum(hidden, broad), (under >= SEEN).astype(np.float32))
        maps[colour] = ColourMaps(
            own, _middle(own, px_per_mm), _to_seen_mm(own, px_per_mm), excuse, px_per_mm
        )
    return maps


def hidden_by_devices(bench: Bench, pose: CameraPose, size: tuple[int, int]) -> Map:
    """0..1: how likely a wire is hidden by a device that rises in front of it or above it. `size`: (width,
    height)."""
    camera = bench.scaled_camera(*size)
    hidden = np.zeros((size[1], size[0]), np.float32)
    for device in bench.devices.values():
        x, y, top = device.size_mm[0] / 2, device.size_mm[1] / 2, device.size_mm[2]
        corners = [device.place((sx * x, sy * y, top)) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        outline = np.rint(project(corners, pose, camera)).astype(np.int32)
        cv2.fillConvexPoly(hidden, outline, DEVICE_HIDES)
    return hidden


def look_up(values: Map, points: NDArray[np.floating]) -> Map:
    """Values of a map at points (..., n, 2), between pixels; outside the picture 0."""
    flat = points.reshape(-1, points.shape[-2], 2).astype(np.float32)
    found = np.empty(flat.shape[:2], np.float32)
    for first in range(0, len(flat), REMAP_ROWS):
        part = flat[first : first + REMAP_ROWS]
        found[first : first + REMAP_ROWS] = cv2.remap(values, part[..., 0], part[..., 1], cv2.INTER_LINEAR)
    return found.reshape(points.shape[:-1])


def _reference(colour: str, ends: Sequence[TerminalReading]) -> Map:
    """Lab of a wire colour in this picture: halfway from the prototype to the ends that clearly have it."""
    prototype = np.array(PROTOTYPES[colour], np.float32)
    clear = [r.lab for r in ends if r.colours.get(colour, 0) > 0.8 and r.occupied > 0.8]
    if not clear:
        return prototype
    return np.asarray((prototype + np.median(np.array(clear, np.float32), axis=0)) / 2, np.float32)


def _to_seen_mm(seen: Map, px_per_mm: float) -> Map:
    far = (seen < SEEN).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(far, cv2.DIST_L2, 5) / px_per_mm, np.float32)


def _middle(seen: Map, px_per_mm: float) -> Map:
    """1 on the crest along the middle of a wire, less towards its edges, 0 away from wires."""
    smooth = cv2.GaussianBlur(seen, (0, 0), WIRE_MM / 4 * px_per_mm)
    width = round(WIRE_MM * px_per_mm) | 1
    crest = cv2.dilate(smooth, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)))
    return np.asarray(smooth / np.maximum(crest, LEAST_CREST), np.float32)
