"""What `assessor check` does: reads every rule file before a class begins and names all that is wrong.

Takes files and folders; gives faults and warnings with their places. What a file is (bench, device classes,
procedure, rule set) is told by its keys, not by its name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assessor.bench import Bench, load_bench
from assessor.bench.check import check_bench
from assessor.bench.devices import DeviceClasses
from assessor.errors import Fault, RuleFileError
from assessor.located_yaml import Located, key_names, load
from assessor.located_yaml.source import Source, read_source
from assessor.located_yaml.tree import parse
from assessor.procedure import Procedure, faults_against, load_procedure
from assessor.procedure.including import load_alone
from assessor.procedure.rule_set import RuleSet
from assessor.types import Text

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Checked:
    """One rule file: what was read, None when it cannot be, and all that was found."""

    faults: tuple[Fault, ...]
    read: Located | None = None


def check_paths(paths: Iterable[Path]) -> list[Fault]:
    """Every fault and warning of the rule files named, or found below the folders named, file by file."""
    checked = [
        file for path in paths for file in (_check_folder(path) if path.is_dir() else [check_file(path)])
    ]
    benches = [file.read for file in checked if isinstance(file.read, Bench)]
    found = (fault for file in checked for fault in (*file.faults, *_misfits(file.read, benches)))
    return list(dict.fromkeys(found))  # what is wrong in a rule set shows in every procedure that includes it


def check_file(path: Path) -> Checked:
    """One rule file by itself, its faults in the order of its lines."""
    try:
        source = read_source(path)
        read = _reader_of(source)(source)
    except RuleFileError as error:
        return Checked(error.faults)
    return Checked(tuple(check_bench(read)) if isinstance(read, Bench) else (), read)


def render(faults: Iterable[Fault], language: str) -> str:
    """One line per fault, `file:line:column: error: ...`, in "zh" or "en"."""
    return "\n".join(fault.render(language) for fault in faults)


def _check_folder(folder: Path) -> list[Checked]:
    found = (file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    files = sorted(file for file in found if not file.is_dir())
    if files:
        return [check_file(file) for file in files]
    expected = Text("含有 .yaml 文件的文件夹", "a folder with .yaml files")
    return [Checked((Fault(str(folder), 1, 1, "", expected, Text("没有", "none")),))]


def _misfits(read: Located | None, benches: Sequence[Bench]) -> list[Fault]:
    """Names of a procedure that no bench checked with it has: warnings, told by the bench that fits best."""
    if not isinstance(read, Procedure) or not benches:
        return []
    best = min((faults_against(read, bench) for bench in benches), key=len)
    return [replace(fault, severity="warning") for fault in best]


def _reader_of(source: Source) -> Callable[[Source], Located | None]:
    """How to read the kind of file whose keys this one shares most of."""
    tree, faults = parse(source)
    shared = {model: len(tree.marks.keys() & set(key_names(model))) for model in _READERS}
    model = max(shared, key=lambda kind: shared[kind])
    if shared[model]:
        return _READERS[model]
    expected = Text(
        "工位、设备类型、作业流程或规则集文件", "a bench, device class, procedure or rule set file"
    )
    keys = ", ".join(tree.marks)
    came = Text(f"键 {keys}", f"the keys {keys}")
    raise RuleFileError([*faults, Fault(source.name, 1, 1, "", expected, came)])


def _read_device_classes(source: Source) -> DeviceClasses:
    return load(source, DeviceClasses)


_READERS: dict[type[Located], Callable[[Source], Located | None]] = {
    Bench: load_bench,
    DeviceClasses: _read_device_classes,
    Procedure: load_procedure,
    RuleSet: load_alone,
}
