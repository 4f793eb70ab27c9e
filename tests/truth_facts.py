"""Perfect facts from the truth of a rendered recording: what eyes that never fail would report."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.judge.wiring import ABSENT, wire_key
from assessor.types import Fact, FactKey

Json = Mapping[str, Any]
Said = tuple[FactKey, str]

PROBES = ("probe_red", "probe_black")
TOOLS = ("screwdriver", "wire_stripper")
PLACES = {"tray": "tool_tray", "board": "panel", "hand": "hand"}  # every other place is "elsewhere"
THUMB_TIP, INDEX_TIP = 4, 8
REACH_MM = 28.0
WORK_HEIGHT_MM = 55.0


def facts_from_truth(truth: Json, bench: Bench) -> list[Fact]:
    """Every fact of a recording whenever it changes, in time order."""
    told: dict[FactKey, str] = {}
    facts = []
    for frame in truth["frames"]:
        state = truth["states"][frame["state"]]
        for key, value in (*_state(state, told), *_hand(frame, truth, bench), *_probing(frame, state)):
            if told.get(key) != value:
                told[key] = value
                facts.append(Fact(frame["t"], key, value, 1.0, frame["t"]))
    return facts


def _state(state: Json, told: Mapping[FactKey, str]) -> Iterator[Said]:
    for device, value in state["switches"].items():
        yield FactKey("switch", device), value
    yield FactKey("lamp", "PS"), "on" if state["led"] else "off"
    yield FactKey("display", "mm"), state["display"]
    for tool in TOOLS:
        place = state["tools"][tool]
        yield (
            FactKey("tool_at", tool),
            PLACES.get(place, "elsewhere") if isinstance(place, str) else "elsewhere",
        )
    wires = {wire_key(w["from"], w["to"]): w["color"] for w in state["wires"]}
    yield from wires.items()
    yield from ((key, ABSENT) for key in told if key.kind == "wire" and key not in wires)


def _hand(frame: Json, truth: Json, bench: Bench) -> Iterator[Said]:
    held = frame.get("held") or ()
    for tool in TOOLS:
        yield FactKey("holding", tool), _yes(tool in held)
    yield FactKey("holding", "probes"), _yes(any(probe in held for probe in PROBES))
    tips = _tips_mm(frame, truth, bench)
    for name, zone in bench.zones.items():
        yield FactKey("hand_in", name), _yes(any(_inside(zone.polygon_mm, tip) for tip in tips))
    for name, place in _controls(bench).items():
        near = any(math.dist(tip, place[:2]) <= REACH_MM for tip in tips)
        yield FactKey("hand_at", name), _yes(near or frame.get("at") == name)


def _probing(frame: Json, state: Json) -> Iterator[Said]:
    at = str(frame.get("at") or "")
    yield FactKey("probing", "X1.1/X1.5"), _yes(at == "X1.1/X1.5" and bool(state["display"]))


def _tips_mm(frame: Json, truth: Json, bench: Bench) -> list[tuple[float, float]]:
    """Fingertips and tool tips on a plane at working height; without joints, what the hand is at."""
    if not frame.get("joints"):
        places = {**bench.terminals, **_controls(bench)}
        return [places[name][:2] for name in str(frame.get("at")).split("/") if name in places]
    joints = frame["joints"]
    pixels = [joints[THUMB_TIP], joints[INDEX_TIP], *(frame.get("tool_tips") or {}).values()]
    return [_on_plane(pixel, truth["camera"]) for pixel in pixels]


def _on_plane(pixel: Sequence[float], camera: Json) -> tuple[float, float]:
    matrix, rotation, shift = (np.array(camera[key], float) for key in ("K", "R", "t_mm"))
    ray: NDArray[np.float64] = rotation.T @ np.linalg.inv(matrix) @ np.array([*pixel, 1.0])
    centre = -rotation.T @ shift
    point = centre + ray * (WORK_HEIGHT_MM - centre[2]) / ray[2]
    return float(point[0]), float(point[1])


def _controls(bench: Bench) -> dict[str, tuple[float, float, float]]:
    found = {name: d.actuator_mm for name, d in bench.devices.items() if d.actuator_mm is not None}
    for device in bench.devices.values():
        found |= device.buttons
    return found


def _inside(polygon: Sequence[tuple[float, float]], point: tuple[float, float]) -> bool:
    x, y = point
    crossings = 0
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        crossings += (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0)
    return crossings % 2 == 1


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
