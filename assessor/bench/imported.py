"""Writes a bench in our own form: what `assessor bench import` makes of a generator's file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assessor.bench.bench import Bench, load_bench
from assessor.bench.parts import Device
from assessor.located_yaml.tree import BARE_WORDS, CONSTANTS

PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*")
NOT_PLAIN = (*BARE_WORDS, *CONSTANTS)


def import_bench(path: Path) -> str:
    """A bench file of any accepted form as clean text of our own. RuleFileError when it has faults."""
    return bench_text(load_bench(path))


def bench_text(bench: Bench) -> str:
    """A bench as the text of a file that reads back as the same bench."""
    return "\n".join(_lines(bench)) + "\n"


def _lines(bench: Bench) -> Iterator[str]:
    camera = bench.camera
    yield "# Places in mm of the mat: x right, y away from the worker, z up."
    yield "# 坐标以毫米计，原点在台垫上：x 向右，y 远离操作者，z 向上。"
    yield f"name: {_flow(bench.name)}"
    yield "camera:"
    yield f"  width: {camera.width}"
    yield f"  height: {camera.height}"
    yield f"  matrix: {_flow(camera.matrix)}"
    yield f"  distortion: {_flow(camera.distortion)}"
    yield f"marker_dictionary: {bench.marker_dictionary}"
    yield from _block("markers", dict(bench.markers))
    yield from _block("devices", {name: _device(device) for name, device in bench.devices.items()})
    yield from _block("terminals", dict(bench.terminals))
    zones = {
        name: {"polygon": zone.polygon_mm, "height": zone.height_mm, "kind": zone.kind}
        for name, zone in bench.zones.items()
    }
    yield from _block("zones", zones)
    yield from _block("places", dict(bench.places))
    if bench.joined:
        yield f"joined: {_flow(bench.joined)}"
    if bench.own_indicators:
        yield f"indicators: {_flow([rule.model_dump() for rule in bench.own_indicators])}"


def _device(device: Device) -> dict[str, Any]:
    written: dict[str, Any] = {"class": device.class_name, "at": device.at_mm, "size": device.size_mm}
    optional = {"turn": device.turn_deg, "buttons": device.buttons, "actuator": device.actuator_mm}
    return written | {key: value for key, value in optional.items() if value}


def _block(key: str, values: dict[Any, Any]) -> Iterator[str]:
    if values:
        yield f"{key}:"
        yield from (f"  {_flow(name)}: {_flow(value)}" for name, value in values.items())


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, str) and PLAIN_WORD.fullmatch(value) and value.lower() not in NOT_PLAIN:
        return value
    return json.dumps(value, ensure_ascii=False)
