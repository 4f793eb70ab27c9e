"""Turns what pydantic refuses into faults with a place, in words a teacher understands.

Takes a `ValidationError` and the tree that was checked; gives `Fault`s with "did you mean" hints. The model's
core schema tells which steps of an error's location are keys of the file and which name a union's member.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from assessor.errors import Fault
from assessor.located_yaml.advice import advice_on
from assessor.located_yaml.model_schema import ModelSchema
from assessor.located_yaml.source import Mark
from assessor.located_yaml.syntax import colon_advice
from assessor.located_yaml.tree import Mapping, Node, Scalar, Step, child, describe, key_path, plain
from assessor.types import Text

LISTED = 25
ID_PATTERN = "^[a-z][a-z0-9_]*$"
AN_ID = Text("小写英文字母开头的名称，如 prove_dead", "a name in small letters a to z such as prove_dead")
EXPECTED: dict[str, tuple[str, str]] = {
    "string_type": ("文字", "text"),
    "int_type": ("整数", "a whole number"),
    "int_parsing": ("整数", "a whole number"),
    "int_from_float": ("整数", "a whole number"),
    "float_type": ("数字", "a number"),
    "float_parsing": ("数字", "a number"),
    "bool_type": ("true 或 false", "true or false"),
    "list_type": ("列表", "a list"),
    "tuple_type": ("列表", "a list"),
    "set_type": ("列表", "a list"),
    "frozen_set_type": ("列表", "a list"),
    "dict_type": ("键值块", "a block of keys"),
    "model_type": ("键值块", "a block of keys"),
    "model_attributes_type": ("键值块", "a block of keys"),
    "none_required": ("空值", "nothing"),
    "too_short": ("至少 {min_length} 项", "at least {min_length} items"),
    "too_long": ("最多 {max_length} 项", "at most {max_length} items"),
    "string_too_short": ("至少 {min_length} 个字符", "at least {min_length} characters"),
    "string_too_long": ("最多 {max_length} 个字符", "at most {max_length} characters"),
    "string_pattern_mismatch": ("符合 {pattern} 的文字", "text like {pattern}"),
    "greater_than": ("大于 {gt} 的数", "a number above {gt}"),
    "greater_than_equal": ("不小于 {ge} 的数", "a number of at least {ge}"),
    "less_than": ("小于 {lt} 的数", "a number below {lt}"),
    "less_than_equal": ("不大于 {le} 的数", "a number of at most {le}"),
    "finite_number": ("有限的数字", "a finite number"),
    "literal_error": ("{expected}", "{expected}"),
    "enum": ("{expected}", "{expected}"),
}


class UnfitError(ValueError):
    """Raised by a model's own validator: says what was expected, in both languages."""

    def __init__(self, expected: Text, came: Text | None = None, hint: Text | None = None) -> None:
        """`came` None: what stands in the file is described."""
        super().__init__(f"expected {expected.en}")
        self.expected, self.came, self.hint = expected, came, hint


def faults_of(error: ValidationError, model: type[BaseModel], file: str, tree: Mapping) -> list[Fault]:
    """Every fault pydantic found, with its place; consequences of faults named already are left out."""
    schema = ModelSchema(TypeAdapter(model).core_schema, {})
    top = _Spot(tree, tree.mark, schema)
    found = []
    for detail in error.errors(include_url=False):
        spot = top
        for step in detail["loc"]:
            spot = spot.toward(step)
        found.append((detail, spot))
    misspelled = {key for detail, spot in found for key in _meant_key(detail, spot)}
    told = [(detail, spot) for detail, spot in found if not _is_consequence(detail, spot, misspelled)]
    faults = [_fault(detail, spot, file, schema) for detail, spot in told]
    return _merge_alternatives(faults)


def nearest(word: str, allowed: Iterable[str]) -> Text | None:
    """The hint "did you mean 'x'?" when one of the allowed words is near."""
    written = {one.casefold(): one for one in allowed}
    found = difflib.get_close_matches(word.casefold(), list(written), 1)
    if not found:
        return None
    meant = written[found[0]]
    return Text(zh=f"是不是 “{meant}”？", en=f"did you mean '{meant}'?")


def one_of(words: Iterable[str]) -> Text:
    """The allowed words as they are shown; a long list is cut."""
    words = list(words)
    if not words:
        return Text(zh="不写名称（没有可选的）", en="no name, as there is none to choose")
    zh, en = (f" 等 {len(words)} 个", f", ... ({len(words)} in all)") if len(words) > LISTED else ("", "")
    listed = ", ".join(words[:LISTED])
    return Text(zh=f"以下之一：{listed}{zh}", en=f"one of: {listed}{en}")


def with_origin(hint: Text | None, node: Node) -> Text | None:
    """The hint, and where the value at this node was given if it stands for a parameter."""
    given = node.given if isinstance(node, Scalar) else None
    if hint is None or given is None:
        return hint or given
    return Text(zh=f"{hint.zh}；{given.zh}", en=f"{hint.en}; {given.en}")


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an error's location leads. `above`: schema of the container; `missing`: steps that are not in the
    text; `inside_refused`: a fault has been named above while the tree was made."""

    node: Node
    key_mark: Mark
    schema: ModelSchema | None
    parent: Node | None = None
    above: ModelSchema | None = None
    path: tuple[Step, ...] = ()
    missing: tuple[Step, ...] = ()
    inside_refused: bool = False

    def toward(self, step: Step) -> "_Spot":
        """One step of the location further."""
        if step == "[key]":
            return self
        schema = self.schema.step(step) if self.schema else None
        if self.schema and self.schema.is_union:
            return replace(self, schema=schema)
        node = child(self.node, step)
        if node is None:
            return replace(self, schema=schema, above=self.schema, missing=(*self.missing, step))
        key_mark = self.node.marks[str(step)] if isinstance(self.node, Mapping) else node.mark
        inside = self.inside_refused or self.node.refused
        return _Spot(node, key_mark, schema, self.node, self.schema, (*self.path, step), (), inside)

    @property
    def words(self) -> list[str]:
        """Keys or tags that are allowed at this spot."""
        return self.schema.words if self.schema else []

    @property
    def free_keys(self) -> list[str]:
        """Keys beside this one that are allowed and not yet written."""
        written = self.parent.entries if isinstance(self.parent, Mapping) else {}
        return [word for word in self.above.words if word not in written] if self.above else []


def _is_consequence(detail: ErrorDetails, spot: _Spot, misspelled: set[tuple[Step, ...]]) -> bool:
    """The value is refused already, the key missing as misspelled, the list short as an item is wrong."""
    if spot.inside_refused or (spot.node.refused and detail["type"] != "extra_forbidden"):
        return True
    if detail["type"] == "missing":
        return (*spot.path, *spot.missing) in misspelled
    return detail["type"] == "too_short" and len(plain(spot.node)) >= detail["ctx"]["min_length"]


def _meant_key(detail: ErrorDetails, spot: _Spot) -> list[tuple[Step, ...]]:
    """The key a misspelled one stands for: that it is missing need not be said as well."""
    if detail["type"] != "extra_forbidden":
        return []
    key = str(spot.path[-1])
    meant = [_before_colon(key)] if _before_colon(key) else difflib.get_close_matches(key, spot.free_keys, 1)
    return [(*spot.path[:-1], *meant)] if meant else []


def _before_colon(key: str) -> str:
    """`class` of the key `class:isolator`, which lacks a space."""
    return re.split("[:：]", key)[0].strip() if re.search("[:：]", key) else ""


def _fault(detail: ErrorDetails, spot: _Spot, file: str, top: ModelSchema) -> Fault:
    kind, mark, path = detail["type"], spot.node.mark, spot.path
    if kind == "missing":
        named = [step for step in spot.missing if isinstance(step, str)]
        path, (expected, came, hint) = (*path, *named), _missing(spot)
    elif kind == "extra_forbidden" or detail["loc"][-1:] == ("[key]",):
        mark, (expected, came, hint) = spot.key_mark, _wrong_key(detail, spot, top)
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        spot = _at_tag(spot)
        path, mark, (expected, came, hint) = spot.path, spot.node.mark, _wrong_tag(spot)
    else:
        expected, came, hint = _wrong_value(detail, spot)
    told = with_origin(hint, spot.node)
    return Fault(file, mark.line, mark.column, key_path(path), expected, came, told)


def _missing(spot: _Spot) -> tuple[Text, Text, None]:
    key = spot.missing[-1] if spot.missing else ""
    if isinstance(key, int) and spot.above:
        count = len(spot.above.core.get("items_schema", ()))
        return Text(zh=f"{count} 项的列表", en=f"a list of {count}"), describe(spot.node), None
    return Text(zh=f"键 “{key}”", en=f"the key '{key}'"), describe(spot.node), None


def _wrong_key(detail: ErrorDetails, spot: _Spot, top: ModelSchema) -> tuple[Text, Text, Text | None]:
    key = str(spot.path[-1])
    came = Text(zh=f"键 “{key}”", en=f"the key '{key}'")
    if detail["type"] == "extra_forbidden":
        words = spot.above.words if spot.above else []
        hint = colon_advice(key) if _before_colon(key) in words else nearest(key, spot.free_keys)
        return one_of(words), came, hint or _belongs(key, top)
    if words := _allowed_words(detail):
        return one_of(words), came, nearest(key, words)
    return _expected(detail), came, None


def _belongs(key: str, top: ModelSchema) -> Text | None:
    """Where a key belongs that is known elsewhere."""
    place = top.place_of(key)
    if place is None:
        return None
    if not place:
        return Text(f"{key} 应写在文件顶层", f"{key} belongs at the top of the file")
    return Text(f"{key} 应写在 {place} 之下", f"{key} belongs under {place}")


def _at_tag(spot: _Spot) -> _Spot:
    """A tagged union is told apart by the value of one key (`kind: wire`): there, where that key stands."""
    tag = spot.schema.core["discriminator"] if spot.schema else None
    if isinstance(tag, str) and (node := child(spot.node, tag)):
        return replace(spot, node=node, path=(*spot.path, tag))
    return spot


def _wrong_tag(spot: _Spot) -> tuple[Text, Text, Text | None]:
    node, expected = spot.node, one_of(spot.words)
    if isinstance(node, Mapping):
        key = spot.schema.core["discriminator"] if spot.schema else None
        if isinstance(key, str):
            expected = Text(f"键 “{key}”，其值为{expected.zh}", f"the key '{key}' with {expected.en}")
        hints = [hint for word in node.entries if (hint := nearest(word, spot.words))]
        return expected, describe(node), hints[0] if hints else None
    near = nearest(str(node.value), spot.words) if isinstance(node, Scalar) else None
    return expected, describe(node), near or advice_on("dict_type", node)


def _wrong_value(detail: ErrorDetails, spot: _Spot) -> tuple[Text, Text, Text | None]:
    node, advice = spot.node, advice_on(detail["type"], spot.node, spot.words)
    if detail["type"] == "value_error":
        reason = detail["ctx"]["error"]
        if isinstance(reason, UnfitError):
            return reason.expected, reason.came or describe(node), reason.hint
        return Text(zh=str(reason), en=str(reason)), describe(node), None
    if words := _allowed_words(detail):
        hint = nearest(str(node.value), words) if isinstance(node, Scalar) else None
        return one_of(words), describe(node), advice or hint
    return _expected(detail), describe(node), advice


def _allowed_words(detail: ErrorDetails) -> list[str]:
    is_choice = detail["type"] in ("literal_error", "enum")
    return re.findall(r"'([^']*)'", detail["ctx"]["expected"]) if is_choice else []


def _expected(detail: ErrorDetails) -> Text:
    if detail["type"] == "string_pattern_mismatch" and detail["ctx"]["pattern"] == ID_PATTERN:
        return AN_ID
    if detail["type"] not in EXPECTED:
        return Text(zh=detail["msg"], en=detail["msg"])
    zh, en = EXPECTED[detail["type"]]
    context = {key: _shown(value) for key, value in detail.get("ctx", {}).items()}
    return Text(zh=zh.format(**context), en=en.format(**context))


def _shown(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _merge_alternatives(faults: list[Fault]) -> list[Fault]:
    """Every member of a plain union complains for itself: say it once, "expected A or B"."""
    merged: dict[tuple[int, int, str], Fault] = {}
    for fault in faults:
        place = (fault.line, fault.column, fault.key)
        known = merged.setdefault(place, fault)
        if fault.expected.en not in known.expected.en:
            both = Text(
                f"{known.expected.zh}或{fault.expected.zh}", f"{known.expected.en} or {fault.expected.en}"
            )
            merged[place] = replace(known, expected=both, hint=known.hint)
    return list(merged.values())
