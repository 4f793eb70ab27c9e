"""Measures the judge: microseconds per event for generated procedures of 10, 60 and 300 steps.

    python benchmarks/judge.py [--steps 10 60 300] [--turns 3] [--profile]

A procedure has wires, things held for a time, states and tools in a partial order, with one standing rule for
every ten steps; the same again without wires. Offline: all events, then the final verdicts. Online: events as
they are decided, and one call of `verdicts` at each of some moments of the attempt. Made: reading the plan
and building the operators, once per attempt. Plainly: the same operators without the judge's book-keeping,
every one asked at every change, no verdicts. Growth: one procedure, more events. Times are the best of the
turns; their ratios mean something on any machine.
"""

import argparse
import cProfile
import io
import json
import pstats
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assessor.judge import Judge
from assessor.judge.case import roots_of
from assessor.judge.replay import Moment
from assessor.judge.timeline import changes_of
from assessor.judge.wiring import Plan, wire_key
from assessor.procedure import Procedure, load_procedure
from assessor.types import Event, FactKey, Outcome

CHAINS = 3  # steps of different chains may be done in any order
STEPS_PER_RULE = 10
STEP_S = 4.0
LOOKS = 10  # moments of the running attempt at which the verdicts are asked for
AIM_US = 20.0
HOT_SPOTS = 12
REPEATS = (1, 4, 16, 64)  # how often the hand comes and goes in every step
WIDTHS = (6, 8, 12, 12, 15, 10, 14)


@dataclass(frozen=True)
class Load:
    """A procedure and the events of a right execution of it, from the start to `end_s`."""

    procedure: Procedure
    events: tuple[Event, ...]
    end_s: float


class SeparateTerminals:
    """A bench on which no two terminals are joined."""

    def same_node(self, first: str, second: str) -> bool:
        """Whether two terminals are the same."""
        return first == second


def build_load(steps: int, repeats: int = 1, *, wires: bool = True) -> Load:
    """`repeats`: how often the hand comes and goes in every step, so how many events there are."""
    kinds = [_KINDS[number % len(_KINDS)] for number in range(steps)]
    kinds = [_held if kind is _wire and not wires else kind for kind in kinds]
    events = sorted(_events(kinds, repeats), key=lambda event: event.decided_s)
    return Load(load_procedure(json.dumps(_procedure(kinds))), tuple(events), STEP_S * (steps + 1))


def _procedure(kinds: Sequence["Kind"]) -> dict[str, object]:
    steps = len(kinds)
    names = [f"step_{number}" for number in range(steps)]
    return {
        "procedure": "generated",
        "version": 1,
        "title": _words("generated"),
        "steps": [_step(number, kind, names) for number, kind in enumerate(kinds)],
        "rules": [_rule(number) for number in range(max(1, steps // STEPS_PER_RULE))],
        "rubric": {
            "total": steps,
            "dimensions": {"work": _words("work")},
            "items": [_item(name) for name in names],
        },
    }


def _words(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def _step(number: int, kind: "Kind", names: Sequence[str]) -> dict[str, object]:
    said: dict[str, object] = {"id": names[number], "title": _words(names[number]), "done": kind(number)}
    if kind is _wire:
        said["stays"] = True
    return {**said, "after": [names[number - CHAINS]]} if number >= CHAINS else said


def _wire(number: int) -> dict[str, object]:
    return {"wire": {"from": f"D{number}.1", "to": f"D{number}.2", "color": "red"}}


def _held(number: int) -> dict[str, object]:
    return {"hold": {"hand_at": f"D{number}"}, "for_s": 0.5}


def _state(number: int) -> dict[str, object]:
    return {"all_of": [{"switch": f"D{number}", "is": "on"}, {"lamp": f"D{number}", "is": "on"}]}


def _tool(number: int) -> dict[str, object]:
    return {"once": {"tool_at": f"tool{number}", "is": "tray"}, "after": {"hand_at": f"D{number}"}}


Kind = Callable[[int], dict[str, object]]
_KINDS: tuple[Kind, ...] = (_wire, _held, _state, _wire, _tool)


def _rule(number: int) -> dict[str, object]:
    never = [{"hand_in": f"zone{number}"}]
    name = f"rule_{number}"
    during = {"while": {"switch": "main", "is": "on"}, "except": {"holding": "probes"}}
    return {"id": name, "title": _words(name), "never": never, **during, "for_s": 1.0}


def _item(name: str) -> dict[str, object]:
    said = {"id": f"points_{name}", "title": _words(name), "points": 1, "check": "video"}
    return {**said, "dimension": "work", "judged_by": [name]}


def _events(kinds: Sequence[Kind], repeats: int) -> Iterator[Event]:
    rules = max(1, len(kinds) // STEPS_PER_RULE)
    for kind, subject, value in (("switch", "main", "off"), ("holding", "probes", "no")):
        yield _event(kind, subject, value, 0.0)
    for number in range(rules):
        yield _event("hand_in", f"zone{number}", "no", 0.0)
    for number, step in enumerate(kinds):
        yield from _before(number, step)
        begin_s = STEP_S * (number + 1)
        for again in range(repeats):
            at_s = begin_s + again * STEP_S / 2 / repeats
            for kind, subject in (("hand_at", f"D{number}"), ("hand_in", f"zone{number % rules}")):
                yield _event(kind, subject, "yes", at_s)
                if again < repeats - 1 or kind == "hand_in":
                    yield _event(kind, subject, "no", at_s + STEP_S / 4 / repeats)
        yield from _done(number, step, begin_s + STEP_S / 2)


def _before(number: int, kind: Kind) -> Iterator[Event]:
    yield _event("hand_at", f"D{number}", "no", 0.0)
    if kind is _state:
        yield _event("switch", f"D{number}", "off", 0.0)
        yield _event("lamp", f"D{number}", "off", 0.0)
    if kind is _tool:
        yield _event("tool_at", f"tool{number}", "hand", 0.0)


def _done(number: int, kind: Kind, t_s: float) -> Iterator[Event]:
    if kind is _wire:
        key = wire_key(f"D{number}.1", f"D{number}.2")
        yield Event(key, "red", t_s, t_s, None, 0.95)
    if kind is _state:
        yield _event("switch", f"D{number}", "on", t_s)
        yield _event("lamp", f"D{number}", "on", t_s)
    if kind is _tool:
        yield _event("tool_at", f"tool{number}", "tray", t_s)
    yield _event("hand_at", f"D{number}", "no", t_s + 1.0)


def _event(kind: str, subject: str, value: str, t_s: float) -> Event:
    return Event(FactKey(kind, subject), value, t_s, t_s, None, 0.95)


def offline(load: Load) -> float:
    """Seconds from all events to the final verdicts."""
    judge = Judge(load.procedure, SeparateTerminals())
    began = time.perf_counter()
    judge.update(load.events)
    verdicts = judge.finish(load.end_s)
    took = time.perf_counter() - began
    wrong = [verdict.id for verdict in verdicts if verdict.outcome is not Outcome.MET]
    if wrong:
        raise ValueError(f"expected every generated step to be met, got {', '.join(wrong[:5])} not met")
    return took


def online(load: Load) -> float:
    """Seconds that one call of `verdicts` takes while the attempt runs, on average over the attempt."""
    judge = Judge(load.procedure, SeparateTerminals())
    waiting = list(reversed(load.events))
    took = 0.0
    for look in range(1, LOOKS + 1):
        t_s = load.end_s * look / LOOKS
        while waiting and waiting[-1].decided_s <= t_s:
            judge.update([waiting.pop()])
        began = time.perf_counter()
        judge.verdicts(t_s)
        took += time.perf_counter() - began
    return took / LOOKS


def made(load: Load) -> float:
    """Seconds to make a judge."""
    began = time.perf_counter()
    Judge(load.procedure, SeparateTerminals())
    return time.perf_counter() - began


def plainly(load: Load) -> float:
    """Seconds to ask every operator at every change, as the loop would that comes to mind first."""
    wires = [wire for step in load.procedure.steps for wire in step.wires]
    now, roots = Moment(Plan(SeparateTerminals(), (), wires)), tuple(roots_of(load.procedure))
    began = time.perf_counter()
    for change in changes_of(load.events, ()):
        now.t_s = change.t_s
        now.take(change)
        for root in roots:
            root.operator.update(now)
    return time.perf_counter() - began


def best(run: Callable[[Load], float], load: Load, turns: int) -> float:
    """The shortest of several runs: what the machine does beside it only adds."""
    return min(run(load) for _ in range(turns))


def table(steps: Sequence[int], turns: int, *, wires: bool) -> Iterator[str]:
    """By number of steps."""
    yield "with wires" if wires else "without wires"
    heads = ("steps", "events", "offline", "per event", "a call online", "made", "plainly")
    yield in_columns(heads)
    measured = []
    for count in steps:
        load = build_load(count, wires=wires)
        events = len(load.events)
        took = best(offline, load, turns)
        measured.append((events, took))
        beside = (best(online, load, 1), best(made, load, turns), best(plainly, load, 1))
        per_event = f"{took / events * 1e6:.1f} µs"
        yield in_columns((str(count), str(events), in_ms(took), per_event, *map(in_ms, beside)))
    yield from _ratios(measured)


def in_columns(cells: Sequence[str]) -> str:
    """One row of the table."""
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def in_ms(time_s: float) -> str:
    """As it stands in the table."""
    return f"{time_s * 1e3:.1f} ms"


def _ratios(measured: Sequence[tuple[int, float]]) -> Iterator[str]:
    for (few, short), (many, long) in pairwise(measured):
        yield f"  {many / few:.2f} times the events take {long / short:.2f} times as long"


def growth(steps: int, turns: int) -> Iterator[str]:
    """By number of events, the procedure staying the same."""
    measured = []
    for repeats in REPEATS:
        load = build_load(steps, repeats)
        measured.append((len(load.events), best(offline, load, turns)))
    yield f"{steps} steps, more events, offline"
    for events, took in measured:
        yield f"{events:14d}{took * 1e3:8.1f} ms{took / events * 1e6:9.1f} µs"
    yield from _ratios(measured)


def hot_spots(load: Load) -> str:
    """Where the time goes."""
    profile, said = cProfile.Profile(), io.StringIO()
    profile.runcall(offline, load)
    pstats.Stats(profile, stream=said).sort_stats("tottime").print_stats(HOT_SPOTS)
    return said.getvalue()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, nargs="+", default=[10, 60, 300])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    say = partial(print, file=sys.stdout, flush=True)
    say(f"aim: less than {AIM_US:g} µs per event, and twice the events take twice as long")
    for wires in (True, False):
        for line in table(given.steps, given.turns, wires=wires):
            say(line)
    for count in given.steps:
        for line in growth(count, given.turns):
            say(line)
    if given.profile:
        say(hot_spots(build_load(given.steps[-1])))


if __name__ == "__main__":
    main()
