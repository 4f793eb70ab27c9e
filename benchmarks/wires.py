"""Wires while they are laid: which changes were seen, when, in which colour, and which were seen falsely.

    python benchmarks/wires.py samples/*.mp4 samples/more/*.mp4

Truth and bench file lie beside each recording; a quarter of a minute each. A true change is a wire that came
or went, by its two terminals. It is found when the same wire was said to come or go within 5 s; the time said
is the middle of the interval in which it may have changed (what the judge is told).
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from assessor.bench import load_bench
from assessor.camera import probe
from assessor.measures import Matching, match_best
from assessor.pipeline import Task, note, observe
from assessor.procedure import load_procedure
from assessor.settings import rules_folder
from assessor.truth.recording import RecordingTruth, read_recording_truth
from assessor.types import Event

WITHIN_S, CLOSE_S = 5.0, 1.0
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Change:
    """A wire (terminals in alphabetical order) that came in a colour or went (`absent`)."""

    wire: str
    colour: str
    t_s: float
    decided_s: float
    confidence: float = 1.0

    @property
    def came(self) -> bool:
        """Whether the wire came."""
        return self.colour != ABSENT


Found = Matching[Change, Change]


def true_changes(truth: RecordingTruth) -> Iterator[Change]:
    """What changed after the recording began."""
    for before, now in pairwise(truth.states):
        for wire in (w for w in before.wires if w not in now.wires):
            yield Change("-".join(sorted((wire.start, wire.end))), ABSENT, now.start, now.start)
        for wire in (w for w in now.wires if w not in before.wires):
            yield Change("-".join(sorted((wire.start, wire.end))), wire.colour, now.start, now.start)


def seen_changes(events: Iterable[Event]) -> Iterator[Change]:
    """What was said to change, less the wires that were there from the start. An event may be told again
    (surer, ended): its last word counts."""
    last = {(e.key.subject, e.value, e.start_s): e for e in events if e.key.kind == "wire"}
    for event in last.values():
        if event.value is not None and event.start_s + event.uncertainty_s > 0:
            yield Change(event.key.subject, event.value, event.start_s, event.decided_s, event.confidence)


def first_wires(truth: RecordingTruth, events: Iterable[Event]) -> tuple[int, int, int]:
    """Wires there from the start: found in their colour, there, told falsely or in another colour."""
    there = {("-".join(sorted((w.start, w.end))), w.colour) for w in truth.states[0].wires}
    said = {(e.key.subject, e.value) for e in events if e.key.kind == "wire" and e.decided_s < WITHIN_S}
    at_first = {(w, c) for w, c in said if not any(change.wire == w for change in true_changes(truth))}
    return len(there & at_first), len(there), len(at_first - there)


def compare(truth: RecordingTruth, events: Sequence[Event]) -> Found:
    """Match by wire, coming or going, and time."""
    return match_best(list(true_changes(truth)), list(seen_changes(events)), _apart_s)


def _apart_s(true: Change, seen: Change) -> float | None:
    apart = abs(true.t_s - seen.t_s)
    return apart if (true.wire, true.came) == (seen.wire, seen.came) and apart <= WITHIN_S else None


say = partial(print, file=sys.stdout)


def row(name: str, found: Sequence[Found], first: tuple[int, int, int]) -> str:
    """One line of the table: a recording, or all of them."""
    pairs = [pair for one in found for pair in one.pairs]
    missed = [change for one in found for change in one.missed]
    came, gone = ([p for p in pairs if p[0].came is way] for way in (True, False))
    close = sum(abs(true.t_s - seen.t_s) <= CLOSE_S for true, seen in pairs)
    right = sum(true.colour == seen.colour for true, seen in came)
    false = sum(len(one.false) for one in found)
    delay = sum(seen.decided_s - true.t_s for true, seen in pairs) / max(1, len(pairs))
    counts = (
        f"{len(came)}/{len(came) + sum(c.came for c in missed)}",
        f"{len(gone)}/{len(gone) + sum(not c.came for c in missed)}",
        f"{right}/{len(came)}",
        f"{close}/{len(pairs)}",
        f"{delay:.1f} s",
        f"{false}",
        f"{first[0]}/{first[1]}, {first[2]}",
    )
    return f"| {name} | " + " | ".join(counts) + " |"


def faults(found: Found) -> Iterator[str]:
    """What went wrong, one line each."""
    for change in found.missed:
        yield f"missed {change.wire} {change.colour} at {change.t_s:.1f} s"
    for change in found.false:
        yield f"false {change.wire} {change.colour} at {change.t_s:.1f} s, sure {change.confidence:.2f}"
    for true, seen in found.pairs:
        if true.colour != seen.colour:
            yield f"{true.wire} is {true.colour}, was read as {seen.colour}, sure {seen.confidence:.2f}"
        if abs(true.t_s - seen.t_s) > CLOSE_S:
            yield f"{true.wire} {true.colour} at {true.t_s:.1f} s, was dated {seen.t_s:.1f} s"


def main() -> None:
    """Measure every recording that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("videos", nargs="+", type=Path)
    procedure = load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml")
    results: list[tuple[str, Found, tuple[int, int, int]]] = []
    for video in parser.parse_args().videos:
        truth = read_recording_truth(video.with_suffix(".truth.json"))
        task = Task(
            load_bench(video.with_suffix(".bench.yaml")), procedure, video.parent
        )  # nothing is written
        header, observations = observe(probe(video, settle_s=0), task, lambda _share: None)
        events = note(header, iter(observations), task).events
        results.append((video.stem, compare(truth, events), first_wires(truth, events)))
    say("| recording | came | went | colour | within 1 s | delay | false | at first, false |")
    say("|---|---|---|---|---|---|---|---|")
    for name, found, first in results:
        say(row(name, [found], first))
    sums = [sum(first[k] for _, _, first in results) for k in range(3)]
    say(row("all", [found for _, found, _ in results], (sums[0], sums[1], sums[2])))
    for name, found, _ in results:
        for fault in faults(found):
            say(f"{name}: {fault}")


if __name__ == "__main__":
    main()
