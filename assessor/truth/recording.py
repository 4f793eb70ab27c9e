"""A recording's truth file → typed states, frames and actions, as the generator writes them.

Takes `*.truth.json`; refuses, with an InputError, whatever is no truth of a recording. `Trace` answers what
was so at each frame.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assessor.bench import Bench
from assessor.errors import InputError

Signal = NDArray[np.bool_]
HAND = "hand"
ELSEWHERE = "elsewhere"
ZONES = {"tray": "tool_tray", "board": "panel", "hand": HAND}  # the generator's places; others: elsewhere


class _Part(BaseModel):
    """Keys that are not asked for are let pass."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class TrueWire(_Part):
    """A fastened wire."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    colour: str = Field(alias="color")

    @property
    def name(self) -> str:
        """`A-B` as the truth file says it."""
        return f"{self.start}-{self.end}"


class TrueState(_Part):
    """What stood still until the next state. A tool's place is a name or `[[x, y, z], yaw]` in mm."""

    index: int
    start: float
    switches: dict[str, str]
    led: bool
    display: str
    tools: dict[str, Any]
    wires: tuple[TrueWire, ...]


class TrueFrame(_Part):
    """One frame: `held` tools; `at`: terminal (`A/B` for two probes), device or button under the hand;
    `handedness`: which hand it is."""

    t: float
    state: int
    held: tuple[str, ...] = ()
    at: str | None = None
    handedness: str = ""


class TrueAction(_Part):
    """Something the worker did."""

    name: str
    kind: str
    start: float
    end: float


class RecordingTruth(_Part):
    """The truth of one recording."""

    duration: float
    states: tuple[TrueState, ...] = Field(min_length=1)
    frames: tuple[TrueFrame, ...] = Field(min_length=1)
    actions: tuple[TrueAction, ...]


def read_recording_truth(path: Path) -> RecordingTruth:
    """Read a truth file. InputError when it is none."""
    try:
        return RecordingTruth.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as fault:
        first = str(fault).splitlines()[0]
        raise InputError(
            f"{path.name!r}: expected the truth of a recording as samples/README.md describes it, "
            f"got: {first}; give a folder that the generator wrote"
        ) from None


class Trace:
    """The frames of a recording with their states, on a bench. Everything is one value per frame."""

    def __init__(self, truth: RecordingTruth, bench: Bench) -> None:
        self.truth, self.bench = truth, bench
        states = {state.index: state for state in truth.states}
        self.states = [states[frame.state] for frame in truth.frames]
        self.times = np.array([frame.t for frame in truth.frames])

    def where(self, holds: Callable[[TrueFrame, TrueState], bool]) -> Signal:
        """In which frames it holds."""
        rows = zip(self.truth.frames, self.states, strict=True)
        return np.array([holds(frame, state) for frame, state in rows], dtype=bool)

    def node(self, terminal: str) -> str:
        """The electrical node of a terminal."""
        return self.bench.nodes.get(terminal, terminal)

    def ends(self, start: str, end: str) -> frozenset[str]:
        """The nodes of two terminals, in any order."""
        return frozenset((self.node(start), self.node(end)))

    def zone_of(self, tool: str, state: TrueState) -> str:
        """The zone a tool lies in; `hand` or `elsewhere`."""
        place = state.tools.get(tool, ELSEWHERE)
        if isinstance(place, str):
            return ZONES.get(place, ELSEWHERE)
        (x, y, _), _ = place
        inside = (name for name, zone in self.bench.zones.items() if _contains(zone.polygon_mm, x, y))
        return next(inside, ELSEWHERE)

    def spans(self, signal: Signal) -> Iterator[tuple[float, float]]:
        """First and last time of every unbroken stretch."""
        edges = np.flatnonzero(np.diff(np.concatenate(([False], signal, [False])).astype(np.int8)))
        for first, after in zip(edges[::2], edges[1::2], strict=True):
            yield float(self.times[first]), float(self.times[after - 1])


def _contains(polygon: tuple[tuple[float, float], ...], x: float, y: float) -> bool:
    inside = False
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (ay > y) != (by > y) and x < ax + (bx - ax) * (y - ay) / (by - ay):
            inside = not inside
    return inside
