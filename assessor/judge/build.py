"""Conditions of a procedure become operators: which ones stand for which words of the language.

Takes a condition as it was read; gives the `Operator` that a replay asks. Frames (`before`, `while`, `until`)
and `always` are put together from the operators there are.
"""

import math
from collections.abc import Callable

from assessor.judge.operators import (
    UNKNOWN,
    AtLeast,
    Becomes,
    Belief,
    Count,
    Hold,
    Not,
    Now,
    Once,
    Operator,
    Word,
)
from assessor.located_yaml import Located
from assessor.procedure import conditions as words
from assessor.procedure.conditions import key_of
from assessor.types import Truth


def build(condition: Located, *, any_colour: bool = False) -> Operator:
    """The operator of a condition. `any_colour`: wires count whatever their colour."""

    def part(inner: Located) -> Operator:
        return build(inner, any_colour=any_colour)

    if isinstance(condition, words.Hold | words.Once | words.Always | words.Becomes | words.Count):
        return _over_time(condition, part)
    match condition:
        case words.AllOf(all_of=inner):
            return AtLeast(len(inner), [part(c) for c in inner])
        case words.AnyOf(any_of=inner, at_least=count):
            return AtLeast(count, [part(c) for c in inner])
        case words.Not(not_=inner):
            return Not(part(inner))
        case _:
            return Word(_look(condition, any_colour))


def _over_time(condition: Located, part: Callable[[Located], Operator]) -> Operator:
    match condition:
        case words.Hold(hold=inner, for_s=for_s):
            return Hold(part(inner), for_s)
        case words.Count(count=inner, at_least=at_least, at_most=at_most):
            return Count(part(inner), at_least or 0, math.inf if at_most is None else at_most)
        case words.Becomes(becomes=inner):
            return Becomes(part(inner))
        case words.Once():
            return _once(condition, part)
        case words.Always():
            return _always(condition, part)
    raise TypeError(f"expected a condition over time, got {type(condition).__name__}")


def _once(condition: words.Once, part: Callable[[Located], Operator]) -> Operator:
    if condition.before is not None:
        return _before(part(condition.once), part(condition.before))
    if condition.after is not None:
        return _after(part(condition.once), part(condition.after))
    return Once(part(condition.once), condition.within_s or math.inf)


def _always(condition: words.Always, part: Callable[[Located], Operator]) -> Operator:
    """`always` is "never not": what breaks it has not happened once."""
    breach: Operator = Not(part(condition.always))
    if condition.while_ is not None:
        breach = AtLeast(2, [breach, part(condition.while_)])
    return Not(_before(breach, part(condition.until)) if condition.until is not None else Once(breach))


def _before(first: Operator, second: Operator) -> Operator:
    return Once(AtLeast(2, [first, Not(Once(second))]))


def _after(second: Operator, first: Operator) -> Operator:
    return Once(AtLeast(2, [second, Once(first)]))


def _look(condition: Located, any_colour: bool) -> Callable[[Now], Belief]:
    match condition:
        case words.WireJoins(wire=wire):
            return lambda now: now.wire(wire, any_colour=any_colour)
        case words.Probing(probing=ends):
            return lambda now: now.probing(ends)
        case words.Limits() | words.PartAt():
            sureness = condition.sureness if isinstance(condition, words.PartAt) else _wholly
            return _fact(condition, condition.fits, sureness)
        case words.SwitchIs(is_=value) | words.LampIs(is_=value) | words.ToolAt(is_=value):
            return _fact(condition, lambda seen: Truth.YES if seen == value else Truth.NO)
        case _:
            return _fact(condition, lambda seen: Truth.YES if seen == "yes" else Truth.NO)


def _wholly(value: str) -> float:
    """A value that says nothing of an error of its own."""
    return 1.0


def _fact(
    condition: Located, fits: Callable[[str], Truth], sureness: Callable[[str], float] = _wholly
) -> Callable[[Now], Belief]:
    key = key_of(condition)
    if key is None:
        raise TypeError(f"expected a word about the bench, got {type(condition).__name__}")

    beliefs: dict[tuple[str | None, float], Belief] = {}  # most looks find what an earlier one found

    def look(now: Now) -> Belief:
        known = value, confidence = now.fact(key)
        if known not in beliefs:
            truth = Truth.UNKNOWN if value is None else fits(value)
            sure = 0.0 if value is None or truth is Truth.UNKNOWN else min(confidence, sureness(value))
            beliefs[known] = UNKNOWN if truth is Truth.UNKNOWN else Belief(truth, sure)
        return beliefs[known]

    return look
