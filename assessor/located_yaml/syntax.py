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
KEY_VALUE = re.compile(r"([\w.+]+) *(?:：|:(?=[^\s:/])) *(\S.*)")  # what was meant as `key: value`
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_AT_START = (  # slips at the beginning of a line, over which the parser stumbles later
    (re.compile(r" *(?P<slip>\u3000)"), Text("缩进须用半角空格", "indent with ordinary spaces")),
    (
        re.compile(r" *(?P<slip>[–—－])[ ]"),
        Text("列表项须用半角 “- ”", "begin it with '- ', an ordinary hyphen"),
    ),
    (re.compile(r" *(?P<slip>-)[A-Za-z_]\w*:( |$)"), Text("“-” 后须有空格", "put a space after the '-'")),
    (re.compile(r" *(- )?[\w.+]+ *(?P<slip>：)"), COLON),
    (re.compile(r" *(- )?[\w.+]+(?P<slip>:)[^\s:/]"), SPACE),
)
_INSIDE = (  # slips between brackets
    (
        re.compile(r"(?P<slip>，) *[A-Za-z_]\w* *[:：]"),
        Text("逗号须用半角 “,”", "use the half-width comma ','"),
    ),
    (re.compile(r"[:,\[{] *(?P<slip>[“”‘’＂])"), Text('引号须用半角 "', 'use straight quotes, "')),
)
_TWO_COLONS = re.compile(r"[{,] *(?P<key>\w+): (?P<slip>[^\"'{}\[\],]+: [^\"'{}\[\],]*?) *[,}\]]")


def syntax_fault(file: str, text: str, problem: str, mark: Mark, opened: Mark | None = None) -> Fault:
    """The fault for what the parser could not read: `problem` in its words, the line it stumbled over;
    `opened`: where the block that it was reading begins. The line before may be the one that is wrong."""
    expected, hint = next((say for start, *say in _PROBLEMS if problem.startswith(start)), (_VALID, None))
    lines = text.split("\n")
    between_brackets = problem.startswith("expected ','")
    if between_brackets and opened is not None and _is_left_open(lines, opened, mark):
        mark = opened
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    for number in _suspects(lines, mark.line):
        found = _slip_in(lines[number - 1], between_brackets and number == mark.line)
        if found is not None:
            column, hint = found
            mark, line = Mark(number, column), lines[number - 1]
            break
    shown = shorten(line.strip(" \u3000"))
    came = Text(f"“{shown}”", f"'{shown}'") if shown else Text("文件结尾", "the end of the file")
    return Fault(file, mark.line, mark.column, "", expected, came, hint)


def _suspects(lines: list[str], at: int) -> list[int]:
    """The line before, if it says anything, and the line itself."""
    said = (n for n in range(min(at - 1, len(lines)), 0, -1) if lines[n - 1].split("#")[0].strip())
    return [*([before] if (before := next(said, 0)) else []), *([at] if at <= len(lines) else [])]


def _slip_in(line: str, between_brackets: bool) -> tuple[int, Text] | None:
    """Column of a slip in a line and what to do about it."""
    bare = QUOTED.sub(lambda quoted: "q" * len(quoted.group()), line)
    for slips in (_AT_START, _INSIDE if between_brackets else ()):
        for pattern, hint in slips:
            found = pattern.match(bare) if slips is _AT_START else pattern.search(bare)
            if found:
                return found.start("slip") + 1, hint
    found = _TWO_COLONS.search(bare) if between_brackets else None
    if not found:
        return None
    key, start, end = found["key"], *found.span("slip")
    said = f'{key}: "{line[start:end]}"'
    return start + 1, Text(f"含 “: ” 的文字要加引号：{said}", f"put text that holds ': ' in quotes: {said}")


def _is_left_open(lines: list[str], opened: Mark, stumbled: Mark) -> bool:
    """Whether the parser ran out of a bracket that was never closed into the next key or item."""
    if stumbled.line <= opened.line or stumbled.line > len(lines):
        return False
    indents = [len(lines[m.line - 1]) - len(lines[m.line - 1].lstrip()) for m in (opened, stumbled)]
    return indents[1] <= indents[0]


def meant_pair(key: str) -> tuple[str, str] | None:
    """`switch`, `Q1` of `switch：Q1` or `switch:Q1`, which lack the colon and space of `switch: Q1`."""
    found = KEY_VALUE.fullmatch(key)
    return (found[1], found[2]) if found else None


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
