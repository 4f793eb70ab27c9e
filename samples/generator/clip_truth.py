"""Clip -> truth of the recording: actions, states with visible boxes, and every frame's hand and tools."""

from typing import Any

import numpy as np
import picture
import scene
from clip import Clip, fingerprint

Record = dict[str, Any]


def clip_truth(clip: Clip, records: list[Record]) -> Record:
    """Everything that truth.json holds (samples/README.md describes it)."""
    fps, (width, height) = clip.video["fps"], clip.size
    frames = _frames(clip, records)
    return {
        "title": clip.scenario.get("title"),
        "synthetic": True,
        "seed": clip.scenario["seed"],
        "fps": fps,
        "width": width,
        "height": height,
        "frame_count": len(frames),
        "duration": len(frames) / fps,
        "moving_share": round(np.mean([f["moving"] for f in frames]).item(), 3),
        "handedness": clip.layout["hand"],
        "camera": picture.camera_truth(clip.camera),
        "classes": {n: d["class"] for n, d in clip.layout["devices"].items()},
        "terminals_px": picture.project_named(clip.layout["terminals"], clip.camera, 2),
        "task": clip.scenario.get("task"),
        "actions": [_action(a, fps) for a in clip.plan.log],
        "states": _states(clip, _state_boxes(clip)),
        "frames": frames,
    }


def _action(entry: Record, fps: int) -> Record:
    effects = [{"t": round(e["frame"] / fps, 3), "what": e["what"]} for e in entry["effects"]]
    times = {key: round(entry[f"{key}_frame"] / fps, 3) for key in ("start", "end")}
    return {key: entry[key] for key in ("name", "kind", "spec")} | times | {"effects": effects}


def _state_boxes(clip: Clip) -> dict[int, Record]:
    """Visible boxes of devices, tools and wires per state (no hand; tools in the hand left out)."""
    boxes, made = {}, {}
    for i in clip.used_states:
        key = fingerprint(clip.plan.states[i])
        if key not in made:
            state = clip.show_background(i)
            made[key] = picture.mask_boxes(*scene.id_mask(clip.bench.groups(state), clip.work / "mask.png"))
        boxes[i] = made[key]
    clip.restore_tools()
    return boxes


def _states(clip: Clip, boxes: dict[int, Record]) -> list[Record]:
    fps, out = clip.video["fps"], []
    for index in clip.used_states:
        state = clip.plan.states[index]
        start = next(i for i, f in enumerate(clip.plan.frames) if f["state"] == index)
        wires = sorted(state["wires"].values(), key=lambda w: (w["from"], w["to"]))
        seen = {key: state[key] for key in ("switches", "led", "display", "tools")}
        out.append(
            {"index": index, "start": round(start / fps, 3), **seen, "wires": wires, "boxes": boxes[index]}
        )
    return out


def _frames(clip: Clip, records: list[Record]) -> list[Record]:
    rows: list[Record] = []
    previous = None
    for i, (frame, record) in enumerate(zip(clip.plan.frames, records, strict=True)):
        moving = record["key"] is not None and record["key"] != previous
        previous = record["key"]
        row = {"t": round(i / clip.video["fps"], 3), "state": frame["state"], "hand": False, "moving": moving}
        rows.append(row | (_hand_row(clip, frame, record) if record["region"] else {}))
    return rows


def _hand_row(clip: Clip, frame: Record, record: Record) -> Record:
    joints = picture.project(record["joints"], clip.camera)
    inside = ((joints >= 0) & (joints < clip.size)).all(1)
    row = {
        "hand": bool(inside.any()),
        "handedness": clip.layout["hand"],
        "joints": np.round(joints, 1).tolist(),
        "joints_inside": int(inside.sum()),
        "hand_box": record["box"],
        "held": frame["held"],
        "at": frame["at"],
    }
    tips = {name: frame["pose"].held[name][0] for name in frame["held"]}
    return row | ({"tool_tips": picture.project_named(tips, clip.camera, 1)} if tips else {})
