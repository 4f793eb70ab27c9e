"""Pairs of wire ends + colour maps → the smooth curve that a wire between them would follow, and how well
it is seen.

A curve is a Catmull-Rom spline terminal, exit, middle, exit, terminal. Exits and middle are found on a
coarse grid, improved by the cross-entropy method (Rubinstein & Kroese 2004) and fitted to the middle of
the wire.
"""

from dataclasses import dataclass, fields
from itertools import product

import numpy as np
from numpy.typing import NDArray

from assessor.vision.wire_maps import ColourMaps, look_up

Array = NDArray[np.floating]

HIDDEN_CREDIT = 0.5  # worth of a stretch that something hides, where a seen one is 1
LENGTH_COST = 0.05  # per length of the chord: no detours along other wires
PER_SEGMENT = 8
# coarse grid: exits outward and sideways, middle along the chord (share of its length) and outward
GRID_REACH_MM = (16.0, 24.0)
GRID_SIDEWAYS_MM = (-5.0, 0.0, 5.0)
GRID_ALONG = (-0.16, -0.08, 0.0, 0.08, 0.16)
GRID_HANG_MM = tuple(range(-12, 64, 4))
GRID_SPREAD_MM = 3.0  # how far from its wire a curve is still drawn to it
VARIANTS = 4  # curves kept per pair
DISTINCT_MM = 7.0  # between the middles of two of them
ROUNDS, POPULATION, ELITE = 10, 64, 10  # of the cross-entropy method
SNAP_ROUNDS, SNAP_MM, SNAP_DAMPING = 6, 2.5, 0.05  # of the fit to the wire's middle
FIRST_SPREAD_MM, LAST_SPREAD_MM = (
    3.0,
    1.2,
)  # as GRID_SPREAD_MM; in the last rounds the wire's middle is sought
# parameters: exit A outward, sideways, exit B outward, sideways, middle along, middle outward; in mm
START_SPREAD_MM = np.array([4.0, 4.0, 4.0, 4.0, 4.0, 3.0])
LEAST_SPREAD_MM = np.array([0.3, 0.3, 0.3, 0.3, 0.6, 0.3])


@dataclass(frozen=True, slots=True)
class PairEnds:
    """Ends of P candidate wires, map pixels. `start`, `end`: (P, 2); `start_out`, `end_out`: unit vectors
    (P, 2)."""

    start: Array
    end: Array
    start_out: Array
    end_out: Array


def fit_curves(ends: PairEnds, maps: ColourMaps, seed: int = 0) -> Array:
    """Best curves per candidate wire, most promising first: (P, VARIANTS, points, 2) map pixels. The same
    input gives the same curves."""
    guesses = _promising(ends, maps)
    many = _repeated(ends, VARIANTS)
    fitted = _improve(guesses.reshape(-1, 6), many, maps, np.random.default_rng(seed))
    controls = _controls(fitted[:, None], many, maps.px_per_mm)[:, 0]
    for _ in range(SNAP_ROUNDS):
        controls = _snap(controls, maps)
    return (BASIS @ controls).reshape(len(ends.start), VARIANTS, -1, 2)


def _promising(ends: PairEnds, maps: ColourMaps) -> Array:
    """The best guesses of a coarse grid that differ from each other, (P, VARIANTS, 6) mm."""
    exits = (GRID_REACH_MM, GRID_SIDEWAYS_MM)
    grid = np.array(list(product(*exits, *exits, GRID_ALONG, GRID_HANG_MM)), np.float32)
    chord_mm = _chord_mm(ends, maps.px_per_mm)
    guesses = np.tile(grid, (len(chord_mm), 1, 1))
    guesses[..., 4] *= chord_mm[:, None] + 20
    worth = _worth(_curves(guesses, ends, maps.px_per_mm), maps, GRID_SPREAD_MM, chord_mm)
    return np.stack([_distinct(g, w) for g, w in zip(guesses, worth, strict=True)])


def _distinct(guesses: Array, worth: Array) -> Array:
    kept: list[Array] = []
    for index in np.argsort(-worth):
        if all(np.abs(guesses[index, 4:] - k[4:]).max() > DISTINCT_MM for k in kept):
            kept.append(guesses[index])
        if len(kept) == VARIANTS:
            break
    return np.array(kept)


def _improve(mean: Array, ends: PairEnds, maps: ColourMaps, random: np.random.Generator) -> Array:
    chord_mm = _chord_mm(ends, maps.px_per_mm)
    spread = np.tile(START_SPREAD_MM, (len(mean), 1))
    best = mean
    for turn in range(ROUNDS):
        tries = mean[:, None] + spread[:, None] * random.normal(size=(len(mean), POPULATION, 6))
        tries[:, 0] = best
        reach = max(LAST_SPREAD_MM, FIRST_SPREAD_MM * 0.75**turn)
        worth = _worth(_curves(tries, ends, maps.px_per_mm), maps, reach, chord_mm)
        order = np.argsort(-worth, axis=1)[:, :ELITE]
        elite = np.take_along_axis(tries, order[..., None], axis=1)
        best, mean = elite[:, 0], elite.mean(axis=1)
        spread = np.maximum(0.2 * spread + 0.8 * elite.std(axis=1), LEAST_SPREAD_MM)
    return best


def _snap(controls: Array, maps: ColourMaps) -> Array:
    """Move the three inner control points of each curve (P, 5, 2) so that it follows the middle of the
    wire beside it (least squares along the normals)."""
    points = BASIS @ controls
    along = np.gradient(points, axis=1)
    normals = _left(along) / np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-3)
    offsets = np.arange(-SNAP_MM, SNAP_MM + 0.01, 0.25) * maps.px_per_mm
    around = points[:, :, None] + offsets[:, None] * normals[:, :, None]
    value = look_up(maps.middle, around) * np.exp(-((offsets / (SNAP_MM * maps.px_per_mm)) ** 2))
    best = value.argmax(axis=2)
    weight = np.take_along_axis(value, best[..., None], axis=2)[..., 0] ** 2
    rows = (BASIS[None, :, 1:4, None] * normals[:, :, None, :]).reshape(*points.shape[:2], 6)
    weighted = rows * weight[..., None]
    square = weighted.transpose(0, 2, 1) @ rows + SNAP_DAMPING * np.eye(6)
    moved = np.linalg.solve(square, weighted.transpose(0, 2, 1) @ offsets[best][..., None])
    result = np.array(controls)
    result[:, 1:4] += moved.reshape(-1, 3, 2)
    return result


def _chord_mm(ends: PairEnds, px_per_mm: float) -> Array:
    return np.asarray(np.linalg.norm(ends.end - ends.start, axis=1) / px_per_mm)


def _repeated(ends: PairEnds, times: int) -> PairEnds:
    return PairEnds(**{f.name: np.repeat(getattr(ends, f.name), times, axis=0) for f in fields(ends)})


def _basis() -> Array:
    """(points, 5): curve = basis @ control points."""
    knots = np.eye(5)
    knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[4] - knots[3]])
    rows = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        for t in np.arange(PER_SEGMENT) / PER_SEGMENT:
            bend = (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
            rows.append((2 * b + (c - a) * t + bend) / 2)
    return np.array([*rows, knots[5]], np.float32)


BASIS = _basis()


def _curves(tries_mm: Array, ends: PairEnds, px_per_mm: float) -> Array:
    """(P, n, 6) parameters → (P, n, points, 2) pixels."""
    return np.asarray(BASIS @ _controls(tries_mm, ends, px_per_mm))


def _controls(tries_mm: Array, ends: PairEnds, px_per_mm: float) -> Array:
    """(P, n, 6) parameters → (P, n, 5, 2) pixels."""
    x = tries_mm[..., None] * px_per_mm
    start, end, start_out, end_out = (
        v[:, None] for v in (ends.start, ends.end, ends.start_out, ends.end_out)
    )
    along, outward = (v[:, None] for v in _middle_axes(ends))
    shape = (*tries_mm.shape[:2], 2)
    controls = [
        np.broadcast_to(start, shape),
        start + x[:, :, 0] * start_out + x[:, :, 1] * _left(start_out),
        (start + end) / 2 + x[:, :, 4] * along + x[:, :, 5] * outward,
        end + x[:, :, 2] * end_out + x[:, :, 3] * _left(end_out),
        np.broadcast_to(end, shape),
    ]
    return np.stack(controls, axis=2).astype(np.float32)


def _middle_axes(ends: PairEnds) -> tuple[Array, Array]:
    """Unit vectors (P, 2): along the chord; the way the middle hangs out (across the chord if the ends
    disagree)."""
    along = ends.end - ends.start
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    outward = ends.start_out + ends.end_out
    length = np.linalg.norm(outward, axis=1, keepdims=True)
    return along, np.where(length > 0.6, outward / np.maximum(length, 1e-6), _left(along))


def _left(vectors: Array) -> Array:
    return np.stack([-vectors[..., 1], vectors[..., 0]], axis=-1)


def _worth(curves: Array, maps: ColourMaps, reach_mm: float, chord_mm: Array) -> Array:
    steps = curves[:, :, 1:] - curves[:, :, :-1]
    length = np.hypot(steps[..., 0], steps[..., 1])
    spots = curves[:, :, :-1] + steps / 2
    if reach_mm > LAST_SPREAD_MM:
        own = np.exp(-((look_up(maps.to_seen_mm, spots) / reach_mm) ** 2) / 2)
    else:
        own = look_up(maps.middle, spots)
    whole = length.sum(axis=-1)
    seen = (np.maximum(own, HIDDEN_CREDIT * look_up(maps.excuse, spots)) * length).sum(axis=-1) / whole
    detour = whole / maps.px_per_mm / np.maximum(chord_mm[:, None], 40)
    return np.asarray(seen - LENGTH_COST * detour)
