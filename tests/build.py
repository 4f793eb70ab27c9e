"""Builders of facts, events and attempts from a few words, for the tests behind vision.

A line of a story is a line of a timeline (assessor/story.py), for example `15.2 wire S2.21-X1.1 red`.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from assessor.bench import Bench, load_bench
from assessor.events import EventBuilder
from assessor.judge import Judge
from assessor.marks import mark
from assessor.procedure import Procedure, load_procedure
from assessor.story import facts_of
from assessor.types import Event, Gap, MarkSheet, Mistake, Outcome, Verdict
from tests.truth_facts import facts_from_truth

ROOT = Path(__file__).parents[1]
PROCEDURE = ROOT / "rules" / "procedures" / "motor_start_stop.yaml"
WIRES = {
    "wire_stop": "X1.1-S2.21 red",
    "wire_start": "S1.14-X1.4 black",
    "wire_coil": "X1.4b-KM1.A1 black",
    "wire_return": "KM1.A2-X1.5 blue",
}
GIVEN = (
    "0 wire Q1.2-PS.L brown",
    "0 wire Q1.4-PS.N blue",
    "0 wire PS.+-X1.1b red",
    "0 wire PS.--X1.5b blue",
    "0 wire S2.22-S1.13 black",
)
QUIET = (
    "0 switch KM1 out",
    "0 display mm -",
    "0 probing X1.1/X1.5 no",
    "0 hand_in live no",
    "0 hand_at Q1 no",
    "0 hand_at S1 no",
    "0 hand_at S2 no",
    "0 holding probes no",
    "0 tool_at screwdriver tool_tray",
    "0 tool_at wire_stripper tool_tray",
)
ISOLATE = ("0 switch Q1 on", "4 switch Q1 off")
PROVE_DEAD = (
    "6 holding probes yes",
    "7 probing X1.1/X1.5 yes",
    "7 display mm 0.0",
    "9 probing X1.1/X1.5 no",
    "9 display mm -",
    "9 holding probes no",
)
TAKE_TOOL, TOOL_BACK = ("10 tool_at screwdriver hand",), ("31 tool_at screwdriver tool_tray",)
POWER_ON = ("37 switch Q1 on",)
TEST = (
    "40 hand_at S1 yes",
    "40.3 switch KM1 in",
    "41 hand_at S1 no",
    "43.5 hand_at S2 yes",
    "43.9 switch KM1 out",
    "44.5 hand_at S2 no",
)
END_S = 49.0


class Origin:
    """Where a sheet comes from."""

    recording_sha256, bench_sha256, partial = "recording", "bench", None


def events(lines: Iterable[str], end_s: float = END_S) -> list[Event]:
    """A story as events."""
    timing = procedure().timing
    builder = EventBuilder(timing.hold_s, timing.forget_s)
    settled = [event for fact in facts_of(lines) for event in builder.update(fact)]
    return [*settled, *builder.finish(end_s)]


def wired(order: Sequence[str] = tuple(WIRES), first_s: float = 15.0, every_s: float = 4.0) -> list[str]:
    """The wires laid in this order."""
    return [f"{first_s + every_s * n:g} wire {WIRES[step]}" for n, step in enumerate(order)]


def by_the_book(wires: Iterable[str] | None = None) -> list[str]:
    """A story without a mistake; `wires` replaces how the wires are laid."""
    laid = wired() if wires is None else list(wires)
    return [*GIVEN, *QUIET, *ISOLATE, *PROVE_DEAD, *TAKE_TOOL, *laid, *TOOL_BACK, *POWER_ON, *TEST]


@cache
def bench() -> Bench:
    """The bench of the good sample."""
    return load_bench(ROOT / "samples" / "start_stop_good.bench.yaml")


@cache
def procedure() -> Procedure:
    """The start-stop procedure that is shipped."""
    return load_procedure(PROCEDURE)


def judged(lines: Iterable[str], end_s: float = END_S, gaps: Iterable[Gap] = ()) -> dict[str, Verdict]:
    """Final verdicts of a story, by id."""
    judge = Judge(procedure(), bench())
    judge.update(events(lines, end_s))
    return {verdict.id: verdict for verdict in judge.finish(end_s, gaps)}


def sheet(lines: Iterable[str], end_s: float = END_S, gaps: Iterable[Gap] = ()) -> MarkSheet:
    """The mark sheet of a story."""
    judge = Judge(procedure(), bench())
    judge.update(events(lines, end_s))
    return mark(procedure(), judge.judged(end_s, gaps), Origin())


def mistakes(verdicts: dict[str, Verdict]) -> list[Mistake]:
    """All mistakes, in time order."""
    return sorted((m for v in verdicts.values() for m in v.mistakes), key=lambda m: m.t_s)


def verdicts_of_sample(name: str) -> dict[str, Verdict]:
    """Verdicts of a sample seen by perfect eyes."""
    truth = json.loads((ROOT / "samples" / f"{name}.truth.json").read_text(encoding="utf-8"))
    place = load_bench(ROOT / "samples" / f"{name}.bench.yaml")
    timing = procedure().timing
    builder, judge = EventBuilder(timing.hold_s, timing.forget_s), Judge(procedure(), place)
    for fact in facts_from_truth(truth, place):
        judge.update(builder.update(fact))
    judge.update(builder.finish(truth["duration"]))
    return {verdict.id: verdict for verdict in judge.finish(truth["duration"])}


def said(verdicts: dict[str, Verdict]) -> list[tuple[str, str]]:
    """Kind and subject of each mistake."""
    return [(mistake.kind, mistake.subject) for mistake in mistakes(verdicts)]


def outcomes(verdicts: dict[str, Verdict], *ids: str) -> set[Outcome]:
    """The outcomes of these steps and rules, or of all."""
    every = [step.id for step in procedure().steps] + [rule.id for rule in procedure().rules]
    return {verdicts[id].outcome for id in ids or every}
