"""Wires as they are against wires as planned, compared by nodes: another legal routing is as good.

Takes the planned wires and what is known about wires at a moment; says whether two terminals are joined and
whether a wire belongs there at all. Two clamps of one terminal (X1.4, X1.4b) are one node of the bench.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from assessor.judge.operators import UNKNOWN, Belief
from assessor.procedure.conditions import Wire
from assessor.types import FactKey, Truth

ABSENT = "absent"
NO_COLOUR = "present"  # a wire whose colour could not be told
UNSEEN_CONFIDENCE = 0.9  # nobody reports a wire that is not there: how sure silence is
_ENDS = re.compile(r"(?P<start>[^.]+\.[^.]+)-(?P<end>[^.-][^.]*\.[^.]+)")


class Nodes(Protocol):
    """What the judge asks of a bench."""

    def same_node(self, first: str, second: str) -> bool:
        """Whether two terminals are joined inside their device."""


def wire_key(start: str, end: str) -> FactKey:
    """The fact key of a wire, whichever way round it is named."""
    return FactKey("wire", "-".join(sorted((start, end))))


@lru_cache(4096)
def ends_of(subject: str) -> tuple[str, str]:
    """The two terminals in the subject of a wire fact, `PS.--X1.5b` → (`PS.-`, `X1.5b`)."""
    found = _ENDS.fullmatch(subject)
    if not found:
        raise ValueError(f"expected two terminals as 'A.1-B.2', got {subject!r}; name wires with wire_key()")
    return found["start"], found["end"]


@dataclass(frozen=True, slots=True)
class SeenWire:
    """A wire as it is known at a moment; `sure` False = it may be there."""

    start: str
    end: str
    colour: str
    confidence: float
    sure: bool = True


class Groups:
    """Which things are joined (union-find)."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._above: dict[str, str] = {}
        for first, second in pairs:
            self._above[self.top(first)] = self.top(second)

    def top(self, thing: str) -> str:
        """The thing that stands for all that are joined with this one."""
        while thing in self._above and self._above[thing] != thing:
            thing = self._above[thing]
        return thing


class Plan:
    """The wires of a procedure as nets over the nodes of a bench."""

    def __init__(self, nodes: Nodes, given: Sequence[Wire], planned: Sequence[Wire]) -> None:
        self.nodes, self.given, self.planned = nodes, tuple(given), tuple(planned)
        self._node_of: dict[str, str] = {}
        self._given_nodes = {self._pair(w.from_, w.to) for w in given}
        wires = [*given, *planned]
        self._members = {node for wire in wires for node in self._ends(wire)}
        self._nets = Groups(self._ends(wire) for wire in wires)
        self._joined_before = Groups(self._ends(wire) for wire in given)
        self._planned_in: dict[str, list[Wire]] = defaultdict(list)  # by net
        for wire in planned:
            self._planned_in[self.net(wire.from_)].append(wire)

    def node(self, terminal: str) -> str:
        """The terminal that stands for its node."""
        if terminal not in self._node_of:
            known = (t for t in set(self._node_of.values()) if self.nodes.same_node(t, terminal))
            self._node_of[terminal] = next(known, terminal)
        return self._node_of[terminal]

    def net(self, terminal: str) -> str:
        """The node that stands for all that are to be joined with this terminal."""
        return self._nets.top(self.node(terminal))

    def nets_of(self, subject: str) -> frozenset[str]:
        """The nets at both ends of a wire."""
        return frozenset(self.net(terminal) for terminal in ends_of(subject))

    def is_given(self, start: str, end: str) -> bool:
        """Whether the wire is there before the student starts."""
        return self._pair(start, end) in self._given_nodes

    def is_legal(self, start: str, end: str) -> bool:
        """Whether a wire joins nodes that belong together."""
        first, second = self.node(start), self.node(end)
        members = first in self._members and second in self._members
        return first == second or (members and self._nets.top(first) == self._nets.top(second))

    def matches(self, wire: Wire, start: str, end: str) -> bool:
        """Whether a wire joins the two nodes of a planned one directly."""
        return self._pair(wire.from_, wire.to) == self._pair(start, end)

    def shared_ends(self, wire: Wire, start: str, end: str) -> int:
        """How many nodes a wire has in common with a planned one."""
        return len(self._pair(wire.from_, wire.to) & self._pair(start, end))

    def colours(self, start: str, end: str) -> frozenset[str]:
        """The colours that are right for a wire: of the planned wire it is, or else of its net."""
        of_net = self._planned_in.get(self.net(start), [])
        direct = [w for w in of_net if self.matches(w, start, end)]
        chosen = direct or of_net
        return frozenset(w.color for w in chosen if w.color is not None)

    def joined(self, wire: Wire, seen: Sequence[SeenWire], *, any_colour: bool) -> Belief:
        """Whether the wires that are known join the planned ends, in the right colour unless `any_colour`."""
        legal = [w for w in seen if self.is_legal(w.start, w.end)]
        used = self._path(wire, [w for w in legal if w.sure])
        if used is None:
            possible = self._path(wire, legal) is not None
            return UNKNOWN if possible else Belief(Truth.NO, UNSEEN_CONFIDENCE)
        confidence = min((w.confidence for w in used), default=1.0)
        colours = {w.colour for w in used}
        if any_colour or wire.color is None or colours <= self._right(wire, used):
            return Belief(Truth.YES, confidence)
        unread = colours - self._right(wire, used) == {NO_COLOUR}
        return UNKNOWN if unread else Belief(Truth.NO, confidence)

    def _right(self, wire: Wire, used: Sequence[SeenWire]) -> frozenset[str]:
        if wire.color is not None and any(self.matches(wire, w.start, w.end) for w in used):
            return frozenset((wire.color,))
        # Another route runs over wires of any of the colours of the net.
        of_net = self._planned_in.get(self.net(wire.from_), [])
        return frozenset(w.color for w in of_net if w.color is not None)

    def _path(self, wire: Wire, legal: Sequence[SeenWire]) -> list[SeenWire] | None:
        """The wires that join the ends: the direct one if there is one, else all that hang on its net."""
        direct = [w for w in legal if self.matches(wire, w.start, w.end)]
        if direct:
            right = [w for w in direct if w.colour == wire.color]
            return [max(right or direct, key=lambda w: w.confidence)]
        groups = Groups((self._given_top(w.start), self._given_top(w.end)) for w in legal)
        start, end = groups.top(self._given_top(wire.from_)), groups.top(self._given_top(wire.to))
        if start != end:
            return None
        return [w for w in legal if groups.top(self._given_top(w.start)) == start]

    def _given_top(self, terminal: str) -> str:
        return self._joined_before.top(self.node(terminal))

    def _ends(self, wire: Wire) -> tuple[str, str]:
        return self.node(wire.from_), self.node(wire.to)

    def _pair(self, start: str, end: str) -> frozenset[str]:
        return frozenset((self.node(start), self.node(end)))
