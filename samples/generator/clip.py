"""Scenario -> pictures of a recording: a background per state and a patch per distinct hand pose.

Finished pictures are kept in the work folder under a hash of what they show, so every render resumes.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import picture
import scene
import textures
import yaml
from actions import Planner
from bench import Bench, State
from hand import Hand
from hand_skin import skin_material
from layout import SKINS, SLEEVES, make_layout
from picture import Array, Region

log = logging.getLogger("generator")


def fingerprint(*parts: Any) -> str:
    """Short hash of visible content, lengths rounded to 0.05 mm."""

    def plain(v: Any) -> Any:
        if isinstance(v, dict):
            return {str(k): plain(x) for k, x in sorted(v.items())}
        if isinstance(v, str | bool | None):
            return v
        if hasattr(v, "__len__"):
            return [plain(x) for x in v]
        return round(float(v) * 20) / 20 if abs(v) > 2 else round(float(v), 3)

    return hashlib.sha1(json.dumps(plain(parts)).encode()).hexdigest()[:12]


class Clip:
    """One recording: its bench, hand, camera and plan of frames."""

    def __init__(self, scenario_path: Path, work: Path, size: tuple[int, int] | None = None) -> None:
        self.scenario = yaml.safe_load(scenario_path.read_text(encoding="utf-8"))
        self.video = self.scenario["video"]
        self.size = size or (self.video["width"], self.video["height"])
        self.work = work
        self.work.mkdir(parents=True, exist_ok=True)
        self.layout = make_layout(self.scenario["seed"], **self.scenario.get("bench", {}))
        scene.reset()
        self.bench = Bench(self.layout, textures.ensure(work / "textures"))
        look = self.layout["appearance"]
        self.hand = Hand(self.layout["hand"], skin_material(SKINS[look["skin"]]), SLEEVES[look["sleeve"]])
        self.camera = picture.camera_matrices(self.layout["camera"], *self.size)
        self.plan = Planner(self.layout, self.scenario, self.bench.rest_pose).run(self.scenario["actions"])
        for key, wire in self.plan.all_wires.items():
            self.bench.add_wire(key, wire)

    @property
    def used_states(self) -> list[int]:
        """States that a frame shows, in order."""
        return sorted({f["state"] for f in self.plan.frames})

    # -- one frame -------------------------------------------------------------------
    def set_frame(self, frame: dict[str, Any]) -> list[Any]:
        """Pose everything; returns the moving objects."""
        pose, state = frame["pose"], self.plan.states[frame["state"]]
        held = {k: (tuple(t), q) for k, (t, q) in pose.held.items()} if pose else {}
        moving = self.bench.apply(state, held, frame["anim"], frame["loose"])
        if pose:
            self.hand.place(pose)
            moving = moving + self.hand.objects
        self.hand.show(pose is not None)
        return moving

    def frame_key(self, frame: dict[str, Any]) -> str:
        """Equal for frames that show the same picture."""
        pose = frame["pose"]
        return fingerprint(
            self.plan.states[frame["state"]],
            pose and [pose.anchor, pose.forward, pose.roll, pose.fingers, pose.tip_weight],
            {k: [tuple(t), list(q)] for k, (t, q) in pose.held.items()} if pose else {},
            frame["anim"],
            frame["loose"],
        )

    def region(self, points: Array, margin: int) -> Region | None:
        """Pixels that some points and their shadows touch."""
        return picture.pixel_region(points, self.camera, self.size, self.layout["lights"], margin)

    # -- backgrounds -----------------------------------------------------------------
    def show_background(self, index: int) -> State:
        """Show a state with the tools that the hand holds taken out of the picture."""
        state = self.plan.states[index]
        gone = [t for t, place in state["tools"].items() if place == "hand"]
        self.hand.show(False)
        self.bench.apply(rest_state(state))
        hidden = [o for t in gone for o in (*self.bench.tools[t].parts, *self.bench.leads_of(t))]
        for obj in self._tool_parts() + self.bench.dynamic:
            obj.hide_render = obj in hidden
        return state

    def restore_tools(self) -> None:
        """Bring all tools back into the picture."""
        for obj in self._tool_parts():
            obj.hide_render = False

    def _tool_parts(self) -> list[Any]:
        return [part for tool in self.bench.tools.values() for part in tool.parts]

    def _differing_objects(self, a: State, b: State) -> list[Any]:
        """Objects whose look differs between two states, in the pose of the state shown now."""
        bench, devices = self.bench, self.bench.devices
        out = [part for key in set(a["wires"]) ^ set(b["wires"]) for part in bench.wires[key]]
        for tool in a["tools"]:
            if a["tools"][tool] != b["tools"][tool]:
                out += [*bench.tools[tool].parts, *bench.leads_of(tool)]
        if a["switches"]["Q1"] != b["switches"]["Q1"]:
            out += [o for o in devices.objects["Q1"] if o.parent == devices.handle]
        if a["led"] != b["led"]:
            out.append(devices.led)
        if a["switches"]["KM1"] != b["switches"]["KM1"]:
            out.append(devices.indicator)
        if a["display"] != b["display"]:
            out += [o for o in devices.objects["mm"] if o.name.startswith("mm_lcd")]
        return out

    def _difference_region(self, a: State, b: State) -> Region | None:
        """Pixels that differ between two states, counting both appearances of moved tools."""
        points = []
        for state in (a, b):
            self.bench.apply(rest_state(state))
            objects = self._differing_objects(a, b)
            if objects:
                points.append(scene.object_points(objects))
        return self.region(np.concatenate(points), 24) if points else None

    def backgrounds(self, samples: int = 24) -> dict[int, Array]:
        """Float image per state: the nearest earlier picture and a rendered patch where something differs."""
        images: dict[int, Array] = {}
        shown: dict[str, tuple[Array, State]] = {}
        for i in self.used_states:
            state = self.plan.states[i]
            key = fingerprint(state)
            if key not in shown:
                shown[key] = (self._background(i, list(shown.values()), samples), state)
            images[i] = shown[key][0]
        self.restore_tools()
        return images

    def _background(self, index: int, shown: list[tuple[Array, State]], samples: int) -> Array:
        state = self.plan.states[index]
        key = fingerprint(state)
        if not shown:
            path = self.work / f"bg_{key}.png"
            self._render_background(index, path, None, samples)
            return picture.read_float(path)
        regions = [self._difference_region(before, state) for _, before in shown]
        best = min(range(len(shown)), key=lambda k: _area(regions[k]))
        image, region = shown[best][0].copy(), regions[best]
        if region:
            path = self.work / f"bg_{key}_{fingerprint(shown[best][1])}.png"
            self._render_background(index, path, region, samples)
            picture.paste(image, picture.read_float(path), region)
        return image

    def _render_background(self, index: int, path: Path, region: Region | None, samples: int) -> None:
        if not path.exists():
            self.show_background(index)
            scene.render(path, region, samples)

    # -- patches with the hand -----------------------------------------------------------
    def patches(self, samples: int = 8) -> list[dict[str, Any]]:
        """Per frame: `key` of its patch, `region`, joints (mm) and box of the hand; None where it is away."""
        done: dict[str, dict[str, Any]] = {}
        records = []
        for i, frame in enumerate(self.plan.frames):
            if frame["pose"] is None:
                records.append({"region": None, "key": None, "joints": None})
                continue
            key = self.frame_key(frame)
            if key not in done:
                done[key] = self._patch(frame, key, samples)
            records.append(done[key])
            if i % 25 == 0:
                log.info("frame %d/%d", i, len(self.plan.frames))
        return records

    def _patch(self, frame: dict[str, Any], key: str, samples: int) -> dict[str, Any]:
        note = self.work / f"p_{key}.json"
        if note.exists():
            return json.loads(note.read_text(encoding="utf-8"))
        region = self.region(scene.object_points(self.set_frame(frame)), 16)
        if region and not self.patch_path(key).exists():
            scene.render(self.patch_path(key), region, samples)
        joints = self.hand.joints().tolist()
        record = {"region": region, "key": key, "joints": joints, "box": self._hand_box()}
        note.write_text(json.dumps(record), encoding="utf-8")
        return record

    def patch_path(self, key: str) -> Path:
        """Picture of a patch."""
        return self.work / f"p_{key}.png"

    def _hand_box(self) -> list[float] | None:
        """Box of hand and bare forearm in the picture (occlusion by devices does not occur)."""
        points = scene.object_points([self.hand.mesh, self.hand.forearm], 7)
        p = picture.project(points, self.camera)
        box = np.clip(np.array([p.min(0), p.max(0)]), 0, self.size).round(1).ravel().tolist()
        return box if box[2] - box[0] > 4 and box[3] - box[1] > 4 else None


def rest_state(state: State) -> State:
    """The state with held tools laid back."""
    if "hand" not in state["tools"].values():
        return state
    rest = {k: "rest" if "probe" in k else "tray" for k, v in state["tools"].items() if v == "hand"}
    return {**state, "tools": {**state["tools"], **rest}}


def _area(region: Region | None) -> int:
    return (region[2] - region[0]) * (region[3] - region[1]) if region else 0
