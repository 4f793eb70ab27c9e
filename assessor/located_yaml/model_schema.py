"""What pydantic's core schema says about keys: which a place of a rule file takes, and where a key belongs.

Takes a core schema; `faults.py` follows the location of an error through it.
"""

from collections.abc import Iterator
from typing import Any

from assessor.located_yaml.tree import Step

WRAPPED_IN = ("schema", "json_schema", "strict_schema")


class ModelSchema:
    """One node of pydantic's core schema, without its wrappers."""

    def __init__(self, core: Any, definitions: dict[str, Any]) -> None:
        self.definitions = definitions
        inner: Any = core
        while inner is not None:
            core = self._resolve(inner)
            if core["type"] == "definitions":
                self.definitions = {**definitions, **{d["ref"]: d for d in core["definitions"]}}
            inner = next((core[key] for key in WRAPPED_IN if isinstance(core.get(key), dict)), None)
        self.core = core

    def step(self, step: Step) -> "ModelSchema | None":
        """The schema behind one step of an error's location."""
        inner = self._inner(step)
        return ModelSchema(inner, self.definitions) if isinstance(inner, dict) else None

    @property
    def is_union(self) -> bool:
        """Whether the next step of a location names a member instead of a key."""
        return self.core["type"] in ("tagged-union", "union")

    @property
    def words(self) -> list[str]:
        """The keys of a model, or the tags of a tagged union."""
        if self.core["type"] == "model-fields":
            return [_keys(name, field)[0] for name, field in self.core["fields"].items()]
        return [str(tag) for tag in self.core["choices"]] if self.core["type"] == "tagged-union" else []

    def _resolve(self, core: Any) -> Any:
        return self.definitions[core["schema_ref"]] if core["type"] == "definition-ref" else core

    def _inner(self, step: Step) -> Any:
        kind, core = self.core["type"], self.core
        if kind == "model-fields":
            return next((f["schema"] for name, f in core["fields"].items() if step in _keys(name, f)), None)
        if kind == "tagged-union":
            return core["choices"].get(step)
        if kind == "union":
            choices = [choice[0] if isinstance(choice, tuple) else choice for choice in core["choices"]]
            return next((c for c in choices if _is_labelled(self._resolve(c), step)), None)
        if kind == "tuple" and isinstance(step, int):
            return core["items_schema"][min(step, len(core["items_schema"]) - 1)]
        return core.get("values_schema" if kind == "dict" else "items_schema")

    def place_of(self, key: str) -> str | None:
        """Where a key may be written: `rubric.items` for `points`, "" for the top; the nearest to it."""
        seen: set[int] = set()
        level: list[tuple[ModelSchema, str]] = [(self, "")]
        while level:
            for schema, path in level:
                if schema.core["type"] == "model-fields" and key in schema.words:
                    return path
            inner = [found for schema, path in level for found in schema._inside(path)]
            level = list({id(schema.core): (schema, path) for schema, path in reversed(inner)}.values())
            level = [(schema, path) for schema, path in reversed(level) if id(schema.core) not in seen]
            seen |= {id(schema.core) for schema, _ in level}
        return None

    def _inside(self, path: str) -> "Iterator[tuple[ModelSchema, str]]":
        """The schemas one step further down, under the keys that lead there; not the members of a union, as
        nobody knows which of them is meant."""
        if self.core["type"] == "model-fields":
            for name, field in self.core["fields"].items():
                further = f"{path}.{_keys(name, field)[0]}".removeprefix(".")
                yield ModelSchema(field["schema"], self.definitions), further
        elif self.core["type"] == "tuple":
            yield from ((ModelSchema(item, self.definitions), path) for item in self.core["items_schema"])
        elif isinstance(inner := self.core.get("values_schema", self.core.get("items_schema")), dict):
            yield ModelSchema(inner, self.definitions), path


def _keys(name: str, field: Any) -> list[str]:
    """The keys under which a field may be written, the usual one first."""
    alias = field.get("validation_alias", name)
    return [alias] if isinstance(alias, str) else [str(path[0]) for path in alias]


def _is_labelled(choice: Any, label: Step) -> bool:
    cls = choice.get("cls")
    return str(label).split("[")[0] == str(cls.__name__ if cls else choice["type"])
