"""Two wire ends + colour maps → the ways a wire between them may run, and how well the picture bears each
out."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.vision.wire_ends import TerminalReading
from assessor.vision.wire_maps import SEEN, WIRE_MM, ColourMaps, look_up
from assessor.vision.wire_matching import TEMPERATURE_MM, Candidate
from assessor.vision.wire_paths import PairEnds, fit_curves

Points = NDArray[np.floating]

MISSING_COST = 3.0  # per mm of way where the wire should be seen and something else is
HIDDEN_COST = 0.15  # per mm of way that something else may hide
BESIDE_COST = 2.0  # per mm of way beside the middle of the wire it follows
SEEN_WITHIN_MM = 0.7
LEAST_PROBABILITY = 0.02  # of a colour
ANY_COLOUR = 0.2  # probability of each colour behind a bare end


@dataclass(frozen=True, slots=True)
class End:
    """A wire end in a terminal: where it is in the maps (px) and the unit vector in which it leaves."""

    reading: TerminalReading
    at: Points
    out: Points


@dataclass(frozen=True, slots=True)
class Trace:
    """A way between the ends `pair`: (n, 2) map pixels, one point per mm, and shares of its length: `seen`
    in its colour, `missing` (something else is there), `beside` (seen, but weighted by how far off the
    wire's middle); `shown`: per point, whether it is seen in its colour."""

    pair: tuple[int, int]
    colour: str
    points: Points
    seen: float
    missing: float
    beside: float
    shown: NDArray[np.bool_]

    @property
    def length_mm(self) -> float:
        """Length of the way in the picture."""
        return float(len(self.points) - 1)


def trace_pairs(
    pairs: Sequence[tuple[int, int]], ends: Sequence[End], colour: str, maps: ColourMaps
) -> list[Trace]:
    """The likeliest ways of a wire of this colour between each pair of ends."""
    if not pairs:
        return []
    first, second = ([ends[pair[k]] for pair in pairs] for k in (0, 1))
    curves = fit_curves(
        PairEnds(
            start=np.array([e.at for e in first]),
            end=np.array([e.at for e in second]),
            start_out=np.array([e.out for e in first]),
            end_out=np.array([e.out for e in second]),
        ),
        maps,
    )
    return [
        _trace(pair, colour, curve, maps) for pair, ways in zip(pairs, curves, strict=True) for curve in ways
    ]


def candidate_of(trace: Trace, maps: ColourMaps, doubt_mm: float) -> Candidate:
    """What choosing this trace explains and what speaks against it; `doubt_mm`: other objections."""
    hidden = 1 - trace.seen - trace.missing
    shares = MISSING_COST * trace.missing + BESIDE_COST * trace.beside + HIDDEN_COST * hidden
    cost_mm = shares * trace.length_mm + doubt_mm
    pixels = explained(trace.points, maps)
    return Candidate(*trace.pair, trace.colour, pixels, cost_mm, maps.mm_per_pixel)


def colour_doubt_mm(trace: Trace, ends: Sequence[End]) -> float:
    """What the colours seen in its two terminals say against the trace's colour."""
    chances = [_probability(ends[i].reading, trace.colour) for i in trace.pair]
    return float(-TEMPERATURE_MM * np.log(chances).sum())


def explained(points: Points, maps: ColourMaps) -> int:
    """Bit set of the pixels of the wire's colour that a wire along these points covers."""
    drawn = np.zeros(maps.seen.shape, np.uint8)
    width = max(3, round(WIRE_MM * maps.px_per_mm))
    cv2.polylines(drawn, [np.rint(points).astype(np.int32)], False, 1, width)
    return int.from_bytes(np.packbits((drawn > 0) & (maps.seen >= SEEN)).tobytes(), "big")


def _probability(reading: TerminalReading, colour: str) -> float:
    return ANY_COLOUR if reading.bare else max(reading.colours.get(colour, 0.0), LEAST_PROBABILITY)


def _trace(pair: tuple[int, int], colour: str, curve: Points, maps: ColourMaps) -> Trace:
    points = _resample(curve, maps.px_per_mm)
    own = look_up(maps.to_seen_mm, points) <= SEEN_WITHIN_MM
    missing = np.where(own, 0, 1 - look_up(maps.excuse, points))
    beside = np.where(own, 1 - look_up(maps.middle, points), 0)
    return Trace(pair, colour, points, float(own.mean()), float(missing.mean()), float(beside.mean()), own)


def _resample(curve: Points, step: float) -> Points:
    """The same curve with a point every `step` pixels."""
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    at = np.linspace(0, way[-1], max(4, round(way[-1] / step)) + 1)
    return np.stack([np.interp(at, way, curve[:, 0]), np.interp(at, way, curve[:, 1])], axis=1)
