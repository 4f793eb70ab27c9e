"""Runs conditions over a timeline: what each of them said from when to when.

Takes `Change`s in time order and named operators; gives one `Signal` per name. An operator is asked only when
one of its facts changes or its time is due, so the cost grows with the changes, not with their product.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from assessor.judge.operators import UNKNOWN, Belief, Operator
from assessor.judge.timeline import SCENE, Change
from assessor.judge.wiring import ABSENT, NO_COLOUR, Plan, SeenWire, ends_of
from assessor.procedure.conditions import Wire
from assessor.types import FactKey, Truth

ANY_WIRE = FactKey("wire", "*")
ANY_PROBING = FactKey("probing", "*")
PROBE_SEPARATOR = "/"
CAMERA = "video"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with one belief; `known_s`: when the machine could know it; `entered`: it begins with
    what somebody entered, not with what the camera saw."""

    start_s: float
    end_s: float
    belief: Belief
    known_s: float
    entered: bool = False


Signal = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """A condition at work, its name and the facts it depends on. `wires`: those it asks for, when it asks for
    no other ones; `completes`: the step it is `done` of; `hides_s`: an unseen stretch as long as this may
    have hidden that, even if it is not so any more."""

    name: str
    operator: Operator
    keys: frozenset[FactKey]
    completes: str | None = None
    wires: tuple[Wire, ...] = ()
    hides_s: float = math.inf


class Moment:
    """What is known about the bench at one moment (the `Now` of the operators)."""

    def __init__(self, plan: Plan) -> None:
        self.t_s = 0.0
        self.blind = False
        self._plan = plan
        self._facts: dict[FactKey, tuple[str | None, float]] = {}
        self._wires: dict[str, dict[str, tuple[str | None, float]]] = defaultdict(dict)  # by net
        self._probings: dict[str, tuple[str | None, float]] = {}
        self._joined: dict[tuple[str, str, str | None, bool], Belief] = {}

    def take(self, change: Change) -> None:
        """Something is known differently from now on."""
        known, kind = (change.value, change.confidence), change.key.kind
        if kind == "wire":
            for net in self._plan.nets_of(change.key.subject):
                self._wires[net][change.key.subject] = known
            self._joined.clear()
        elif kind == "probing":
            self._probings[change.key.subject] = known
        elif kind == SCENE.kind:
            self.blind = change.value is None
            self._joined.clear()
        else:
            self._facts[change.key] = known

    def fact(self, key: FactKey) -> tuple[str | None, float]:
        """Value (None = unknown) and confidence."""
        return self._facts.get(key, (None, 0.0))

    def is_first_word(self, change: Change) -> bool:
        """Whether somebody enters what nobody said to be unknown: it is so from then on, not from earlier."""
        known, _ = self._facts.get(change.key, ("", 0.0))
        return change.source != CAMERA and known is not None

    def wire(self, wire: Wire, *, any_colour: bool) -> Belief:
        """Whether two terminals are joined as planned."""
        asked = (wire.from_, wire.to, wire.color, any_colour)
        if asked not in self._joined:
            self._joined[asked] = self._look_at_wires(wire, any_colour)
        return self._joined[asked]

    def probing(self, ends: tuple[str, str]) -> Belief:
        """Whether the probes touch two terminals, or others of the same nodes."""
        nodes = {self._plan.node(terminal) for terminal in ends}
        found = [fact for pair, fact in self._probings.items() if self._nodes_of(pair) == nodes]
        touching = [confidence for value, confidence in found if value == "yes"]
        if touching:
            return Belief(Truth.YES, max(touching))
        asked = found or list(self._probings.values())  # a pair nobody reports: as sure as the others are
        if not asked or any(value is None for value, _ in asked):
            return UNKNOWN
        return Belief(Truth.NO, min(confidence for _, confidence in asked))

    def _look_at_wires(self, wire: Wire, any_colour: bool) -> Belief:
        never_seen = bool(self._plan.given) and not self._wires  # given wires exist: silence means blindness
        if self.blind or never_seen:
            return UNKNOWN
        seen = [
            SeenWire(*ends_of(subject), value or NO_COLOUR, confidence, value is not None)
            for subject, (value, confidence) in self._wires.get(self._plan.net(wire.from_), {}).items()
            if value != ABSENT
        ]
        return self._plan.joined(wire, seen, any_colour=any_colour)

    def _nodes_of(self, pair: str) -> set[str]:
        return {self._plan.node(terminal) for terminal in pair.split(PROBE_SEPARATOR)}


class Done:
    """Whether a step has been done so far, which other conditions may ask for. Once done it stays so; it is
    unknown while the step cannot be seen, and after a stretch in which it may have been done unseen."""

    def __init__(self, step: str, hides_s: float) -> None:
        self.key, self.hides_s = FactKey("done", step), hides_s
        self.value: str | None = "no"
        self.unseen_s: float | None = None

    def told(self, t_s: float, truth: Truth) -> bool:
        """Take what the condition of the step says now; gives whether that changes anything."""
        before = self.value
        if truth is Truth.YES or before == "yes":
            self.value = "yes"
        elif truth is Truth.UNKNOWN:
            self.value, self.unseen_s = None, t_s if self.unseen_s is None else self.unseen_s
        elif self.unseen_s is not None:
            self.value = None if t_s - self.unseen_s >= self.hides_s else "no"
            self.unseen_s = self.unseen_s if self.value is None else None
        return self.value != before


def replay(roots: Sequence[Root], changes: Iterable[Change], plan: Plan, end_s: float) -> dict[str, Signal]:
    """What every root says from 0 to `end_s`."""
    return _Run(roots, plan, end_s).signals(changes)


class _Run:
    """One pass over a timeline."""

    def __init__(self, roots: Sequence[Root], plan: Plan, end_s: float) -> None:
        self._roots, self._end_s = roots, end_s
        self._now = Moment(plan)
        self._said: list[list[tuple[float, Belief, float, bool]]] = [[] for _ in roots]
        self._entered = False
        self._done = [Done(root.completes, root.hides_s) if root.completes else None for root in roots]
        self._due: list[tuple[float, int]] = []
        self._due_at = [math.inf for _ in roots]
        self._users: dict[FactKey, list[int]] = defaultdict(list)
        self._wire_users: dict[str, list[int]] = defaultdict(list)  # by net
        self._plan, self._wires_seen = plan, False
        for index, root in enumerate(roots):
            root.operator.reset()
            for key in root.keys:
                self._users[key].append(index)
            for net in {plan.net(wire.from_) for wire in root.wires}:
                self._wire_users[net].append(index)
            if root.keys & {ANY_WIRE, ANY_PROBING}:
                self._users[SCENE].append(index)
        self._any_wire = [i for i in self._users[ANY_WIRE] if not roots[i].wires]
        for done in filter(None, self._done):
            self._now.take(Change(0.0, done.key, "no", 1.0, 0.0))

    def signals(self, changes: Iterable[Change]) -> dict[str, Signal]:
        """Feed all changes, then let the time run out."""
        changes = list(changes)
        self._ask(range(len(self._roots)), 0.0, 0.0, [c for c in changes if c.t_s <= 0.0])
        later = (c for c in changes if 0.0 < c.t_s <= self._end_s)
        for t_s, group in groupby(later, key=lambda change: change.t_s):
            together = list(group)
            self._pass_time(t_s)
            self._entered = all(self._now.is_first_word(change) for change in together)
            self._ask((), t_s, max(c.known_s for c in together), together)
            self._entered = False
        self._pass_time(math.nextafter(self._end_s, math.inf))
        return {root.name: self._spans(index) for index, root in enumerate(self._roots)}

    def _pass_time(self, t_s: float) -> None:
        """Ask the operators whose time comes before `t_s`."""
        while self._due and self._due[0][0] < t_s:
            due_s = self._due[0][0]
            indices = set()
            while self._due and self._due[0][0] == due_s:
                indices.add(heapq.heappop(self._due)[1])
            self._ask(sorted(indices), due_s, due_s, ())

    def _ask(self, indices: Iterable[int], t_s: float, known_s: float, changes: Iterable[Change]) -> None:
        """Let the moment be `t_s` and ask every operator that it concerns."""
        self._now.t_s = t_s
        waiting = dict.fromkeys(indices)
        for change in changes:
            self._now.take(change)
            for index in self._users_of(change.key):
                waiting[index] = None
        while waiting:
            index = next(iter(waiting))
            del waiting[index]
            self._update(index, t_s, max(known_s, t_s))
            done = self._done[index]
            if done and done.told(t_s, self._said[index][-1][1].truth):
                self._now.take(Change(t_s, done.key, done.value, 1.0, known_s))
                waiting.update(dict.fromkeys(self._users.get(done.key, ())))

    def _users_of(self, key: FactKey) -> Sequence[int]:
        if key.kind == "probing":
            key = ANY_PROBING
        elif key.kind == "wire":
            if self._wires_seen:
                nets = self._plan.nets_of(key.subject)
                return sorted({*self._any_wire, *(index for net in nets for index in self._wire_users[net])})
            self._wires_seen, key = True, ANY_WIRE  # the first wire ends the silence for all
        return self._users.get(key, ())

    def _update(self, index: int, t_s: float, known_s: float) -> None:
        """Ask one operator."""
        operator, said = self._roots[index].operator, self._said[index]
        belief = operator.update(self._now)
        due_s = operator.due_s
        if due_s < math.inf and due_s != self._due_at[index]:
            heapq.heappush(self._due, (due_s, index))
        self._due_at[index] = due_s
        if said and said[-1][0] == t_s:
            said.pop()
        if not said or said[-1][1] != belief:
            said.append((t_s, belief, known_s, self._entered))

    def _spans(self, index: int) -> Signal:
        said = self._said[index]
        ends = [*(begun[0] for begun in said[1:]), max(self._end_s, said[-1][0])]
        return tuple(
            Span(t_s, end_s, belief, known_s, entered)
            for (t_s, belief, known_s, entered), end_s in zip(said, ends, strict=True)
        )
