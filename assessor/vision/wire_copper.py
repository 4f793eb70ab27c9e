"""The way of a wire on a board photo → how many millimetres of bare copper show at its end.

The way is put on the middle of what is seen (a bare end bends where the traced curve does not), then cut
where copper gives way to the insulation; the length is taken in the plane of the terminal, in the full
picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.geometry import Lens, camera_centre, project, to_plane
from assessor.types import CameraPose, Point
from assessor.vision.wire_colours import COPPER, PROTOTYPES, Array, distance
from assessor.vision.wire_maps import WIRE_MM

STEP_MM = 0.25
REACH_MM = 30.0  # of a way that is looked at
ASIDE_MM = np.arange(-5.0, 5.01, STEP_MM)
CLOSER_MM = (2.5, 1.5)  # how far from the curve the middle of the wire is expected, turn by turn
CORE_MM = 0.75  # half of the breadth that is looked at: a wire is 3 mm broad
EVEN_MM = 1.5  # over which the middle of the wire is evened out
INSULATED_MM = (16.0, 28.0)  # from the end: where the insulation shows its colour
CLEAR = 2.5  # spreads from the colour's prototype within which a pixel shows it
RISE = 0.45  # how far a wire climbs per mm as it leaves its terminal
ROUNDS = 5  # of the search for its length
LEAST_MM = 1.0  # less than this is the screw's own shade

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture in Lab, full size, and how it was taken."""

    lab: Array
    pose: CameraPose
    lens: Lens


def copper_mm(sight: Sight, way_px: tuple[Point, ...], terminal_mm: tuple[float, ...], colour: str) -> float:
    """Bare copper seen from the terminal at the start of `way_px` on; 0 where there is none."""
    middle = np.array(way_px, np.float64)
    for far_mm in CLOSER_MM:
        way = _resampled(middle, sight, terminal_mm)
        if len(way) < round(2 * EVEN_MM / STEP_MM):
            return 0.0
        middle, across = _middle_of(way, sight, colour, far_mm)
    insulation = _insulation(across, colour)
    bare = _share_of_copper(across, insulation)
    length_mm = _length_mm(middle[: _border(bare) + 1], sight, terminal_mm)
    return length_mm if length_mm >= LEAST_MM else 0.0


def _resampled(way: Points, sight: Sight, terminal_mm: tuple[float, ...]) -> Points:
    """The first REACH_MM of the way, a point every STEP_MM, from the terminal itself on."""
    start = project([terminal_mm], sight.pose, sight.lens)
    way = np.concatenate([start, way[1:]])
    flat = to_plane(way, terminal_mm[2], sight.pose, sight.lens)
    gone = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(flat, axis=0), axis=1))])
    at = np.arange(0, min(REACH_MM, gone[-1]), STEP_MM)
    return np.stack([np.interp(at, gone, way[:, k]) for k in (0, 1)], axis=1)


def _middle_of(way: Points, sight: Sight, colour: str, far_mm: float) -> tuple[Points, Array]:
    """The way (n, 2) along the middle of the wire, and the Lab of its core there, (n, breadth, 3)."""
    along = np.gradient(way, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1)
    px_per_mm = np.linalg.norm(way[1] - way[0]) / STEP_MM
    around = way[:, None] + ASIDE_MM[:, None] * px_per_mm * normals[:, None]
    values = values_at(sight.lab, around)
    alike = np.exp(
        -np.minimum(distance(values, PROTOTYPES[COPPER]), distance(values, PROTOTYPES[colour])) / 2
    )
    broad = 2 * round(CORE_MM / STEP_MM) + 1
    core = cv2.blur(alike.astype(np.float32), (broad, broad)) * np.exp(-((ASIDE_MM / far_mm) ** 2) / 2)
    weights = core**8  # nearly the largest, between the steps
    aside = (weights * ASIDE_MM).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    aside[0] = 0.0
    aside = cv2.GaussianBlur(aside[:, None], (0, 0), EVEN_MM / STEP_MM)[:, 0]
    middle = way + (aside * px_per_mm)[:, None] * normals
    span = np.arange(-CORE_MM, CORE_MM + 0.01, STEP_MM) * px_per_mm
    return middle, values_at(sight.lab, middle[:, None] + span[:, None] * normals[:, None])


def values_at(lab: Array, points: Points) -> Array:
    """Lab values (..., 3) of a picture at points (..., 2)."""
    x, y = points[..., 0].astype(np.float32), points[..., 1].astype(np.float32)
    return np.asarray(cv2.remap(lab, x, y, cv2.INTER_LINEAR), np.float32)


def _insulation(across: Array, colour: str) -> Array:
    """Lab of this wire's insulation, where it is clearly seen; else of its kind."""
    first, last = (round(mm / STEP_MM) for mm in INSULATED_MM)
    seen = across[first:last].reshape(-1, 3)
    clear = seen[distance(seen, PROTOTYPES[colour]) < CLEAR]
    return np.median(clear, axis=0) if len(clear) else np.array(PROTOTYPES[colour], np.float32)


def _share_of_copper(across: Array, insulation: Array) -> Array:
    """0..1 per point of the way: how far its colour lies from the insulation's towards copper's; 0 where it
    is neither, another wire on top."""
    copper, core = np.array(PROTOTYPES[COPPER], np.float32), np.median(across, axis=1)
    towards = copper - insulation
    share = np.clip((core - insulation) @ towards / float(towards @ towards), 0, 1)
    between = insulation + share[:, None] * towards
    off = np.min([distance(core, copper), distance(core - between + copper, copper)], axis=0)
    return np.asarray(np.where(off < CLEAR, share, 0), np.float32)


def _border(bare: Array) -> int:
    """Index at which copper ends: the cut that leaves least insulation before it and least copper behind."""
    before = np.concatenate([[0], np.cumsum(0.5 - bare)])
    return int(np.argmin(before))


def _length_mm(middle: Points, sight: Sight, terminal_mm: tuple[float, ...]) -> float:
    """Length of a bent end whose last point is the top of the cut: as it would be in the terminal's plane,
    lengthened as its chord is when the wire climbs."""
    flat = to_plane(middle, terminal_mm[2], sight.pose, sight.lens)
    steps = np.linalg.norm(np.diff(flat, axis=0), axis=1).sum()
    chord = flat[-1] - flat[0]
    if np.linalg.norm(chord) < LEAST_MM:
        return 0.0
    return float(_climbing_mm(chord, sight, np.array(terminal_mm)) * steps / np.linalg.norm(chord))


def _climbing_mm(seen: Points, sight: Sight, terminal: Points) -> float:
    """Length of a straight end that climbs by RISE and whose cut, seen on the wire's surface, lies at `seen`
    (2,) mm from the terminal in its plane."""
    camera, out = camera_centre(sight.pose), seen
    for _ in range(ROUNDS):
        end = np.array([*out, RISE * np.linalg.norm(out)])
        axis = end / np.linalg.norm(end)
        ray = camera - terminal - end
        facing = ray - (ray @ axis) * axis
        top = terminal + end + WIRE_MM / 2 * facing / np.linalg.norm(facing)
        share = (terminal[2] - camera[2]) / (top[2] - camera[2])
        out = out + seen - ((camera + share * (top - camera)) - terminal)[:2]
    return float(np.linalg.norm(out) * np.hypot(1, RISE))
