"""Frames → wires that came or went, from the terminals' looks while nothing hides them.

A terminal's look is a short strip of pixels from its screw outward, where a wire would lie. It is compared
only with the same strip seen earlier, so no model of the screw is needed. Two ends that came in the same
colour are a wire.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.geometry import project
from assessor.types import CameraPose, Frame, Image, WireObservation
from assessor.vision.end_colours import Guess, colour_along, colour_that_came, front_points
from assessor.vision.terminal_pixels import sample_lab

Array = NDArray[np.float32]

STRIP_MM = np.arange(-1.5, 7.6, 0.75)  # along the way out
GUARD_MM = 5.7  # beside the strip: changed there too = something broad lies over the terminal
CHANGED = 10.0  # median colour distance (CIE Lab) that makes another look
STEADY = 4.5  # colour distance between two frames that still counts as the same look
HOLD_S = 0.4  # a look must stay this long ...
DOUBT_S = 3.0  # ... and this long where its colour is in doubt (shade, a tool beside it)
CLEAR = 0.7
UNLIKE = np.full((len(STRIP_MM), 3), np.inf, np.float32)  # no strip looks like this
SURE = 0.9  # two ends of one colour came one after the other


@dataclass(frozen=True, slots=True)
class End:
    """A wire end at a terminal. It came in (earliest_s, latest_s]; its other end is missed since `open_s`."""

    terminal: str
    colour: str
    confidence: float
    earliest_s: float
    latest_s: float
    open_s: float = 0.0


@dataclass(slots=True)
class _Look:
    accepted: Array | None = None  # the look that is believed
    empty: Array | None = None  # how the terminal looks without a wire
    front: Array | None = None  # and what is in front of it then
    candidate: Array | None = None
    candidate_since_s: float = 0.0
    seen_s: float = 0.0  # when the accepted look was last seen


@dataclass(slots=True)
class _Change:
    terminal: str
    colour: str | None  # None = free again
    confidence: float
    earliest_s: float
    latest_s: float

    def end(self, colour: str) -> End:
        """The wire end that came."""
        middle_s = (self.earliest_s + self.latest_s) / 2
        return End(self.terminal, colour, self.confidence, self.earliest_s, self.latest_s, middle_s)


@dataclass(slots=True)
class WireWatch:
    """Follows the terminals of one bench through one recording."""

    bench: Bench
    ends: dict[str, End] = field(default_factory=dict)  # ends whose other end is not known yet
    wires: dict[tuple[str, str], tuple[End, End]] = field(default_factory=dict)
    _looks: dict[str, _Look] = field(default_factory=dict)
    _visited_s: dict[str, float] = field(default_factory=dict)
    _strips_px: Array | None = None
    _strips: Array | None = None  # as last sampled
    _fronts_px: dict[str, Array] = field(default_factory=dict)
    _picture: tuple[Image, Array] | None = None  # the present one, and BGR of white paper

    def place(self, pose: CameraPose, size: tuple[int, int]) -> None:
        """Tell where the terminals are in a picture of (width, height); again when the camera was moved."""
        if not self.bench.terminals:
            return
        camera = self.bench.scaled_camera(*size)
        points = [
            _strip_points(at, self.bench.exit_direction(name)) for name, at in self.bench.terminals.items()
        ]
        flat = project(np.concatenate(points).reshape(-1, 3), pose, camera)
        self._strips_px = flat.reshape(len(points), 3, len(STRIP_MM), 2).astype(np.float32)
        fronts = [front_points(at, self.bench.exit_direction(n)) for n, at in self.bench.terminals.items()]
        flat = project(np.concatenate(fronts), pose, camera).astype(np.float32)
        self._fronts_px = dict(zip(self.bench.terminals, flat.reshape(len(fronts), -1, 2), strict=True))
        self._looks = {name: self._looks.get(name, _Look()) for name in self.bench.terminals}
        self._strips = None

    def assume(self, wires: tuple[WireObservation, ...]) -> None:
        """Wires that were there when the recording began."""
        for wire in wires:
            pair = [End(t, wire.colour, wire.confidence, 0.0, 0.0) for t in (wire.start, wire.end)]
            self.wires[wire.start, wire.end] = (pair[0], pair[1])
            for end in pair:
                self._looks[end.terminal].empty = self._looks[end.terminal].front = None

    def visit(self, terminals: Iterable[str], t_s: float) -> None:
        """A tool or a finger is at these terminals now: wires may come and go there, seen or not."""
        self._visited_s |= dict.fromkeys(terminals, t_s)

    def update(
        self, frame: Frame, hidden: frozenset[str], white: Array, afresh: bool = True
    ) -> tuple[WireObservation, ...]:
        """Wires newly found or gone at this frame.

        `hidden`: terminals that a hand covers; `white`: BGR of white paper; `afresh` False: nothing has moved
        since the last time. Don't call it while a meter measures: what touches a terminal then is a probe and
        no wire.
        """
        if self._strips_px is None:
            return ()
        if afresh or self._strips is None:
            self._strips = sample_lab(frame.image, self._strips_px, white)
        self._picture = frame.image, white
        changes = self._changes(self._strips, hidden, frame.t_s)
        gone = [wire for change in changes for wire in self._release(change)]
        self.ends |= {c.terminal: c.end(c.colour) for c in changes if c.colour is not None}
        return (*gone, *(() if self._awaits(hidden) else self._join()))

    def _awaits(self, hidden: frozenset[str]) -> bool:
        """A hand covers a terminal it has worked at since that was last seen: an end may be there."""
        return any(self._visited_s.get(name, -1.0) > self._looks[name].seen_s for name in hidden)

    def _changes(self, strips: Array, hidden: frozenset[str], t_s: float) -> list[_Change]:
        """What the visible terminals' looks say; most look as before, so all are compared at once."""
        looks = [self._looks[name] for name in self.bench.terminals]
        accepted = np.stack([UNLIKE if look.accepted is None else look.accepted[1] for look in looks])
        same = _distances(strips[:, 1], accepted) < CHANGED
        found: list[_Change | None] = []
        for name, look, strip, alike in zip(self.bench.terminals, looks, strips, same, strict=True):
            if name in hidden:
                continue
            if alike:
                look.candidate, look.seen_s = None, t_s
            else:
                found.append(self._look(name, strip, t_s))
        return [change for change in found if change is not None]

    def _look(self, name: str, strip: Array, t_s: float) -> _Change | None:
        """Accept a new look when it has stayed; strip: (3, n, 3) = left guard, middle, right guard."""
        look = self._looks[name]
        if look.accepted is None:
            self._first_look(name, strip, t_s)
            return None
        if _covered(strip, look.accepted):
            look.candidate = None
            return None
        if look.candidate is None or _distance(strip[1], look.candidate[1]) > STEADY:
            look.candidate, look.candidate_since_s = strip, t_s
            return None
        if t_s - look.candidate_since_s < HOLD_S:
            return None
        return self._accept(name, look, strip, t_s)

    def _first_look(self, name: str, strip: Array, t_s: float) -> None:
        look = self._looks[name]
        if look.candidate is None or _distance(strip[1], look.candidate[1]) > STEADY:
            look.candidate, look.candidate_since_s = strip, t_s
        elif t_s - look.candidate_since_s >= HOLD_S:
            look.accepted, look.candidate, look.seen_s = strip, None, t_s
            if not self._colour_at(name):
                look.empty, look.front = strip, self._front(name)

    def _accept(self, name: str, look: _Look, strip: Array, t_s: float) -> _Change | None:
        colour, confidence = self._colour_of(name, look, strip)
        since = (look.seen_s, look.candidate_since_s)
        free = _distance(strip[1], look.empty[1]) < CHANGED if look.empty is not None else _bare_screw(strip)
        if self._colour_at(name) in (None, colour):
            in_doubt = confidence < CLEAR and t_s - look.candidate_since_s < DOUBT_S
        else:  # a wire exchanged for another in one unseen moment is rare: shade more often changes a colour
            in_doubt = confidence < SURE
        if not free and (colour is None or in_doubt):
            return None  # a tool, bare copper or a wire in the shade: not decided yet
        look.accepted, look.candidate, look.seen_s = strip, None, look.candidate_since_s
        if free:
            look.empty, look.front = strip, self._front(name)
        new = None if free else colour
        return None if new == self._colour_at(name) else _Change(name, new, confidence, *since)

    def _colour_of(self, name: str, look: _Look, strip: Array) -> Guess:
        """Colour of the wire that came, by all that is new in front of the terminal where that is known."""
        front = None if look.front is None else self._front(name)
        if front is None or look.front is None:
            return colour_along(strip[1][3:])
        return colour_that_came(front, look.front)

    def _front(self, name: str) -> Array | None:
        """What is in front of a terminal now."""
        return (
            None
            if self._picture is None
            else sample_lab(self._picture[0], self._fronts_px[name], self._picture[1])
        )

    def _colour_at(self, terminal: str) -> str | None:
        held = [end for pair in self.wires.values() for end in pair if end.terminal == terminal]
        held += [end for end in self.ends.values() if end.terminal == terminal]
        return held[0].colour if held else None

    def _release(self, change: _Change) -> list[WireObservation]:
        """What a terminal's change undoes: a wire at it is gone, its other end hangs free."""
        self.ends.pop(change.terminal, None)
        out = []
        for pair in [p for p in self.wires if change.terminal in p]:
            first, second = self.wires.pop(pair)
            other = second if first.terminal == change.terminal else first
            self.ends[other.terminal] = replace(other, open_s=change.latest_s)
            out.append(WireObservation(*pair, other.colour, False, 0.9, change.earliest_s, change.latest_s))
        return out

    def _join(self) -> list[WireObservation]:
        """Pair the open ends of each colour in the order in which they came: a wire is laid end by end."""
        out: list[WireObservation] = []
        for colour in sorted({end.colour for end in self.ends.values()}):
            ends = sorted((e for e in self.ends.values() if e.colour == colour), key=lambda e: e.open_s)
            out += [self._connect(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False)]
        return out

    def _connect(self, a: End, b: End) -> WireObservation:
        del self.ends[a.terminal], self.ends[b.terminal]
        self.wires[a.terminal, b.terminal] = (a, b)
        sure = SURE * min(a.confidence, b.confidence) ** 0.5
        earliest, latest = max(a.earliest_s, b.earliest_s), max(a.latest_s, b.latest_s)
        return WireObservation(a.terminal, b.terminal, b.colour, True, sure, earliest, latest)


def _strip_points(at: tuple[float, float, float], outward: tuple[float, float]) -> NDArray[np.float64]:
    """(3, n, 3) mm: left guard, middle and right guard of one terminal's strip."""
    way, side = np.array((*outward, 0.3)), np.array((-outward[1], outward[0], 0.0))
    middle = np.array(at) + STRIP_MM[:, None] * way
    return np.stack([middle - GUARD_MM * side, middle, middle + GUARD_MM * side])


def _distance(a: Array, b: Array) -> float:
    return float(_distances(a, b))


def _distances(a: Array, b: Array) -> Array:
    """Median colour distance of strips (..., n, 3)."""
    return np.asarray(np.median(np.linalg.norm(a - b, axis=-1), axis=-1))


def _covered(strip: Array, accepted: Array) -> bool:
    """Something broad lies there, no wire: both sides changed, or one did and looks like the middle."""
    sides = [k for k in (0, 2) if _distance(strip[k], accepted[k]) > CHANGED]
    return len(sides) == 2 or any(_distance(strip[k], strip[1]) < CHANGED for k in sides)


def _bare_screw(strip: Array) -> bool:
    """Without an earlier look: a free screw is bright and without colour in its middle."""
    lightness, a, b = np.median(strip[1][1:4], axis=0)
    return bool(lightness > 50 and np.hypot(a, b) < 12)
