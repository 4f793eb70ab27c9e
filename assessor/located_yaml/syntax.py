"""Puts a YAML parser's complaint into words a teacher understands (used while a tree is made)."""

import re

from assessor.errors import Fault
from assessor.located_yaml.source import Mark
from assessor.types import Text

COLON = Text("冒号须用半角 “:” 并后跟空格", "use the half-width colon ':' and a space after it")
SPACE = Text("冒号后须有空格", "put a space after the colon")
NO_SPACE = re.compile(r"(- )?[\w.+]+:[^\s:/]")
BRACKETS = Text("请检查括号是否配对", "look whether each bracket is closed")
SHOWN = 40


def syntax_fault(file: str, text: str, problem: str, mark: Mark) -> Fault:
    """The fault for what the parser could not read: `problem` in its words, the line it stumbled over."""
    expected, hint = next((say for start, *say in _PROBLEMS if problem.startswith(start)), (_VALID, None))
    lines = text.split("\n")
    line = lines[mark.line - 1].strip() if mark.line <= len(lines) else ""
    came = (
        Text(f"“{shorten(line)}”", f"'{shorten(line)}'") if line else Text("文件结尾", "the end of the file")
    )
    before = lines[max(0, mark.line - 2) : mark.line]
    advice = next((advice for advice in map(colon_advice, before) if advice), hint)
    return Fault(file, mark.line, mark.column, "", expected, came, advice)


def colon_advice(text: str) -> Text | None:
    """What to do where a full-width colon, or a colon without a space, stands in place of `: `."""
    if "：" in text and ": " not in text:
        return COLON
    return SPACE if NO_SPACE.match(text.strip()) else None


def shorten(text: str) -> str:
    """A text as it is quoted in a message."""
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


_VALID = Text("正确的 YAML", "valid YAML")
_PROBLEMS: tuple[tuple[str, Text, Text], ...] = (
    (
        "could not find expected ':'",
        Text("键、半角冒号和空格", "a key, ':' and a space"),
        Text(
            "请检查该行和上一行的冒号和缩进",
            "look at the colons and the indentation of this line and the one before",
        ),
    ),
    (
        "mapping values are not allowed",
        Text("每行一个 “键: 值”", "one `key: value` per line"),
        Text(
            "请检查缩进；含 “: ” 的文字要加引号",
            "look at the indentation; put text that holds ': ' in quotes",
        ),
    ),
    (
        "found character",
        Text("文字或数字", "text or a number"),
        Text("以该字符开头的文字要加引号", "put text that starts with this character in quotes"),
    ),
    (
        "expected <block end>",
        Text("与同级各行相同的缩进", "the indentation of the lines beside it"),
        Text("请检查缩进和 “- ”", "look at the indentation and at '- '"),
    ),
    (
        "found unexpected end of stream",
        Text("右引号", "a closing quote"),
        Text("引号没有配对", "a quote is not closed"),
    ),
    ("expected the node content", Text("一个值", "a value"), BRACKETS),
    ("expected ','", Text("逗号或右括号", "a comma or a closing bracket"), BRACKETS),
)
