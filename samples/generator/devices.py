"""Geometry of what stands still on a bench: table, mat, rail, trays and the devices, from a layout."""

import math
import random
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import scene
from layout import MARKER_SIZE, RAIL_LENGTH, RAIL_Y, WIRE_COLOURS, Layout

Palette = dict[str, Any]


def make_palette(hue: list[float]) -> Palette:
    """Materials by name; `hue` tints the housings of this bench."""
    colours: dict[str, tuple[tuple[float, ...], float, float]] = {
        "grey": (tuple(0.33 * v for v in hue), 0.45, 0),
        "dark": ((0.02, 0.021, 0.024), 0.4, 0),
        "white": ((0.72, 0.72, 0.7), 0.45, 0),
        "cream": ((0.62, 0.58, 0.48), 0.5, 0),
        "green": ((0.02, 0.35, 0.06), 0.35, 0),
        "red": ((0.6, 0.02, 0.02), 0.3, 0),
        "yellow": ((0.75, 0.45, 0.02), 0.4, 0),
        "steel": ((0.55, 0.56, 0.58), 0.28, 1.0),
        "blue": ((0.02, 0.1, 0.45), 0.4, 0),
        "orange": ((0.8 * hue[0], 0.2 * hue[1], 0.01), 0.4, 0),
        "clear": ((0.55, 0.5, 0.35), 0.15, 0),
        "lcd": ((0.42, 0.5, 0.38), 0.2, 0),
        "body": (tuple(0.19 * v for v in hue), 0.5, 0),
        "copper": ((0.95, 0.45, 0.22), 0.4, 0.6),
        "tray": ((0.10, 0.11, 0.13), 0.6, 0),
        "led_on": ((0.02, 0.5, 0.05), 0.3, 0),
        "led_off": ((0.03, 0.09, 0.035), 0.3, 0),
    }
    palette = {n: scene.material(n, c, rough, metal) for n, (c, rough, metal) in colours.items()}
    shader = palette["led_on"].node_tree.nodes["Principled BSDF"]
    shader.inputs["Emission Color"].default_value = (0.1, 1, 0.2, 1)
    shader.inputs["Emission Strength"].default_value = 6
    return palette


def wire_material(colour: str) -> Any:
    """One shared material per wire colour."""
    found = bpy.data.materials.get("wire_" + colour)
    return found or scene.material("wire_" + colour, WIRE_COLOURS[colour], 0.35)


# ---- table, mat, rail, trays --------------------------------------------------------------
def build_table(layout: Layout, palette: Palette, textures: Path) -> None:
    """Everything below the devices."""
    look = layout["appearance"]
    table = scene.image_material("table", textures / f"table_{look['table']}.png", 0.45)
    scene.plane("table", (0, 0, -4), (2000, 1300), table)
    mat = scene.image_material("mat", textures / f"mat_{look['mat']}.png", 0.55)
    scene.plane("mat", (0, 0, 0), (600, 360), mat)
    scene.box("mat_edge", (0, 0, -2), (600, 360, 3.9), palette["dark"], 0)
    for i, marker in layout["markers"].items():
        side = MARKER_SIZE * 8 / 6  # with the white margin
        paper = scene.image_material(f"aruco{i}", textures / f"aruco{i}.png", 0.5)
        scene.plane(f"aruco{i}", marker["centre"], (side, side), paper)
    _rail(palette)
    for zone in ("tool_tray", "parts_tray"):
        _tray(zone, layout["zones"][zone], palette["tray"])
    _offcuts(layout)


def _rail(palette: Palette) -> None:
    scene.box("board", (0, RAIL_Y, 4), (470, 160, 8), palette["cream"], 1.5)
    for name, dy, z, d, h in (
        ("base", 0, 9, 26, 1.2),
        ("a", 14, 12.5, 1.2, 7),
        ("b", -14, 12.5, 1.2, 7),
        ("c", 16, 16, 5, 1.2),
        ("d", -16, 16, 5, 1.2),
    ):
        scene.box("rail_" + name, (0, RAIL_Y + dy, z), (RAIL_LENGTH, d, h), palette["steel"], 0)


def _tray(name: str, zone: list[float], mat: Any, height: float = 9) -> None:
    x0, y0, x1, y1 = zone
    cx, cy, w, d = (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0
    scene.box(name, (cx, cy, 0.8), (w, d, 1.6), mat, 0.3)
    front, back = ((cx, y0 + 1.5), (w, 3)), ((cx, y1 - 1.5), (w, 3))
    left, right = ((x0 + 1.5, cy), (3, d)), ((x1 - 1.5, cy), (3, d))
    for centre, size in (front, back, left, right):
        scene.box(name, (*centre, height / 2), (*size, height), mat, 0.6)


def _offcuts(layout: Layout) -> None:
    """Ferrules and wire cuts in the parts tray."""
    rng = random.Random(layout["seed"] + 5)
    x0, y0, x1, y1 = layout["zones"]["parts_tray"]
    for _ in range(14):
        at = (rng.uniform(x0 + 14, x1 - 14), rng.uniform(y0 + 12, y1 - 12), 3.2)
        length, mat = rng.uniform(8, 20), wire_material(rng.choice(list(WIRE_COLOURS)))
        scene.cylinder("part", at, 1.6, length, mat, rot=(math.pi / 2, 0, rng.uniform(0, 3)), sides=10)


# ---- devices ------------------------------------------------------------------------------
class Devices:
    """The devices of one layout: `objects` by device, and the parts that show a state.

    `handle` (Q1's lever), `led`, `indicator` (KM1), `buttons` by name, `display` and `jacks` (multimeter).
    """

    def __init__(self, layout: Layout, palette: Palette) -> None:
        self.layout, self.m = layout, palette
        self.objects: dict[str, list[Any]] = {}
        self.buttons: dict[str, Any] = {}
        self.jacks: dict[str, Any] = {}
        build = {
            "Q1": self._isolator,
            "PS": self._supply,
            "KM1": self._contactor,
            "K2": self._relay,
            "X1": self._strip,
            "S": self._button_box,
        }
        for name in [*layout["order"], "mm"]:
            x, y, _ = layout["devices"][name]["at"]
            self.objects[name] = build.get(name, self._meter)(x, y)

    def _screws(self, prefix: str, radius: float = 3.3) -> list[Any]:
        parts, rng = [], random.Random(prefix)
        for name, (x, y, z) in self.layout["terminals"].items():
            if name.startswith(prefix):
                turn, slot = (0, 0, rng.uniform(0, 3)), (radius * 1.5, 0.8, 0.3)
                parts.append(scene.cylinder("screw", (x, y, z - 1.2), radius, 1.6, self.m["steel"], sides=16))
                parts.append(scene.box("slot", (x, y, z - 0.4), slot, self.m["dark"], 0, rot=turn))
        return parts

    def _isolator(self, x: float, y: float) -> list[Any]:
        m = self.m
        handle = self.handle = scene.empty("q1_handle", (x, y, 57))
        parts = [
            scene.box("q1_base", (x, y, 28), (48, 84, 36), m["body"], 1.2),
            scene.box("q1_top", (x, y, 50), (46, 50, 10), m["body"], 1.2),
            scene.box("q1_plate", (x, y, 55.4), (44, 46, 1.6), m["yellow"], 0.6),
            scene.label("Q1", (x - 16, y + 18, 56.6), 8, m["dark"]),
            scene.label("ON", (x, y + 19.3, 56.6), 6, m["dark"]),
            scene.label("OFF", (x + 17, y + 5.5, 56.6), 5, m["dark"]),
            scene.cylinder("q1_knob", (0, 0, 2), 12.5, 4, m["red"], handle, sides=32, bevel=0.6),
            scene.box("q1_bar", (0, 0, 7.5), (8.5, 32, 9), m["red"], 1.5, handle),
            scene.box("q1_mark", (0, 11, 12.2), (2, 9, 0.4), m["white"], 0, handle),
        ]
        return parts + self._screws("Q1.")

    def _supply(self, x: float, y: float) -> list[Any]:
        m, terminals = self.m, self.layout["terminals"]
        parts = [
            scene.box("ps", (x, y, 36), (58, 100, 52), m["grey"], 2),
            scene.box("ps_front", (x, y, 62.3), (48, 60, 1.2), m["body"], 0),
        ]
        for k in range(5):
            parts.append(scene.box("vent", (x, y - 18 + k * 6, 63.2), (38, 1.6, 0.6), m["dark"], 0))
        self.led = scene.cylinder("ps_led", (x + 18, y + 20, 63.8), 3.2, 3, m["led_on"])
        parts += [self.led, scene.label("24V DC", (x - 6, y + 20, 63.2), 8, m["white"])]
        parts += [scene.box("ps_t", (x, y + s * 43, 62), (52, 11, 3.4), m["dark"], 0.5) for s in (1, -1)]
        for name, s in (("+", 1), ("-", 1), ("L", -1), ("N", -1), ("PE", -1)):
            at = (terminals["PS." + name][0], y + s * 34, 63.2)
            parts.append(scene.label(name, at, 6, m["white"]))
        return parts + self._screws("PS.")

    def _contactor(self, x: float, y: float) -> list[Any]:
        m = self.m
        parts = [
            scene.box("km_base", (x, y, 28.5), (46, 84, 37), m["body"], 1.5),
            scene.box("km_top", (x, y, 55), (46, 52, 22), m["dark"], 1.5),
            scene.label("KM1", (x, y + 18, 66.3), 9, m["white"]),
        ]
        for dx, dy, w, h in ((-13, 0, 3, 26), (13, 0, 3, 26), (0, -13, 29, 3), (0, 13, 29, 3)):
            parts.append(scene.box("km_frame", (x + dx, y - 4 + dy, 67), (w, h, 3), m["grey"], 0.3))
        self.indicator = scene.box("km_indicator", (x, y - 4, 68), (20, 20, 8), m["blue"], 0.8)
        parts.append(self.indicator)
        for s in (1, -1):
            for k in (1, 2, 3):
                parts.append(scene.box("fin", (x - 22 + k * 11, y + s * 34, 49), (1.2, 15, 4), m["body"], 0))
        return parts + self._screws("KM1.")

    def _relay(self, x: float, y: float) -> list[Any]:
        m = self.m
        parts = [
            scene.box("k2_base", (x, y, 26.5), (28, 86, 33), m["dark"], 1),
            scene.box("k2_cube", (x, y, 51), (24, 40, 17), m["clear"], 1.5),
            scene.box("k2_plate", (x, y + 2, 59.8), (16, 22, 0.6), m["white"], 0),
            scene.label("K2", (x, y + 2, 60.3), 9, m["dark"]),
        ]
        return parts + self._screws("K2.", 3.2)

    def _strip(self, x: float, y: float) -> list[Any]:
        m, count, parts = self.m, self.layout["terminal_count"], []
        for k in range(count):
            at = x + (k - (count - 1) / 2) * 12
            body = m["green"] if k == count - 1 else m["blue"] if k == 4 else m["grey"]
            parts += [
                scene.box("x1", (at, y, 29.5), (11.4, 56, 39), body, 0.5),
                scene.box("x1_tag", (at, y, 49.6), (9.5, 14, 1.6), m["white"], 0.2),
                scene.label(str(k + 1), (at, y, 50.6), 9.5 if k < 9 else 8.5, m["dark"]),
            ]
        for s in (1, -1):
            parts.append(scene.box("x1_end", (x + s * (count * 6 + 4), y, 32), (4, 60, 38), m["cream"], 0.5))
        return parts + self._screws("X1.", 3.6)

    def _button_box(self, x: float, y: float) -> list[Any]:
        m = self.m
        parts = [
            scene.box("s_box", (x, y, 31), (62, 106, 46), m["yellow"], 3),
            scene.box("s_plate", (x, y, 54.6), (54, 98, 2), m["body"], 0.8),
        ]
        for name, colour, text in (("S1", "green", "START"), ("S2", "red", "STOP")):
            bx, by, _ = self.layout["devices"]["S"]["buttons"][name]
            cap = scene.cylinder("button", (bx, by, 62), 11.5, 9, m[colour], sides=32, bevel=1.2)
            ring = scene.cylinder("ring", (bx, by, 57), 14, 4, m["steel"], sides=32, bevel=0.6)
            parts += [cap, ring, scene.label(text, (x, by + 19, 56), 6.5, m["white"])]
            self.buttons[name] = cap
        return parts + self._screws("S1.", 3.2) + self._screws("S2.", 3.2)

    def _meter(self, x: float, y: float) -> list[Any]:
        m, root = self.m, scene.empty("meter", (x, y, 0), math.radians(4 if x < 0 else -4))
        self.display = scene.label(" ", (0, 33, 35), 21, m["dark"], root)
        parts = [
            scene.box("mm_body", (0, 0, 16), (66, 120, 32), m["yellow"], 5, root),
            scene.box("mm_front", (0, 0, 31.5), (57, 110, 4), m["dark"], 2.5, root),
            scene.box("mm_lcd", (0, 33, 33.8), (51, 29, 1.4), m["lcd"], 0.5, root),
            self.display,
            scene.cylinder("mm_dial", (0, -12, 35), 17, 4, m["body"], root, sides=32, bevel=1),
            scene.box("mm_pointer", (0, -12, 38), (4.5, 31, 3.4), m["dark"], 1, root, (0, 0, 0.6)),
        ]
        for key, dx, colour in (("probe_black", -14, "dark"), ("probe_red", 14, "red")):
            parts.append(scene.cylinder("mm_jack", (dx, -45, 35), 5, 4, m[colour], root, sides=20))
            self.jacks[key] = np.array((x + dx, y - 45, 39.0))
        return parts
