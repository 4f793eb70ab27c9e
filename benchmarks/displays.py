"""Displays, switches and lamps: how often each is read right, not at all, or wrong, and how sure that was.

    python -m benchmarks.displays samples/*.mp4 samples/more/*.mp4

Recordings (truth and bench file beside each; a quarter of a minute each) give every indicator in every frame,
less the moments around a change. Displays of three figures are drawn in several faces, sizes, tilts and
lights, and some with a finger over a figure, which had better not be read (`--drawn N` of each, 0: none).
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from assessor.bench import load_bench
from assessor.camera import probe
from assessor.pipeline import Task, observe
from assessor.procedure import load_procedure
from assessor.settings import rules_folder
from assessor.truth.recording import Trace, TrueState, read_recording_truth
from assessor.types import Observations
from assessor.vision.display import read_display
from benchmarks.drawn_displays import COVERED, SETTINGS, Setting, drawn

AROUND_S = 0.35  # so near to a change the old state is no mistake
SURE_FROM = (0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)

say = partial(print, file=sys.stdout)


@dataclass
class Tally:
    """What was read of one kind of thing. `sure`: confidence of each reading and whether it was right."""

    right: int = 0
    unread: int = 0
    wrong: list[str] = field(default_factory=list)
    sure: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, true: str, said: str | None, confidence: float) -> None:
        """Count one reading."""
        if said is None:
            self.unread += 1
            return
        self.sure.append((confidence, said == true))
        self.right += said == true
        self.wrong += [] if said == true else [f"{true!r} as {said!r}, sure {confidence:.2f}"]

    def row(self, name: str) -> str:
        """One line of a table."""
        counts = (self.right, self.unread, len(self.wrong))
        shares = " | ".join(f"{count / max(1, sum(counts)):.1%}" for count in counts)
        return f"| {name} | {sum(counts)} | {shares} |"


Tallies = dict[str, Tally]


def count_recording(video: Path, into: Tallies) -> None:
    """Every indicator in every frame before or after which nothing changes."""
    procedure = load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml")
    bench = load_bench(video.with_suffix(".bench.yaml"))
    trace = Trace(read_recording_truth(video.with_suffix(".truth.json")), bench)
    task = Task(bench, procedure, video.parent)  # nothing is written
    _, seen = observe(probe(video, settle_s=0), task, lambda _share: None)
    changes = np.array([state.start for state in trace.truth.states[1:]] or [np.inf])
    for one in seen:
        if np.abs(changes - one.t_s).min() > AROUND_S:
            _count_frame(one, trace.states[int(np.abs(trace.times - one.t_s).argmin())], into)


def _count_frame(seen: Observations, state: TrueState, into: Tallies) -> None:
    true = {**state.switches, "PS": "on" if state.led else "off", "mm": state.display}
    for one in seen.indicators:
        what = ", a number" if true[one.device] else ", blank"
        into[f"{one.kind} {one.device}" + what * (one.kind == "display")].add(
            true[one.device], one.value, one.confidence
        )


def count_drawn(settings: Mapping[str, Setting], count: int, into: Tallies) -> None:
    """So many numbers in each setting, the same in every run."""
    for name, how in settings.items():
        dice = np.random.default_rng(11)
        for _ in range(count):
            value, places = int(dice.integers(0, 1000)), int(dice.integers(0, 3))
            text = f"{value / 10**places:.{places}f}"
            into[name].add(text, *read_display(drawn(text, how, dice)))


def show(title: str, tallies: Mapping[str, Tally], name_all: str = "all") -> None:
    """One line each, one for all, then what was wrong."""
    if not tallies:
        return
    say(f"\n| {title} | readings | right | unread | wrong |\n|---|---|---|---|---|")
    for name, tally in tallies.items():
        say(tally.row(name))
    say(total(tallies).row(name_all))
    for name, tally in tallies.items():
        for text, times in sorted({w: tally.wrong.count(w) for w in tally.wrong}.items()):
            say(f"{name}: {text}" + f", {times} times" * (times > 1))


def total(tallies: Mapping[str, Tally]) -> Tally:
    """All of them together."""
    every = list(tallies.values())
    wrong, sure = ([one for t in every for one in getattr(t, name)] for name in ("wrong", "sure"))
    return Tally(sum(t.right for t in every), sum(t.unread for t in every), wrong, sure)


def show_sureness(tallies: Mapping[str, Tally]) -> None:
    """Of what was read: how sure, and what share was right."""
    sure = np.array(total(tallies).sure or [(0.0, False)], float)
    say("\n| sure | readings | mean | right |\n|---|---|---|---|")
    for least, most in pairwise(SURE_FROM):
        among = sure[(sure[:, 0] >= least) & (sure[:, 0] < most)]
        if len(among):
            means = " | ".join(f"{mean:.3f}" for mean in among.mean(axis=0))
            say(f"| {least:g} to {min(most, 1):g} | {len(among)} | {means} |")


def main() -> None:
    """Measure every recording that is named, and drawn displays."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--drawn", type=int, default=60)
    options = parser.parse_args()
    seen, clear, covered = (defaultdict[str, Tally](Tally) for _ in range(3))
    for video in options.videos:
        count_recording(video, seen)
    if options.drawn:
        count_drawn(SETTINGS, options.drawn, clear)
        count_drawn(COVERED, options.drawn, covered)
    show("in recordings", dict(sorted(seen.items())))
    show("drawn", clear)
    show("drawn, covered", covered, "all covered")
    show_sureness({**seen, **clear, **{f"{name} ": tally for name, tally in covered.items()}})


if __name__ == "__main__":
    main()
