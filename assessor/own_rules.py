"""The school's own procedures (beside the shipped ones, after `check`): each text is kept as a version.

`procedures/ID.yaml` in the school's rules folder is the newest text, `procedures/ID/vN.yaml` each version
that was ever saved; none of these is written twice.
"""

from dataclasses import dataclass
from pathlib import Path

from assessor.check import check_source
from assessor.errors import Fault, RuleFileError
from assessor.located_yaml.source import Source
from assessor.procedure import Procedure, load_procedure
from assessor.settings import own_rules_folder, rules_folder
from assessor.types import Text

PROCEDURES = "procedures"
SHIPPED = 0  # the number under which the shipped text of a procedure is listed


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a procedure. `number`: its version, `SHIPPED` for the one that came with the package."""

    id: str
    number: int
    path: Path

    def text(self) -> str:
        """The text itself."""
        return self.path.read_text(encoding="utf-8")


def known_procedures() -> tuple[str, ...]:
    """Ids of the shipped procedures and of the school's own, in the order of the alphabet."""
    folders = rules_folder(), own_rules_folder()
    return tuple(sorted({file.stem for folder in folders for file in (folder / PROCEDURES).glob("*.yaml")}))


def versions_of(id: str) -> tuple[Version, ...]:
    """Every text of a procedure, the newest first; empty where there is none of this id."""
    if id not in known_procedures():  # also keeps a path out of the name
        return ()
    saved = [
        Version(id, int(file.stem[1:]), file)
        for file in (own_rules_folder() / PROCEDURES / id).glob("v*.yaml")
        if file.stem[1:].isdecimal()
    ]
    shipped = rules_folder() / PROCEDURES / f"{id}.yaml"
    others = [Version(id, SHIPPED, shipped)] if shipped.is_file() else []
    return tuple(sorted([*saved, *others], key=lambda version: -version.number))


def timelines_of(id: str) -> tuple[Path, ...]:
    """The written timelines that come with a procedure."""
    folders = rules_folder(), own_rules_folder()
    found = (file for folder in folders for file in (folder / PROCEDURES / id).glob("*.timeline"))
    return tuple(sorted(found)) if id in known_procedures() else ()


def origin_of(id: str) -> Path:
    """Where a text of this procedure is read as if it stood: its rule sets are named from there."""
    newest = next(iter(versions_of(id)), None)
    if newest is None or newest.number == SHIPPED:
        return rules_folder() / PROCEDURES / f"{id}.yaml"
    return own_rules_folder() / PROCEDURES / f"{id}.yaml"


def faults_of_text(id: str, text: str) -> tuple[Fault, ...]:
    """Every fault and warning of a text of this procedure."""
    return check_source(_source(origin_of(id), text)).faults


def read_text(id: str, text: str) -> Procedure:
    """The procedure a text makes. RuleFileError names every fault."""
    return load_procedure(_source(origin_of(id), text))


def save_version(id: str, text: str) -> Version:
    """Keep a text as the next version; its `version` is raised where it was used before.

    RuleFileError for a text that has faults, or is of another procedure than `id`.
    """
    procedure = read_text(id, text)
    if procedure.procedure != id:
        expected, came = (
            Text(f"“{id}”", f"'{id}'"),
            Text(f"“{procedure.procedure}”", f"'{procedure.procedure}'"),
        )
        raise RuleFileError([procedure.fault("procedure", expected=expected, came=came)])
    folder = own_rules_folder() / PROCEDURES / id
    folder.mkdir(parents=True, exist_ok=True)
    _bring_included(procedure)
    used = [_number_in(version) for version in versions_of(id)]
    number = max([procedure.version, *(last + 1 for last in used)])
    while True:
        numbered = _with_number(procedure, text, number)
        try:
            with (folder / f"v{number}.yaml").open("x", encoding="utf-8", newline="\n") as file:
                file.write(numbered)
        except FileExistsError:  # somebody saved at the same moment
            number += 1
            continue
        return _made_newest(Version(id, number, folder / f"v{number}.yaml"), numbered)


def _made_newest(version: Version, text: str) -> Version:
    newest = version.path.parent.with_suffix(".yaml")
    part = newest.with_suffix(f".v{version.number}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(newest)
    return version


def _number_in(version: Version) -> int:
    if version.number != SHIPPED:
        return version.number
    return load_procedure(version.path).version


def _with_number(procedure: Procedure, text: str, number: int) -> str:
    if procedure.version == number:
        return text
    line, column = procedure.position_of("version")
    lines = text.splitlines(keepends=True)
    old, at = str(procedure.version), column - 1
    lines[line - 1] = lines[line - 1][:at] + str(number) + lines[line - 1][at + len(old) :]
    return "".join(lines)


def _bring_included(procedure: Procedure) -> None:
    """Copy the rule sets that are named by a path to where the school's own text will look for them."""
    folder = own_rules_folder() / PROCEDURES
    for name, source in procedure.included.items():
        target = (folder / name).resolve()
        if target.suffix and target.is_relative_to(own_rules_folder().resolve()) and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.data)


def _source(path: Path, text: str) -> Source:
    return Source(str(path), text.encode("utf-8", "surrogatepass"))
