"""Every error a user may meet.

AssessorError
├── InputError      a recording, photo or other input file cannot be used
├── RuleFileError   a bench or procedure file has faults (all of them, each with file:line:column)
├── ModelError      a model file is missing, altered or does not fit
├── SightError      the bench cannot be seen (no markers, wrong camera)
├── StoreError      results could not be stored or found
└── RefusedError    what a person asked for is against a rule of the school
    ├── NotAllowedError   not with this person's rights
    └── ConflictError     it has changed since the person looked

A message says what was expected, what came and what to do.
"""

import errno
from collections.abc import Iterable
from dataclasses import dataclass

from assessor.types import Text


class AssessorError(Exception):
    """Base of all errors that are shown to a user, told in English or, as `Text`, in both languages.
    `exit_code` is what the command line returns."""

    exit_code = 1

    def render(self, language: str = "en") -> str:
        """What is told, in "en" or "zh"; in English where it is told in English only."""
        told = self.args[0] if self.args else ""
        return str(getattr(told, language)) if isinstance(told, Text) else str(told)

    def __str__(self) -> str:
        """In English."""
        return self.render()


class InputError(AssessorError):
    """An input file cannot be used."""

    exit_code = 3

    def about(self, name: str) -> "InputError":
        """The same error with the name of the file before it."""
        return InputError(Text(zh=f"{name!r}：{self.render('zh')}", en=f"{name!r}: {self}"))


def reason_of(error: OSError) -> Text:
    """Why a file could not be opened, as the system says it."""
    english = error.strerror or str(error)
    return Text(zh=_REASONS.get(error.errno or 0, english), en=english)


_REASONS = {
    errno.ENOENT: "没有这个文件",
    errno.EACCES: "没有权限",
    errno.EISDIR: "这是文件夹",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.ENAMETOOLONG: "文件名过长",
    errno.ENOSPC: "磁盘已满",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a rule file. `key`: path inside the file (`steps[2].when`), "" for the file itself;
    `line` and `column` count from 1; `severity`: "error" | "warning"."""

    file: str
    line: int
    column: int
    key: str
    expected: Text
    came: Text
    hint: Text | None = None
    severity: str = "error"

    def render(self, language: str = "en") -> str:
        """`file:line:column: error: key: expected ..., got ...; hint` in "en" or "zh"."""
        where = f"{self.file}:{self.line}:{self.column}"
        if language == "zh":
            word = "警告" if self.severity == "warning" else "错误"
            hint = f"；{self.hint.zh}" if self.hint else ""
            came = _spaced(self.came.zh)
            got = f"但{came}" if came.startswith("没有") else f"实际为{came}"
            said = f"应为{_spaced(self.expected.zh)}，{got}{hint}"
        else:
            word = self.severity
            hint = f"; {self.hint.en}" if self.hint else ""
            said = f"expected {self.expected.en}, got {self.came.en}{hint}"
        return ": ".join(part for part in (where, word, self.key, said) if part)


def _spaced(words: str) -> str:
    """With a space between Chinese and what follows it, if that is Latin or a number."""
    return f" {words}" if words[:1].isascii() else words


class RuleFileError(AssessorError):
    """A bench or procedure file has faults: all of them, in the order of the file."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Take the faults in any order."""
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column)))
        super().__init__(self.faults)

    def render(self, language: str = "en") -> str:
        """One fault per line, in "en" or "zh"."""
        return "\n".join(fault.render(language) for fault in self.faults)


class ModelError(AssessorError):
    """A model file is missing, altered or does not fit."""

    exit_code = 4


class SightError(AssessorError):
    """The bench cannot be seen well enough to say anything."""

    exit_code = 5


class StoreError(AssessorError):
    """Results could not be stored or found."""

    exit_code = 6


class RefusedError(AssessorError):
    """What a person asked for is against a rule of the school; told in both languages."""

    exit_code = 7

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


class NotAllowedError(RefusedError):
    """The person's rights do not allow it."""


class ConflictError(RefusedError):
    """Somebody else changed it since the person looked: look again, then decide."""
