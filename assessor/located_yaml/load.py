"""Reads a rule file into a pydantic model, or names every fault as `file:line:column`.

Takes a path, a text or a `Source`; gives the model, whose `Located` parts know where they stand in the file.
Values are checked strictly: no text for a number, no number for a text. A model's own validator raises
`UnfitError` (yaml_faults), a check after loading asks the `Located` part for a `fault(...)` at its place.
"""

from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, GetCoreSchemaHandler, PrivateAttr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

from assessor.errors import Fault, RuleFileError
from assessor.located_yaml.faults import faults_of, with_origin
from assessor.located_yaml.source import Source, pinned_sha256, read_source
from assessor.located_yaml.tree import Mapping, Node, Step, child, key_path, parse, plain
from assessor.types import Text

Model = TypeVar("Model", bound=BaseModel)


class Place(NamedTuple):
    """Where a part of a model stands: file, keys from the top, node of the tree."""

    file: str
    path: tuple[Step, ...]
    node: Node

    def inner(self, step: Step) -> Self:
        """The place one step further down; this place itself where the text has no such step."""
        node = child(self.node, step)
        return self._replace(path=(*self.path, step), node=node) if node else self


def _make_strict(schema: Any) -> None:
    if isinstance(schema, dict):
        if schema.get("type") in ("int", "float", "bool"):
            schema["strict"] = True
        for key, inner in schema.items():
            if key not in ("keys_schema", "metadata", "default"):
                _make_strict(inner)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            _make_strict(inner)


class Located(BaseModel):
    """Base of every model that is read from a rule file: frozen, refuses unknown keys, knows its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Numbers and booleans are taken strictly; lists still become tuples, words become enums."""
        schema = handler(source)
        _make_strict(schema)
        return schema

    _place: Place | None = PrivateAttr(default=None)

    @property
    def line(self) -> int:
        """Line in the file, from 1; 0 when the model was not read from a file."""
        return self.position_of()[0]

    @property
    def from_file(self) -> str:
        """The file it was read from; "" when it was not read from one."""
        return self._place.file if self._place else ""

    def stands_in(self, key: Step) -> bool:
        """Whether the value of a key only holds the place of one that is not given (a rule set by itself)."""
        return self._place is not None and self._place.inner(key).node.refused

    def position_of(self, *path: Step) -> tuple[int, int]:
        """Line and column of the value at `path` inside this model, e.g. `step.position_of("after", 1)`."""
        place = self._place  # read once: a private attribute of a model is slow
        if place is None:
            return 0, 0
        for step in path:
            place = place.inner(step)
        return place.node.mark.line, place.node.mark.column

    def fault(
        self, *path: Step, expected: Text, came: Text, hint: Text | None = None, severity: str = "error"
    ) -> Fault:
        """A fault found after loading, placed at `path` inside this model."""
        if self._place is None:
            return Fault("", 0, 0, key_path(path), expected, came, hint, severity)
        place = self._place
        for step in path:
            place = place.inner(step)
        mark, key = place.node.mark, key_path((*self._place.path, *path))
        told = with_origin(hint, place.node)
        return Fault(place.file, mark.line, mark.column, key, expected, came, told, severity)


class Pinned(Located):
    """A whole file that results are pinned to, with the files it takes in."""

    _sha256: str = PrivateAttr(default="")
    _included: dict[str, Source] = PrivateAttr(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hex digest of what it was read from: its file and those it takes in."""
        return self._sha256

    @property
    def included(self) -> dict[str, Source]:
        """The files it takes in, by the names it takes them in under."""
        return self._included

    def pin(self, source: Source) -> None:
        """Note what it was read from, once all that it takes in is known."""
        self._sha256 = pinned_sha256(source, self._included)


def load(source: Source | Path | str, model: type[Model]) -> Model:
    """Read a rule file (`Path`) or a text (`str`) into `model`. RuleFileError holds all faults at once."""
    source = as_source(source)
    return load_tree(source.name, *parse(source), model)


def load_tree(file: str, tree: Mapping, faults: list[Fault], model: type[Model]) -> Model:
    """Read the tree of a rule file, and the faults found so far, into `model`. RuleFileError as in `load`."""
    try:
        loaded = model.model_validate(plain(tree))
    except ValidationError as error:
        raise RuleFileError([*faults, *faults_of(error, model, file, tree)]) from None
    if faults:
        raise RuleFileError(faults)
    _settle(loaded, Place(file, (), tree))
    return loaded


def key_names(model: type[BaseModel]) -> list[str]:
    """The keys a model takes, as they are written in a file."""
    return [key for name, info in model.model_fields.items() for key in _spellings(name, info)]


def as_source(source: Source | Path | str) -> Source:
    """The bytes of a file (`Path`) or of a text (`str`)."""
    if isinstance(source, Path):
        return read_source(source)
    return source if isinstance(source, Source) else Source("<text>", source.encode("utf-8", "surrogatepass"))


def _settle(value: Any, place: Place) -> None:
    """Tell every `Located` part of a loaded model its place."""
    if isinstance(value, Located):
        value._place = place
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            _settle(getattr(value, name), place.inner(_key_of(name, info, place.node)))
    elif isinstance(value, dict):
        for key, item in value.items():
            _settle(item, place.inner(str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _settle(item, place.inner(index))


def _key_of(name: str, info: FieldInfo, node: Node) -> str:
    return next((key for key in _spellings(name, info) if child(node, key)), name)


def _spellings(name: str, info: FieldInfo) -> list[str]:
    alias = info.validation_alias or name
    keys = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return [key for key in keys if isinstance(key, str)]
