"""Everything the judge knows about one attempt at one moment: the same for steps, rules and items.

Takes a procedure, a plan of its wires and the record of an attempt; gives a `Case` with the signals of all
conditions, ready to be judged.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assessor.judge.acts import SAME_TIME_S
from assessor.judge.build import build
from assessor.judge.operators import AtLeast, Hold, Not, Operator
from assessor.judge.replay import PROBE_SEPARATOR, Root, Signal, replay
from assessor.judge.timeline import SCENE, Change, changes_of
from assessor.judge.wire_findings import PlannedWire, WireFinding, WireLife, wire_findings, wire_lives
from assessor.judge.wiring import ABSENT, Plan, wire_key
from assessor.located_yaml import Located
from assessor.procedure import conditions
from assessor.procedure.conditions import (
    Probing,
    UnplannedWire,
    WireChanges,
    WireJoins,
    key_of,
    keys_of,
    parts_of,
)
from assessor.procedure.parts import Procedure, Rule, Step
from assessor.types import Event, FactKey, Gap


@dataclass(frozen=True, slots=True)
class Record:
    """What was noted of an attempt up to `end_s`. `closed`: it is over, nothing will follow."""

    events: tuple[Event, ...]
    gaps: tuple[Gap, ...]
    end_s: float
    closed: bool


@dataclass(frozen=True)
class Case:
    """One attempt as it is known by now. `closed`: it is over, nothing will follow. `whole`: what was seen
    in all, where work that was done after a hard stop does not count."""

    procedure: Procedure
    plan: Plan
    changes: tuple[Change, ...]
    signals: dict[str, Signal]
    end_s: float
    closed: bool
    whole: "Case | None" = None

    @cached_property
    def wires(self) -> list[WireLife]:
        """Every wire that was seen."""
        return wire_lives(self.changes)

    @cached_property
    def wire_findings(self) -> list[WireFinding]:
        """Every wire that is not as planned."""
        steps = self.procedure.steps
        planned = [PlannedWire(s.id, wire, self.carried(s)) for s in steps for wire in s.wires]
        return wire_findings(self.wires, self.plan, planned)

    def carried(self, step: Step) -> Signal:
        """Whether a step was carried out, if with wires of any colour."""
        return self.signals[carried_name(step)]

    def seen(self, condition: Located, t_s: float) -> list[tuple[FactKey, str | None]]:
        """What was known at a moment of the facts that a condition asks for."""
        return [(keys[0], self._value(keys, t_s)) for keys in _asked(condition)]

    def _value(self, keys: Iterable[FactKey], t_s: float) -> str | None:
        for key in keys:
            if known := [change for change in self._by_key.get(key, ()) if change.t_s <= t_s]:
                return known[-1].value
            if key.kind == "wire":
                return ABSENT
        return None

    @cached_property
    def _by_key(self) -> dict[FactKey, list[Change]]:
        by_key: dict[FactKey, list[Change]] = defaultdict(list)
        for change in self.changes:
            by_key[change.key].append(change)
        return by_key

    @cached_property
    def blind_s(self) -> float:
        """For how long nothing could be seen at all."""
        scene = [change for change in self._by_key.get(SCENE, ()) if change.t_s < self.end_s]
        times = [*(change.t_s for change in scene), self.end_s]
        return sum(end_s - c.t_s for c, end_s in zip(scene, times[1:], strict=True) if c.value is None)

    def last_change(self, key: FactKey) -> Change | None:
        """The last that was known of a fact."""
        return self._by_key[key][-1] if key in self._by_key else None


def open_case(procedure: Procedure, plan: Plan, record: Record, roots: Sequence[Root] = ()) -> Case:
    """Replay what was noted; at the close, a gap that reaches beyond the end moves the end."""
    reach = [gap.end_s for gap in record.gaps] if record.closed else []
    end_s = max([record.end_s, *reach])
    gaps = [replace(gap, end_s=math.inf) if gap.end_s >= end_s else gap for gap in record.gaps]
    changes = tuple(changes_of(record.events, gaps))
    signals = replay(roots or tuple(roots_of(procedure)), changes, plan, end_s)
    return Case(procedure, plan, changes, signals, end_s, record.closed)


def carried_name(step: Step) -> str:
    """The signal that says whether a step was carried out."""
    return f"{step.id}/carried" if step.wires else step.id


def hides_s(step: Step) -> float:
    """How long its condition is unknown at least when a step was done in a stretch that nobody saw. What has
    to hold for a time is unknown only once that time is over."""
    held_s = step.done.for_s if isinstance(step.done, conditions.Hold) else 0.0
    return max(step.takes_s - held_s, SAME_TIME_S)


def sign_name(rule: Rule, index: int) -> str:
    """The signal of one sign of a rule's breach."""
    return f"{rule.id}/{index}"


def context_name(rule: Rule) -> str:
    """The signal that says when a rule counts."""
    return f"{rule.id}/context"


def requires_name(step: Step) -> str:
    """The signal of what a step requires."""
    return f"{step.id}/requires"


def roots_of(procedure: Procedure) -> Iterator[Root]:
    """Every condition of a procedure, under the name of its signal."""
    for step in procedure.steps:
        keys = keys_of(step.done)
        wires = step.wires
        unseen_s = math.inf if step.wires else hides_s(step)
        yield Root(step.id, build(step.done), keys, None if wires else step.id, wires, unseen_s)
        if wires:
            yield Root(carried_name(step), build(step.done, any_colour=True), keys, step.id, wires, unseen_s)
        if step.requires is not None:
            yield Root(requires_name(step), build(step.requires), keys_of(step.requires))
    for rule in procedure.rules:
        yield from _roots_of_rule(rule)
    for name, condition in procedure.rubric.conditions:
        yield Root(name, build(condition), keys_of(condition))


def _roots_of_rule(rule: Rule) -> Iterator[Root]:
    """The context in which a rule counts, and each sign of a breach within it."""
    context = _context(rule)
    keys = frozenset[FactKey]().union(*(keys_of(c) for c in (rule.while_, rule.except_) if c is not None))
    yield Root(context_name(rule), AtLeast(len(context), context), keys)
    for index, sign in enumerate(rule.never):
        if isinstance(sign, WireChanges | UnplannedWire):
            continue
        parts = [build(sign), *_context(rule)]
        breach: Operator = AtLeast(len(parts), parts)
        if rule.for_s and not rule.at:
            breach = Hold(breach, rule.for_s)
        yield Root(sign_name(rule, index), breach, keys | keys_of(sign))


def _context(rule: Rule) -> list[Operator]:
    during = [] if rule.while_ is None else [build(rule.while_)]
    return during if rule.except_ is None else [*during, Not(build(rule.except_))]


def _asked(condition: Located) -> list[tuple[FactKey, ...]]:
    """The facts a condition asks for, each with the keys it may come under."""
    asked: dict[tuple[FactKey, ...], None] = {}
    for part in parts_of(condition):
        key = key_of(part)
        match part:
            case WireJoins(wire=wire):
                asked[(wire_key(wire.from_, wire.to),)] = None
            case Probing(probing=ends):
                pairs = (ends, ends[::-1])
                asked[tuple(FactKey("probing", PROBE_SEPARATOR.join(pair)) for pair in pairs)] = None
            case _ if key is not None and key.kind != "done":
                asked[(key,)] = None
    return list(asked)
