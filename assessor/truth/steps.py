"""Truth of a recording + procedure → when each step was really done.

The conditions of the procedure are read over whole signals, frame by frame and two-valued: code of its own,
so that a fault of the judge is not repeated here. A step is done in the first frame in which its `done`
holds; wires count in any colour. Steps about what no recording shows (readings, ticks, photos) are left out.
"""

from collections.abc import Callable, Iterable

import numpy as np

from assessor.located_yaml import Located
from assessor.measures import Completion
from assessor.procedure import Procedure
from assessor.procedure import conditions as words
from assessor.procedure.parts import Step
from assessor.truth.recording import Signal, Trace, TrueFrame, TrueState
from assessor.types import Truth

PROBES = ("probe_red", "probe_black")


class NotInTruthError(Exception):
    """A truth file does not say this."""


class TrueSteps:
    """When the steps of a procedure were done. `unjudged`: ids of steps the truth says nothing about."""

    def __init__(self, procedure: Procedure, trace: Trace) -> None:
        self.procedure, self.trace = procedure, trace
        self.nets = Nets(procedure, trace)
        self._done: dict[str, float | None] = {}
        unjudged = []
        for step in procedure.steps:
            try:
                self.done_s(step)
            except NotInTruthError:
                unjudged.append(step.id)
        self.unjudged = tuple(unjudged)

    @property
    def completions(self) -> list[Completion]:
        """The steps that were done, in time order."""
        done = [Completion(id, t_s) for id, t_s in self._done.items() if t_s is not None]
        return sorted(done, key=lambda c: c.t_s)

    def done_s(self, step: Step) -> float | None:
        """When the step was done; None = never."""
        if step.id not in self._done:
            self._done[step.id] = self._first_s(step)
        return self._done[step.id]

    def _first_s(self, step: Step) -> float | None:
        holds, times = self.signal(step.done), self.trace.times
        if step.waits and step.after:
            earlier = [self.done_s(self.procedure.step(id)) for id in step.after]
            done = [t_s for t_s in earlier if t_s is not None]
            holds = holds & (times >= max(done, default=0.0))
        return float(times[holds.argmax()]) if holds.any() else None

    # -- conditions ------------------------------------------------------------------
    def signal(self, condition: Located) -> Signal:
        """In which frames a condition holds. NotInTruthError when the truth does not say."""
        match condition:
            case words.AllOf(all_of=parts):
                return np.asarray(np.all([self.signal(part) for part in parts], axis=0))
            case words.AnyOf(any_of=parts, at_least=count):
                return np.asarray(np.sum([self.signal(part) for part in parts], axis=0) >= count)
            case words.Not(not_=part):
                return ~self.signal(part)
            case words.Hold() | words.Once() | words.Always() | words.Becomes() | words.Count():
                return self._over_time(condition)
        return self._word(condition)

    def _over_time(self, condition: Located) -> Signal:
        match condition:
            case words.Hold(hold=part, for_s=for_s):
                return self._held(self.signal(part), for_s)
            case words.Once():
                return self._once(condition)
            case words.Always():
                return self._always(condition)
            case words.Becomes(becomes=part):
                holds = self.signal(part)
                return _ever(holds & _ever(~holds))
            case words.Count(count=part):
                return self._counted(condition, self.signal(part))
        raise NotInTruthError(type(condition).__name__)

    def _always(self, condition: words.Always) -> Signal:
        breach = ~self.signal(condition.always)
        if condition.while_ is not None:
            breach &= self.signal(condition.while_)
        if condition.until is not None:
            breach &= ~_ever(self.signal(condition.until))
        return ~_ever(breach)

    def _once(self, condition: words.Once) -> Signal:
        holds = self.signal(condition.once)
        if condition.before is not None:
            return _ever(holds & ~_ever(self.signal(condition.before)))
        if condition.after is not None:
            return _ever(holds & _ever(self.signal(condition.after)))
        last = np.maximum.accumulate(np.where(holds, self.trace.times, -np.inf))
        within_s = np.inf if condition.within_s is None else condition.within_s
        return np.asarray(np.isfinite(last) & (self.trace.times - last <= within_s))

    def _held(self, holds: Signal, for_s: float) -> Signal:
        frames = np.arange(len(holds))
        broken = np.maximum.accumulate(np.where(holds, -1, frames))  # the last frame in which it did not hold
        since = self.trace.times[np.minimum(broken + 1, frames)]
        return np.asarray(holds & (self.trace.times - since >= for_s - 1e-9))

    def _counted(self, condition: words.Count, holds: Signal) -> Signal:
        rises = np.cumsum(holds & ~np.concatenate(([False], holds[:-1])))
        most = np.inf if condition.at_most is None else condition.at_most
        return np.asarray((rises >= (condition.at_least or 0)) & (rises <= most))

    def _word(self, condition: Located) -> Signal:
        if isinstance(condition, words.StepDone):
            done = self.done_s(self.procedure.step(condition.done))
            return np.asarray(self.trace.times >= (np.inf if done is None else done))
        if isinstance(condition, words.Holding | words.HandAt | words.Probing):
            return self._hand_word(condition)
        return self.trace.where(self._state_word(condition))

    def _state_word(self, condition: Located) -> Callable[[TrueFrame, TrueState], bool]:
        match condition:
            case words.SwitchIs(switch=name, is_=value):
                return lambda _, state: state.switches.get(name) == value
            case words.LampIs(is_=value):
                return lambda _, state: state.led == (value == "on")
            case words.DisplayShows():
                return lambda _, state: condition.fits(state.display) is Truth.YES
            case words.WireJoins(wire=wire):
                return lambda _, state: self.nets.joined(wire, state)
            case words.ToolAt(tool_at=tool, is_=zone):
                return lambda _, state: self.trace.zone_of(tool, state) == zone
        raise NotInTruthError(type(condition).__name__)

    def _hand_word(self, condition: words.Holding | words.HandAt | words.Probing) -> Signal:
        match condition:
            case words.Holding(holding=tool, hand=hand):
                wanted = PROBES if tool == "probes" else (tool,)
                return self.trace.where(
                    lambda frame, _: _by(hand, frame) and any(t in frame.held for t in wanted)
                )
            case words.HandAt(hand_at=name, hand=hand):
                return self.trace.where(lambda frame, _: _by(hand, frame) and name in self._touched(frame.at))
            case words.Probing(probing=(first, second)):
                ends = self.trace.ends(first, second)
                return self.trace.where(lambda frame, _: self._probed(frame.at) == ends)

    def _touched(self, at: str | None) -> tuple[str, ...]:
        if at is None:
            return ()
        return (at, self.trace.bench.device_of(at)) if at in self.trace.bench.terminals else (at,)

    def _probed(self, at: str | None) -> frozenset[str]:
        terminals = (at or "").split("/")
        return self.trace.ends(terminals[0], terminals[1]) if len(terminals) > 1 else frozenset()


def _by(hand: str | None, frame: TrueFrame) -> bool:
    return hand in (None, frame.handedness)


def _ever(holds: Signal) -> Signal:
    return np.logical_or.accumulate(holds)


class Nets:
    """Which terminals belong together by the procedure: another legal routing of a net is as good."""

    def __init__(self, procedure: Procedure, trace: Trace) -> None:
        self.trace, self.given = trace, procedure.given.wires
        self.planned = [(step, wire) for step in procedure.steps for wire in step.wires]
        wires = [*self.given, *(wire for _, wire in self.planned)]
        self._plan = [trace.ends(wire.from_, wire.to) for wire in wires]

    def is_legal(self, start: str, end: str) -> bool:
        """Whether a wire joins two nodes of one net."""
        return reaches(self._plan, self.trace.node(start), self.trace.node(end))

    def joined(self, wire: words.Wire, state: TrueState) -> bool:
        """Whether two terminals are joined by the wires of a state, in any colour."""
        legal = [self.trace.ends(w.start, w.end) for w in state.wires if self.is_legal(w.start, w.end)]
        return reaches(legal, self.trace.node(wire.from_), self.trace.node(wire.to))


def reaches(links: Iterable[frozenset[str]], start: str, end: str) -> bool:
    """Whether links of two nodes lead from one node to the other."""
    links, reached = list(links), {start}
    while grown := {node for link in links if link & reached for node in link} - reached:
        reached |= grown
    return end in reached
