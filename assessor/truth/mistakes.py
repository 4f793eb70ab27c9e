"""Truth of a recording + procedure → the mistakes that were really made, from states and actions alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assessor.procedure import conditions as words
from assessor.procedure.parts import END, Rule
from assessor.truth.recording import TrueState, TrueWire
from assessor.truth.steps import PROBES, TrueSteps

WIRING = ("wire", "unwire", "rewire")


@dataclass(frozen=True, slots=True)
class TrueMistake:
    """Something wrong that lasted from `start_s` to `end_s`.

    `subjects`: names by which a verdict may call it (empty = any), the first one for people. `follows`: it
    only follows from another mistake, so it may be reported but need not be.
    """

    kind: str
    subjects: tuple[str, ...]
    start_s: float
    end_s: float
    follows: bool = False

    @property
    def name(self) -> str:
        """For people."""
        return self.subjects[0] if self.subjects else ""


def true_mistakes(steps: TrueSteps) -> list[TrueMistake]:
    """Every mistake of a recording, in time order."""
    wires = list(_wires(steps))
    tools = list(_tools(steps))
    found = [*wires, *tools, *_unsafe_acts(steps), *_not_done(steps, wires, tools), *_order(steps)]
    return sorted(found, key=lambda mistake: mistake.start_s)


# ---- wires --------------------------------------------------------------------------------
def _wires(steps: TrueSteps) -> Iterator[TrueMistake]:
    states = steps.trace.truth.states
    for before, now in pairwise(states):
        for wire in (w for w in now.wires if w not in before.wires):
            yield from _new_wire(steps, wire, now.start)
    for wire in states[0].wires:
        gone = _gone_s(wire, states)
        if gone is not None and steps.nets.is_legal(wire.start, wire.end):
            yield TrueMistake("wrong_wire", _names(wire), gone, gone)


def _new_wire(steps: TrueSteps, wire: TrueWire, t_s: float) -> Iterator[TrueMistake]:
    if not steps.nets.is_legal(wire.start, wire.end):
        yield TrueMistake("wrong_wire", (*_names(wire), *_meant(steps, wire, 1)), t_s, t_s)
        return
    ends = steps.trace.ends(wire.start, wire.end)
    planned = [(s, w) for s, w in steps.nets.planned if steps.trace.ends(w.from_, w.to) == ends]
    colours = {w.color for _, w in planned if w.color is not None}
    if colours and wire.colour not in colours:
        yield TrueMistake("wrong_colour", (*_names(wire), *_meant(steps, wire, 2)), t_s, t_s)


def _names(wire: TrueWire) -> tuple[str, str]:
    return wire.name, f"{wire.end}-{wire.start}"


def _meant(steps: TrueSteps, wire: TrueWire, shared: int) -> Iterator[str]:
    """Steps and planned wires that have at least so many ends in common with a wire."""
    ends = steps.trace.ends(wire.start, wire.end)
    for step, planned in steps.nets.planned:
        if len(ends & steps.trace.ends(planned.from_, planned.to)) >= shared:
            yield from (step.id, f"{planned.from_}-{planned.to}", f"{planned.to}-{planned.from_}")


def _gone_s(wire: TrueWire, states: tuple[TrueState, ...]) -> float | None:
    """When a wire was taken out for good."""
    there = [wire in state.wires for state in states]
    return None if there[-1] else next(s.start for i, s in enumerate(states) if not any(there[i:]))


# ---- tools --------------------------------------------------------------------------------
def _tools(steps: TrueSteps) -> Iterator[TrueMistake]:
    for rule in steps.procedure.rules:
        signs = [c for c in rule.never if isinstance(c, words.ToolAt)] if rule.mistake == "tool_left" else []
        for sign in signs:
            for start, end in steps.trace.spans(steps.signal(sign)):
                if any(start <= t_s <= end for t_s in _looks(rule, steps)):
                    yield TrueMistake("tool_left", (sign.tool_at, rule.id), start, end)


def _looks(rule: Rule, steps: TrueSteps) -> Iterator[float]:
    """The moments at which a rule looks; every frame where it names none."""
    if not rule.at:
        yield from steps.trace.times
    done = {c.step: c.t_s for c in steps.completions}
    yield from (done[id] for id in rule.at if id in done)
    if END in rule.at:
        yield float(steps.trace.times[-1])


# ---- unsafe acts ----------------------------------------------------------------------------
def _unsafe_acts(steps: TrueSteps) -> Iterator[TrueMistake]:
    """Work at terminals while the rule's `while` holds; measuring with the probes is none."""
    rules = [rule for rule in steps.procedure.rules if rule.mistake == "unsafe_act" and rule.while_]
    trace, terminals = steps.trace, steps.trace.bench.terminals
    working = trace.where(
        lambda frame, _: frame.at in terminals and not any(probe in frame.held for probe in PROBES)
    )
    forbidden = [steps.signal(rule.while_) for rule in rules if rule.while_ is not None]
    acts = working & np.any(forbidden, axis=0) if forbidden else np.zeros(len(working), dtype=bool)
    for action in trace.truth.actions:
        during = acts & (trace.times >= action.start) & (trace.times < action.end)
        if action.kind in WIRING and during.any():
            times = trace.times[during]
            yield TrueMistake("unsafe_act", (), float(times[0]), float(times[-1]))


# ---- steps that were left out or came too early ---------------------------------------------
def _not_done(steps: TrueSteps, wires: list[TrueMistake], tools: list[TrueMistake]) -> Iterator[TrueMistake]:
    done = {c.step for c in steps.completions}
    missing = {s.id for s in steps.procedure.steps if s.id not in done and s.id not in steps.unjudged}
    replaced = {s.instead_of for s in steps.procedure.steps if s.id in done}
    wired = {name for mistake in wires for name in mistake.subjects}
    for step in steps.procedure.steps:
        if step.id in missing - replaced and not step.optional:
            caused = step.id in wired or bool(missing & set(step.follows_from))
            caused = caused or (step.mistake == "tool_left" and bool(tools))
            yield TrueMistake(step.mistake, (step.id,), 0.0, steps.trace.truth.duration, follows=caused)


def _order(steps: TrueSteps) -> Iterator[TrueMistake]:
    """Steps in a wrong order: one mistake for each step that was too early, or too late for several others.

    An order that is wrong only because a step was left out follows from the omission.
    """
    done = {c.step: c.t_s for c in steps.completions}
    swapped, following = [], []
    for step in (s for s in steps.procedure.steps if s.id in done):
        early_s = done[step.id]
        swapped += [(step.id, id) for id in step.after if id in done and done[id] > early_s]
        if any(id not in done or done[id] > early_s for id in steps.procedure.before()[step.id]):
            following.append(TrueMistake("order", (step.id,), early_s, early_s, follows=True))
    while swapped:
        most = Counter(id for pair in swapped for id in pair)
        cause = min(most, key=lambda id: (-most[id], done[id]))
        own = [pair for pair in swapped if cause in pair]
        swapped = [pair for pair in swapped if cause not in pair]
        times = [done[early] for early, _ in own]
        names = dict.fromkeys((cause, *(id for pair in own for id in pair)))
        yield TrueMistake("order", tuple(names), min(times), max(times))
    yield from following
