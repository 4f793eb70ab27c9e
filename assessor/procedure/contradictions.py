"""Warnings about what never comes true: conditions that contradict themselves, steps waiting for themselves.

Takes a procedure or a rule set whose keys are sound; gives `Fault`s of severity "warning" with their places.
"""

from collections.abc import Iterator
from itertools import combinations

from assessor.errors import Fault
from assessor.located_yaml import Located
from assessor.procedure.conditions import (
    AllOf,
    Becomes,
    Hold,
    Limits,
    Not,
    Once,
    StepDone,
    key_of,
    parts_of,
)
from assessor.procedure.fact_words import contradiction
from assessor.procedure.parts import Procedure, Rule, Step
from assessor.procedure.rule_set import RuleSet
from assessor.types import Text

NEVER = Text(zh="能同时成立的条件", en="conditions that can hold at the same time")


def contradictions_in(rules: Procedure | RuleSet) -> list[Fault]:
    """Every pair of conditions that must hold together and cannot, and every step that waits for itself."""
    wholes = [_whole_of_step(step) for step in rules.steps]
    wholes += [whole for rule in rules.rules for whole in _wholes_of_rule(rule)]
    if isinstance(rules, Procedure):
        wholes += [[one] for item in rules.rubric.items for one in item.conditions.values()]
        wholes += [[one] for veto in rules.rubric.vetoes for one in veto.conditions.values()]
    found = [fault for whole in wholes for fault in _clashes(whole)]
    return list(dict.fromkeys([*found, *_waiting(rules.steps)]))


def _whole_of_step(step: Step) -> list[Located]:
    """What must hold together: when the step is done, also what it `requires`."""
    return [step.done] if step.requires is None else [step.done, step.requires]


def _wholes_of_rule(rule: Rule) -> list[list[Located]]:
    """A breach needs the sign and, at the same time, what is said under `while`."""
    also: list[Located] = [] if rule.while_ is None else [rule.while_]
    return [[sign, *also] for sign in rule.never] + ([] if rule.except_ is None else [[rule.except_]])


def _clashes(whole: list[Located]) -> Iterator[Fault]:
    """Of what must hold together here, and inside every `all_of` further in."""
    yield from _pairs([part for condition in whole for part in _needed(condition)])
    for part in (inner for condition in whole for inner in parts_of(condition)):
        if isinstance(part, AllOf):
            yield from _pairs(list(_needed(part)))


def _pairs(needed: list[Located]) -> Iterator[Fault]:
    for first, second in combinations(needed, 2):
        if _exclude_each_other(first, second):
            yield _clash(first, second)


def _needed(condition: Located) -> Iterator[Located]:
    """The conditions that hold at the moment when this one does."""
    match condition:
        case AllOf(all_of=parts):
            for part in parts:
                yield from _needed(part)
        case Hold(hold=inner) | Becomes(becomes=inner):
            yield from _needed(inner)
        case _:
            yield condition


def _exclude_each_other(first: Located, second: Located) -> bool:
    for one, other in ((first, second), (second, first)):
        if isinstance(one, Not) and one.not_.model_dump() == other.model_dump():
            return True
    key = key_of(first)
    if key is None or key.subject == "*" or key != key_of(second):
        return False
    said = [getattr(part, "is_", None) for part in (first, second)]
    if None not in said:
        return said[0] != said[1]
    limits = [part.limits for part in (first, second) if isinstance(part, Limits)]
    return contradiction(*limits) is not None


def _clash(first: Located, second: Located) -> Fault:
    earlier, later = sorted((first, second), key=lambda part: part.position_of())
    line = earlier.line
    came = Text(zh=f"与第 {line} 行相互排斥的条件", en=f"one that excludes that of line {line}")
    hint = Text(zh="因此永远不会成立", en="so it never comes true")
    return later.fault(expected=NEVER, came=came, hint=hint, severity="warning")


def _waiting(steps: tuple[Step, ...]) -> Iterator[Fault]:
    """Steps whose condition needs a step that itself waits for them."""
    waits = {step.id: {*step.after, *(part.done for part in _steps_needed(step))} for step in steps}
    for step in steps:
        for part in _steps_needed(step):
            if step.id in _reached(part.done, waits):
                yield _waits_for_itself(step, part)


def _waits_for_itself(step: Step, part: StepDone) -> Fault:
    expected = Text(zh=f"不等待 {step.id} 的步骤", en=f"a step that does not wait for {step.id}")
    came = Text(zh=f"{part.done}，它在 {step.id} 之后", en=f"{part.done}, which comes after {step.id}")
    if part.done == step.id:
        came = Text(zh="本步骤", en="this step itself")
    return part.fault("done", expected=expected, came=came, severity="warning")


def _steps_needed(step: Step) -> list[StepDone]:
    """The steps without which this one can never be done."""
    needed = (part for condition in _whole_of_step(step) for part in _ever_needed(condition))
    return [part for part in needed if isinstance(part, StepDone)]


def _ever_needed(condition: Located) -> Iterator[Located]:
    """What must hold at that moment or have held before."""
    for part in _needed(condition):
        yield part
        if isinstance(part, Once):
            yield from _ever_needed(part.once)


def _reached(start: str, waits: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        step = waiting.pop()
        if step not in reached:
            reached.add(step)
            waiting.extend(waits.get(step, ()))
    return reached
