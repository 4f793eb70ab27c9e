"""What an editor needs to complete and check rule files while they are written: JSON Schema of each kind."""

from collections.abc import Mapping
from typing import Any

from assessor.bench import Bench
from assessor.bench.devices import DeviceClasses
from assessor.classroom.file import Classroom
from assessor.located_yaml import Located
from assessor.procedure import Procedure
from assessor.procedure.rule_set import RuleSet

DRAFT = "https://json-schema.org/draft/2020-12/schema"
KINDS: Mapping[str, type[Located]] = {
    "procedure": Procedure,
    "rule_set": RuleSet,
    "bench": Bench,
    "devices": DeviceClasses,
    "classroom": Classroom,
}
PLACEHOLDER = {"type": "string", "pattern": r"\$"}
NO_TEXT = ("enum", "const", "pattern")


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of rule file (a key of `KINDS`), keys as they are written in a file."""
    schema = KINDS[kind].model_json_schema(by_alias=True, mode="validation")
    if kind == "bench":
        _let_zones_be_short(schema)
    if kind == "rule_set":
        for name in ("steps", "rules"):
            schema["properties"][name] = _with_placeholders(schema["properties"][name])
        schema["$defs"] = {
            name: part if name in ("Parameter", "Words") else _with_placeholders(part)
            for name, part in schema["$defs"].items()
        }
    return {"$schema": DRAFT, **schema}


def _let_zones_be_short(schema: dict[str, Any]) -> None:
    """A zone may be written as its corners or its box alone; the reader completes it."""
    zone = schema["$defs"]["Zone"]
    zone["required"] = ["polygon"]
    zone["properties"]["polygon"] = corners = {"type": "array", "minItems": 3}
    schema["properties"]["zones"]["additionalProperties"] = {"anyOf": [{"$ref": "#/$defs/Zone"}, corners]}


def _with_placeholders(schema: Any) -> Any:
    """`$name` may stand for anything that is not a block or a list."""
    if isinstance(schema, list):
        return [_with_placeholders(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") in ("integer", "number", "boolean") or any(key in schema for key in NO_TEXT):
        return {"anyOf": [schema, PLACEHOLDER]}
    return {key: _with_placeholders(part) for key, part in schema.items()}
