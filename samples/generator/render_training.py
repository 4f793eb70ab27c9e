"""Command: random training pictures with YOLO boxes: few backgrounds, many hand and tool patches on each.

python render_training.py --out training --work .cache/training --count 300 --per-background 10
Writes images/NNNN.jpg, labels/NNNN.txt (class cx cy w h, normalised, visible part), dataset.yaml. Resumes.
"""

import argparse
import logging
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bpy  # noqa: F401, isort: skip  (mathutils exists only after it)
import cv2
import numpy as np
import picture
import scene
import textures
import yaml
from bench import Bench
from clip import log
from hand import POSES, Hand
from hand_skin import skin_material
from layout import RAIL_Y, SKINS, SLEEVES, TOOL_CLASSES, WIRE_COLOURS, Layout, make_layout
from mathutils import Quaternion, Vector
from motion import Pose

NAMES = [
    "hand",
    "screwdriver",
    "wire_stripper",
    "multimeter",
    "contactor",
    "relay",
    "terminal_block",
    "power_supply",
    "button_box",
    "isolator",
    "wire",
    "tool_tip",  # written by label_tool_tips.py
    "gloved_hand",
    "pliers",  # none is rendered
]
GRIP_MM = {"screwdriver": 100, "wire_stripper": 108}
FIRST_SEED, FIRST_VARIED_SEED = 9000, 9500
GLOVED_SHARE = 0.6
GLOVES = {  # base colour, thickness in mm: cotton, nitrile, ESD knit, leather
    "white cotton": ((0.8, 0.8, 0.77), 1.4),
    "grey knit": ((0.33, 0.34, 0.36), 1.5),
    "black nitrile": ((0.015, 0.015, 0.018), 0.8),
    "blue nitrile": ((0.05, 0.16, 0.5), 0.8),
    "yellow leather": ((0.6, 0.36, 0.1), 2.4),
    "orange coated": ((0.75, 0.2, 0.03), 1.8),
    "green coated": ((0.05, 0.3, 0.1), 1.8),
}
HANDLE_COLOURS = [
    (0.7, 0.02, 0.02),
    (0.75, 0.5, 0.02),
    (0.02, 0.08, 0.5),
    (0.02, 0.02, 0.02),
    (0.02, 0.25, 0.08),
    (0.5, 0.5, 0.5),
    (0.75, 0.22, 0.02),
    (0.05, 0.3, 0.35),
]


def random_net(layout: Layout, rng: random.Random) -> list[tuple[str, str, str]]:
    """Random plausible wires: same side of the rail, no terminal used twice."""
    rows: dict[bool, list[str]] = {True: [], False: []}
    for name, at in layout["terminals"].items():
        rows[at[1] > RAIL_Y].append(name)
    wires = []
    for names in rows.values():
        rng.shuffle(names)
        for a, b in zip(names[::2], names[1::2], strict=False):
            near = abs(layout["terminals"][a][0] - layout["terminals"][b][0]) < 330
            if rng.random() < 0.45 and near:
                wires.append((a, b, rng.choice(list(WIRE_COLOURS))))
    return wires[: rng.randint(3, 9)]


def random_tool_spots(rng: random.Random) -> dict[str, Any]:
    """Tools in the tray, on the mat or across the board."""
    spots: dict[str, Any] = {"probe_red": "rest", "probe_black": "rest"}
    for tool in ("screwdriver", "wire_stripper"):
        if rng.random() < 0.45:
            spots[tool] = "tray"
            continue
        yaw, on_board = rng.uniform(0, 360), rng.random() < 0.2
        dx, dy = 70 * np.cos(np.radians(yaw)), 70 * np.sin(np.radians(yaw))
        y = rng.uniform(-40, 0) if on_board else rng.uniform(-120, -45)
        spots[tool] = [[rng.uniform(-75, 75) - dx, y - dy, 48 if on_board else 24], yaw]
    return spots


def webcam(image: picture.Array, rng: random.Random, noise: np.random.Generator) -> picture.Array:
    """Cheap webcam: white balance, exposure, slight blur, noise."""
    image = image * np.array([rng.uniform(0.92, 1.08) for _ in range(3)]) * rng.uniform(0.82, 1.15)
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), rng.uniform(0.4, 1.1))
    return picture.camera_noise(image, noise)


class Group:
    """One bench, camera and light with its full background; a picture is that background and a hand patch.

    Benches of seeds from FIRST_VARIED_SEED on have tool handles of any colour, most of them gloved hands.
    """

    def __init__(self, seed: int, work: Path, size: tuple[int, int], samples: int) -> None:
        rng = random.Random(seed)
        self.work, self.size, self.samples = work, size, samples
        self.layout = make_layout(seed)
        _vary(self.layout, rng)
        scene.reset()
        self.bench = Bench(self.layout, textures.ensure(work / "textures"))
        for a, b, colour in random_net(self.layout, rng):
            self.bench.add_wire(f"{a}-{b}", {"from": a, "to": b, "color": colour}, seed - FIRST_SEED)
        look = self.layout["appearance"]
        skin, sleeve = skin_material(SKINS[look["skin"]]), SLEEVES[look["sleeve"]]
        self.hands = {side: Hand(side, skin, sleeve, rng.random() < 0.6) for side in ("right", "left")}
        self.hand_class = "hand"
        if seed >= FIRST_VARIED_SEED:
            self._vary_hands_and_tools(seed)
        self.state = self._random_state(rng)
        self.camera = picture.camera_matrices(self.layout["camera"], *size)
        scene.use_cycles(*size, samples)
        self.held_tool = rng.choice([None, "screwdriver", "screwdriver", "wire_stripper"])
        for hand in self.hands.values():
            hand.show(False)
        self._empty: picture.Array | None = None

    def _vary_hands_and_tools(self, seed: int) -> None:
        rng = random.Random(f"varied {seed}")
        for tool in ("screwdriver", "wire_stripper"):
            handle = scene.material("handle", rng.choice(HANDLE_COLOURS), rng.uniform(0.3, 0.7))
            for part in self.bench.tools[tool].parts:
                if "handle" in part.name:
                    part.data.materials[0] = handle
        if rng.random() < GLOVED_SHARE:
            self.hand_class = "gloved_hand"
            glove = rng.choice(list(GLOVES.values()))
            for hand in self.hands.values():
                hand.wear_glove(*glove)

    def _random_state(self, rng: random.Random) -> dict[str, Any]:
        power = rng.random() < 0.5
        return {
            "switches": {"Q1": "on" if power else "off", "KM1": rng.choice(["in", "out"])},
            "led": power,
            "wires": dict.fromkeys(self.bench.wires),
            "display": rng.choice(["", "0.0", "24.1", "23.9", "12.3", "230"]),
            "tools": random_tool_spots(rng),
        }

    @property
    def classes(self) -> dict[str, str]:
        """Name of an object in the mask -> class."""
        devices = {n: d["class"] for n, d in self.layout["devices"].items()}
        return (
            devices
            | TOOL_CLASSES
            | {"hand": self.hand_class}
            | {"wire:" + k: "wire" for k in self.bench.wires}
        )

    def background(self) -> picture.Array:
        """The bench without hand and without the tool that the hands hold, rendered once."""
        if self._empty is None:
            self.bench.apply(self.state)
            gone = self.bench.tools[self.held_tool].parts if self.held_tool else []
            for obj in gone:
                obj.hide_render = True
            scene.render(self.work / "bg.png")
            self._empty = picture.read_float(self.work / "bg.png")
            for obj in gone:
                obj.hide_render = False
        return self._empty.copy()

    def take(self, index: int, first: bool) -> tuple[picture.Array, list[str]]:
        """Picture and YOLO lines; the first of a group stays empty unless a tool is held."""
        rng, noise = random.Random(index * 31 + 7), np.random.default_rng(index)
        hand, pose = self._random_hand(rng)
        image = self.background()
        moving = self.bench.apply(self.state, pose.held)
        groups = self.bench.groups(self.state)
        if not first or self.held_tool:
            hand.show(True)
            hand.place(pose)
            self._paste_patch(image, moving + hand.objects)
            groups["hand"] = [part for part in hand.objects if part is not hand.sleeve]
            groups["sleeve"] = [hand.sleeve]
        mask, ids = scene.id_mask(groups, self.work / "mask.png")
        hand.show(False)
        seen = webcam(image, rng, noise)
        quality = [cv2.IMWRITE_JPEG_QUALITY, rng.randint(70, 94)]
        return cv2.imencode(".jpg", seen, quality)[1], yolo_lines(mask, ids, self.classes, self.size)

    def _random_hand(self, rng: random.Random) -> tuple[Hand, Pose]:
        side = rng.choice(["right", "right", "left"])
        fingers = "driver" if self.held_tool else rng.choice(list(POSES))
        sign = 1 if side == "right" else -1
        angles = POSES[fingers] + np.array([_shake(rng) for _ in range(5)])
        anchor = Vector((rng.uniform(-210, 210), rng.uniform(-120, 100), rng.uniform(85, 130)))
        forward = (sign * rng.gauss(-0.35, 0.25), 0.9, rng.gauss(-0.32, 0.12))
        roll = rng.gauss(30, 12)
        held: dict[str, Any] = {}
        if self.held_tool:
            axis = Vector((sign * rng.gauss(0.3, 0.2), -0.65, rng.uniform(0.3, 0.75))).normalized()
            rotation = axis.to_track_quat("X", "Z") @ Quaternion((1, 0, 0), rng.uniform(0, 6))
            anchor.z += 15
            held = {self.held_tool: (anchor - axis * GRIP_MM[self.held_tool], rotation)}
        return self.hands[side], Pose(anchor, forward, roll, angles, held=held)

    def _paste_patch(self, image: picture.Array, moving: list[Any]) -> None:
        points = scene.object_points(moving)
        region = picture.pixel_region(points, self.camera, self.size, self.layout["lights"], 10)
        if region:
            scene.render(self.work / "patch.png", region, self.samples)
            picture.paste(image, picture.read_float(self.work / "patch.png"), region, 10)


def _vary(layout: Layout, rng: random.Random) -> None:
    """A camera and light further from the plain ones than recordings have."""
    at, target = layout["camera"]["location"], layout["camera"]["target"]
    at[:] = [at[0] + rng.gauss(0, 60), at[1] + rng.gauss(0, 60), at[2] * rng.uniform(0.85, 1.25)]
    target[:] = [target[0] + rng.gauss(0, 25), target[1] + rng.gauss(0, 18), 20]
    for light in layout["lights"]:
        light["power"] *= rng.uniform(0.65, 1.25)


def _shake(rng: random.Random) -> list[float]:
    return [rng.gauss(0, 4) if joint < 3 else rng.gauss(0, 2) for joint in range(4)]


def yolo_lines(
    mask: picture.Array, ids: dict[str, int], classes: dict[str, str], size: tuple[int, int]
) -> list[str]:
    """One line per visible object of a known class."""
    lines, (w, h) = [], size
    for name, b in picture.mask_boxes(mask, ids, 60).items():
        if classes.get(name) in NAMES:
            x0, y0, x1, y1 = b["box"]
            box = ((x0 + x1) / 2 / w, (y0 + y1) / 2 / h, (x1 - x0) / w, (y1 - y0) / h)
            lines.append(" ".join([str(NAMES.index(classes[name])), *(f"{v:.5f}" for v in box)]))
    return lines


def render_group(group: Group, indices: Iterable[int], out: Path) -> None:
    """The pictures of a group that are not there yet."""
    for k, index in enumerate(indices):
        label = out / "labels" / f"{index:04d}.txt"
        if not label.exists():
            jpeg, lines = group.take(index, first=k == 0)
            (out / "images" / f"{index:04d}.jpg").write_bytes(jpeg.tobytes())
            label.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_lists(out: Path, per_background: int) -> None:
    """train.txt and val.txt of the finished pictures; every sixth bench is validation only."""
    done = sorted(int(p.stem) for p in (out / "labels").glob("*.txt"))
    for name, wanted in (("train", False), ("val", True)):
        rows = [f"./images/{i:04d}.jpg" for i in done if (i // per_background % 6 == 5) == wanted]
        (out / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")


def main() -> None:
    """Parse the command line and render what --out does not hold yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("training"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--per-background", type=int, default=10)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--varied", action="store_true", help="gloves, tool handles of any colour")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for folder in (args.out / "images", args.out / "labels", args.work):
        folder.mkdir(parents=True, exist_ok=True)
    dataset = {"path": ".", "train": "train.txt", "val": "val.txt", "names": dict(enumerate(NAMES))}
    (args.out / "dataset.yaml").write_text(yaml.safe_dump(dataset, sort_keys=False), encoding="utf-8")
    width, height = (int(v) for v in args.size.split("x"))
    first_seed = FIRST_VARIED_SEED if args.varied else FIRST_SEED
    for number, start in enumerate(range(0, args.count, args.per_background)):
        indices = range(start, min(args.count, start + args.per_background))
        if not all((args.out / "labels" / f"{i:04d}.txt").exists() for i in indices):
            render_group(
                Group(first_seed + number, args.work, (width, height), args.samples), indices, args.out
            )
            log.info("%d/%d", indices[-1] + 1, args.count)
        write_lists(args.out, args.per_background)


if __name__ == "__main__":
    main()
