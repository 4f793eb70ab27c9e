"""Finds and reads the files that a procedure includes: only from where shared rule sets belong.

A path leads from the including file to a .yaml file below its own folder or below the folder `shared` beside
that; a bare name is a shipped set. A rule file from a stranger can read nothing else.
"""

import os
from pathlib import Path
from typing import NoReturn

from assessor.errors import RuleFileError
from assessor.located_yaml.faults import nearest, one_of
from assessor.located_yaml.source import Source, read_source
from assessor.procedure.include import Include
from assessor.settings import rules_folder
from assessor.types import Text

SUFFIXES = (".yaml", ".yml")
NO_RULE_SETS = ("devices",)


def shipped_sets() -> dict[str, Path]:
    """The rule sets that come with the package, by name."""
    files = sorted((rules_folder() / "shared").glob("*.yaml"))
    return {file.stem: file for file in files if file.stem not in NO_RULE_SETS}


def read_included(include: Include, including: Source) -> Source:
    """The file an `include` names. RuleFileError says where it was looked for."""
    shipped = shipped_sets()
    if _is_bare(include.file):
        if include.file not in shipped:
            _refuse(include, one_of(shipped), nearest(include.file, shipped))
        return read_source(shipped[include.file])
    folder = Path(including.name).parent
    if not Path(including.name).suffix:
        expected = Text(
            zh=f"自带规则集的名称（{one_of(shipped).zh}），因为这段文字不在文件夹中",
            en=f"the name of a shipped rule set ({one_of(shipped).en}), as this text lies in no folder",
        )
        _refuse(include, expected)
    written = Path(os.path.normpath(folder / include.file))
    return Source(str(written), read_source(_allowed(include, folder, written)).data)


def _allowed(include: Include, folder: Path, written: Path) -> Path:
    """The file itself, links followed, if it lies where it may."""
    roots = [folder.resolve(), folder.resolve().parent / "shared", rules_folder().resolve() / "shared"]
    found = (folder / include.file).resolve()
    if found.suffix.lower() not in SUFFIXES or not any(found.is_relative_to(root) for root in roots):
        expected = Text(
            zh="该文件所在文件夹或其旁 shared 文件夹内的 .yaml 文件，或自带规则集的名称",
            en="a .yaml file below the folder of this file or below 'shared' beside it, "
            "or the name of a shipped rule set",
        )
        _refuse(include, expected)
    if not _is_file(found):
        beside = [file.name for file in sorted(written.parent.glob("*.y*ml"))]
        _refuse(
            include,
            Text(zh="已有的文件", en="a file that exists"),
            nearest(written.name, beside) or _shipped_instead(written.stem),
        )
    return found


def _shipped_instead(name: str) -> Text | None:
    """The advice to name a shipped set without its path."""
    if name not in shipped_sets():
        return None
    return Text(zh=f"自带规则集只写名称：{name}", en=f"a shipped rule set is named without a path: {name}")


def _is_bare(named: str) -> bool:
    return not any(mark in named for mark in "/\\") and not named.lower().endswith(SUFFIXES)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _refuse(include: Include, expected: Text, hint: Text | None = None) -> NoReturn:
    came = Text(zh=f"“{include.file}”", en=f"'{include.file}'")
    raise RuleFileError([include.fault("file", expected=expected, came=came, hint=hint)])
