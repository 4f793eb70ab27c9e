"""The school's own rule files (beside the shipped ones, after `check`): each text is kept as a version.

`KIND/ID.yaml` in the school's rules folder is the newest text, `KIND/ID/vN.yaml` each version that was ever
saved; none of these is written twice. Kinds: procedures, benches, rule sets that procedures include.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from assessor.bench import load_bench
from assessor.bench.devices import CLASSES_FILE
from assessor.check import check_source
from assessor.errors import Fault, RefusedError, RuleFileError
from assessor.located_yaml import Located
from assessor.located_yaml.source import Source
from assessor.procedure import Procedure, load_procedure
from assessor.procedure.load import load_rule_set
from assessor.settings import own_rules_folder, rules_folder
from assessor.types import Text

SHIPPED = 0  # the number under which the shipped text of a rule file is listed
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
TEMPLATES = "templates"


class Kind(StrEnum):
    """A kind of rule file, by the folder it lies in."""

    PROCEDURES = "procedures"
    BENCHES = "benches"
    RULE_SETS = "shared"

    @property
    def key(self) -> str:
        """The key of a file under which its id stands."""
        return {"procedures": "procedure", "benches": "name", "shared": "rule_set"}[self]

    @property
    def word(self) -> str:
        """As `schema` and `rule_kinds` call it."""
        return "bench" if self is Kind.BENCHES else self.key


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a rule file. `number`: its version, `SHIPPED` for the one that came with the package."""

    id: str
    number: int
    path: Path

    def text(self) -> str:
        """The text itself."""
        return self.path.read_text(encoding="utf-8")


def known(kind: Kind = Kind.PROCEDURES) -> tuple[str, ...]:
    """Ids of the shipped files and of the school's own, in the order of the alphabet."""
    folders = rules_folder(), own_rules_folder()
    files = (file for folder in folders for file in (folder / kind).glob("*.yaml"))
    return tuple(sorted({file.stem for file in files if file.name != CLASSES_FILE}))


def versions_of(id: str, kind: Kind = Kind.PROCEDURES) -> tuple[Version, ...]:
    """Every text of a rule file, the newest first; empty where there is none of this id."""
    if id not in known(kind):  # also keeps a path out of the name
        return ()
    saved = [
        Version(id, int(file.stem[1:]), file)
        for file in (own_rules_folder() / kind / id).glob("v*.yaml")
        if file.stem[1:].isdecimal()
    ]
    shipped = rules_folder() / kind / f"{id}.yaml"
    others = [Version(id, SHIPPED, shipped)] if shipped.is_file() else []
    newest = own_rules_folder() / kind / f"{id}.yaml"
    if not saved and not others:  # put there by hand, never saved here
        others = [Version(id, SHIPPED, newest)]
    return tuple(sorted([*saved, *others], key=lambda version: -version.number))


def timelines_of(id: str) -> tuple[Path, ...]:
    """The written timelines that come with a procedure."""
    folders = rules_folder(), own_rules_folder()
    found = (file for folder in folders for file in (folder / Kind.PROCEDURES / id).glob("*.timeline"))
    return tuple(sorted(found)) if id in known() else ()


def origin_of(id: str, kind: Kind = Kind.PROCEDURES) -> Path:
    """Where a text of this id is read as if it stood: what it includes is named from there."""
    own = own_rules_folder() / kind / f"{id}.yaml"
    newest = next(iter(versions_of(id, kind)), None)
    return own if own.is_file() or (newest and newest.number) else rules_folder() / kind / f"{id}.yaml"


def faults_of_text(id: str, text: str, kind: Kind = Kind.PROCEDURES) -> tuple[Fault, ...]:
    """Every fault and warning of a text of this id."""
    return check_source(_source(origin_of(id, kind), text)).faults


def read_text(id: str, text: str, kind: Kind = Kind.PROCEDURES) -> Located | None:
    """What a text makes; None: a rule set of which too much hangs on who includes it. RuleFileError names
    every fault."""
    source = _source(origin_of(id, kind), text)
    match kind:
        case Kind.PROCEDURES:
            return load_procedure(source)
        case Kind.BENCHES:
            return load_bench(source)
    return load_rule_set(source)


def save_version(id: str, text: str, kind: Kind = Kind.PROCEDURES) -> Version:
    """Keep a text as the next version; its `version`, if there is one, is raised where it was used before.

    RuleFileError for a text that has faults, or is of another id.
    """
    read = read_text(id, text, kind)
    _check_id(id, text, kind)
    folder = own_rules_folder() / kind / id
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(read, Procedure):
        _bring_included(read)
    used = [version.number or _number_in(version.text()) for version in versions_of(id, kind)]
    number = max([1, _number_in(text), *(last + 1 for last in used)])
    while True:
        numbered = _with_number(text, number)
        try:
            with (folder / f"v{number}.yaml").open("x", encoding="utf-8", newline="\n") as file:
                file.write(numbered)
        except FileExistsError:  # somebody saved at the same moment
            number += 1
            continue
        return _made_newest(Version(id, number, folder / f"v{number}.yaml"), numbered)


def begin(id: str, copied: str, kind: Kind = Kind.PROCEDURES) -> Version:
    """A new rule file: a copy of another under its own id, or of the empty template where `copied` is "".

    RefusedError for an id that is none or is taken, RuleFileError where the copied text has faults.
    """
    if not NAME.fullmatch(id):
        raise RefusedError(
            Text(
                "名称应以小写字母开头，只含小写字母、数字和下划线，如 our_panel。",
                "Expected a name of small letters, digits and underscores such as our_panel.",
            )
        )
    if id in known(kind):
        raise RefusedError(Text(f"已有 {id}，请另取名称。", f"There is {id} already; choose another name."))
    newest = next(iter(versions_of(copied, kind)), None)
    template = rules_folder() / TEMPLATES / f"{kind.word}.yaml"
    text = newest.text() if newest else template.read_text(encoding="utf-8")
    line = re.compile(rf"^{kind.key}:.*$", re.MULTILINE)
    text = line.sub(f"{kind.key}: {id}", text, count=1) if line.search(text) else f"name: {id}\n{text}"
    return save_version(id, _with_number(text, 1), kind)


def _check_id(id: str, text: str, kind: Kind) -> None:
    """A text of another id would be found under the wrong name."""
    found = re.search(rf"^{kind.key}:[ \t]*[\"']?([^\s\"'#]+)", text, re.MULTILINE)
    if (found is None and kind is Kind.BENCHES) or (found is not None and found[1] == id):
        return
    came = found[1] if found else "–"
    line = text[: found.start()].count("\n") + 1 if found else 1
    expected = Text(f"“{id}”", f"'{id}'")
    where = str(origin_of(id, kind))
    raise RuleFileError([Fault(where, line, 1, kind.key, expected, Text(f"“{came}”", f"'{came}'"))])


def _made_newest(version: Version, text: str) -> Version:
    newest = version.path.parent.with_suffix(".yaml")
    part = newest.with_suffix(f".v{version.number}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(newest)
    return version


_NUMBER = re.compile(r"^(version:[ \t]*)(\d+)", re.MULTILINE)


def _number_in(text: str) -> int:
    """The version that stands in a text; 0 in that of a bench, which has none."""
    found = _NUMBER.search(text)
    return int(found[2]) if found else 0


def _with_number(text: str, number: int) -> str:
    return _NUMBER.sub(rf"\g<1>{number}", text, count=1)


def _bring_included(procedure: Procedure) -> None:
    """Copy the rule sets that are named by a path to where the school's own text will look for them."""
    folder = own_rules_folder() / Kind.PROCEDURES
    for name, source in procedure.included.items():
        target = (folder / name).resolve()
        if target.suffix and target.is_relative_to(own_rules_folder().resolve()) and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.data)


def _source(path: Path, text: str) -> Source:
    return Source(str(path), text.encode("utf-8", "surrogatepass"))
