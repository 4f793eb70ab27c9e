"""How well hands are seen, and what they hold: recordings whose hands are known, frame by frame.

    python benchmarks/hands.py samples/*.mp4 samples/more/*.mp4

Truth and bench file lie beside each recording. A hand is in view with more than half of its joints in the
picture, and found when the landmarks lie on them: less than half a palm off in the mean. `boxed`: only the
detector sees it, so where its fingers are is unknown. `held`: the tool and the side of the hand that holds it
are told as they are, of all frames with a hand in view; holding nothing that has a class is an answer too.
`tool`: the same of the frames in which it holds a tool. Half a minute a recording.
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assessor.bench import load_bench
from assessor.camera import probe
from assessor.geometry import pixels_per_mm
from assessor.pipeline import Task, observe
from assessor.procedure import load_procedure
from assessor.settings import rules_folder
from assessor.types import HandObservation, Observations
from assessor.vision.grip import TOOLS, Grip, GripWatch
from assessor.vision.objects import HANDS

JOINTS = 21
TIPS = (4, 8, 12, 16, 20)
ON_IT = 0.5  # palm lengths

Row = dict[str, Any]  # one frame of the truth


@dataclass(frozen=True)
class Look:
    """One frame. `hand`: the one found; `off_px`: its mean errors, all joints and fingertips."""

    in_view: bool
    hand: HandObservation | None
    boxed: bool
    false: int
    off_px: tuple[float, float]
    px_per_mm: float
    tools: frozenset[tuple[str, str]]  # (side, tool) that are held
    said: frozenset[tuple[str, str]]


def compare(seen: Observations, held: dict[int, Grip], row: Row, px_per_mm: float) -> Look:
    """What was seen in one frame beside what was there."""
    side = row.get("handedness", "")
    near = [(hand, *errors) for hand in seen.hands if (errors := errors_of(hand, row)) is not None]
    hand, *off = min(near, key=lambda one: one[1]) if near else (None, math.nan, math.nan)
    return Look(
        in_view=bool(row["hand"]) and 2 * row["joints_inside"] > JOINTS,
        hand=hand,
        boxed=is_boxed(seen, row),
        false=len(seen.hands) - bool(near),
        off_px=(off[0], off[1]),
        px_per_mm=px_per_mm,
        tools=frozenset((side, tool) for tool in row.get("held", ()) if tool in TOOLS),
        said=frozenset((hand.side, held[hand.hand_id][0]) for hand in seen.hands if hand.hand_id in held),
    )


def errors_of(hand: HandObservation, row: Row) -> tuple[float, float] | None:
    """Mean error of all joints and of the fingertips, px; None: these landmarks are not on the true hand."""
    if not row["hand"]:
        return None
    joints = np.array(row["joints"])
    off = np.linalg.norm(np.array(hand.landmarks_px) - joints, axis=1)
    if off.mean() > ON_IT * math.dist(joints[0], joints[9]):
        return None
    return float(off.mean()), float(off[list(TIPS)].mean())


def is_boxed(seen: Observations, row: Row) -> bool:
    """Whether the detector has a hand where the true one is."""
    if not row["hand"]:
        return False
    x, y = np.median(np.array(row["joints"]), axis=0)
    boxes = [o.box_xyxy for o in seen.objects if o.name in HANDS]
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in boxes)


def looks_at(video: Path) -> list[Look]:
    """Every frame that is looked at in a recording."""
    bench = load_bench(video.with_suffix(".bench.yaml"))
    task = Task(bench, load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml"), video.parent)
    header, observations = observe(probe(video, settle_s=0), task, lambda _share: None)  # nothing is written
    rows = json.loads(video.with_suffix(".truth.json").read_text(encoding="utf-8"))["frames"]
    times, camera = np.array([row["t"] for row in rows]), bench.scaled_camera(header.width, header.height)
    grips = GripWatch()
    return [
        compare(seen, grips.update(seen).held, rows[int(np.abs(times - seen.t_s).argmin())], scale)
        for seen in observations
        if seen.pose is not None
        for scale in [pixels_per_mm(bench.middle_mm, seen.pose, camera)]
    ]


say = partial(print, file=sys.stdout)


def show(name: str, looks: Sequence[Look]) -> None:
    """One line of the table."""
    seen = [look for look in looks if look.in_view]
    found = [look for look in seen if look.hand is not None]
    holding = [look for look in seen if look.tools]
    shares = [
        (len(found), len(seen)),
        (sum(look.boxed for look in seen if look.hand is None), len(seen)),
        (sum(look.said == look.tools for look in seen), len(seen)),
        (sum(look.said == look.tools for look in holding), len(holding)),
    ]
    px = np.array([look.off_px for look in found]).mean(axis=0)
    mm = np.array([np.array(look.off_px) / look.px_per_mm for look in found]).mean(axis=0)
    ids = len({look.hand.hand_id for look in found if look.hand is not None})
    parts = "".join(f"{part / max(whole, 1):8.1%}" for part, whole in shares)
    figures = f"{px[0]:7.1f}{px[1]:7.1f}{mm[0]:7.1f}{mm[1]:7.1f}{sum(look.false for look in looks):7}{ids:5}"
    say(f"{name:22}{len(seen):8}{parts}{figures}")


def main() -> None:
    """Measure every recording that is named, then all of them together."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("videos", nargs="+", type=Path)
    videos = parser.parse_args().videos
    say(f"{'':22}{'in view':>8}{'found':>8}{'boxed':>8}{'held':>8}{'tool':>8}", end="")
    say(f"{'px':>7}{'tips':>7}{'mm':>7}{'tips':>7}{'false':>7}{'ids':>5}")
    together: list[Look] = []
    for video in videos:
        looks = looks_at(video)
        show(video.stem, looks)
        together += looks
    if len(videos) > 1:
        show("all", together)


if __name__ == "__main__":
    main()
