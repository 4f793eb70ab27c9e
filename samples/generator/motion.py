"""Hand movements over time: poses, moving between them, gripping and turning tools; one entry per frame."""

import copy
import math
from collections.abc import Callable
from typing import Any

import bpy  # noqa: F401, isort: skip  (mathutils exists only after it)
from hand import POSES
from layout import TOOLS_AT_REST, Layout, wire_path
from mathutils import Quaternion, Vector

GRIP_MM = {
    "screwdriver": 100.0,
    "wire_stripper": 105.0,
    "probe_red": 74.0,
    "probe_black": 74.0,
}  # from the tip


def on_off(value: Any) -> Any:
    """YAML reads bare on/off as booleans."""
    return {True: "on", False: "off"}.get(value, value)


def ease(u: float) -> float:
    """Smooth start and stop of a movement, 0..1 -> 0..1."""
    return u * u * (3 - 2 * u)


class Pose:
    """Hand pose plus the tools it holds.

    anchor: pinch point (mm); forward: wrist to fingers; roll: degrees from palm-down towards a
    half-pronated hand; held: tool -> (tip, rotation).
    """

    def __init__(self, anchor: Any, forward: Any, roll: float, fingers: Any, **rest: Any) -> None:
        self.anchor, self.forward, self.roll = Vector(anchor), Vector(forward).normalized(), roll
        self.fingers = POSES[fingers] if isinstance(fingers, str) else fingers
        self.tip_weight: float = rest.get("tip_weight", 0.0)
        self.held: dict[str, Any] = rest.get("held", {})

    def mix(self, other: "Pose", u: float, lift: float = 0.0) -> "Pose":
        """The pose at `u` on the way to `other`, lifted in the middle; what both hold stays held."""
        up = Vector((0, 0, lift * math.sin(math.pi * u)))
        held = {
            k: (tip.lerp(other.held[k][0], u) + up, rotation.slerp(other.held[k][1], u))
            for k, (tip, rotation) in self.held.items()
            if k in other.held
        }
        return Pose(
            self.anchor.lerp(other.anchor, u) + up,
            self.forward.lerp(other.forward, u),
            self.roll + (other.roll - self.roll) * u,
            self.fingers + (other.fingers - self.fingers) * u,
            tip_weight=self.tip_weight + (other.tip_weight - self.tip_weight) * u,
            held=held,
        )

    def but(self, **changes: Any) -> "Pose":
        """The same pose with some fields changed."""
        changed = copy.copy(self)
        for name, value in changes.items():
            setattr(changed, name, POSES[value] if name == "fingers" and isinstance(value, str) else value)
        return changed

    def open_near(self, dy: float, dz: float) -> "Pose":
        """The same pose with relaxed, empty fingers a little off the place."""
        return self.but(held={}, fingers="relaxed", anchor=self.anchor + Vector((0, dy, dz)))


class Motion:
    """Plays movements into `frames` and changes of the bench into `states`; `log` holds the actions."""

    def __init__(self, layout: Layout, scenario: dict[str, Any], rest_pose: Callable[..., Any]) -> None:
        self.layout, self.rest_pose = layout, rest_pose
        self.fps: int = scenario["video"]["fps"]
        self.pace: float = scenario.get("pace", 1.0)
        self.side = 1 if layout["hand"] == "right" else -1
        self.home = Pose((self.side * 185, -470, 110), (-0.3 * self.side, 0.9, -0.25), 30, "relaxed")
        self.state = initial_state(scenario.get("initial", {}))
        self.states = [copy.deepcopy(self.state)]
        self.frames: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.pose: Any = None
        self.at: str | None = None  # terminal or device being worked on
        self.loose: dict[str, Any] | None = None  # wire being drawn
        self.all_wires = dict(self.state["wires"])

    # -- time ------------------------------------------------------------------------
    def emit(self, pose: Pose | None, anim: dict[str, float] | None = None) -> None:
        """Add one frame."""
        frame = {"pose": pose, "anim": anim or {}, "loose": self.loose, "at": self.at}
        self.frames.append(frame | {"state": len(self.states) - 1, "held": sorted(pose.held) if pose else []})

    def count(self, seconds: float) -> int:
        """Frames in a time, at least one."""
        return max(1, round(seconds * self.pace * self.fps))

    def go(
        self,
        pose: Pose,
        seconds: float,
        lift: float = 25.0,
        follow: Callable[[Pose], None] | None = None,
        at: str | None = None,
    ) -> None:
        """Move to a pose. follow(pose) may update the loose wire; at = what the hand already touches."""
        start, n = self.pose or self.home, self.count(seconds)
        self.at = at
        for k in range(1, n + 1):
            now = start.mix(pose, ease(k / n), lift) if k < n else pose
            if follow:
                follow(now)
            self.emit(now)
        self.pose = pose

    def hold(self, seconds: float, anim: dict[str, float] | None = None) -> None:
        """Stay."""
        for _ in range(self.count(seconds)):
            self.emit(self.pose, anim)

    def leave(self, seconds: float = 0.8) -> None:
        """Take the hand out of the picture."""
        if self.pose:
            self.go(self.home, seconds, 0)
        self.pose = None

    def change(self) -> None:
        """Record the state after an edit of self.state."""
        now = copy.deepcopy(self.state)
        self.log[-1]["effects"].append({"frame": len(self.frames), "what": changes(self.states[-1], now)})
        self.states.append(now)

    # -- tools -----------------------------------------------------------------------
    def lean(self, x: float, middle: float, change: float = 0.5) -> float:
        """Sideways component of a direction: the arm straightens as the hand reaches out on its own side."""
        return self.side * (middle + change * min(1, max(0, self.side * x / 200)))

    def grip_pose(self, tool: str, tip: Any, rotation: Any, roll: float = 34) -> Pose:
        """Hand around the handle of a tool whose tip is at `tip`."""
        anchor = tip + rotation @ Vector((GRIP_MM[tool], 0, 0))
        forward = (self.lean(anchor.x, -0.38), 0.9, -0.30)
        return Pose(anchor, forward, roll, "driver", held={tool: (tip, rotation)})

    def pick(self, tool: str, seconds: float = 0.8) -> None:
        """Take a tool from where it lies, first laying back another one."""
        if self.pose and tool in self.pose.held:
            return
        if self.pose and self.pose.held:
            self.put(next(iter(self.pose.held)), "tray")
        grip = self.grip_pose(tool, *self.rest_pose(tool, self.state["tools"][tool]))
        self.go(grip.open_near(0, 6), seconds)
        self.go(grip.but(held={}), 0.2, 0, at=tool)
        self.pose = grip
        self.state["tools"][tool] = "hand"
        self.change()

    def put(self, tool: str, place: Any, seconds: float = 0.8) -> None:
        """Lay a held tool at a place of its tool spots."""
        grip = self.grip_pose(tool, *self.rest_pose(tool, place))
        self.go(grip, seconds)
        self.state["tools"][tool] = place
        self.change()
        self.pose = grip.but(held={})
        self.go(grip.open_near(-4, 12), 0.3, 0)

    def park_held(self) -> None:
        """An action that needs empty fingers first lays a held tool on the mat."""
        if self.pose and self.pose.held:
            self.put(next(iter(self.pose.held)), "mat")

    def work_pose(self, terminal: str, twist: float = 0.0) -> Pose:
        """Screwdriver tip on the clamp screw, handle towards the worker's hand side."""
        target = Vector(self.layout["terminals"][terminal])
        axis = Vector((self.lean(target.x, 0.34, -0.62), -0.62, 0.72)).normalized()
        rotation = axis.to_track_quat("X", "Z") @ Quaternion((1, 0, 0), math.radians(twist))
        return self.grip_pose("screwdriver", target + Vector((0, 0, 0.5)), rotation, 34 + 0.35 * twist)

    def turn(self, terminal: str, seconds: float = 0.8) -> None:
        """Turn the screw: a short cycle of few distinct poses, so frames can be reused."""
        cycle = [self.work_pose(terminal, twist) for twist in (0, 22, 40, 22)]
        self.at = terminal
        for k in range(self.count(seconds)):
            self.pose = cycle[k % 4]
            self.emit(self.pose)
        self.pose = cycle[0]

    def drag(self, fixed: str, colour: str, seed: int = 0) -> Callable[[Pose], None]:
        """Callback that draws a wire from a terminal to the tip of the tool in the hand."""

        def follow(pose: Pose) -> None:
            tip = next(iter(pose.held.values()))[0]
            points = wire_path(self.layout, fixed, tuple(tip + Vector((0, 0, 1))), seed)
            path = [tuple(round(float(c), 1) for c in p) for p in points]
            self.loose = {"path": path, "color": colour, "from": fixed}

        return follow


def initial_state(initial: dict[str, Any]) -> dict[str, Any]:
    """Switches, LED, display, wires and tools before the first action."""
    power = on_off(initial.get("Q1", "off"))
    wires = {f"{a}-{b}": {"from": a, "to": b, "color": colour} for a, b, colour in initial.get("wires", [])}
    return {
        "switches": {"Q1": power, "KM1": "out"},
        "led": power == "on",
        "display": "",
        "wires": wires,
        "tools": {**TOOLS_AT_REST, **initial.get("tools", {})},
    }


def changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between two states, as truth files say it."""
    switches, tools = now["switches"], now["tools"]
    what = [f"{k} {v}" for k, v in switches.items() if v != before["switches"][k]]
    what += [f"wire {k} removed" for k in before["wires"] if k not in now["wires"]]
    what += [f"wire {k} present" for k in now["wires"] if k not in before["wires"]]
    what += [f"{k} to {v}" for k, v in tools.items() if v != before["tools"][k]]
    return what + ([f"display '{now['display']}'"] if now["display"] != before["display"] else [])
