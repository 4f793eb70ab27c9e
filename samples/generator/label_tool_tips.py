"""Command: a copy of rendered training pictures whose labels hold the tips of the tools too; renders nothing.

python label_tool_tips.py training --out training_with_tips --work .cache/training --per-background 10
The tips follow from the seeds; one counts as visible when it lies in the visible box of its tool.
"""

import argparse
import random
import shutil
from pathlib import Path

import bpy  # noqa: F401, isort: skip  (mathutils exists only after it)
import picture
import scene
from render_training import FIRST_SEED, FIRST_VARIED_SEED, NAMES, Group

TIP_CLASS = "tool_tip"
TIP_BOX_PX = 32  # side of the box around a tip at a width of 640; at 16 the detector did not learn it
INSIDE_PX = 3  # a tip's outline reaches this far out of the tool's box
SIZE = (640, 360)

Box = tuple[float, float, float, float]


def tips_px(group: Group, index: int) -> dict[str, tuple[float, float]]:
    """Class of a tool -> its tip in the picture, as `Group.take` would place it."""
    _hand, pose = group._random_hand(random.Random(index * 31 + 7))
    group.bench.apply(group.state, pose.held)
    roots = {name: group.bench.tools[name].root for name in ("screwdriver", "wire_stripper")}
    points = picture.project([list(root.location / scene.MM) for root in roots.values()], group.camera)
    return {name: (float(x), float(y)) for name, (x, y) in zip(roots, points, strict=True)}


def tip_line(tip: tuple[float, float], number: int) -> str:
    """The YOLO line of a tip's box, cut at the edges of the picture."""
    x, y, half, (w, h) = *tip, TIP_BOX_PX / 2, SIZE
    left, top, right, bottom = max(0.0, x - half), max(0.0, y - half), min(w, x + half), min(h, y + half)
    box = ((left + right) / 2 / w, (top + bottom) / 2 / h, (right - left) / w, (bottom - top) / h)
    return " ".join([str(number), *(f"{value:.5f}" for value in box)])


def boxes_px(label: Path) -> dict[str, Box]:
    """Class -> visible box in pixels, as the label file has it."""
    boxes = {}
    for line in label.read_text(encoding="utf-8").splitlines():
        number, x, y, w, h = (float(word) for word in line.split())
        x, w, y, h = x * SIZE[0], w * SIZE[0], y * SIZE[1], h * SIZE[1]
        boxes[NAMES[int(number)]] = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
    return boxes


def visible(tip: tuple[float, float], box: Box | None) -> bool:
    """Whether the tip lies in the picture and in the visible box of its tool."""
    if box is None or not (0 <= tip[0] < SIZE[0] and 0 <= tip[1] < SIZE[1]):
        return False
    outside = max(box[0] - tip[0], tip[0] - box[2], box[1] - tip[1], tip[1] - box[3])
    return outside < INSIDE_PX


def main() -> None:
    """Copy the pictures and add the tips to the copied labels."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--per-background", type=int, default=10)
    parser.add_argument("--varied", action="store_true", help="the pictures were rendered with --varied")
    args = parser.parse_args()
    shutil.copytree(args.pictures, args.out, copy_function=shutil.copyfile)
    first_seed = FIRST_VARIED_SEED if args.varied else FIRST_SEED
    group, number = None, -1
    for label in sorted((args.out / "labels").glob("*.txt")):
        if group is None or int(label.stem) // args.per_background != number:
            number = int(label.stem) // args.per_background
            group = Group(first_seed + number, args.work, SIZE, samples=8)
        boxes, tips = boxes_px(label), tips_px(group, int(label.stem))
        seen = [
            tip_line(tip, NAMES.index(TIP_CLASS))
            for name, tip in tips.items()
            if visible(tip, boxes.get(name))
        ]
        with label.open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in seen)


if __name__ == "__main__":
    main()
