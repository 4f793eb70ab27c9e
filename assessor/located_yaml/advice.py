"""What to do about the commonest slips in a value: quotes, brackets, units, full-width characters.

Takes the kind of error that pydantic found, the value and the keys allowed there; gives a hint or None.
"""

import re
import unicodedata
from collections.abc import Collection

from assessor.located_yaml.syntax import colon_advice
from assessor.located_yaml.tree import Node, Scalar
from assessor.types import Text

BLOCKS = ("dict_type", "model_type", "model_attributes_type")
LISTS = ("list_type", "tuple_type", "set_type", "frozen_set_type")
CURLY = "“”‘’＂「」"
BETWEEN = re.compile(r"[\s,，、;；]+")
TYPED = re.compile(r"true|false|[-+]?[0-9]+(\.[0-9]+)?")
WITH_UNIT = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?)\s*\D*")
WORD = re.compile(r"[a-z][a-z0-9_]*")


def advice_on(kind: str, node: Node, keys: Collection[str] = ()) -> Text | None:
    """What to write instead of the value of a node; `keys`: those that a block would have there."""
    if not isinstance(node, Scalar) or node.refused:
        return None
    if node.value is None:
        return _write("[...]") if kind in LISTS else None
    if isinstance(node.value, str):
        return _of_text(kind, node.value, keys)
    if kind == "string_type":
        shown = str(node.value).lower() if isinstance(node.value, bool) else node.value
        return Text(f'请加引号写成 "{shown}"', f'write "{shown}" in quotes')
    return _block(node.value, keys) if kind in BLOCKS else None


def _of_text(kind: str, value: str, keys: Collection[str]) -> Text | None:
    bare = value.strip(CURLY)
    if bare != value and re.fullmatch(r"[\w.\-+]+", bare, re.ASCII):
        return Text(f'请用半角引号写成 "{bare}"', f'write "{bare}" with straight quotes')
    if kind.startswith(("int_", "float_", "bool_")):
        return _number(value)
    if kind in LISTS:
        return _write(f"[{', '.join(_words(value))}]")
    if kind == "string_pattern_mismatch":
        return _id(value)
    return _block(value, keys) if kind in BLOCKS else None


def _number(value: str) -> Text | None:
    if TYPED.fullmatch(value):
        return Text(f"请去掉引号，写成 {value}", f"write {value} without quotes")
    found = WITH_UNIT.fullmatch(unicodedata.normalize("NFKC", value).strip())
    return _write(found[1]) if found else None


def _id(value: str) -> Text | None:
    words = _words(value)
    if len(words) > 1 and all(map(WORD.fullmatch, words)):
        return _write(f"[{', '.join(words)}]")
    word = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", value).lower()).strip("_")
    return _write(word) if WORD.fullmatch(word) else None


def _block(value: str | float | bool, keys: Collection[str]) -> Text | None:
    if isinstance(value, str) and (advice := colon_advice(value)):
        return advice
    if set(keys) == {"zh", "en"}:
        chinese = any(unicodedata.east_asian_width(letter) in "WF" for letter in str(value))
        return _write(f"{{zh: {value}, en: ...}}" if chinese else f"{{zh: ..., en: {value}}}")
    if "each" in keys and isinstance(value, int | float):
        return _write(f"{{each: {value}}}")
    return None


def _words(value: str) -> list[str]:
    """The words of a list that was written as a text."""
    return [word for word in BETWEEN.split(value.strip("【】［］[]()（） ")) if word]


def _write(what: str) -> Text:
    return Text(f"请写成 {what}", f"write {what}")
