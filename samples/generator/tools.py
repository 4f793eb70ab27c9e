"""Geometry of the hand tools: each lies along +X from its tip, under one root that places it."""

import math
from typing import Any

import scene
from devices import Palette
from layout import TOOL_CLASSES

LYING = (0, math.pi / 2, 0)


class Tool:
    """A tool's `root` (its tip, quaternion rotation) and visible `parts`."""

    def __init__(self, name: str) -> None:
        self.root, self.parts = scene.empty(name), list[Any]()
        self.root.rotation_mode = "QUATERNION"


def build_tools(palette: Palette) -> dict[str, Tool]:
    """Every tool of the bench by name."""
    tools = {name: Tool(name) for name in TOOL_CLASSES}
    tools["screwdriver"].parts = _screwdriver(tools["screwdriver"].root, palette)
    tools["wire_stripper"].parts = _wire_stripper(tools["wire_stripper"].root, palette)
    for name, colour in (("probe_red", "red"), ("probe_black", "dark")):
        tools[name].parts = _probe(tools[name].root, palette["steel"], palette[colour])
    return tools


def _screwdriver(root: Any, m: Palette) -> list[Any]:
    return [
        scene.cylinder("sd_shaft", (36, 0, 0), 2.1, 72, m["steel"], root, LYING, 16),
        scene.box("sd_tip", (2, 0, 0), (8, 4.4, 0.9), m["steel"], 0.2, root),
        scene.cylinder("sd_neck", (76, 0, 0), 6.5, 12, m["dark"], root, LYING, 20, 9.5, 1),
        scene.cylinder("sd_handle", (108, 0, 0), 10.5, 62, m["orange"], root, LYING, 8, None, 2.5),
        scene.cylinder("sd_end", (139, 0, 0), 10, 12, m["dark"], root, LYING, 20, 8, 2),
    ]


def _wire_stripper(root: Any, m: Palette) -> list[Any]:
    parts = []
    for s in (1, -1):
        path = scene.smooth_path([(145, s * 19, 0), (120, s * 20, 0), (85, s * 13, 0), (52, s * 3.5, 0)])
        handle = scene.cable("ws_handle", path, 5.2, m["red"])
        handle.parent = root
        jaw = scene.box("ws_jaw", (26, s * 4.6, 0), (54, 7.5, 6), m["steel"], 1.2, root, (0, 0, s * 0.05))
        parts += [handle, jaw]
    return [*parts, scene.cylinder("ws_pivot", (48, 0, 0.5), 6, 9, m["dark"], root, sides=20, bevel=0.8)]


def _probe(root: Any, steel: Any, body: Any) -> list[Any]:
    return [
        scene.cylinder("pr_tip", (9, 0, 0), 0.9, 18, steel, root, LYING, 10),
        scene.cylinder("pr_cone", (22, 0, 0), 2.4, 10, body, root, LYING, 16, 4.4),
        scene.cylinder("pr_guard", (28, 0, 0), 6.4, 2.4, body, root, LYING, 20, None, 0.6),
        scene.cylinder("pr_body", (66, 0, 0), 4.4, 76, body, root, LYING, 16, 3.4, 0.6),
    ]
