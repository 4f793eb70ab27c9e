"""Judges noisy recognised step sequences (PREGO's online recogniser) beside the true ones.

Takes a file of sequences (`gt`, `pred`, with durations in frames); gives a report: how far the verdicts move
with the noise, and how much of that `unsure` catches. The data names no procedure, so the judge gets one as a
teacher would show it: the steps of the most similar other recording, in an order that no other recording
contradicts. The recording that is judged has a say in which one is most similar, and in nothing else: neither
order nor confidence is taken from it.
"""

import json
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from assessor.procedure import Procedure
from assessor.types import Outcome, Verdict
from benchmarks.real.executions import PlainStep, Sight, end_of, judge_sights, procedure_of

FRAMES_PER_S = 30.0
FEWEST_COMMON = 2  # a demonstration shares at least this many steps with what is judged


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of frames with one step."""

    step: str
    start: int
    end: int

    @property
    def length(self) -> int:
        """Frames."""
        return self.end - self.start


@dataclass(frozen=True)
class StepSequence:
    """One recording: the steps that were done and those that were recognised."""

    id: str
    truth: tuple[Segment, ...]
    recognised: tuple[Segment, ...]

    @cached_property
    def true_steps(self) -> tuple[str, ...]:
        """Each step that was done once, in the order of their first times."""
        return tuple(dict.fromkeys(segment.step for segment in self.truth))

    @cached_property
    def seen_steps(self) -> frozenset[str]:
        """Each step that was recognised."""
        return frozenset(segment.step for segment in self.recognised)


@dataclass(frozen=True)
class Trial:
    """A recording and the procedure it is judged by."""

    sequence: StepSequence
    procedure: Procedure


def read_sequences(path: Path) -> list[StepSequence]:
    """Every recording of a file, in its order."""
    recordings = json.loads(path.read_text(encoding="utf-8"))
    return [
        StepSequence(
            id, _segments(said["gt"], said["gt_durations"]), _segments(said["pred"], said["pred_durations"])
        )
        for id, said in recordings.items()
    ]


def _segments(steps: Sequence[int], lengths: Sequence[int]) -> tuple[Segment, ...]:
    ends = [0]
    for length in lengths:
        ends.append(ends[-1] + length)
    return tuple(
        Segment(f"action_{step}", start, end)
        for step, (start, end) in zip(steps, pairwise(ends), strict=True)
    )


def trials_of(sequences: Sequence[StepSequence]) -> list[Trial]:
    """Every recording for which another one can stand as a demonstration."""
    found = [(sequence, _demonstrated(sequence, sequences)) for sequence in sequences]
    return [Trial(sequence, procedure) for sequence, procedure in found if procedure is not None]


def _demonstrated(judged: StepSequence, sequences: Sequence[StepSequence]) -> Procedure | None:
    others = [sequence for sequence in sequences if sequence.id != judged.id]
    shown = max(others, key=lambda other: _likeness(judged, other), default=None)
    if shown is None or len(set(shown.true_steps) & set(judged.true_steps)) < FEWEST_COMMON:
        return None
    places = [{step: at for at, step in enumerate(other.true_steps)} for other in others]
    steps = []
    for at, step in enumerate(shown.true_steps):
        after = tuple(earlier for earlier in shown.true_steps[:at] if _never_later(earlier, step, places))
        steps.append(PlainStep(step, step, after))
    return procedure_of("demonstrated", tuple(steps))


def _likeness(first: StepSequence, second: StepSequence) -> float:
    a, b = set(first.true_steps), set(second.true_steps)
    return len(a & b) / len(a | b)


def _never_later(earlier: str, later: str, places: Sequence[Mapping[str, int]]) -> bool:
    both = [place for place in places if earlier in place and later in place]
    return all(place[earlier] < place[later] for place in both)


# ---- how sure a recognised step is ---------------------------------------------------------

Sureness = Callable[[Trial, Segment], float]
Silence = Callable[[Trial], float]


def trusted(trial: Trial, segment: Segment) -> float:
    """What is recognised is believed."""
    return 1.0


def by_length(trial: Trial, segment: Segment) -> float:
    """A stretch shorter than the usual one of its recording is believed in proportion."""
    usual = statistics.median(segment.length for segment in trial.sequence.recognised)
    return min(1.0, segment.length / usual) if usual else 1.0


class Measured:
    """Sureness as measured on the other recordings: how often a stretch of about this length was true, and
    how often a step of the procedure that was not recognised was not done."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self._by_recording = {trial.sequence.id: self._lengths(trial.sequence) for trial in trials}
        self._lengths_of_all = sum(self._by_recording.values(), Counter[tuple[int, bool]]())
        self._silent = {trial.sequence.id: self._silences(trial) for trial in trials}
        self._silent_of_all = sum(self._silent.values(), Counter[bool]())

    def segment(self, trial: Trial, segment: Segment) -> float:
        """How often stretches of about this length were true elsewhere."""
        own, size = self._by_recording[trial.sequence.id], _size(segment)
        right, wrong = (self._lengths_of_all[size, true] - own[size, true] for true in (True, False))
        return (right + 1) / (right + wrong + 2)

    def silence(self, trial: Trial) -> float:
        """How often silence was right elsewhere."""
        own = self._silent[trial.sequence.id]
        right, wrong = (self._silent_of_all[true] - own[true] for true in (True, False))
        return (right + 1) / (right + wrong + 2)

    @staticmethod
    def _lengths(sequence: StepSequence) -> Counter[tuple[int, bool]]:
        return Counter((_size(one), one.step in sequence.true_steps) for one in sequence.recognised)

    @staticmethod
    def _silences(trial: Trial) -> Counter[bool]:
        silent = (s.id for s in trial.procedure.steps if s.id not in trial.sequence.seen_steps)
        return Counter(step not in trial.sequence.true_steps for step in silent)


def _size(segment: Segment) -> int:
    """Lengths within a factor of two are about the same."""
    return round(math.log2(max(1, segment.length)))


# ---- verdicts with noise -------------------------------------------------------------------


def judged(trial: Trial, sure: Sureness | None, silence: float = 1.0) -> dict[str, Verdict]:
    """Verdicts on the recognised steps, or on the true ones (`sure` None). A step counts when its first
    stretch is over: this recogniser speaks no earlier."""
    sequence = trial.sequence
    segments = sequence.truth if sure is None else sequence.recognised
    steps = {step.id for step in trial.procedure.steps}
    end_s = end_of(_sights(segments, trial, trusted))
    known = [segment for segment in segments if segment.step in steps]
    return judge_sights(trial.procedure, _sights(known, trial, sure or trusted), end_s, silence)


def _sights(segments: Sequence[Segment], trial: Trial, sure: Sureness) -> list[Sight]:
    return [Sight(s.step, s.end / FRAMES_PER_S, s.end / FRAMES_PER_S, sure(trial, s)) for s in segments]


@dataclass(frozen=True, slots=True)
class Moves:
    """Verdicts on steps with noise against those without. `blamed`: right work called wrong for sure;
    `passed`: a mistake called right for sure; `caught`: unsure where trust would have been wrong; `cost`:
    unsure where trust would have been right."""

    right: int
    blamed: int
    passed: int
    caught: int
    cost: int

    @property
    def row(self) -> str:
        """One line of the table."""
        wrong, unsure = self.blamed + self.passed, self.caught + self.cost
        decided = self.right + wrong
        moved = wrong + self.caught
        shares = (
            f"{decided / (decided + unsure):8.0%}{wrong / decided if decided else 0:8.0%}"
            f"{self.caught / moved if moved else 1:9.0%}"
        )
        return f"{self.right:6d}{self.blamed:8d}{self.passed:8d}{self.caught:8d}{self.cost:6d}{shares}"


HEAD = (
    f"{'right':>6}{'blamed':>8}{'passed':>8}{'caught':>8}{'cost':>6}{'decided':>9}{'wrong':>7}{'caught':>9}"
)


def moves_of(trials: Sequence[Trial], sure: Sureness, silence: Silence) -> Moves:
    """How the verdicts on all steps move when they rest on recognised steps."""
    pairs: Counter[tuple[bool, Outcome, bool]] = Counter()
    for trial in trials:
        true, blind = judged(trial, None), judged(trial, trusted)
        noisy = judged(trial, sure, silence(trial))
        for step, verdict in true.items():
            met = verdict.outcome is Outcome.MET
            pairs[met, noisy[step].outcome, blind[step].outcome is verdict.outcome] += 1
    return Moves(
        right=sum(n for (met, said, _), n in pairs.items() if said is _said(met)),
        blamed=sum(n for (met, said, _), n in pairs.items() if met and said is Outcome.NOT_MET),
        passed=sum(n for (met, said, _), n in pairs.items() if not met and said is Outcome.MET),
        caught=sum(n for (_, said, trust), n in pairs.items() if _open(said) and not trust),
        cost=sum(n for (_, said, trust), n in pairs.items() if _open(said) and trust),
    )


def _said(met: bool) -> Outcome:
    return Outcome.MET if met else Outcome.NOT_MET


def _open(outcome: Outcome) -> bool:
    return outcome in (Outcome.UNSURE, Outcome.NOT_OBSERVED)


def report(sequences: Sequence[StepSequence]) -> Iterator[str]:
    """The table, line by line."""
    trials = trials_of(sequences)
    measured = Measured(trials)
    steps = sum(len(trial.procedure.steps) for trial in trials)
    yield f"{len(trials)} of {len(sequences)} recordings have a demonstration; {steps} steps to judge"
    recognised = [segment.step in t.sequence.true_steps for t in trials for segment in t.sequence.recognised]
    done = [step in t.sequence.seen_steps for t in trials for step in t.sequence.true_steps]
    yield f"true among recognised stretches {_share(recognised)}, recognised among true steps {_share(done)}"
    silence = statistics.fmean(measured.silence(trial) for trial in trials) if trials else 1.0
    yield f"a step of the procedure that is not recognised was not done in {silence:.0%}"
    yield f"\nconfidence of recognised steps       {HEAD}"
    ways: dict[str, tuple[Sureness, Silence]] = {
        "all believed": (trusted, lambda _: 1.0),
        "by length": (by_length, lambda _: 1.0),
        "by length, silence as measured": (by_length, measured.silence),
        "as measured, silence believed": (measured.segment, lambda _: 1.0),
        "as measured, silence too": (measured.segment, measured.silence),
    }
    for way, (sure, silent) in ways.items():
        yield f"  {way:<34}{moves_of(trials, sure, silent).row}"


def _share(truths: Sequence[bool]) -> str:
    return f"{sum(truths)}/{len(truths)}"
