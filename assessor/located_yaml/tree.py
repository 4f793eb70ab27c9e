"""First step of reading a rule file: clean text becomes a tree of nodes that know their line and column.

Takes YAML 1.2; gives one mapping. Refused, with the place: anchors, aliases, tags, duplicate keys, bare
`on/off/yes/no`, infinite numbers, several documents, more than 20 levels.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from assessor.errors import Fault, RuleFileError
from assessor.located_yaml.source import Mark, Source, clean_text
from assessor.located_yaml.syntax import colon_advice, meant_pair, shorten, syntax_fault
from assessor.types import Text

MAX_DEPTH = 20
BARE_WORDS = ("on", "off", "yes", "no")
CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

Step = str | int
KeyPath = tuple[Step, ...]


@dataclass(slots=True)
class Scalar:
    """A single value. `refused` (of any node): a fault is named, what else is wrong follows from it; `given`:
    where the value comes from, when it was put in place of a parameter."""

    mark: Mark
    value: str | float | bool | None
    refused: bool = False
    given: Text | None = None


@dataclass(slots=True)
class Sequence:
    """A list."""

    mark: Mark
    items: list["Node"] = field(default_factory=list)
    refused: bool = False


@dataclass(slots=True)
class Mapping:
    """A block of keys; `marks` holds the place of each key, `entries` its value."""

    mark: Mark
    entries: dict[str, "Node"] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    refused: bool = False


Node = Scalar | Sequence | Mapping


def parse(source: Source) -> tuple[Mapping, list[Fault]]:
    """The tree of a rule file and the faults found on the way. RuleFileError when no tree can be made."""
    text = clean_text(source)
    builder = _Builder(source.name)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except YAMLError as error:
        fault = syntax_fault(source.name, text, *_problem_of(error))
        raise RuleFileError([*builder.faults, fault]) from None
    if isinstance(builder.root, Mapping):
        return builder.root, builder.faults
    mark = builder.root.mark if builder.root else Mark(1, 1)
    came = describe(builder.root) if builder.root else Text("空文件", "an empty file")
    hint = colon_advice(text.split("\n")[mark.line - 1])
    builder.fault(mark, Text("由 “键: 值” 组成的文件", "a file of `key: value` lines"), came, hint)
    raise RuleFileError(builder.faults)


def _problem_of(error: YAMLError) -> tuple[str, Mark, Mark | None]:
    """What the parser says and where, and where the block begins that it was reading; what is never closed is
    shown where it opens."""
    if not isinstance(error, MarkedYAMLError):
        return str(error), Mark(1, 1), None
    never_closed = "end of stream" in str(error.problem) or "stream end" in str(error.problem)
    marks = (
        [error.context_mark, error.problem_mark] if never_closed else [error.problem_mark, error.context_mark]
    )
    places = [Mark(mark.line + 1, mark.column + 1) if mark else None for mark in marks]
    first = next((place for place in places if place), Mark(1, 1))
    return str(error.problem), first, None if never_closed else places[1]


def plain(node: Node) -> Any:
    """The tree as plain lists and dicts, ready for JSON."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


def child(node: Node, step: Step) -> Node | None:
    """The node one step further down, None where there is none."""
    if isinstance(node, Mapping):
        return node.entries.get(str(step))
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def describe(node: Node) -> Text:
    """What stands at a place, in words."""
    if isinstance(node, Mapping):
        keys = ", ".join(node.entries) or "-"
        return Text(f"键值块（{shorten(keys)}）", f"a block of keys ({shorten(keys)})")
    if isinstance(node, Sequence):
        return Text(f"{len(node.items)} 项的列表", f"a list of {len(node.items)}")
    if node.value is None:
        return Text("空值", "nothing")
    if isinstance(node.value, bool):
        return Text(str(node.value).lower(), str(node.value).lower())
    if isinstance(node.value, str):
        return Text(f"文字 '{shorten(node.value)}'", f"text '{shorten(node.value)}'")
    return Text(f"数字 {node.value}", f"number {node.value}")


def key_path(path: KeyPath) -> str:
    """`("steps", 2, "when")` as it is shown: `steps[2].when`."""
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return shown.removeprefix(".")


class _Builder:
    """Makes the tree from parser events, without recursion; collects faults and goes on where it can."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.root: Node | None = None
        self._documents = 0
        self._aliases: set[str] = set()
        self._stack: list[Mapping | Sequence] = []
        self._keys: list[str | None] = []  # per level: the key waiting for its value
        self._dropped: list[bool] = []  # per level: that value is not kept (its key came twice)

    def take(self, event: events.Event) -> None:
        """Let one parser event in."""
        mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, events.DocumentStartEvent):
            self._start_document(event, mark)
        elif isinstance(event, events.AliasEvent):
            self._refuse_alias(str(event.anchor), mark)
            self._add(Scalar(mark, None, refused=True))
        elif isinstance(event, events.ScalarEvent):
            self._add_scalar(event, mark)
        elif isinstance(event, events.CollectionStartEvent):
            self._open(event, mark)
        elif isinstance(event, events.CollectionEndEvent):
            self._keys.pop()
            self._dropped.pop()
            self._add(self._stack.pop())

    def fault(self, mark: Mark, expected: Text, came: Text, hint: Text | None = None) -> None:
        """Note a fault at the current place of the tree."""
        path: list[Step] = []
        for level, key in zip(self._stack, self._keys, strict=True):
            if isinstance(level, Sequence):
                path.append(len(level.items))
            elif key is not None:
                path.append(key)
        key_shown = key_path(tuple(path))
        self.faults.append(Fault(self.file, mark.line, mark.column, key_shown, expected, came, hint))

    def _start_document(self, event: events.DocumentStartEvent, mark: Mark) -> None:
        self._documents += 1
        if self._documents > 1:
            self.fault(
                mark, Text("每个文件一份文档", "one document per file"), Text("第二个 ---", "a second ---")
            )
            raise RuleFileError(self.faults)
        if event.version or event.tags:
            self.fault(
                mark,
                Text("没有 % 指令的文件", "a file without % directives"),
                Text("% 指令", "a % directive"),
            )

    def _refuse_alias(self, name: str, mark: Mark) -> None:
        """Named once: a file made to burst holds thousands."""
        if name not in self._aliases:
            self._aliases.add(name)
            self.fault(
                mark, Text("直接写出的值", "the value itself"), Text(f"别名 *{name}", f"alias *{name}")
            )

    def _open(self, event: events.CollectionStartEvent, mark: Mark) -> None:
        refused = self._check_marked(event, mark)
        if self._waits_for_key():
            self.fault(
                mark, Text("文字作为键", "a word as key"), Text("列表或键值块", "a list or a block of keys")
            )
            raise RuleFileError(self.faults)
        if len(self._stack) >= MAX_DEPTH:
            self.fault(
                mark,
                Text(f"最多 {MAX_DEPTH} 层嵌套", f"at most {MAX_DEPTH} levels"),
                Text(f"第 {MAX_DEPTH + 1} 层", f"level {MAX_DEPTH + 1}"),
            )
            raise RuleFileError(self.faults)
        is_mapping = isinstance(event, events.MappingStartEvent)
        self._stack.append(Mapping(mark, refused=refused) if is_mapping else Sequence(mark, refused=refused))
        self._keys.append(None)
        self._dropped.append(False)

    def _add_scalar(self, event: events.ScalarEvent, mark: Mark) -> None:
        refused = self._check_marked(event, mark)
        if event.style:
            self._add(Scalar(mark, event.value, refused))
            return
        if event.value.lower() in BARE_WORDS:
            self.fault(
                mark,
                Text("带引号的词", "a word in quotes"),
                Text(event.value, f"bare {event.value}"),
                _quotes(event.value.lower()),
            )
            refused = True
        value = event.value if self._waits_for_key() else _value(event.value)
        if isinstance(value, float) and not math.isfinite(value):
            self.fault(mark, Text("有限的数字", "a finite number"), Text(event.value, event.value))
            value, refused = None, True
        self._add(Scalar(mark, value, refused))

    def _waits_for_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1], Mapping) and self._keys[-1] is None

    def _check_marked(self, event: events.ScalarEvent | events.CollectionStartEvent, mark: Mark) -> bool:
        if event.anchor:
            self.fault(
                mark,
                Text("没有锚点的值", "a value without anchor"),
                Text(f"锚点 &{event.anchor}", f"anchor &{event.anchor}"),
            )
        if event.tag:
            tag = shorten(str(event.tag).replace("tag:yaml.org,2002:", "!!"))
            self.fault(mark, Text("没有标签的值", "a value without tag"), Text(f"标签 {tag}", f"tag {tag}"))
        return bool(event.anchor or event.tag)

    def _add(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        level, key = self._stack[-1], self._keys[-1]
        if isinstance(level, Sequence):
            level.items.append(node)
        elif key is None and isinstance(node, Scalar):
            self._take_key(level, node)
        elif key is not None:
            if not self._dropped[-1] and not self._takes_meant_pair(level, key, node):
                level.entries[key] = _at_key(node, level.marks[key])
            self._keys[-1] = None

    def _takes_meant_pair(self, level: Mapping, key: str, node: Node) -> bool:
        """Read `{switch：Q1}` as it was meant, so that nothing more is said about it."""
        pair = meant_pair(key) if isinstance(node, Scalar) and node.value is None else None
        if pair is None or pair[0] in level.marks:
            return False
        mark, self._keys[-1] = level.marks.pop(key), pair[0]
        said = f"{pair[0]}: {pair[1]}"
        self.fault(
            mark,
            Text("键、半角冒号和空格", "a key, ':' and a space"),
            Text(f"“{shorten(key)}”", f"'{shorten(key)}'"),
            Text(f"请写成 {said}", f"write {said}"),
        )
        level.marks[pair[0]], level.entries[pair[0]] = mark, Scalar(mark, _value(pair[1]))
        return True

    def _take_key(self, level: Mapping, node: Scalar) -> None:
        key = str(node.value)
        self._keys[-1] = key
        self._dropped[-1] = key in level.marks
        if key in level.marks:
            first = level.marks[key].line
            hint = Text(f"第一次出现在第 {first} 行", f"it stands in line {first} already")
            self.fault(
                node.mark,
                Text("每个键只写一次", "each key once"),
                Text(f"又一个 {key}", f"{key} again"),
                hint,
            )
        else:
            level.marks[key] = node.mark


def _quotes(word: str) -> Text:
    """YAML 1.1 reads these words as booleans, 1.2 as text: nobody should have to know which."""
    boolean = "true" if word.lower() in ("on", "yes") else "false"
    return Text(
        f'请写成 "{word}"（文字）或 {boolean}（是非）',
        f'write "{word}" for the word, {boolean} for a boolean',
    )


def _at_key(node: Node, mark: Mark) -> Node:
    """An empty value is shown at its key: the parser places it on the next line."""
    return Scalar(mark, None, node.refused) if isinstance(node, Scalar) and node.value is None else node


def _value(text: str) -> str | float | bool | None:
    if text.lower() in CONSTANTS and text in (text.lower(), text.capitalize(), text.upper()):
        return CONSTANTS[text.lower()]
    if INTEGER.fullmatch(text):
        return int(text)
    if NUMBER.fullmatch(text):
        return float(text)
    return math.inf if NOT_FINITE.fullmatch(text) else text
