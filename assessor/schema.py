"""What an editor needs to complete and check rule files while they are written: JSON Schema of each kind."""

from collections.abc import Mapping
from typing import Any

from assessor.bench import Bench
from assessor.bench.devices import DeviceClasses
from assessor.located_yaml import Located
from assessor.procedure import Procedure

DRAFT = "https://json-schema.org/draft/2020-12/schema"
KINDS: Mapping[str, type[Located]] = {"procedure": Procedure, "bench": Bench, "devices": DeviceClasses}


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of rule file (a key of `KINDS`), keys as they are written in a file."""
    schema = KINDS[kind].model_json_schema(by_alias=True, mode="validation")
    if kind == "bench":
        _let_zones_be_short(schema)
    return {"$schema": DRAFT, **schema}


def _let_zones_be_short(schema: dict[str, Any]) -> None:
    """A zone may be written as its corners or its box alone; the reader completes it."""
    zone = schema["$defs"]["Zone"]
    zone["required"] = ["polygon"]
    zone["properties"]["polygon"] = corners = {"type": "array", "minItems": 3}
    schema["properties"]["zones"]["additionalProperties"] = {"anyOf": [{"$ref": "#/$defs/Zone"}, corners]}
