"""Zeroth step of reading a rule file: a path becomes bytes, bytes become clean text.

Refused: missing files, more than 1 MB, anything but UTF-8, tabs and control characters (each with its place).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from assessor.errors import Fault, RuleFileError, reason_of
from assessor.types import Text

MAX_BYTES = 1_000_000
FORBIDDEN = re.compile("[^\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a rule file and the name its faults are reported under."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Hex digest by which a result is pinned to this version of the file."""
        return hashlib.sha256(self.data).hexdigest()


def pinned_sha256(source: Source, others: Mapping[str, Source]) -> str:
    """Hex digest of a rule file together with the files it takes in, by the names it takes them in under;
    that of the file alone where there are none."""
    if not others:
        return source.sha256
    what = [source.sha256, [[name, other.sha256] for name, other in sorted(others.items())]]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text; both count from 1."""

    line: int
    column: int


def read_source(path: Path) -> Source:
    """Read a rule file. RuleFileError when it is missing, not a file, or larger than 1 MB."""
    name, top = str(path), Mark(1, 1)
    try:
        if path.is_file():
            size = path.stat().st_size
            if size > MAX_BYTES:
                _refuse(name, top, *_too_large(size))
            return Source(name, path.read_bytes())
    except OSError as error:
        _refuse(name, top, Text("可读取的文件", "a file that can be read"), reason_of(error))
    came = Text("文件夹", "a folder") if path.is_dir() else Text("没有这个文件", "no such file")
    _refuse(name, top, Text("YAML 文件", "a YAML file"), came)


def clean_text(source: Source) -> str:
    """The text of a rule file. RuleFileError names every line that holds a forbidden character."""
    text = _decode(source)
    faults = [
        _character_fault(source.name, Mark(number, found.start() + 1), found.group())
        for number, line in enumerate(text.split("\n"), start=1)
        if (found := FORBIDDEN.search(line))
    ]
    if faults:
        raise RuleFileError(faults[:20])
    return text


def _decode(source: Source) -> str:
    if len(source.data) > MAX_BYTES:
        _refuse(source.name, Mark(1, 1), *_too_large(len(source.data)))
    try:
        return source.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source.data[: error.start].decode("utf-8", errors="replace")
        came = Text(f"字节 0x{source.data[error.start]:02x}", f"byte 0x{source.data[error.start]:02x}")
        hint = Text("请用 UTF-8 编码另存文件", "save the file with the encoding UTF-8")
        _refuse(source.name, _mark_after(before), Text("UTF-8 文字", "UTF-8 text"), came, hint)


def _character_fault(file: str, mark: Mark, character: str) -> Fault:
    expected = Text("可见字符和空格", "visible characters and spaces")
    came = Text(f"字符 U+{ord(character):04X}", f"character U+{ord(character):04X}")
    hint = Text("请删除该字符", "delete it")
    if character == "\t":
        came, hint = Text("制表符 (Tab)", "a tab"), Text("请用空格缩进", "indent with spaces")
    return Fault(file, mark.line, mark.column, "", expected, came, hint)


def _mark_after(text: str) -> Mark:
    return Mark(text.count("\n") + 1, len(text) - text.rfind("\n"))


def _too_large(size: int) -> tuple[Text, Text]:
    return Text("不超过 1 MB 的文件", "a file of at most 1 MB"), Text(f"{size} 字节", f"{size} bytes")


def _refuse(file: str, mark: Mark, expected: Text, came: Text, hint: Text | None = None) -> NoReturn:
    raise RuleFileError([Fault(file, mark.line, mark.column, "", expected, came, hint)])
