"""Joins shared rule sets to the procedure that includes them, or names every fault in the right file.

Takes a procedure whose own keys are sound; gives it with the steps and rules of its sets before its own. Each
part of a set knows its place in the shared file. `load_alone` reads a set by itself, without values.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assessor.errors import Fault, RuleFileError
from assessor.located_yaml import tree
from assessor.located_yaml.load import load_tree
from assessor.located_yaml.source import Source
from assessor.located_yaml.syntax import shorten
from assessor.located_yaml.tree import child, parse, plain
from assessor.procedure.include import Include
from assessor.procedure.included_files import read_included
from assessor.procedure.parts import Procedure, Rule, Step
from assessor.procedure.placeholders import Filler, Given
from assessor.procedure.rubric import Item, Veto
from assessor.procedure.rubric_faults import not_one_of, quoted
from assessor.procedure.rule_set import RuleSet
from assessor.rule_kinds import KINDS, kind_of
from assessor.types import Text

PARTS = ("steps", "rules")
Named = Step | Rule | Item | Veto


def with_included(procedure: Procedure, source: Source, kept: Mapping[str, Source] | None) -> Procedure:
    """The procedure with its rule sets. `kept`: included files by the path they are named with, to be used in
    place of those on the disk. RuleFileError names every fault of the includes."""
    sets: list[RuleSet] = []
    read: dict[str, Source] = {}
    faults: list[Fault] = []
    for include in procedure.include:
        try:
            read[include.file] = _read(include, source, kept)
            joined = _load(include, read[include.file])
            faults += _collisions(include, joined, procedure, sets)
            sets.append(joined)
        except RuleFileError as error:
            faults += error.faults
    if faults:
        raise RuleFileError(dict.fromkeys(faults))
    parts = {
        "steps": (*(step for one in sets for step in one.steps), *procedure.steps),
        "rules": (*(rule for one in sets for rule in one.rules), *procedure.rules),
    }
    whole = procedure.model_copy(update=parts)
    whole._included = read
    return whole


def load_alone(source: Source) -> RuleSet | None:
    """A rule set by itself: what depends on values that are not there is not judged; None where that is so
    much that no set can be made. RuleFileError names the faults that show all the same."""
    root, faults = parse(source)
    filler = _filler(source.name, root, {})
    filled = _filled(root, filler, ())
    try:
        return load_tree(source.name, filled, [*faults, *filler.faults], RuleSet)
    except RuleFileError as error:
        if error.faults:
            raise
        return None


def unused_parameters(source: Source, rule_set: RuleSet) -> list[Fault]:
    """Parameters that no text of a rule set names: warnings."""
    root, _ = parse(source)
    filler = _filler(source.name, root, {})
    _filled(root, filler, ())
    expected = Text(zh="被某处文字使用的参数", en="a parameter that some text names")
    return [
        rule_set.fault("parameters", name, expected=expected, came=quoted(name), severity="warning")
        for name in filler.known
        if name not in filler.used
    ]


def _read(include: Include, including: Source, kept: Mapping[str, Source] | None) -> Source:
    if kept is None:
        return read_included(include, including)
    if include.file in kept:
        return kept[include.file]
    expected = Text(zh="随作答保存的规则集", en="a rule set kept with the attempt")
    raise RuleFileError([include.fault("file", expected=expected, came=quoted(include.file))])


def _load(include: Include, source: Source) -> RuleSet:
    root, faults = parse(source)
    if "rule_set" not in root.entries:
        expected = Text(zh="规则集文件（含键 rule_set）", en="a rule set file (with the key rule_set)")
        keys = shorten(", ".join(root.entries))
        came = KINDS.get(kind_of(root) or "", Text(zh=f"含键 {keys} 的文件", en=f"one with the keys {keys}"))
        raise RuleFileError([include.fault("file", expected=expected, came=came)])
    filler = _filler(source.name, root, _values(include))
    filled = _filled(root, filler, include.leave_out)
    own = [*_misnamed(include, filler, root), *_missing(include, filler, source.name)]
    try:
        loaded = load_tree(source.name, filled, [*faults, *filler.faults], RuleSet)
    except RuleFileError as error:
        raise RuleFileError([*own, *error.faults]) from None
    if own:
        raise RuleFileError(own)
    return loaded


def _filler(file: str, root: tree.Mapping, values: Mapping[str, Given]) -> Filler:
    """With the values given, else the defaults of the file."""
    block = child(root, "parameters")
    parameters = block.entries if isinstance(block, tree.Mapping) else {}
    defaults = {}
    for name, parameter in parameters.items():
        default = child(parameter, "default")
        if default is not None and (ready := _several(plain(default))):
            line = default.mark.line
            told = Text(zh=f"“${name}” 的默认值见第 {line} 行", en=f"${name} has its default in line {line}")
            defaults[name] = Given(ready, told)
    return Filler(file, {**defaults, **values}, list(parameters))


def _values(include: Include) -> dict[str, Given]:
    file = include.from_file
    given = {}
    for name, value in include.with_.items():
        line = include.position_of("with", name)[0]
        told = Text(zh=f"“${name}” 的值见 {file} 第 {line} 行", en=f"${name} is given in {file}:{line}")
        given[name] = Given(value if isinstance(value, tuple) else (value,), told)
    return given


def _several(value: object) -> tuple[str | bool | int | float, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(one for one in values if isinstance(one, str | bool | int | float))


def _filled(root: tree.Mapping, filler: Filler, left_out: tuple[str, ...]) -> tree.Mapping:
    entries = dict(root.entries)
    for key in PARTS:
        if key in entries:
            entries[key] = filler.fill(_without(entries[key], left_out), (key,))
    return replace(root, entries=entries)


def _without(parts: tree.Node, left_out: tuple[str, ...]) -> tree.Node:
    if not isinstance(parts, tree.Sequence):
        return parts
    return replace(parts, items=[item for item in parts.items if _id_of(item) not in left_out])


def _id_of(item: tree.Node) -> str | None:
    named = child(item, "id")
    return str(named.value) if isinstance(named, tree.Scalar) else None


def _misnamed(include: Include, filler: Filler, root: tree.Mapping) -> Iterator[Fault]:
    """Parameters and parts that the set does not have."""
    for name in include.with_:
        if name not in filler.known:
            yield _no_such(include, ("with", name), name, filler.known)
    lists = [part for key in PARTS if isinstance(part := child(root, key), tree.Sequence)]
    ids = [id for part in lists for item in part.items if (id := _id_of(item))]
    for index, name in enumerate(include.leave_out):
        if name not in ids:
            yield _no_such(include, ("leave_out", index), name, ids)


def _missing(include: Include, filler: Filler, file: str) -> Iterator[Fault]:
    """Parameters that are used and have no value."""
    for name in filler.known:
        if name in filler.used and name not in filler.values:
            expected = Text(zh=f"{file} 的参数 {name} 的值", en=f"a value for the parameter {name} of {file}")
            yield include.fault("with", expected=expected, came=Text(zh="未给出", en="none"))


def _collisions(
    include: Include, joined: RuleSet, procedure: Procedure, before: list[RuleSet]
) -> Iterator[Fault]:
    """A set that is there already, and ids that are taken."""
    if joined.rule_set in [one.rule_set for one in before]:
        expected = Text(zh="每个规则集只引用一次", en="each rule set once")
        yield include.fault("file", expected=expected, came=quoted(joined.rule_set))
        return
    rubric = procedure.rubric
    taken: dict[str, Named] = {item.id: item for item in rubric.items}
    taken |= {veto.id: veto for veto in rubric.vetoes}
    taken |= {part.id: part for part in _parts(procedure)}
    taken |= {part.id: part for one in before for part in _parts(one)}
    for part in _parts(joined):
        if part.id in taken:
            here, there = _where(part), _where(taken[part.id])
            expected = Text(zh="每个 id 只用一次", en="each id once")
            came = Text(zh=f"{here} 的 “{part.id}”", en=f"'{part.id}' of {here}")
            hint = Text(
                zh=f"{there} 已用该 id；请改名或写入 leave_out",
                en=f"it stands in {there} already; rename it or name it under leave_out",
            )
            yield include.fault(expected=expected, came=came, hint=hint)


def _parts(one: Procedure | RuleSet) -> list[Step | Rule]:
    return [*one.steps, *one.rules]


def _where(part: Named) -> str:
    return f"{Path(part.from_file).name}:{part.line}"


def _no_such(include: Include, path: tuple[str | int, ...], name: str, known: Sequence[str]) -> Fault:
    if known:
        return not_one_of(include, path, name, known)
    return include.fault(*path, expected=Text(zh="没有参数", en="no parameter"), came=quoted(name))
