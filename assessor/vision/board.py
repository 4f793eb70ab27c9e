"""One photo of a finished board → its netlist: which wires are there, in which colour, how sure.

Terminals are read one by one (wire_ends), every pair of ends in one colour gets its likeliest ways
(wire_traces), and the set of wires that explains the picture best is chosen (wire_matching).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from assessor.bench import Bench
from assessor.geometry import pixels_per_mm, project
from assessor.types import CameraPose, Image, Point, WireObservation
from assessor.vision.markers import find_pose
from assessor.vision.wire_colours import to_lab, white_level
from assessor.vision.wire_copper import Sight, copper_mm
from assessor.vision.wire_crossings import devices_under
from assessor.vision.wire_ends import TerminalReading, outward_mm, read_terminal
from assessor.vision.wire_maps import ColourMaps, Map, hidden_by_devices, map_colours, may_have
from assessor.vision.wire_matching import TEMPERATURE_MM, match_ends
from assessor.vision.wire_traces import End, Trace, candidate_of, colour_doubt_mm, explained, trace_pairs

MAP_PX_PER_MM = 1.6  # a wire is about five pixels wide
LEAST_OCCUPIED = 0.3  # probability from which a terminal may hold a wire end
SURE_OCCUPIED = 0.6  # ... from which an end without a wire is looked for in terminals that hold one already
SHARED_COST_MM = 10.0  # two wires in one terminal are rare
SHARED_MISSING = 0.07  # more of its length missing: the end is loose, not in another wire's terminal
LAST_MM = 11  # before the end: where a wire in the same terminal as another must be seen
SCREW_MM = 3  # the copper in the screw itself


@dataclass(frozen=True, slots=True)
class WirePath:
    """Where a wire of the reading runs: pixels of the picture, start to end. `seen`: share of its length
    that is visible in its colour; `missing`: share where something else is; `bare_mm`: copper seen at
    start and end; `over`: devices that it runs over, with how many mm."""

    wire: WireObservation
    points_px: tuple[Point, ...]
    seen: float
    missing: float
    bare_mm: tuple[float, float]
    over: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class BoardReading:
    """What one photo says about the wiring. `wires` and `paths` have the same order."""

    pose: CameraPose
    wires: tuple[WireObservation, ...]
    paths: tuple[WirePath, ...]
    terminals: tuple[TerminalReading, ...]

    @property
    def lone_ends(self) -> tuple[TerminalReading, ...]:
        """Terminals that surely hold a wire whose other end was not found: loose, or hidden."""
        joined = {terminal for wire in self.wires for terminal in (wire.start, wire.end)}
        return tuple(
            r for r in self.terminals if r.occupied > SURE_OCCUPIED and r.colours and r.terminal not in joined
        )


@dataclass(frozen=True, slots=True)
class _View:
    """The picture as the tracing sees it: shrunk, in Lab, with the wire ends in its pixels."""

    lab: Map
    shrink: float  # of the picture's pixels
    px_per_mm: float
    ends: tuple[End, ...]


def read_board(image: Image, bench: Bench, pose: CameraPose | None = None) -> BoardReading:
    """Read the netlist from one picture (height, width, 3) BGR in which nothing covers the board. `pose`:
    where the camera is, when that is known already.

    Raises SightError when too few markers are seen or it is too dark to tell colours.
    """
    pose = pose or find_pose(image, bench)
    white = white_level(image, bench, pose)
    full = to_lab(image, white)
    terminals = tuple(read_terminal(full, name, bench, pose) for name in bench.terminals)
    view = _view(image, white, terminals, bench, pose)
    readings = [end.reading for end in view.ends]
    hidden = hidden_by_devices(bench, pose, (view.lab.shape[1], view.lab.shape[0]))
    maps = map_colours(view.lab, readings, hidden, view.px_per_mm)
    found = _match(view.ends, maps)
    found += _share_terminals(found, view.ends, maps)
    sight = Sight(full, pose, bench.scaled_camera(image.shape[1], image.shape[0]))
    paths = tuple(_path(trace, probability, view, sight, bench) for trace, probability in found)
    return BoardReading(pose, tuple(p.wire for p in paths), paths, terminals)


def _view(
    image: Image, white: Map, terminals: Sequence[TerminalReading], bench: Bench, pose: CameraPose
) -> _View:
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    scale = pixels_per_mm(bench.middle_mm, pose, camera)
    shrink = min(1.0, MAP_PX_PER_MM / scale)
    small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    camera = bench.scaled_camera(small.shape[1], small.shape[0])
    ends = []
    for reading in terminals:
        if reading.occupied >= LEAST_OCCUPIED and reading.colours:
            at = np.array(bench.terminals[reading.terminal], np.float64)
            here, there = project([at, at + 10 * outward_mm(bench, reading.terminal)], pose, camera)
            ends.append(End(reading, here, (there - here) / np.linalg.norm(there - here)))
    return _View(to_lab(np.asarray(small, np.uint8), white), shrink, scale * shrink, tuple(ends))


def _match(ends: Sequence[End], maps: dict[str, ColourMaps]) -> list[tuple[Trace, float]]:
    """The wires that explain the picture best, each end used once, with probabilities."""
    traces: list[Trace] = []
    for colour, own in maps.items():
        able = [i for i, end in enumerate(ends) if may_have(end.reading, colour)]
        traces += trace_pairs(list(combinations(able, 2)), ends, colour, own)
    candidates = [candidate_of(t, maps[t.colour], colour_doubt_mm(t, ends)) for t in traces]
    chosen = match_ends(candidates, [end.reading.occupied for end in ends])
    return [(traces[index], probability) for index, probability in chosen.items()]


def _share_terminals(
    found: Sequence[tuple[Trace, float]], ends: Sequence[End], maps: dict[str, ColourMaps]
) -> list[tuple[Trace, float]]:
    """Wires from ends that are left over to terminals that hold another wire already."""
    used = {i for trace, _ in found for i in trace.pair}
    shared = []
    for lone, end in enumerate(ends):
        colour = end.reading.colour
        if lone in used or end.reading.occupied < SURE_OCCUPIED or colour not in maps:
            continue
        own = maps[colour]
        covered = 0
        for trace, _ in found:
            covered |= explained(trace.points, own) if trace.colour == colour else 0
        traces = trace_pairs([(lone, other) for other in sorted(used)], ends, colour, own)
        traces = [t for t in traces if _arrives(t, own, covered)]
        worths = [candidate_of(t, own, SHARED_COST_MM).worth_mm(covered) for t in traces]
        if worths and max(worths) > 0:
            best = int(np.argmax(worths))
            shared.append((traces[best], _share(worths, traces, best)))
    return shared


def _arrives(trace: Trace, maps: ColourMaps, covered: int) -> bool:
    """Whether a wire is seen nearly all the way and, before its end, apart from the wires found already."""
    last = explained(trace.points[-LAST_MM:-SCREW_MM], maps) & ~covered
    apart_mm = last.bit_count() * maps.mm_per_pixel
    return trace.missing < SHARED_MISSING and apart_mm > 0.6 * (LAST_MM - SCREW_MM)


def _share(worths: Sequence[float], traces: Sequence[Trace], best: int) -> float:
    """Probability of the best trace's pair against the other pairs and against none."""
    per_pair: dict[tuple[int, int], float] = {}
    for worth, trace in zip(worths, traces, strict=True):
        per_pair[trace.pair] = max(worth, per_pair.get(trace.pair, worth))
    weights = np.exp((np.array([*per_pair.values(), 0.0]) - worths[best]) / TEMPERATURE_MM)
    return float(1 / weights.sum())


def _path(trace: Trace, probability: float, view: _View, sight: Sight, bench: Bench) -> WirePath:
    start, end = (view.ends[i].reading for i in trace.pair)
    sure = probability * min(start.occupied, end.occupied)
    wire = WireObservation(start.terminal, end.terminal, trace.colour, True, sure, 0.0, 0.0)
    points = tuple((float(x), float(y)) for x, y in (trace.points + 0.5) / view.shrink - 0.5)
    bare = (
        copper_mm(sight, points, bench.terminals[start.terminal], trace.colour),
        copper_mm(sight, points[::-1], bench.terminals[end.terminal], trace.colour),
    )
    over = devices_under(points, trace.shown, bench, sight)
    return WirePath(wire, points, trace.seen, trace.missing, bare, over)
