"""How far the overlay of the review page lies beside the hand: clips of recordings whose hands are known.

    python -m benchmarks.overlay samples/*.mp4 samples/more/*.mp4

Truth and bench file lie beside each recording. Clips are cut around every action of the truth, as evidence
is; for each of their pictures the overlay's hand is compared with the true hand of that picture: the mean
distance of the 21 joints. `moving`: only while the hand moves on. `by the clock`: the look nearest
to the player's time, as a page would that does not know which picture it shows. `box`: how far the middle of
the detector's box of the hand lies from the middle of the true one. In pixels of a picture 960 wide.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assessor.bench import load_bench
from assessor.camera import Recording, probe
from assessor.evidence import Cut, cut_clips
from assessor.overlay import Overlay, overlay_of
from assessor.pipeline import Task, observe
from assessor.procedure import load_procedure
from assessor.recording import write_observations
from assessor.settings import rules_folder
from assessor.types import Observations
from assessor.vision.objects import HANDS

WIDTH = 960
MOVES_PX = 2.0  # from one picture of the truth to the next
WITHIN = (0.25, 0.75)  # parts of a picture's time at which a page asks for the player's time
Row = dict[str, Any]


@dataclass
class Misses:
    """Pixels by way of drawing."""

    rows: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, moving: bool, px: float) -> None:
        """Note one picture."""
        self.rows.setdefault(name, []).append(px)
        if moving:
            self.rows.setdefault(f"{name}, moving", []).append(px)

    def told(self) -> Iterator[str]:
        """A line for each way of drawing."""
        for name, found in sorted(self.rows.items()):
            median, late = np.percentile(found, (50, 95))
            yield f"  {name:28} {median:7.1f} {late:7.1f} px, median and p95 of {len(found)}"


@dataclass(frozen=True)
class Known:
    """A recording, what was seen in it and what is true of it."""

    recording: Recording
    seen: Sequence[Observations]
    rows: Sequence[Row]
    size: tuple[int, int]

    def row(self, t_s: float) -> int:
        """Which row of the truth is of that moment."""
        return min(range(len(self.rows)), key=lambda n: abs(self.rows[n]["t"] - t_s))


def measure(video: Path, misses: Misses) -> None:
    """Add what the clips of one recording come to."""
    truth = json.loads(video.with_suffix(".truth.json").read_text(encoding="utf-8"))
    bench = load_bench(video.with_suffix(".bench.yaml"))
    procedure = load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml")
    with tempfile.TemporaryDirectory() as made:
        folder, recording = Path(made), probe(video)
        header, seen = observe(recording, Task(bench, procedure, folder), lambda share: None)
        write_observations(folder / "seen.jsonl.gz", header, seen)
        starts = [
            action["start"] + 0.03 for action in truth["actions"]
        ]  # between two pictures, as events are
        ends = [action["end"] for action in truth["actions"]]
        cuts = [Cut(a, b, folder / f"{n}.mp4") for n, (a, b) in enumerate(zip(starts, ends, strict=True))]
        known = Known(recording, seen, truth["frames"], (truth["width"], truth["height"]))
        for clip in cut_clips(recording, cuts).written:
            told = json.loads(clip.with_suffix(".json").read_text(encoding="utf-8"))
            _compare(known, told, overlay_of(clip, folder / "seen.jsonl.gz"), misses)


def _compare(known: Known, told: Row, overlay: Overlay, misses: Misses) -> None:
    for number, (_, t_s) in enumerate(told["frames"]):
        at = known.row(t_s)
        now, before = _true(known, at), _true(known, at - 1) if at else None
        if now is None:
            continue
        moving = before is not None and _apart(before[0], now[0]) > MOVES_PX
        picture, scale = overlay.pictures[number], np.array((WIDTH, WIDTH * known.size[1] / known.size[0]))
        hands = [np.array(one) * scale for one in picture.hands]
        boxes = [np.array(places) * scale for name, places in picture.tools if name in HANDS]
        _add(misses, "overlay", moving, (hands, boxes), now)
        for part in WITHIN:
            clock_s = told["start_s"] + (number + part) / told["fps"]
            _add(misses, "by the clock", moving, _by_the_clock(known, clock_s), now)


def _by_the_clock(known: Known, t_s: float) -> tuple[list[Any], list[Any]]:
    """Hands and their boxes of the look nearest to a time."""
    look, scale = min(known.seen, key=lambda one: abs(one.t_s - t_s)), WIDTH / known.size[0]
    boxes = [np.array(o.box_xyxy).reshape(2, 2) * scale for o in look.objects if o.name in HANDS]
    return [np.array(hand.landmarks_px) * scale for hand in look.hands], boxes


def _true(known: Known, at: int) -> tuple[Any, Any] | None:
    """Joints and box of the hand, if it is in view."""
    row, scale = known.rows[at], WIDTH / known.size[0]
    if not row.get("joints") or not row.get("hand_box"):
        return None
    return np.array(row["joints"]) * scale, np.array(row["hand_box"]).reshape(2, 2) * scale


def _add(
    misses: Misses, name: str, moving: bool, seen: tuple[list[Any], list[Any]], true: tuple[Any, Any]
) -> None:
    hands, boxes = seen
    if hands:
        misses.add(name, moving, min(_apart(hand, true[0]) for hand in hands))
    if boxes:
        middle = true[1].mean(axis=0)
        misses.add(f"{name} box", moving, min(float(np.hypot(*(box.mean(0) - middle))) for box in boxes))


def _apart(one: Any, other: Any) -> float:
    return float(np.hypot(*(one - other).T).mean())


def main() -> None:
    """Print what each recording comes to, and all of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("videos", nargs="+", type=Path)
    for video in parser.parse_args().videos:
        misses = Misses()
        measure(video, misses)
        sys.stdout.write(f"{video.name}\n" + "\n".join(misses.told()) + "\n")


if __name__ == "__main__":
    main()
