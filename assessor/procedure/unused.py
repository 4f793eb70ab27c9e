"""Warnings about what nothing uses: steps and rules no item judges, dimensions, groups, given wires, timing.

Takes a `Procedure`; gives `Fault`s of severity "warning" with their places. What a shared rule set brings is
told where it is included: there it can be left out.
"""

from collections.abc import Collection, Iterator

from assessor.errors import Fault
from assessor.located_yaml import Located
from assessor.procedure.conditions import StepDone, UnplannedWire, WireJoins, parts_of
from assessor.procedure.parts import END, Procedure, Rule, Step, conditions_of
from assessor.types import Text

DEFAULT = "default"


def unused_in(procedure: Procedure) -> list[Fault]:
    """Every part that could be taken out without changing any mark."""
    return [
        *_parts(procedure),
        *_rubric(procedure),
        *_given(procedure),
        *_timing(procedure),
    ]


def _parts(procedure: Procedure) -> Iterator[Fault]:
    rubric = procedure.rubric
    judged = {id for item in rubric.items for id in item.judged_by}
    judged |= {id for veto in rubric.vetoes for id in veto.judged_by}
    referred = judged | _referred(procedure)
    for step in procedure.steps:
        if step.id not in referred:
            yield _unjudged(procedure, step)
    for rule in procedure.rules:
        if rule.id not in judged:
            yield _unjudged(procedure, rule)


def _referred(procedure: Procedure) -> set[str]:
    """Steps that another part names."""
    named = {END}
    for step in procedure.steps:
        named |= {*step.after, *step.follows_from}
        named |= {step.instead_of, step.id} if step.instead_of else set()
    for rule in procedure.rules:
        named |= set(rule.at)
    for _, condition in conditions_of(procedure):
        named |= {part.done for part in parts_of(condition) if isinstance(part, StepDone)}
    overtime = procedure.rubric.overtime
    return named | ({overtime.until} if overtime is not None and overtime.until else set())


def _unjudged(procedure: Procedure, part: Step | Rule) -> Fault:
    expected = Text(
        zh=f"评定 {part.id} 的评分项或否决项", en=f"an item or a veto that is judged by {part.id}"
    )
    came = Text(zh="没有", en="none")
    for include in procedure.include:
        if part.from_file == procedure.included[include.file].name:
            hint = Text(zh=f"不用的写入 leave_out: [{part.id}]", en=f"or leave_out: [{part.id}]")
            return include.fault(expected=expected, came=came, hint=hint, severity="warning")
    return part.fault("id", expected=expected, came=came, severity="warning")


def _rubric(procedure: Procedure) -> Iterator[Fault]:
    rubric = procedure.rubric
    dimensions = {item.dimension for item in rubric.items}
    dimensions |= {rubric.overtime.dimension} if rubric.overtime is not None else set()
    yield from _unnamed(rubric, "dimensions", rubric.dimensions, dimensions)
    yield from _unnamed(rubric, "groups", rubric.groups, {item.group for item in rubric.items})


def _unnamed(
    part: Located, key: str, written: Collection[str], used: Collection[str | None]
) -> Iterator[Fault]:
    for name in written:
        if name not in used:
            expected = Text(zh=f"属于 {name} 的评分项", en=f"an item of {name}")
            yield part.fault(
                key, name, expected=expected, came=Text(zh="没有", en="none"), severity="warning"
            )


def _given(procedure: Procedure) -> Iterator[Fault]:
    """Given wires count for conditions about wires; one that a step lays is no given one."""
    parts = [part for _, condition in conditions_of(procedure) for part in parts_of(condition)]
    if procedure.given.wires and not any(isinstance(part, WireJoins | UnplannedWire) for part in parts):
        yield procedure.given.fault(
            "wires",
            expected=Text(zh="关于导线的条件", en="a condition about wires"),
            came=Text(zh="没有", en="none"),
            severity="warning",
        )
    laid = {frozenset((wire.from_, wire.to)): step for step in procedure.steps for wire in step.wires}
    for index, wire in enumerate(procedure.given.wires):
        if step := laid.get(frozenset((wire.from_, wire.to))):
            expected = Text(zh="开始前已有的导线", en="a wire that no step lays")
            came = Text(zh=f"{step.id} 要接的导线", en=f"the wire of the step {step.id}")
            yield procedure.given.fault("wires", index, expected=expected, came=came, severity="warning")


def _timing(procedure: Procedure) -> Iterator[Fault]:
    facts = procedure.facts
    asked = {key.kind for key in facts} | {f"{key.kind} {key.subject}" for key in facts} | {DEFAULT}
    for key in ("hold_s", "forget_s"):
        for name in getattr(procedure.timing, key):
            if name not in asked:
                expected = Text(zh="流程用到的事实", en="a fact that the procedure asks for")
                came = Text(zh=f"“{name}”", en=f"'{name}'")
                yield procedure.timing.fault(key, name, expected=expected, came=came, severity="warning")
