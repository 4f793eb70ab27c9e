"""Layout -> Blender objects of a whole bench; `apply` shows a state of switches, wires and tools."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy  # noqa: F401, isort: skip  (mathutils exists only after it)
import numpy as np
import scene
from devices import Devices, build_table, make_palette, wire_material
from layout import TOOL_CLASSES, Layout, first_part, wire_path
from mathutils import Quaternion, Vector
from tools import build_tools

State = dict[str, Any]  # switches, led, display, wires, tools
LEADS = {"probe_red": "red", "probe_black": "black"}
FERRULE_MM = 7


class Bench:
    """Blender objects of one layout: `devices`, `tools`, `wires`, and `dynamic` ones made anew per state."""

    def __init__(self, layout: Layout, textures: Path) -> None:
        self.layout, self.palette = layout, make_palette(layout["appearance"]["hue"])
        self.wires: dict[str, list[Any]] = {}
        self.dynamic: list[Any] = []
        build_table(layout, self.palette, textures)
        self.devices = Devices(layout, self.palette)
        self.tools = build_tools(self.palette)
        for light in layout["lights"]:
            scene.area_light(light)
        scene.add_camera(layout["camera"])

    def add_wire(
        self, key: str, wire: dict[str, Any], seed: int = 0, draw: dict[str, Any] | None = None
    ) -> None:
        """Fasten a wire {from, to, color}.

        draw: `bare` {0|1: mm of copper visible at that end}, `loose`: end lying beside its terminal, `loop`.
        """
        draw = draw or {}
        loose, bare = draw.get("loose"), draw.get("bare", {})
        path = wire_path(self.layout, wire["from"], wire["to"], seed, draw.get("loop", False))
        if loose is not None:
            end, out = (0, 1) if loose == 0 else (-1, -2)
            path[end] = path[out] + (path[end] - path[out]) * 0.35 + np.array((7, 0, -6))
        points, insulation = scene.smooth_path(path), wire_material(wire["color"])
        parts = [scene.cable("wire_" + key, points, 1.5, insulation)]
        for end in (0, 1):
            length = bare.get(end) or (FERRULE_MM if loose == end else None)
            mat, radius = (self.palette["copper"], 1.75) if length else (insulation, 2.1)
            tip = first_part(points if end == 0 else points[::-1], length or FERRULE_MM)
            parts.append(scene.cable("ferrule", tip, radius, mat))
        self.wires[key] = parts

    def rest_pose(self, tool: str, place: Any) -> tuple[Any, Any]:
        """Tip and rotation of a tool at a named place, or at [[x, y, z], yaw]."""
        tip, yaw = self.layout["tool_spots"][tool][place] if isinstance(place, str) else place
        return Vector(tip), Quaternion((0, 0, 1), math.radians(yaw))

    def leads_of(self, tool: str) -> list[Any]:
        """The test lead of a probe, as shown now; empty for other tools."""
        return [o for o in self.dynamic if o.name.startswith("lead_" + tool)]

    # -- state ---------------------------------------------------------------------
    def apply(
        self,
        state: State,
        held: Mapping[str, Any] | None = None,
        anim: Mapping[str, float] | None = None,
        loose_wire: Mapping[str, Any] | None = None,
    ) -> list[Any]:
        """Show a state; returns the moving objects.

        held: tool -> (tip, rotation) in the hand; anim: partial positions of lever and buttons.
        """
        held, anim = held or {}, anim or {}
        for obj in self.dynamic:
            scene.remove(obj)
        self.dynamic = []
        moving = self._apply_devices(state, anim)
        for key, parts in self.wires.items():
            for obj in parts:
                obj.hide_render = key not in state["wires"]
        moving += self._apply_tools(state, held)
        if loose_wire:
            moving.append(self._cable("loose_wire", loose_wire["path"], loose_wire["color"]))
        return moving

    def _apply_devices(self, state: State, anim: Mapping[str, float]) -> list[Any]:
        d = self.devices
        angle = anim.get("Q1", 0 if state["switches"]["Q1"] == "on" else 90)
        d.handle.rotation_euler[2] = math.radians(-angle)
        d.led.data.materials[0] = self.palette["led_on" if state["led"] else "led_off"]
        d.indicator.location.z = (62.5 if state["switches"]["KM1"] == "in" else 68) * scene.MM
        d.display.data.body = state["display"] or " "
        for name, button in d.buttons.items():
            button.location.z = (62 - anim.get(name, 0)) * scene.MM
        lever = [o for o in d.objects["Q1"] if o.parent == d.handle] if "Q1" in anim else []
        return lever + [button for name, button in d.buttons.items() if name in anim]

    def _apply_tools(self, state: State, held: Mapping[str, Any]) -> list[Any]:
        moving = []
        for name in TOOL_CLASSES:
            pose = held[name] if name in held else self.rest_pose(name, state["tools"][name])
            root = self.tools[name].root
            root.location, root.rotation_quaternion = Vector(pose[0]) * scene.MM, pose[1]
            if name in held:
                moving += self.tools[name].parts
        for name, colour in LEADS.items():
            lead = self._cable("lead_" + name, self._lead_path(name), colour, 1.9)
            if name in held:
                moving.append(lead)
        return moving

    def _cable(self, name: str, points: Any, colour: str, radius: float = 1.5) -> Any:
        obj = scene.cable(name, scene.smooth_path(points, 8), radius, wire_material(colour))
        self.dynamic.append(obj)
        return obj

    def _lead_path(self, probe: str) -> list[Any]:
        root = self.tools[probe].root
        tail = np.array(root.location) / scene.MM + np.array(root.rotation_quaternion @ Vector((104, 0, 0)))
        axis = np.array(root.rotation_quaternion @ Vector((1, 0, 0)))
        jack = self.devices.jacks[probe]
        inward = -1 if jack[0] > 0 else 1
        low = np.array((jack[0] + inward * 38, max(-172, min(jack[1], tail[1]) - 30), 5))
        rise = tail + axis * 14 + (0, 0, max(0, 12 - tail[2]) * 0.3)
        return [jack, jack + np.array((inward * 6, -8, 10)), low, rise, tail]

    def groups(self, state: State | None = None) -> dict[str, list[Any]]:
        """Objects per name for the ID mask: devices, tools, wires (test leads stay unlabelled)."""
        groups = {n: list(o) for n, o in self.devices.objects.items()}
        groups |= {n: list(t.parts) for n, t in self.tools.items()}
        shown = {k: o for k, o in self.wires.items() if state is None or k in state["wires"]}
        return groups | {"wire:" + key: parts for key, parts in shown.items()}
