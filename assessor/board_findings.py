"""What the photo of a finished board shows against the plan: counted facts, and each finding with its place.

Takes a `BoardReading`, kept as `BoardLook`, with the procedure and the bench; gives the counts
`wires_missing`, `wires_wrong`, `wires_wrong_colour`, `bad_conductor_ends`, `loose_ends`, for `supplied.py`;
and for `drawn_board.py` also the wires that run over devices.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assessor.judge.operators import Belief
from assessor.judge.wiring import Nodes, Plan, SeenWire
from assessor.judge.wording import colour, wire_name
from assessor.procedure.conditions import Wire
from assessor.procedure.parts import Procedure, Step
from assessor.types import Text, Truth
from assessor.vision.board import BoardReading, WirePath

MISSING, WRONG, WRONG_COLOUR = "wires_missing", "wires_wrong", "wires_wrong_colour"
BAD_END, LOOSE_END = "bad_conductor_ends", "loose_ends"
OVER = "wires_over_devices"  # told, but not counted: no rubric asks for it
COUNTED = (MISSING, WRONG, WRONG_COLOUR, BAD_END, LOOSE_END)
BARE_MM = 5.0  # copper that may show at a terminal
BARE_ERROR_MM = 1.5  # copper is read to this much (docs/accuracy.md)
SURE, NOT_SURE = 0.95, 0.5


@dataclass(frozen=True, slots=True)
class LookWire:
    """A wire of a photo; `bare_mm`: copper seen at its start and its end; `over`: device that it runs over,
    "" for none, for `over_mm`."""

    start: str
    end: str
    colour: str
    confidence: float
    bare_mm: tuple[float, float]
    over: str = ""
    over_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class LookEnd:
    """A terminal of a photo without a wire of the reading; `occupied`: how sure it holds one. `lone`: it
    surely does, and the other end was not found."""

    terminal: str
    occupied: float
    lone: bool


@dataclass(frozen=True, slots=True)
class BoardLook:
    """What of a reading is kept with an attempt, whatever procedure it is compared with."""

    wires: tuple[LookWire, ...]
    ends: tuple[LookEnd, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong on a board photo: the count it belongs to, where it is, in words, how sure.
    `terminals`: one, or both ends of a wire; `measured_mm`, `limit_mm`: what was measured and what may be, if
    anything."""

    count: str
    place: str
    said: Text
    confidence: float
    terminals: tuple[str, ...] = ()
    measured_mm: float | None = None
    limit_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a photo. `confidence`: how sure it is that there are these findings and no others;
    `photo`: which of several photos it was read from, from 1."""

    name: str
    findings: tuple[Finding, ...]
    confidence: float
    photo: int = 1


def look_of(reading: BoardReading) -> BoardLook:
    """What is kept of a reading."""
    joined = {terminal for wire in reading.wires for terminal in (wire.start, wire.end)}
    lone = {end.terminal for end in reading.lone_ends}
    free = [end for end in reading.terminals if end.terminal not in joined]
    return BoardLook(
        tuple(
            LookWire(p.wire.start, p.wire.end, p.wire.colour, _kept(p.wire.confidence), _copper(p), *_over(p))
            for p in reading.paths
        ),
        tuple(LookEnd(end.terminal, _kept(end.occupied), end.terminal in lone) for end in free),
    )


def counts_of(look: BoardLook, procedure: Procedure, bench: Nodes) -> tuple[Count, ...]:
    """Everything a photo is counted for."""
    board = _Board(look, procedure, bench)
    return (
        _count(MISSING, list(board.missing()), [belief.confidence for belief in board.joined]),
        _count(WRONG, list(board.wrong()), [wire.confidence for wire in board.seen]),
        _count(WRONG_COLOUR, list(board.wrong_colours()), [wire.confidence for wire in board.seen]),
        _count(BAD_END, list(_bad_ends(look)), list(_good_ends(look))),
        _count(LOOSE_END, list(_loose_ends(look)), list(_free_ends(look))),
    )


def findings_of(look: BoardLook, procedure: Procedure | None, bench: Nodes) -> tuple[Finding, ...]:
    """Everything that is wrong, what a rubric counts first; without a procedure what needs no plan."""
    if procedure is not None:
        told = [finding for count in counts_of(look, procedure, bench) for finding in count.findings]
    else:
        told = [*_bad_ends(look), *_loose_ends(look)]
    return (*told, *_over_devices(look))


class _Board:
    """The wires of a photo beside those of the plan."""

    def __init__(self, look: BoardLook, procedure: Procedure, bench: Nodes) -> None:
        planned = [wire for step in procedure.steps for wire in step.wires]
        given = procedure.given.wires
        # On a photo nothing is joined before: a given wire may have been taken out.
        self.plan = Plan(bench, (), [*given, *planned])
        self.seen = [SeenWire(w.start, w.end, w.colour, w.confidence) for w in look.wires]
        self.lone = {end.terminal for end in look.ends if end.lone}
        self.wanted = [*given, *_wanted(procedure, self._is_done)]
        self.joined = [self._belief(wire, any_colour=True) for wire in self.wanted]

    def missing(self) -> Iterator[Finding]:
        """Planned and given wires that are not there; surer where no loose end may be theirs."""
        for wire, belief in zip(self.wanted, self.joined, strict=True):
            if belief.truth is not Truth.YES:
                name = wire_name(wire.from_, wire.to)
                said = Text(f"缺少导线 {name}。", f"The wire {name} is missing.")
                yield Finding(MISSING, name, said, self._sure_missing(wire, belief), _ends(wire))

    def _sure_missing(self, wire: Wire, belief: Belief) -> float:
        """No surer than a wrong wire at one of its ends is, which may be this one misread."""
        if any(self.plan.nodes.same_node(end, t) for end in _ends(wire) for t in self.lone):
            return NOT_SURE
        wrong = [w for w in self.seen if not self.plan.is_legal(w.start, w.end)]
        rivals = [w.confidence for w in wrong if self.plan.shared_ends(wire, w.start, w.end)]
        return min([belief.confidence, *rivals])

    def wrong(self) -> Iterator[Finding]:
        """Wires between terminals that do not belong together."""
        for wire in self.seen:
            if not self.plan.is_legal(wire.start, wire.end):
                name, tone = wire_name(wire.start, wire.end), colour(wire.colour)
                said = Text(f"{tone.zh}导线 {name} 不在图中。", f"The {tone.en} wire {name} is not planned.")
                told = self._instead_of(wire)
                said = Text(said.zh + told.zh, said.en + told.en)
                yield Finding(WRONG, name, said, wire.confidence, (wire.start, wire.end))

    def _instead_of(self, wire: SeenWire) -> Text:
        """The planned wire that this one was meant to be: missing, and with one end in the same place."""
        for meant, belief in zip(self.wanted, self.joined, strict=True):
            if belief.truth is not Truth.YES and self.plan.shared_ends(meant, wire.start, wire.end) == 1:
                name = wire_name(*_ends(meant))
                return Text(f"端子接错，应为 {name}。", f" Wrong terminal: {name} was planned.")
        return Text("", "")

    def wrong_colours(self) -> Iterator[Finding]:
        """Planned wires that are there in another colour."""
        for wire in self.wanted:
            any_colour = self._belief(wire, any_colour=True)
            belief = self._belief(wire, any_colour=False)
            if any_colour.truth is Truth.YES and belief.truth is Truth.NO and wire.color is not None:
                name, said = wire_name(*_ends(wire)), self._tones(wire)
                yield Finding(WRONG_COLOUR, name, said, belief.confidence, _ends(wire))

    def _tones(self, wire: Wire) -> Text:
        came = [colour(w.colour) for w in self.seen if self.plan.matches(wire, w.start, w.end)]
        other, asked = came[0] if came else Text("其他颜色", "another colour"), colour(str(wire.color))
        name = wire_name(wire.from_, wire.to)
        return Text(
            f"{name} 用了{other.zh}，应为{asked.zh}。", f"{name} is {other.en}, it should be {asked.en}."
        )

    def _belief(self, wire: Wire, *, any_colour: bool) -> Belief:
        return self.plan.joined(wire, self.seen, any_colour=any_colour)

    def _is_done(self, step: Step) -> bool:
        return all(self._belief(wire, any_colour=True).truth is Truth.YES for wire in step.wires)


def _wanted(procedure: Procedure, is_done: Callable[[Step], bool]) -> list[Wire]:
    """The wires that must be there: not the optional ones, and of alternatives the one that was chosen."""
    chosen = {step.instead_of for step in procedure.steps if step.instead_of is not None and is_done(step)}
    steps = [s for s in procedure.steps if not s.optional and s.instead_of is None and s.id not in chosen]
    return [wire for step in steps for wire in step.wires]


def _bad_ends(look: BoardLook) -> Iterator[Finding]:
    """Ends with more bare copper than may show."""
    for terminal, bare_mm in _bare(look):
        if bare_mm > BARE_MM:
            said = Text(
                f"{terminal} 处裸铜 {bare_mm:.1f} mm，允许 {BARE_MM:g} mm。",
                f"Bare copper {bare_mm:.1f} mm at {terminal}, allowed {BARE_MM:g}.",
            )
            sure = SURE if bare_mm > BARE_MM + BARE_ERROR_MM else NOT_SURE
            yield Finding(BAD_END, terminal, said, sure, (terminal,), bare_mm, BARE_MM)


def _good_ends(look: BoardLook) -> Iterator[float]:
    """How sure each end is that has no more copper: what reads near the limit may be more."""
    for _, bare_mm in _bare(look):
        if bare_mm <= BARE_MM:
            yield NOT_SURE if bare_mm > BARE_MM - BARE_ERROR_MM else SURE


def _bare(look: BoardLook) -> Iterator[tuple[str, float]]:
    for wire in look.wires:
        yield from zip((wire.start, wire.end), wire.bare_mm, strict=True)


def _loose_ends(look: BoardLook) -> Iterator[Finding]:
    """Ends whose other end was not found in a terminal."""
    for end in look.ends:
        if end.lone:
            said = Text(
                f"{end.terminal} 处的导线另一端未接入端子。",
                f"The other end of the wire at {end.terminal} is in no terminal.",
            )
            yield Finding(LOOSE_END, end.terminal, said, end.occupied, (end.terminal,))


def _over_devices(look: BoardLook) -> Iterator[Finding]:
    """Wires that are seen to run over a device."""
    for wire in look.wires:
        if wire.over:
            name = wire_name(wire.start, wire.end)
            said = Text(
                f"导线 {name} 从 {wire.over} 上方跨过 {wire.over_mm:.0f} mm。",
                f"The wire {name} runs over {wire.over} for {wire.over_mm:.0f} mm.",
            )
            ends = wire.start, wire.end
            yield Finding(OVER, name, said, wire.confidence, ends, wire.over_mm)


def _free_ends(look: BoardLook) -> Iterator[float]:
    """How sure it is of each terminal without a wire that it is free."""
    return (1.0 - end.occupied for end in look.ends if not end.lone)


def _copper(path: WirePath) -> tuple[float, float]:
    start, end = path.bare_mm
    return round(start, 1), round(end, 1)


def _over(path: WirePath) -> tuple[str, float]:
    """The device that a wire runs over the farthest."""
    return max(path.over, key=lambda one: one[1], default=("", 0.0))


def _kept(share: float) -> float:
    """As it is kept: a replay gives the same verdicts."""
    return round(float(share), 4)


def _count(name: str, findings: Sequence[Finding], others: Sequence[float]) -> Count:
    confidence = min([SURE, *others, *(finding.confidence for finding in findings)])
    return Count(name, tuple(findings), round(confidence, 3))


def _ends(wire: Wire) -> tuple[str, str]:
    return wire.from_, wire.to
