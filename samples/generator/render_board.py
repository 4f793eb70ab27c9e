"""Command: specification of finished boards -> photo, ID mask, truth and bench file each.

python render_board.py scenarios/boards.yaml --out boards --work .cache/boards
One entry per picture: {name, seed, bench: {...}, wires: [[from, to, colour], ...], faults, tools, Q1}
Faults: {missing: key} {wrong_terminal: key, to: terminal} {wrong_color: key, color: c}
        {long_copper: key, end: to, mm: 14} {loose: key, end: to} {loop: key}
        (key = "from-to" of the intended wire)
"""

import argparse
import copy
import json
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import picture
import scene
import textures
import yaml
from bench import Bench
from clip import log
from layout import TOOL_CLASSES, TOOLS_AT_REST, Layout, make_layout
from motion import on_off
from render_clip import write_bench

Wire = dict[str, Any]
END = {"from": 0, "to": 1}
FAULTS = ("missing", "wrong_terminal", "wrong_color", "long_copper", "loose", "loop")


def apply_faults(wires: list[list[str]], faults: list[dict[str, Any]]) -> dict[str, Wire]:
    """Intended netlist + faults -> wires as they really are, with drawing options."""
    real: dict[str, Wire] = {f"{a}-{b}": {"from": a, "to": b, "color": c, "draw": {}} for a, b, c in wires}
    for fault in faults:
        kind = next(k for k in FAULTS if k in fault)
        if kind == "missing":
            del real[fault[kind]]
        else:
            _spoil(real[fault[kind]], kind, fault)
    return real


def _spoil(wire: Wire, kind: str, fault: dict[str, Any]) -> None:
    end = fault.get("end", "to")
    if kind == "wrong_terminal":
        wire[end] = fault["to"]
    elif kind == "wrong_color":
        wire["color"] = fault["color"]
    elif kind == "long_copper":
        wire["draw"].setdefault("bare", {})[END[end]] = fault.get("mm", 14)
    elif kind == "loose":
        wire["draw"]["loose"] = END[end]
    else:
        wire["draw"]["loop"] = True


class Board:
    """A finished board in Blender, ready to be photographed."""

    def __init__(self, spec: dict[str, Any], work: Path, size: tuple[int, int]) -> None:
        self.spec, self.work, self.size = spec, work, size
        self.layout: Layout = make_layout(spec["seed"], **spec.get("bench", {}))
        scene.reset()
        self.bench = Bench(self.layout, textures.ensure(work / "textures"))
        self.real = apply_faults(copy.deepcopy(spec["wires"]), spec.get("faults", []))
        for key, wire in self.real.items():
            self.bench.add_wire(key, wire, spec.get("wire_seed", 0), wire["draw"])
        power = on_off(spec.get("Q1", "off"))
        tools = {**TOOLS_AT_REST, **spec.get("tools", {})}
        state = {"switches": {"Q1": power, "KM1": "out"}, "led": power == "on", "display": ""}
        self.bench.apply({**state, "wires": self.real, "tools": tools})
        self.camera = picture.camera_matrices(self.layout["camera"], *size)

    def photo(self, samples: int) -> picture.Array:
        """Render the picture, with sensor noise."""
        scene.use_cycles(*self.size, samples)
        scene.render(self.work / "board.png")
        rng = np.random.default_rng(self.spec["seed"])
        return picture.camera_noise(picture.read_float(self.work / "board.png"), rng)

    def truth(self) -> tuple[picture.Array, dict[str, Any]]:
        """The ID mask and the truth."""
        mask, ids = scene.id_mask(self.bench.groups(), self.work / "mask.png")
        boxes = picture.mask_boxes(mask, ids)
        classes = {n: d["class"] for n, d in self.layout["devices"].items()}
        return mask, {
            "synthetic": True,
            "seed": self.spec["seed"],
            "width": self.size[0],
            "height": self.size[1],
            "layout_order": self.layout["order"],
            "camera": picture.camera_truth(self.camera),
            "intended": [{"from": a, "to": b, "color": c} for a, b, c in self.spec["wires"]],
            "netlist": [wire_truth(key, w, boxes.get("wire:" + key)) for key, w in self.real.items()],
            "faults": self.spec.get("faults", []),
            "boxes": {n: b for n, b in boxes.items() if not n.startswith("wire:")},
            "classes": {**classes, **TOOL_CLASSES},
            "terminals_px": picture.project_named(self.layout["terminals"], self.camera, 2),
            "mask_ids": ids,
        }


def wire_truth(key: str, wire: Wire, visible: dict[str, Any] | None) -> dict[str, Any]:
    """One wire of the real netlist."""
    draw = wire["draw"]
    bare, loose = draw.get("bare", {}), draw.get("loose")
    return {
        "key": key,
        "from": wire["from"],
        "to": wire["to"],
        "color": wire["color"],
        "fastened": loose is None,
        "loose_end": {0: "from", 1: "to"}.get(loose),
        "bare_mm": {name: bare[i] for name, i in END.items() if i in bare},
        "loop": draw.get("loop", False),
        "visible": visible,
    }


def render_one(board: Board, out: Path, samples: int) -> None:
    """Photo, mask, bench file and truth of one board."""
    name, image = board.spec["name"], board.photo(samples)
    mask, truth = board.truth()
    cv2.imwrite(str(out / f"{name}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 93])
    cv2.imwrite(str(out / f"{name}.mask.png"), mask)
    write_bench(out / f"{name}.bench.yaml", picture.bench_document(board.layout, board.camera, board.size))
    (out / f"{name}.truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")
    log.info("done: %s", name)


def main() -> None:
    """Parse the command line and render the boards that --out does not hold yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("spec", type=Path)
    parser.add_argument("--out", type=Path, default=Path("boards"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--samples", type=int, default=24)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    args.out.mkdir(parents=True, exist_ok=True)
    args.work.mkdir(parents=True, exist_ok=True)
    width, height = (int(v) for v in args.size.split("x"))
    document = yaml.safe_load(args.spec.read_text(encoding="utf-8"))
    for spec in document["boards"]:
        spec.setdefault("wires", document["wires"])
        if not (args.out / f"{spec['name']}.truth.json").exists():
            render_one(Board(spec, args.work, (width, height)), args.out, args.samples)


if __name__ == "__main__":
    main()
