"""Start of the flow: seed and options -> layout, the plain data of a bench (written out as bench.yaml).

Layout frame = mat frame: origin at the mat centre, x right, y away from the worker, z up, millimetres.
The order of the random draws is part of the format: changing it changes every bench of every seed.
"""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Layout = dict[str, Any]
Xyz = tuple[float, float, float]

MARKER_SIZE = 40
RAIL_Y = 62
RAIL_LENGTH = 462
WIRE_COLOURS = {
    "brown": (0.13, 0.05, 0.02),
    "blue": (0.01, 0.06, 0.42),
    "red": (0.55, 0.01, 0.01),
    "black": (0.012, 0.012, 0.012),
    "green": (0.02, 0.3, 0.04),
    "yellow": (0.8, 0.5, 0.01),
    "white": (0.7, 0.7, 0.7),
}
CLASSES = {
    "Q1": "isolator",
    "PS": "power_supply",
    "KM1": "contactor",
    "K2": "relay",
    "X1": "terminal_block",
    "S": "button_box",
}
SIZES = {  # width, depth, height of the top
    "Q1": (48, 84, 56),
    "PS": (58, 100, 64),
    "KM1": (46, 84, 66),
    "K2": (28, 86, 60),
    "S": (62, 106, 56),
}
SKINS = [
    (0.68, 0.43, 0.31),
    (0.62, 0.36, 0.25),
    (0.55, 0.31, 0.20),
    (0.48, 0.27, 0.17),
    (0.72, 0.48, 0.37),
    (0.36, 0.19, 0.12),
]
SLEEVES = {
    "navy": (0.02, 0.04, 0.12),
    "blue": (0.08, 0.12, 0.25),
    "charcoal": (0.1, 0.1, 0.1),
    "grey": (0.25, 0.25, 0.24),
    "green": (0.03, 0.08, 0.05),
    "rust": (0.28, 0.07, 0.03),
}
TOOL_CLASSES = {
    "screwdriver": "screwdriver",
    "wire_stripper": "wire_stripper",
    "probe_red": "probe",
    "probe_black": "probe",
}
TOOLS_AT_REST = {
    "screwdriver": "tray",
    "wire_stripper": "tray",
    "probe_red": "rest",
    "probe_black": "rest",
}
# device -> terminal -> offset from the device's middle (dx, dy) and height of the clamp screw's top
TERMINALS: dict[str, dict[str, Xyz]] = {
    "Q1": {
        "Q1.1": (-11, 35, 47.5),
        "Q1.3": (11, 35, 47.5),
        "Q1.2": (-11, -35, 47.5),
        "Q1.4": (11, -35, 47.5),
    },
    "PS": {
        "PS.+": (-9, 43, 65.0),
        "PS.-": (9, 43, 65.0),
        "PS.L": (-14, -43, 65.0),
        "PS.N": (0, -43, 65.0),
        "PS.PE": (14, -43, 65.0),
    },
    "KM1": {
        f"KM1.{name}": (-16.5 + k * 11, dy, 48.5)
        for dy, names in ((34, ("1", "3", "5", "A1")), (-34, ("2", "4", "6", "A2")))
        for k, name in enumerate(names)
    },
    "K2": {
        f"K2.{name}": (-7 + k * 14, dy, 44.5)
        for dy, names in ((34, ("11", "14")), (-34, ("A1", "A2")))
        for k, name in enumerate(names)
    },
    "S": {name: (-21 + k * 14, -42, 57.0) for k, name in enumerate(("S1.13", "S1.14", "S2.21", "S2.22"))},
}


class _Draw:
    """The seeded choices of one bench; options fix single ones without shifting the others."""

    def __init__(self, seed: int, options: dict[str, Any]) -> None:
        self.rng, self.options = random.Random(seed), options
        self.jitter: float = options.get("jitter", 1.0)  # 0 = the plain reference bench

    def pick(self, key: str, values: Sequence[Any]) -> Any:
        drawn = self.rng.choice(values)
        return self.options.get(key, drawn)

    def gauss(self, sigma: float) -> float:
        return self.jitter * self.rng.gauss(0, sigma)


def make_layout(seed: int = 0, **options: Any) -> Layout:
    """Describe a bench. Options fix single values, everything else follows from the seed."""
    draw = _Draw(seed, options)
    order = _order(draw)
    count = draw.pick("terminals", [8, 9, 10, 10, 11, 12])
    hand = draw.pick("hand", ["right", "right", "left"])
    side = 1 if hand == "right" else -1
    devices, terminals = _devices(draw, order, count, side)
    return {
        "seed": seed,
        "hand": hand,
        "order": order,
        "terminal_count": count,
        "devices": devices,
        "terminals": terminals,
        "marker_dictionary": "DICT_4X4_50",
        "marker_size": MARKER_SIZE,
        "markers": _markers(),
        "zones": _zones(side),
        "tool_spots": _tool_spots(draw, side),
        "camera": _camera(draw),
        "lights": _lights(draw),
        "appearance": _appearance(draw),
    }


def _order(draw: _Draw) -> list[str]:
    given = draw.options.get("order")
    if given is not None:
        return list(given)
    rail = ["Q1", "PS", "KM1", "K2", "X1"]
    if draw.jitter:
        draw.rng.shuffle(rail)
    return [*rail, "S"] if draw.rng.random() < 0.7 or not draw.jitter else ["S", *rail]


def _size(name: str, count: int) -> tuple[float, float, float]:
    return SIZES.get(name, (count * 12 + 16, 60, 51))


def _devices(draw: _Draw, order: list[str], count: int, side: int) -> tuple[Layout, Layout]:
    """Devices along the rail with drawn gaps between them, and their terminals."""
    free = RAIL_LENGTH - sum(_size(name, count)[0] for name in order)
    gaps = [1 + draw.jitter * draw.rng.random() for _ in order[1:]]
    gaps = [free * 0.96 * gap / sum(gaps) for gap in gaps]
    x, devices, terminals = -RAIL_LENGTH / 2 + free * 0.02, {}, {}
    for name, gap in zip(order, [*gaps, 0], strict=True):
        width, depth, top = _size(name, count)
        y = RAIL_Y - 6 if name == "S" else RAIL_Y
        devices[name] = {
            "class": CLASSES[name],
            "at": [round(x + width / 2, 2), y, 0],
            "size": [width, depth, top],
        }
        terminals.update(_device_terminals(name, x + width / 2, y, count))
        x += width + gap
    devices["mm"] = {"class": "multimeter", "at": [-side * 192, -78, 0], "size": [66, 120, 36]}
    devices["Q1"]["actuator"] = [devices["Q1"]["at"][0], RAIL_Y, 66]
    box_x, box_y, _ = devices["S"]["at"]
    devices["S"]["buttons"] = {"S1": [box_x, box_y + 26, 68], "S2": [box_x, box_y - 10, 68]}
    return devices, terminals


def _device_terminals(name: str, x: float, y: float, count: int) -> dict[str, list[float]]:
    """Contact points of one device, (x, y, z) at the top of the clamp screw."""
    offsets = TERMINALS[name] if name != "X1" else _strip_terminals(count)
    return {t: [round(x + dx, 2), round(y + dy, 2), z] for t, (dx, dy, z) in offsets.items()}


def _strip_terminals(count: int) -> dict[str, Xyz]:
    """`X1.n` is the clamp nearer the worker, `X1.nb` the far clamp of the same block."""
    at: dict[str, Xyz] = {}
    for k in range(count):
        dx = (k - (count - 1) / 2) * 12
        at[f"X1.{k + 1}"], at[f"X1.{k + 1}b"] = (dx, -18, 51.5), (dx, 18, 51.5)
    return at


def _tool_spots(draw: _Draw, side: int) -> Layout:
    """Tool -> place -> tip (mm) and yaw of the tip-to-handle direction (degrees)."""
    g, right = draw.gauss, side > 0
    return {
        "screwdriver": {
            "tray": [[side * 80 + g(2), -86 + g(2), 12], 0 if right else 180],
            "board": [[-side * 20 + g(10), -6, 19], 4 if right else 176],
            "mat": [[side * 10 + g(10), -62, 11], -12 if right else 192],
        },
        "wire_stripper": {
            "tray": [[side * 79 + g(2), -128, 10], 3 if right else 177],
            "mat": [[side * 20, -90, 8], -30 if right else 210],
        },
        "probe_red": {"rest": [[-side * 124, -34 + g(3), 6], -90 - side * 3]},
        "probe_black": {"rest": [[-side * 140, -38 + g(3), 6], -90 + side * 2]},
    }


def _markers() -> Layout:
    h = MARKER_SIZE / 2
    return {
        i: {
            "centre": [x, y, 0.4],
            "corners": [[x - h, y + h, 0.4], [x + h, y + h, 0.4], [x + h, y - h, 0.4], [x - h, y - h, 0.4]],
        }
        for i, (x, y) in enumerate(((-268, 146), (268, 146), (268, -146), (-268, -146)))
    }


def _zones(side: int) -> Layout:
    return {
        "panel": [-235, -20, 235, 144],
        "live": [-235, RAIL_Y - 52, 235, RAIL_Y + 52],
        "tool_tray": _sorted_rect(side * 64, -160, side * 236, -66),
        "parts_tray": _sorted_rect(-side * 76, -158, side * 16, -98),
    }


def _sorted_rect(xa: float, ya: float, xb: float, yb: float) -> list[float]:
    return [min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)]


def _camera(draw: _Draw) -> Layout:
    g = draw.gauss
    return draw.options.get("camera") or {
        "location": [round(g(14), 1), round(-125 + g(14), 1), round(700 + abs(g(10)), 1)],
        "target": [round(g(3), 1), round(-10 + g(2), 1), 20.0],
        "hfov_deg": 50.5,
    }


def _lights(draw: _Draw) -> list[Layout]:
    g = draw.gauss
    power = draw.options.get("light", 1.0) * (1 + draw.jitter * draw.rng.uniform(-0.22, 0.15))
    return [
        {
            "location": [250 + g(120), 350 + g(60), 1500],
            "size": 1400,
            "power": 15.5 * power,
            "colour": [1, 0.97, 0.92],
        },
        {
            "location": [-700 + g(120), -200 + g(60), 1500],
            "size": 1400,
            "power": 9.5 * power,
            "colour": [0.93, 0.97, 1],
        },
    ]


def _appearance(draw: _Draw) -> Layout:
    return {
        "mat": draw.pick("mat", ["teal", "blue", "grey", "green", "black"]),
        "table": draw.pick("table", ["wood", "pale", "grey", "dark", "white"]),
        "skin": draw.pick("skin", list(range(len(SKINS)))),
        "sleeve": draw.pick("sleeve", sorted(SLEEVES)),
        "hue": [round(draw.rng.uniform(0.85, 1.12), 3) for _ in range(3)],
    }


# ---- wires ------------------------------------------------------------------------------
def wire_path(
    layout: Layout, a: str | Xyz, b: str | Xyz, seed: int = 0, loop: bool = False
) -> list[NDArray[np.float64]]:
    """Polyline of a fastened wire. a, b: terminal names or points; loop = a slack loop left standing up."""
    rng = random.Random(f"{a}{b}{seed}")
    points = [np.array(layout["terminals"][p] if isinstance(p, str) else p, float) for p in (a, b)]
    back = [bool(p[1] > RAIL_Y) if isinstance(n, str) else None for n, p in zip((a, b), points, strict=True)]
    rows = [row if row is not None else back[1 - i] for i, row in enumerate(back)]
    out = [
        np.array((rng.uniform(-3, 3), (1 if row else -1) * rng.uniform(17, 27), rng.uniform(5, 10)))
        for row in rows
    ]
    middle = (points[0] + points[1]) / 2 + np.array((0, 0.65 * (out[0][1] + out[1][1]), 0))
    middle[2] = max(15, 0.42 * min(p[2] for p in points)) + rng.uniform(0, 7)
    if loop:
        middle += (rng.uniform(-15, 15), (1 if rows[0] else -1) * 22, 52)
    return [points[0], points[0] + out[0], middle, points[1] + out[1], points[1]]


def first_part(points: Sequence[NDArray[np.float64]], length: float) -> list[NDArray[np.float64]]:
    """First `length` mm of a polyline."""
    out, left = [points[0]], length
    for a, b in pairwise(points):
        step = float(np.linalg.norm(b - a))
        if step >= left:
            return [*out, a + (b - a) * left / step]
        out.append(b)
        left -= step
    return out
