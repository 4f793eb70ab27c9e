"""Scenario -> plan: every action brings the hand in, changes the state under the hand, then goes on."""

import math
from collections.abc import Callable
from typing import Any

import bpy  # noqa: F401, isort: skip  (mathutils exists only after it)
from mathutils import Vector
from motion import GRIP_MM, Motion, Pose, ease, on_off

PROBES = ("probe_red", "probe_black")
Action = dict[str, Any]


class Planner(Motion):
    """Motion that understands the actions of a scenario (README.md lists them)."""

    def run(self, actions: list[Action]) -> "Planner":
        """Play every action in order."""
        doers: dict[str, Callable[[Action], None]] = {
            "switch": self._switch,
            "press": self._press,
            "probe": self._probe,
            "wire": self._wire,
            "unwire": self._unwire,
            "rewire": self._rewire,
            "move_tool": self._move_tool,
            "idle": self._idle,
            "away": self._away,
        }
        for action in actions:
            kind = next(k for k in doers if k in action)
            entry = {"name": action.get("name") or describe(kind, action), "kind": kind, "spec": action}
            self.log.append(entry | {"start_frame": len(self.frames), "effects": []})
            doers[kind](action)
            self.log[-1]["end_frame"] = len(self.frames)
        return self

    def _switch(self, action: Action) -> None:
        device, to = action["switch"], on_off(action["to"])
        x, y, z = self.layout["devices"][device]["actuator"]

        def reach(yaw: float) -> Pose:
            forward = (math.sin(math.radians(yaw)), math.cos(math.radians(yaw)), -0.42)
            return Pose((x, y - 6, z + 5), forward, 26, "pinch")

        # the wrist follows the lever, clockwise to OFF
        a, b, start, end = (-30, 6, 0, 90) if self.side > 0 else (-6, 30, 0, 90)
        if to == "on":
            a, b, start, end = b, a, 90, 0
        self.park_held()
        self.go(reach(a).but(fingers="relaxed"), 0.8)
        self.go(reach(a), 0.2, 0, at=device)
        n = self.count(0.5)
        for k in range(1, n + 1):
            u = ease(k / n)
            self.pose = reach(a + (b - a) * u)
            if k == n:
                self._set_power(device, to)
            self.emit(self.pose, {device: start + (end - start) * u})
        self.hold(0.3)
        self.at = None

    def _set_power(self, device: str, to: str) -> None:
        self.state["switches"][device], self.state["led"] = to, to == "on"
        if to == "off":
            self.state["switches"]["KM1"] = "out"
        self.change()

    def _press(self, action: Action) -> None:
        name = action["press"]
        x, y, z = self.layout["devices"]["S"]["buttons"][name]

        def reach(depth: float) -> Pose:
            forward = (self.lean(x, -0.22, 0.42), 0.84, -0.50)
            return Pose((x, y - 2, z + 1.5 - depth), forward, 22, "point", tip_weight=1.0)

        self.park_held()
        self.go(reach(-14), 0.7)
        self.go(reach(0), 0.2, 0, at=name)
        result = action.get("effect", self._press_effect(name))
        if any(self.state["switches"][k] != v for k, v in result.items()):
            self.state["switches"].update(result)
            self.change()
        self.pose = reach(4)
        self.hold(action.get("hold", 0.5), {name: 4})
        self.at = None
        self.go(reach(-14), 0.2, 0)

    def _press_effect(self, name: str) -> dict[str, str]:
        if name == "S1" and self.state["switches"]["Q1"] == "on":
            return {"KM1": "in"}
        return {"KM1": "out"} if name == "S2" else {}

    def _probe(self, action: Action) -> None:
        """Both probes between thumb and index, one tip on each terminal."""
        self.park_held()
        rest = {p: self.rest_pose(p, self.state["tools"][p]) for p in PROBES}
        grips = (tip + rotation @ Vector((GRIP_MM[p], 0, 0)) for p, (tip, rotation) in rest.items())
        forward = (-0.34 * self.side, 0.9, -0.32)
        grip = Pose(sum(grips, Vector()) / 2 + Vector((0, 0, 3)), forward, 32, "pinch")
        self.go(grip.open_near(0, 8), 0.8)
        self.go(grip, 0.2, 0, at="probes")
        self.pose = grip.but(held=dict(rest))
        self._set_probes("hand")
        self.go(self._probing_pose(action["probe"], forward), 0.9, 30)
        self.at = "/".join(action["probe"])
        self.hold(0.3)
        self._show(f"{float(action['display']):.1f}")
        self.hold(action.get("hold", 1.4))
        self._show("")
        self.go(grip.but(held=dict(rest)), 0.9, 30)
        self._set_probes("rest")
        self.pose = grip.but(held={})
        self.go(grip.open_near(-4, 14), 0.2, 0)

    def _probing_pose(self, terminals: list[str], forward: tuple[float, float, float]) -> Pose:
        ends = [Vector(self.layout["terminals"][t]) for t in terminals]
        if self.side * (ends[0].x - ends[1].x) > 0:  # the red probe on the far side from the hand
            ends.reverse()
        span = (ends[1] - ends[0]).length
        axis = Vector((0.18 * self.side, -0.60, 0.78)).normalized()
        point = (ends[0] + ends[1]) / 2 + axis * math.sqrt(max(55.0**2, 88.0**2 - (span / 2) ** 2))
        held = {
            p: (e, (point - e).normalized().to_track_quat("X", "Z"))
            for p, e in zip(PROBES, ends, strict=True)
        }
        return Pose(point, forward, 32, "pinch", held=held)

    def _set_probes(self, place: str) -> None:
        self.state["tools"].update(dict.fromkeys(PROBES, place))
        self.change()

    def _show(self, text: str) -> None:
        self.state["display"] = text
        self.change()

    def _wire(self, action: Action) -> None:
        wire = action["wire"]
        self.pick(action.get("tool", "screwdriver"))
        self.go(self.work_pose(wire["from"]), 0.7)
        self.turn(wire["from"])
        follow = self.drag(wire["from"], wire["color"], wire.get("seed", 0))
        self.go(self.work_pose(wire["to"]), 0.7, follow=follow)
        self._fasten(wire["from"], wire["to"], wire["color"])

    def _fasten(self, a: str, b: str, colour: str) -> None:
        """The wire's second end goes into its clamp."""
        self.loose = None
        key = f"{a}-{b}"
        self.state["wires"][key] = self.all_wires[key] = {"from": a, "to": b, "color": colour}
        self.change()
        self.turn(b)
        self.at = None

    def _loosen(self, key: str, tool: str) -> tuple[dict[str, str], Callable[[Pose], None]]:
        """The `to` end comes out of its clamp; returns the wire and the callback that draws it."""
        wire = self.state["wires"][key]
        self.pick(tool)
        self.go(self.work_pose(wire["to"]), 0.7)
        self.turn(wire["to"])
        del self.state["wires"][key]
        follow = self.drag(wire["from"], wire["color"])
        follow(self.pose)
        self.change()
        return wire, follow

    def _unwire(self, action: Action) -> None:
        wire, follow = self._loosen(action["unwire"], action.get("tool", "screwdriver"))
        self.go(self.work_pose(wire["from"]), 0.7, follow=follow)
        self.turn(wire["from"])
        self.loose = None
        self.at = None

    def _rewire(self, action: Action) -> None:
        """Move the `to` end of a wire to another terminal: {rewire: key, to: terminal}."""
        wire, follow = self._loosen(action["rewire"], action.get("tool", "screwdriver"))
        self.go(self.work_pose(action["to"]), 0.5, follow=follow)
        self._fasten(wire["from"], action["to"], wire["color"])

    def _move_tool(self, action: Action) -> None:
        self.pick(action["move_tool"])
        self.put(action["move_tool"], action["to"])

    def _idle(self, action: Action) -> None:
        self.hold(action["idle"] / self.pace)

    def _away(self, action: Action) -> None:
        self.park_held()
        self.leave()
        self.at = None
        self.hold(max(0.0, action["away"] / self.pace))


def describe(kind: str, action: Action) -> str:
    """Name of an action that the scenario does not name."""
    value = action[kind]
    if kind == "wire":
        return f"wire {value['from']}-{value['to']} {value['color']}"
    if kind == "probe":
        return f"probe {value[0]}/{value[1]}"
    return f"{kind} {value}" + (f" {on_off(action['to'])}" if "to" in action else "")
