"""How soon a class hears of an unsafe act, how many are missed, how many alarms are false or taken back.

    python benchmarks/alarms.py FOLDER [--procedure motor_start_stop] [--slower 1,2]

Truth and bench file lie beside each recording of the folder. Its pictures are looked at ten times a second
and judged one after the other as `assessor watch` does; `--slower 2` passes over every second look, as on a
machine with too many benches. Delay: from the beginning of the act to the picture in which it is told; what
the machine takes for a look comes on top (benchmarks/live.py measures it).
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assessor.batch import find_rule_file
from assessor.bench import Bench, load_bench
from assessor.camera import probe
from assessor.evaluate import Case, find_cases
from assessor.live.attempt import LiveAttempt
from assessor.live.standing import Alert, AlertKey
from assessor.pipeline import Task, observe
from assessor.procedure import Procedure, load_procedure
from assessor.truth.mistakes import TrueMistake, true_mistakes
from assessor.truth.recording import Trace, read_recording_truth
from assessor.truth.steps import TrueSteps
from assessor.types import Observations

UNSAFE = "unsafe_act"
NEAR_S = 1.0  # an alarm may lie so far from the act
say = partial(print, file=sys.stdout, flush=True)


@dataclass
class Heard:
    """The alarms of one recording: when each was told first, and what is left of them in the end."""

    first: dict[AlertKey, Alert] = field(default_factory=dict)
    last: dict[AlertKey, Alert] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One recording. `taken_back`: alarms that a later look did not confirm."""

    hours: float
    acts: int
    delays_s: tuple[float, ...]
    false: int
    taken_back: int

    def told(self, name: str) -> str:
        """For the table."""
        delays = " ".join(f"{delay:.1f}" for delay in self.delays_s)
        counts = f"{self.acts:5d} {len(self.delays_s):5d} {self.false:6d} {self.taken_back:11d}"
        return f"{name:24s} {counts}  {delays}"


def main() -> None:
    """A row for each recording and rate, then the sums."""
    parser = argparse.ArgumentParser(description="Measures safety alarms.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--procedure", default="motor_start_stop")
    parser.add_argument("--slower", default="1")
    asked = parser.parse_args()
    procedure = load_procedure(find_rule_file(asked.procedure, "procedures"))
    rows: dict[int, list[Row]] = {int(text): [] for text in asked.slower.split(",")}
    say("recording, looks/s        acts  told  false  taken back  delays, s")
    for case in find_cases(asked.folder):
        if case.is_recording:
            for step, row in measure(case, procedure, rows):
                rows[step].append(row)
                say(row.told(f"{case.media.stem} {10 / step:.1f}"))
    for step, found in rows.items():
        hours, delays = sum(row.hours for row in found), [d for row in found for d in row.delays_s]
        acts, false = sum(row.acts for row in found), sum(row.false for row in found)
        late = sum(delay > 1.0 for delay in delays)
        told = f"{len(delays)} of {acts} acts told, {late} of them later than 1 s"
        say(f"{10 / step:.1f} looks a second: {told}; {false} false alarms in {hours:.2f} bench-hours")


def measure(case: Case, procedure: Procedure, steps: Iterable[int]) -> Iterator[tuple[int, Row]]:
    """One recording, seen once, at each rate."""
    bench = load_bench(case.bench)
    header, seen = observe(probe(case.media), Task(bench, procedure, Path()), lambda share: None)
    acts = unsafe_acts(case.truth, procedure, bench)
    for step in steps:
        heard = listen(LiveAttempt(bench, procedure, (header.width, header.height)), seen[::step])
        delays, false = compared(acts, heard)
        back = len(heard.first.keys() - heard.last.keys())
        yield step, Row(header.duration_s / 3600, len(acts), tuple(delays), false, back)


def unsafe_acts(truth: Path, procedure: Procedure, bench: Bench) -> list[TrueMistake]:
    """By the truth."""
    steps = TrueSteps(procedure, Trace(read_recording_truth(truth), bench))
    return [one for one in true_mistakes(steps) if one.kind == UNSAFE]


def listen(attempt: LiveAttempt, seen: Sequence[Observations]) -> Heard:
    """The alarms of an attempt."""
    heard = Heard()
    for one in seen:
        alarms = {alert.key: alert for alert in attempt.see(one).alerts if alert.safety}
        for key, alert in alarms.items():
            heard.first.setdefault(key, alert)
        heard.last = alarms
    return heard


def compared(acts: Sequence[TrueMistake], heard: Heard) -> tuple[list[float], int]:
    """Delay of each act that was told, and how many alarms there were for none."""
    fits = [[alert for alert in heard.first.values() if _fits(act, alert)] for act in acts]
    told = [(act, near) for act, near in zip(acts, fits, strict=True) if near]
    delays = [min(alert.noticed_s for alert in near) - act.start_s for act, near in told]
    matched = {alert.key for near in fits for alert in near}
    return [round(delay, 2) for delay in delays], len(heard.first.keys() - matched)


def _fits(act: TrueMistake, alert: Alert) -> bool:
    named = not act.subjects or bool({alert.key.subject, alert.key.rule} & set(act.subjects))
    return named and act.start_s - NEAR_S <= alert.t_s <= act.end_s + NEAR_S


if __name__ == "__main__":
    main()
