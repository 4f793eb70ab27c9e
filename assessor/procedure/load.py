"""Reads a procedure file, and names what cannot be right in it although every single key is.

Takes YAML; gives a `Procedure` pinned to the sha256 of the file, or every fault with its place: names used
twice or unknown, circles in the order, points that don't add up, words in wrong places. `faults_against`
compares a procedure with a bench: it names devices and terminals, never places.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from assessor.errors import Fault, RuleFileError
from assessor.located_yaml import Located, load
from assessor.located_yaml.load import as_source
from assessor.located_yaml.source import Source
from assessor.procedure.conditions import (
    HandAt,
    HandIn,
    PartAt,
    Probing,
    StepDone,
    ToolAt,
    UnplannedWire,
    WireChanges,
    WireJoins,
    key_of,
    parts_of,
)
from assessor.procedure.including import load_alone, with_included
from assessor.procedure.parts import END, Procedure, Rule, Step, conditions_of
from assessor.procedure.rubric import Item, Veto
from assessor.procedure.rubric_faults import faults_in_rubric, not_one_of, quoted, unknown_names
from assessor.procedure.rule_set import RuleSet, conditions_in
from assessor.rule_kinds import refuse_other_kind
from assessor.types import FactKey, Text

__all__ = ["Procedure", "faults_against", "faults_in", "load_procedure", "one_handed", "probe_pairs"]

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

    @property
    def places(self) -> Mapping[str, object]:
        """Places of parts by name."""


def load_procedure(source: Source | Path | str, kept: Mapping[str, Source] | None = None) -> Procedure:
    """Read a procedure from a file (`Path`), a `Source` or a text, with the rule sets it includes: from the
    disk, or as they were `kept`. RuleFileError names every fault."""
    source = as_source(source)
    refuse_other_kind(source, "procedure")
    procedure = with_included(load(source, Procedure), source, kept)
    if faults := faults_in(procedure):
        raise RuleFileError(faults)
    procedure.pin(source)
    return procedure


def load_rule_set(source: Source) -> RuleSet | None:
    """Read a rule set by itself; None where too much hangs on values that only an including procedure gives.
    RuleFileError names the faults that show all the same."""
    rule_set = load_alone(source)
    if rule_set is None:
        return None
    if faults := [*_repeated_ids([*rule_set.steps, *rule_set.rules]), *_misplaced(rule_set)]:
        raise RuleFileError(faults)
    return rule_set


def one_handed(procedure: Procedure) -> frozenset[FactKey]:
    """What the procedure asks of the left or the right hand."""
    return frozenset(key for key in procedure.facts if key.hand)


def probe_pairs(procedure: Procedure) -> tuple[tuple[str, str], ...]:
    """The pairs of terminals between which the procedure asks for a measurement."""
    parts = (part for _, condition in conditions_of(procedure) for part in parts_of(condition))
    return tuple(dict.fromkeys(part.probing for part in parts if isinstance(part, Probing)))


def faults_in(procedure: Procedure) -> list[Fault]:
    """Every fault of a procedure that shows without a bench."""
    rubric = procedure.rubric
    named = [*_repeated_ids([*procedure.steps, *procedure.rules, *rubric.items, *rubric.vetoes])]
    once = not named  # an id that was copied leaves others without a bearer: that need not be said as well
    if once:
        named += [*_unknown_steps(procedure), *_cycles(procedure)]
    return [*named, *_misplaced(procedure), *faults_in_rubric(procedure, ids_once=once)]


def faults_against(procedure: Procedure, bench: BenchNames) -> list[Fault]:
    """Devices, terminals and zones that the procedure names and the bench does not have."""
    found = list(_wires_off(procedure, bench))
    for _, condition in conditions_of(procedure):
        for part in parts_of(condition):
            found += _names_off(part, bench)
    return found


def _repeated_ids(parts: Sequence[Step | Rule | Item | Veto]) -> Iterator[Fault]:
    first_line: dict[str, int] = {}
    for part in parts:
        if part.id in first_line or part.id == END:
            line = first_line.get(part.id, 0)
            hint = Text(zh="end 表示作答结束", en="'end' stands for the end of the attempt")
            if line:
                hint = Text(zh=f"第一次出现在第 {line} 行", en=f"it stands in line {line} already")
            expected = Text(zh="每个 id 只用一次", en="each id once")
            yield part.fault("id", expected=expected, came=quoted(part.id), hint=hint)
        first_line.setdefault(part.id, part.position_of("id")[0])


def _unknown_steps(procedure: Procedure) -> Iterator[Fault]:
    steps = [step.id for step in procedure.steps]
    for step in procedure.steps:
        yield from unknown_names(step, "after", step.after, steps)
        yield from unknown_names(step, "follows_from", step.follows_from, steps)
        if step.instead_of is not None and step.instead_of not in steps:
            yield not_one_of(step, ("instead_of",), step.instead_of, steps)
    for rule in procedure.rules:
        yield from unknown_names(rule, "at", rule.at, [*steps, END])
    for _, condition in conditions_of(procedure):
        for part in parts_of(condition):
            if isinstance(part, StepDone) and part.done not in steps:
                yield not_one_of(part, ("done",), part.done, steps)


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


def _misplaced(rules: Procedure | RuleSet) -> Iterator[Fault]:
    """Acts are no states: they stand directly under `never`, in a rule without `at`."""
    directly = {id(sign) for rule in rules.rules if not rule.at for sign in rule.never}
    for condition in conditions_in(rules):
        for part in parts_of(condition):
            if isinstance(part, WireChanges | UnplannedWire) and id(part) not in directly:
                expected = Text(
                    zh="该词直接写在没有 at 的规则的 never 之下",
                    en="this word directly under never, in a rule without at",
                )
                yield part.fault(expected=expected, came=Text(zh="别处", en="it elsewhere"))


def _wires_off(procedure: Procedure, bench: BenchNames) -> Iterator[Fault]:
    for wire in procedure.given.wires:
        yield from _ends_off(wire, {"from": wire.from_, "to": wire.to}, bench)


def _ends_off(part: Located, ends: Mapping[str | int, str], bench: BenchNames) -> Iterator[Fault]:
    for key, terminal in ends.items():
        if terminal not in bench.terminals:
            path = ("probing", key) if isinstance(part, Probing) else (key,)
            yield not_one_of(part, path, terminal, bench.terminals)


def _names_off(part: Located, bench: BenchNames) -> Iterator[Fault]:
    match part:
        case WireJoins(wire=wire):
            yield from _ends_off(wire, {"from": wire.from_, "to": wire.to}, bench)
        case Probing(probing=ends):
            yield from _ends_off(part, dict(enumerate(ends)), bench)
        case HandIn(hand_in=zone) if zone not in bench.zones:
            yield not_one_of(part, ("hand_in",), zone, bench.zones)
        case ToolAt(is_=zone) if zone not in (*bench.zones, *TOOL_PLACES):
            yield not_one_of(part, ("is",), zone, (*bench.zones, *TOOL_PLACES))
        case PartAt(place=place) if place not in bench.places:
            yield not_one_of(part, ("place",), place, bench.places)
        case HandAt(hand_at=name) if name not in (allowed := _reachable(bench)):
            yield not_one_of(part, ("hand_at",), name, allowed)
        case _:
            key = key_of(part)
            if key and key.kind in ("switch", "lamp", "display") and key.subject not in bench.devices:
                yield not_one_of(part, (key.kind,), key.subject, bench.devices)


def _reachable(bench: BenchNames) -> list[str]:
    buttons = [b for device in bench.devices.values() for b in getattr(device, "buttons", ())]
    return [*bench.devices, *buttons, *bench.terminals]
