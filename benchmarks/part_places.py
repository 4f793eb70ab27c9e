"""How exactly the camera says where a part stands: the devices of recordings, whose places are known.

    python benchmarks/part_places.py samples/*.mp4 samples/more/*.mp4

The bench file lies beside each recording; each device is asked for at its own place, so every distance that
is said is an error. Half a minute a recording, or none with `--observations FILE` (of one recording).
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from assessor.bench import Bench, load_bench
from assessor.camera import probe
from assessor.facts import FactBuilder
from assessor.part_facts import ERROR_MM
from assessor.pipeline import Task, observe
from assessor.procedure import load_procedure
from assessor.procedure.conditions import PartAt
from assessor.procedure.fact_words import GIVE_OR_TAKE
from assessor.recording import RecordingHeader, read_observations
from assessor.settings import rules_folder
from assessor.types import Observations

TOLERANCES_MM = (3.0, 6.0, 10.0)
SURE = 0.6


@dataclass
class Errors:
    """What was said about one detector class. `facts`: how often a distance changed."""

    said_mm: list[float] = field(default_factory=list)
    facts: int = 0
    frames: int = 0


def with_places(bench: Bench) -> Bench:
    """The bench with every device's foot as a place of its name."""
    return bench.model_copy(update={"places": {name: d.at_mm for name, d in bench.devices.items()}})


def collect(
    bench: Bench, header: RecordingHeader, seen: Iterable[Observations], into: dict[str, Errors]
) -> None:
    """Every distance that holds at a frame, by class."""
    asked = tuple(PartAt(part_at=name, place=name, within_mm=3.0) for name in bench.devices)
    builder = FactBuilder(with_places(bench), (header.width, header.height), parts=asked)
    now: dict[str, str | None] = {}
    for one in seen:
        for fact in builder.update(one):
            if fact.key.kind == "part_at":
                name = fact.key.subject.partition("/")[0]
                into[str(bench.class_of(name).detector_class)].facts += fact.value is not None
                now[name] = fact.value
        for name, value in now.items():
            errors = into[str(bench.class_of(name).detector_class)]
            errors.frames += 1
            errors.said_mm += [] if value is None else [float(value.partition(GIVE_OR_TAKE)[0])]


say = partial(print, file=sys.stdout)


def show(found: dict[str, Errors]) -> None:
    """One line a class, then what that means for a tolerance."""
    say(f"{'class':15} {'mean':>6} {'95 %':>6} {'most':>6}   seen  changes/min at 10 frames/s")
    for name, errors in sorted(found.items()):
        off = np.array(errors.said_mm)
        line = f"{name:15} {off.mean():6.2f} {np.percentile(off, 95):6.2f} {off.max():6.2f}"
        say(f"{line} {len(off) / errors.frames:6.0%} {errors.facts * 600 / errors.frames:6.1f}")
    off = np.concatenate([errors.said_mm for errors in found.values()])
    say(f"{'all':15} {off.mean():6.2f} {np.percentile(off, 95):6.2f} {off.max():6.2f}   mm; {ERROR_MM=}")
    for tolerance in TOLERANCES_MM:
        asked = PartAt(part_at="any", place="any", within_mm=tolerance)
        sure = np.array([asked.sureness(f"{one}{GIVE_OR_TAKE}{ERROR_MM}") >= SURE for one in off])
        wrong = (off > tolerance) & sure
        say(f"within {tolerance:g} mm (all are): surely so {sure.mean():.0%}, surely not {wrong.mean():.0%}")


def main() -> None:
    """Measure every recording that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--observations", type=Path)
    options = parser.parse_args()
    procedure = load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml")
    found: dict[str, Errors] = defaultdict(Errors)
    for video in options.videos:
        bench = load_bench(video.with_suffix(".bench.yaml"))
        if options.observations is not None:
            header, seen = read_observations(options.observations)
            collect(bench, header, seen, found)
        else:
            task = Task(bench, procedure, video.parent)  # nothing is written
            collect(bench, *observe(probe(video, settle_s=0), task, lambda _share: None), found)
    show(found)


if __name__ == "__main__":
    main()
