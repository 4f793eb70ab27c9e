"""Reads a procedure file, and names what cannot be right in it although every single key is.

Takes YAML; gives a `Procedure` pinned to the sha256 of the file, or every fault with its place: names used
twice or unknown, circles in the order, points that don't add up, words in wrong places. `faults_against`
compares a procedure with a bench: it names devices and terminals, never places.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from assessor.errors import Fault, RuleFileError
from assessor.located_yaml import Located, load
from assessor.located_yaml.faults import nearest, one_of
from assessor.located_yaml.source import Source, read_source
from assessor.procedure.conditions import (
    HandAt,
    HandIn,
    Probing,
    StepDone,
    ToolAt,
    UnplannedWire,
    WireChanges,
    WireJoins,
    key_of,
    parts_of,
)
from assessor.procedure.parts import END, Item, Procedure, Rule, Step, conditions_of
from assessor.types import Text

__all__ = ["Procedure", "faults_against", "faults_in", "load_procedure", "probe_pairs"]

TOOL_PLACES = ("hand", "elsewhere")


class BenchNames(Protocol):
    """What a procedure may name of a bench."""

    @property
    def devices(self) -> Mapping[str, object]:
        """Devices by name."""

    @property
    def terminals(self) -> Mapping[str, object]:
        """Terminals by name."""

    @property
    def zones(self) -> Mapping[str, object]:
        """Zones by name."""


def load_procedure(source: Source | Path | str) -> Procedure:
    """Read a procedure from a file (`Path`), a `Source` or a text. RuleFileError names every fault."""
    if isinstance(source, Path):
        source = read_source(source)
    elif isinstance(source, str):
        source = Source("<text>", source.encode("utf-8", "surrogatepass"))
    procedure = load(source, Procedure)
    if faults := faults_in(procedure):
        raise RuleFileError(faults)
    procedure._sha256 = source.sha256
    return procedure


def probe_pairs(procedure: Procedure) -> tuple[tuple[str, str], ...]:
    """The pairs of terminals between which the procedure asks for a measurement."""
    parts = (part for _, condition in conditions_of(procedure) for part in parts_of(condition))
    return tuple(dict.fromkeys(part.probing for part in parts if isinstance(part, Probing)))


def faults_in(procedure: Procedure) -> list[Fault]:
    """Every fault of a procedure that shows without a bench."""
    return [
        *_repeated_ids(procedure),
        *_unknown_steps(procedure),
        *_cycles(procedure),
        *_misplaced(procedure),
        *_rubric(procedure),
    ]


def faults_against(procedure: Procedure, bench: BenchNames) -> list[Fault]:
    """Devices, terminals and zones that the procedure names and the bench does not have."""
    found = list(_wires_off(procedure, bench))
    for _, condition in conditions_of(procedure):
        for part in parts_of(condition):
            found += _names_off(part, bench)
    return found


def _repeated_ids(procedure: Procedure) -> Iterator[Fault]:
    first_line: dict[str, int] = {}
    parts: list[Step | Rule | Item] = [*procedure.steps, *procedure.rules, *procedure.rubric.items]
    for part in parts:
        if part.id in first_line or part.id == END:
            line = first_line.get(part.id, 0)
            hint = (
                Text(zh=f"第一次出现在第 {line} 行", en=f"it stands in line {line} already") if line else None
            )
            expected = Text(zh="每个 id 只用一次", en="each id once")
            yield part.fault("id", expected=expected, came=_quoted(part.id), hint=hint)
        first_line.setdefault(part.id, part.position_of("id")[0])


def _unknown_steps(procedure: Procedure) -> Iterator[Fault]:
    steps = [step.id for step in procedure.steps]
    judged = [*steps, *(rule.id for rule in procedure.rules)]
    for step in procedure.steps:
        yield from _unknown(step, "after", step.after, steps)
        yield from _unknown(step, "follows_from", step.follows_from, steps)
        if step.instead_of is not None and step.instead_of not in steps:
            yield _not_one_of(step, ("instead_of",), step.instead_of, steps)
    for rule in procedure.rules:
        yield from _unknown(rule, "at", rule.at, [*steps, END])
    for item in procedure.rubric.items:
        yield from _unknown(item, "judged_by", item.judged_by, judged)
    for _, condition in conditions_of(procedure):
        for part in parts_of(condition):
            if isinstance(part, StepDone) and part.done not in steps:
                yield _not_one_of(part, ("done",), part.done, steps)


def _cycles(procedure: Procedure) -> Iterator[Fault]:
    before = procedure.before()
    for step in procedure.steps:
        for index, earlier in enumerate(step.after):
            if step.id == earlier or step.id in before.get(earlier, ()):
                expected = Text(zh="没有循环的先后顺序", en="an order without a circle")
                came = Text(
                    zh=f"{earlier} 又要在 {step.id} 之后", en=f"{earlier}, which itself comes after {step.id}"
                )
                yield step.fault("after", index, expected=expected, came=came)


def _misplaced(procedure: Procedure) -> Iterator[Fault]:
    """Acts are no states: they stand directly under `never`, in a rule without `at`."""
    directly = {id(sign) for rule in procedure.rules if not rule.at for sign in rule.never}
    for _, condition in conditions_of(procedure):
        for part in parts_of(condition):
            if isinstance(part, WireChanges | UnplannedWire) and id(part) not in directly:
                expected = Text(
                    zh="该词直接写在没有 at 的规则的 never 之下",
                    en="this word directly under never, in a rule without at",
                )
                yield part.fault(expected=expected, came=Text(zh="别处", en="it elsewhere"))


def _rubric(procedure: Procedure) -> Iterator[Fault]:
    rubric = procedure.rubric
    points = math.fsum(item.points for item in rubric.items)
    if not math.isclose(points, rubric.total):
        yield rubric.fault(
            "total",
            expected=Text(zh=f"各项之和 {points:g}", en=f"the sum of the items, {points:g}"),
            came=Text(zh=f"{rubric.total:g}", en=f"{rubric.total:g}"),
        )
    if rubric.pass_ is not None and rubric.pass_ > rubric.total:
        expected = Text(zh=f"不大于 {rubric.total:g}", en=f"at most {rubric.total:g}")
        yield rubric.fault("pass", expected=expected, came=_quoted(f"{rubric.pass_:g}"))
    for item in rubric.items:
        yield from _item(procedure, item)


def _item(procedure: Procedure, item: Item) -> Iterator[Fault]:
    dimensions = list(procedure.rubric.dimensions)
    if item.dimension not in dimensions:
        yield _not_one_of(item, ("dimension",), item.dimension, dimensions)
    for kind, deduction in item.deduct.items():
        if deduction.cap is not None and deduction.cap < deduction.each:
            expected = Text(zh=f"不小于 each ({deduction.each:g})", en=f"at least each ({deduction.each:g})")
            yield item.fault("deduct", kind, "cap", expected=expected, came=_quoted(f"{deduction.cap:g}"))


def _unknown(part: Located, key: str, named: Collection[str], known: Collection[str]) -> Iterator[Fault]:
    for index, name in enumerate(named):
        if name not in known:
            yield _not_one_of(part, (key, index), name, known)


def _wires_off(procedure: Procedure, bench: BenchNames) -> Iterator[Fault]:
    for wire in procedure.given.wires:
        yield from _ends_off(wire, {"from": wire.from_, "to": wire.to}, bench)


def _ends_off(part: Located, ends: Mapping[str | int, str], bench: BenchNames) -> Iterator[Fault]:
    for key, terminal in ends.items():
        if terminal not in bench.terminals:
            path = ("probing", key) if isinstance(part, Probing) else (key,)
            yield _not_one_of(part, path, terminal, bench.terminals)


def _names_off(part: Located, bench: BenchNames) -> Iterator[Fault]:
    match part:
        case WireJoins(wire=wire):
            yield from _ends_off(wire, {"from": wire.from_, "to": wire.to}, bench)
        case Probing(probing=ends):
            yield from _ends_off(part, dict(enumerate(ends)), bench)
        case HandIn(hand_in=zone) if zone not in bench.zones:
            yield _not_one_of(part, ("hand_in",), zone, bench.zones)
        case ToolAt(is_=zone) if zone not in (*bench.zones, *TOOL_PLACES):
            yield _not_one_of(part, ("is",), zone, (*bench.zones, *TOOL_PLACES))
        case HandAt(hand_at=name) if name not in (allowed := _reachable(bench)):
            yield _not_one_of(part, ("hand_at",), name, allowed)
        case _:
            key = key_of(part)
            if key and key.kind in ("switch", "lamp", "display") and key.subject not in bench.devices:
                yield _not_one_of(part, (key.kind,), key.subject, bench.devices)


def _reachable(bench: BenchNames) -> list[str]:
    buttons = [b for device in bench.devices.values() for b in getattr(device, "buttons", ())]
    return [*bench.devices, *buttons, *bench.terminals]


def _not_one_of(part: Located, path: tuple[str | int, ...], name: str, known: Collection[str]) -> Fault:
    return part.fault(*path, expected=one_of(known), came=_quoted(name), hint=nearest(name, known))


def _quoted(name: str) -> Text:
    return Text(zh=f"“{name}”", en=f"'{name}'")
