"""What `assessor check` does: reads every rule file before a class begins and names all that is wrong.

Takes files and folders; gives faults and warnings with their places. What a file is (bench, device classes,
procedure, rule set, classroom) is told by its keys, not by its name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assessor.bench import Bench, load_bench
from assessor.bench.check import check_bench
from assessor.bench.devices import DeviceClasses
from assessor.classroom.check import faults_in_classroom
from assessor.classroom.file import Classroom, load_classroom
from assessor.errors import Fault, RuleFileError
from assessor.located_yaml import Located, key_names, load
from assessor.located_yaml.faults import nearest
from assessor.located_yaml.source import Source, read_source
from assessor.located_yaml.syntax import shorten
from assessor.located_yaml.tree import parse
from assessor.procedure import Procedure, faults_against, load_procedure
from assessor.procedure.contradictions import contradictions_in
from assessor.procedure.including import unused_parameters
from assessor.procedure.load import load_rule_set
from assessor.procedure.rule_set import RuleSet
from assessor.procedure.unused import unused_in
from assessor.rule_kinds import kind_of
from assessor.types import Text
from assessor.unseen import unseen_in, unseen_on, unseen_parts

SUFFIXES = (".yaml", ".yml")
KINDS: dict[str, type[Located]] = {
    "bench": Bench,
    "devices": DeviceClasses,
    "procedure": Procedure,
    "rule_set": RuleSet,
    "classroom": Classroom,
}
FIRST_KEYS = ("procedure", "rule_set", "device_classes", "marker_dictionary")
LIKELY = 2  # keys in common with a kind of file


@dataclass(frozen=True, slots=True)
class Checked:
    """One rule file: what was read, None when it cannot be, and all that was found; `is_other`: it is no rule
    file at all."""

    faults: tuple[Fault, ...]
    read: Located | None = None
    is_other: bool = False


def check_paths(paths: Iterable[Path]) -> list[Fault]:
    """Every fault and warning of the rule files named, or found below the folders named, file by file."""
    checked = read_paths(paths)
    benches = [file.read for file in checked if isinstance(file.read, Bench)]
    found = (fault for file in checked for fault in (*file.faults, *_misfits(file.read, benches)))
    return list(dict.fromkeys(found))  # what is wrong in a rule set shows in every procedure that includes it


def read_paths(paths: Iterable[Path]) -> list[Checked]:
    """Every rule file named, or found below the folders named, each by itself."""
    return [file for path in paths for file in (_check_folder(path) if path.is_dir() else [check_file(path)])]


def check_file(path: Path) -> Checked:
    """One rule file by itself, its faults in the order of its lines."""
    try:
        return check_source(read_source(path))
    except RuleFileError as error:
        return Checked(error.faults)


def check_source(source: Source) -> Checked:
    """The text of a rule file by itself, as an editor holds it."""
    try:
        read = _reader_of(source)(source)
    except _OtherFileError as error:
        return Checked(error.faults, is_other=True)
    except RuleFileError as error:
        return Checked(error.faults)
    return Checked(tuple(_warnings(source, read)), read)


def render(faults: Iterable[Fault], language: str) -> str:
    """One line per fault, `file:line:column: error: ...`, in "zh" or "en"."""
    return "\n".join(fault.render(language) for fault in faults)


def _warnings(source: Source, read: Located | None) -> list[Fault]:
    """What is probably not meant in a file that can be read, in the order of its lines."""
    if isinstance(read, Bench):
        return check_bench(read)
    if isinstance(read, Classroom):
        return faults_in_classroom(read)
    found: list[Fault] = []
    if isinstance(read, Procedure | RuleSet):
        found = [*contradictions_in(read), *unseen_in(read)]
    found += unused_in(read) if isinstance(read, Procedure) else []
    found += unused_parameters(source, read) if isinstance(read, RuleSet) else []
    return sorted(found, key=lambda fault: (fault.file, fault.line, fault.column))


def _check_folder(folder: Path) -> list[Checked]:
    found = (file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    files = sorted(file for file in found if not file.is_dir())
    if files:
        return [_passed_over(check_file(file)) for file in files]
    expected = Text("含有 .yaml 文件的文件夹", "a folder with .yaml files")
    return [Checked((Fault(str(folder), 1, 1, "", expected, Text("没有", "none")),))]


def _passed_over(checked: Checked) -> Checked:
    """A file among others that is no rule file is only warned of, one that almost is stays an error."""
    faults = tuple(fault if fault.hint else replace(fault, severity="warning") for fault in checked.faults)
    return replace(checked, faults=faults) if checked.is_other else checked


def _misfits(read: Located | None, benches: Sequence[Bench]) -> list[Fault]:
    """Warnings about a procedure on the benches that are checked with it: names that none of them has, told
    by the bench that fits best, and what the cameras of those that fit will never see."""
    if not isinstance(read, Procedure):
        return []
    if not benches:
        return unseen_parts(read, None)
    bench = min(benches, key=lambda bench: len(faults_against(read, bench)))
    if best := faults_against(read, bench):
        return [_of_bench(fault, bench) for fault in best]
    fitting = (bench for bench in benches if not faults_against(read, bench))
    return [fault for bench in fitting for fault in unseen_on(read, bench)]


def _of_bench(fault: Fault, bench: Bench) -> Fault:
    """A warning that says which bench lacks the name."""
    zh, en = f"工位 {bench.name} 的{fault.expected.zh}", f"{fault.expected.en}, of the bench {bench.name}"
    return replace(fault, expected=Text(zh, en), severity="warning")


def _reader_of(source: Source) -> Callable[[Source], Located | None]:
    """How to read this kind of file: told by keys that no other kind has, else by most of its keys."""
    tree, _ = parse(source)
    if kind := kind_of(tree):
        return _READERS[kind]
    shared = {kind: len(tree.marks.keys() & set(key_names(model))) for kind, model in KINDS.items()}
    likely = max(shared, key=lambda kind: shared[kind])
    if shared[likely] >= LIKELY:
        return _READERS[likely]
    expected = Text(
        "工位、设备类型、作业流程、规则集或教室文件",
        "a bench, device class, procedure, rule set or classroom file",
    )
    keys = shorten(", ".join(tree.marks))
    hint = next((near for key in tree.marks if (near := nearest(key, FIRST_KEYS))), None)
    fault = Fault(
        source.name, 1, 1, "", expected, Text(f"含键 {keys} 的文件", f"one with the keys {keys}"), hint
    )
    raise _OtherFileError([fault])


class _OtherFileError(RuleFileError):
    """A YAML file that is no rule file."""


def _read_device_classes(source: Source) -> DeviceClasses:
    return load(source, DeviceClasses)


_READERS: dict[str, Callable[[Source], Located | None]] = {
    "bench": load_bench,
    "devices": _read_device_classes,
    "procedure": load_procedure,
    "rule_set": load_rule_set,
    "classroom": load_classroom,
}
