"""What the words of the procedure language mean: one operator per word, three-valued, over time.

An operator gets every moment at which something changed, in time order, and gives what it believes since
then; `due_s` is the next time at which its belief may change although nothing happens. The same operators run
online and offline. Beliefs are right-continuous: what is said at t holds from t until the next change.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from assessor.procedure.conditions import Wire
from assessor.types import FactKey, Truth


@dataclass(frozen=True, slots=True)
class Belief:
    """A truth and how sure it is (0..1; 0 for unknown)."""

    truth: Truth
    confidence: float = 1.0


MANY_S = 1.0  # something may happen more than once in an unseen stretch as long as this
UNKNOWN = Belief(Truth.UNKNOWN, 0.0)
_confidence = attrgetter("confidence")
_OPPOSITE = {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN}


class Now(Protocol):
    """What is known about the bench at one moment."""

    @property
    def t_s(self) -> float:
        """When it is."""

    def fact(self, key: FactKey) -> tuple[str | None, float]:
        """Value (None = unknown) and confidence."""

    def wire(self, wire: Wire, *, any_colour: bool) -> Belief:
        """Whether two terminals are joined as planned."""

    def probing(self, ends: tuple[str, str]) -> Belief:
        """Whether the probes touch two terminals."""


class Operator(ABC):
    """A condition at work. `update` takes moments in time order; `reset` forgets them all. `due_s`: when the
    belief may change by the mere passing of time; infinite when it cannot."""

    parts: tuple["Operator", ...] = ()
    due_s = math.inf

    def update(self, now: Now) -> Belief:
        """What holds from this moment on."""
        self.due_s = math.inf
        belief = self.combine(now.t_s, [part.update(now) for part in self.parts])
        for part in self.parts:
            self.due_s = min(self.due_s, part.due_s)
        return belief

    def reset(self) -> None:
        """Start again, as if no moment had been seen."""
        self.due_s = math.inf
        for part in self.parts:
            part.reset()

    @abstractmethod
    def combine(self, t_s: float, beliefs: Sequence[Belief]) -> Belief:
        """The belief that follows from those of the parts; may set `due_s`."""


class Word(Operator):
    """A word about the bench: looks at the moment itself."""

    def __init__(self, look: Callable[[Now], Belief]) -> None:
        self.look = look

    def update(self, now: Now) -> Belief:
        """What is known at this moment."""
        return self.look(now)

    def combine(self, t_s: float, beliefs: Sequence[Belief]) -> Belief:
        """Words have no parts."""
        return UNKNOWN


class Not(Operator):
    """The opposite; unknown stays unknown."""

    def __init__(self, part: Operator) -> None:
        self.parts = (part,)

    def combine(self, t_s: float, beliefs: Sequence[Belief]) -> Belief:
        """Yes becomes no, no becomes yes."""
        return _opposite(beliefs[0])


def _opposite(belief: Belief) -> Belief:
    return Belief(_OPPOSITE[belief.truth], belief.confidence)


class AtLeast(Operator):
    """At least `count` of the parts hold (all of them: `all_of`; one of them: `any_of`)."""

    def __init__(self, count: int, parts: Sequence[Operator]) -> None:
        self.count, self.parts = count, tuple(parts)

    def combine(self, t_s: float, beliefs: Sequence[Belief]) -> Belief:
        """As sure as the weakest of the parts that decide it."""
        for truth, needed in ((Truth.YES, self.count), (Truth.NO, len(beliefs) - self.count + 1)):
            deciding = [belief for belief in beliefs if belief.truth is truth]
            if len(deciding) < needed:
                continue
            deciding.sort(key=_confidence, reverse=True)
            return deciding[needed - 1] if needed else Belief(truth)
        return UNKNOWN


class Hold(Operator):
    """Yes when the part has held for `for_s` seconds without a break; nothing held before the start."""

    def __init__(self, part: Operator, for_s: float) -> None:
        self.parts, self.for_s = (part,), for_s
        self.reset()

    def reset(self) -> None:
        """Start again."""
        super().reset()
        self.possible_since = self.certain_since = math.inf  # since when not `no`, since when `yes`
        self.last_no = self.weakest = 1.0

    def combine(self, t_s: float, beliefs: Sequence[Belief]) -> Belief:
        """No while a break may lie inside the last seconds for sure, unknown while it may."""
        (belief,) = beliefs
        self._note(t_s, belief)
        possible_s, certain_s = self.possible_since + self.for_s, self.certain_since + self.for_s
        if t_s >= certain_s:
            return Belief(Truth.YES, self.weakest)
        self.due_s = certain_s if t_s >= possible_s else min(possible_s, certain_s)
        return UNKNOWN if t_s >= possible_s else Belief(Truth.NO, self.last_no)

    def _note(self, t_s: float, belief: Belief) -> None:
        if belief.truth is Truth.NO:
            self.possible_since = self.certain_since = math.inf
            self.last_no, self.weakest = belief.confidence, 1.0
            return
        self.possible_since = min(self.possible_since, t_s)
        if belief.truth is Truth.YES:
            self.certain_since = min(self.certain_since, t_s)
            self.weakest = min(self.weakest, belief.confidence)
        else:
            self.certain_since, self.weakest = math.inf, 1.0


class Once(Operator):
    """Yes when the part held at some time in the last `within_s` seconds (infinite: ever)."""

    def __init__(self, part: Operator, within_s: float = math.inf) -> None:
        self.parts, self.within_s = (part,), within_s
        self.reset()

    def reset(self) -> None:
        """Start again."""
        super().reset()
        self.now = Truth.NO
        self.last = {Truth.YES: -math.inf, Truth.UNKNOWN: -math.inf}  # when it was last so
        self.best, self.weakest = 0.0, 1.0

    def combine(self, t_s: float, beliefs: Sequence[Belief]) -> Belief:
        """As sure as the best sight of it; `no` is as sure as the weakest look."""
        (belief,) = beliefs
        if self.now is not Truth.NO:
            self.last[self.now] = t_s
        self.now = belief.truth
        if belief.truth is Truth.YES:
            self.best = max(self.best, belief.confidence) if math.isinf(self.within_s) else belief.confidence
        elif belief.truth is Truth.NO:
            self.weakest = min(self.weakest, belief.confidence)
        if belief.truth is not Truth.YES and self.within_s < math.inf:
            ends = (last + self.within_s for truth, last in self.last.items() if truth is not self.now)
            self.due_s = min((end_s for end_s in ends if end_s > t_s), default=math.inf)
        if self._held(Truth.YES, t_s):
            return Belief(Truth.YES, self.best)
        return UNKNOWN if self._held(Truth.UNKNOWN, t_s) else Belief(Truth.NO, self.weakest)

    def _held(self, truth: Truth, t_s: float) -> bool:
        return self.now is truth or (self.last[truth] > -math.inf and t_s < self.last[truth] + self.within_s)


class Becomes(Operator):
    """Yes when the part holds and was `no` at some time before; the part itself is asked only once."""

    def __init__(self, part: Operator) -> None:
        self.parts, self.was_not = (part,), Once(part)
        self.both = AtLeast(2, (part, self.was_not))

    def reset(self) -> None:
        """Start again."""
        super().reset()
        self.was_not.reset()

    def combine(self, t_s: float, beliefs: Sequence[Belief]) -> Belief:
        """As `all_of` the part and that its opposite held once."""
        (belief,) = beliefs
        return self.both.combine(t_s, (belief, self.was_not.combine(t_s, (_opposite(belief),))))


class Count(Operator):
    """How often the part has come true. A short unknown stretch may hide one `yes` or one `no`: the fewest
    and the most possible counts are kept for each way it may have ended. A long one may hide any number."""

    def __init__(self, part: Operator, at_least: int = 0, at_most: float = math.inf) -> None:
        self.parts, self.at_least, self.at_most = (part,), at_least, at_most
        self.reset()

    def reset(self) -> None:
        """Start again."""
        super().reset()
        self.before: Truth | None = None
        self.unseen_s = math.inf  # since when it is unknown
        self.fewest = {Truth.YES: math.inf, Truth.NO: 0.0}
        self.most = {Truth.YES: -math.inf, Truth.NO: 0.0}
        self.weakest = 1.0

    def combine(self, t_s: float, beliefs: Sequence[Belief]) -> Belief:
        """Sure only when the fewest and the most possible counts agree about the limits."""
        (belief,) = beliefs
        if belief.truth is not self.before:
            self.before = belief.truth
            self.fewest = _step(self.fewest, belief.truth, min, math.inf)
            self.most = _step(self.most, belief.truth, max, -math.inf)
            self.unseen_s = t_s if belief.truth is Truth.UNKNOWN else math.inf
        if t_s >= self.unseen_s + MANY_S:
            self.most = dict.fromkeys(self.most, math.inf)
        elif belief.truth is Truth.UNKNOWN:
            self.due_s = self.unseen_s + MANY_S
        if belief.truth is not Truth.UNKNOWN:
            self.weakest = min(self.weakest, belief.confidence)
        fewest, most = min(self.fewest.values()), max(self.most.values())
        if fewest >= self.at_least and most <= self.at_most:
            return Belief(Truth.YES, self.weakest)
        out = most < self.at_least or fewest > self.at_most
        return Belief(Truth.NO, self.weakest) if out else UNKNOWN


def _step(
    counts: dict[Truth, float], truth: Truth, better: Callable[[float, float], float], never: float
) -> dict[Truth, float]:
    yes = better(counts[Truth.YES], counts[Truth.NO] + 1)
    no = better(counts[Truth.YES], counts[Truth.NO])
    return {
        Truth.YES: never if truth is Truth.NO else yes,
        Truth.NO: never if truth is Truth.YES else no,
    }
