"""Random attempts: the judge agrees with the truth, and blindness never makes a mistake.

The truth is worked out by `assessor/truth/`, which reads states and actions and shares no code with it.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assessor.evaluate import completions_of, match_mistakes, mistakes_of
from assessor.events import EventBuilder
from assessor.judge import Judge
from assessor.measures import match_completions
from assessor.truth.mistakes import TrueMistake, true_mistakes
from assessor.truth.recording import Trace, read_recording_truth
from assessor.truth.steps import TrueSteps
from assessor.types import Fact, Gap, Outcome, Verdict
from tests.build import bench, procedure
from tests.random_attempts import Worker, random_attempt, right_attempt
from tests.truth_facts import facts_from_truth

ATTEMPTS = range(30)


def judged(facts: Sequence[Fact], end_s: float, gaps: Sequence[Gap] = ()) -> tuple[Verdict, ...]:
    timing = procedure().timing
    builder, judge = EventBuilder(timing.hold_s, timing.forget_s), Judge(procedure(), bench())
    for fact in facts:
        judge.update(builder.update(fact))
    judge.update(builder.finish(end_s))
    return judge.finish(end_s, gaps)


def expected(steps: TrueSteps) -> list[TrueMistake]:
    """A step about tools that was left out may be charged to the tools."""
    tools = {
        tool
        for step in procedure().steps
        if step.mistake == "tool_left"
        for tool in ("screwdriver", "wire_stripper")
    }
    return [
        replace(m, subjects=(*m.subjects, *tools)) if m.kind == "tool_left" else m
        for m in true_mistakes(steps)
    ]


@pytest.mark.parametrize("seed", ATTEMPTS)
def test_steps_and_mistakes_are_those_that_really_happened(seed: int, tmp_path: Path) -> None:
    worker = random_attempt(seed)
    truth = read_recording_truth(worker.write_truth(tmp_path / "attempt.truth.json"))
    steps = TrueSteps(procedure(), Trace(truth, bench()))
    verdicts = judged(facts_from_truth(worker.truth(), bench()), truth.duration)
    mistakes = match_mistakes(expected(steps), mistakes_of(verdicts))
    assert (mistakes.missed, mistakes.false) == ((), ())
    done = match_completions(steps.completions, completions_of(verdicts))
    assert (done.missed, done.false) == ((), ())


@pytest.mark.parametrize("seed", ATTEMPTS)
def test_a_camera_that_fails_at_random_never_makes_a_mistake(seed: int) -> None:
    worker, chance = right_attempt(seed), random.Random(seed)
    end_s = float(worker.truth()["duration"])
    starts = [chance.uniform(0, end_s) for _ in range(chance.randint(1, 3))]
    gaps = [Gap(start, min(end_s, start + chance.choice((0.5, 2, 5, 15, 40))), "dark") for start in starts]
    verdicts = judged(blinded(worker, gaps), end_s, gaps)
    assert [v.id for v in verdicts if v.outcome is Outcome.NOT_MET] == []
    assert [m for v in verdicts for m in v.mistakes if m.confidence >= 0.6] == []


def blinded(worker: Worker, gaps: Sequence[Gap]) -> list[Fact]:
    """What is told when nothing can be seen in the gaps: unknown at their start, the news at their end."""
    facts = facts_from_truth(worker.truth(), bench())
    told = []
    for fact in facts:
        earliest_s = seen_s = fact.t_s
        while gap := next((gap for gap in gaps if gap.start_s <= seen_s < gap.end_s), None):
            earliest_s, seen_s = min(earliest_s, gap.start_s), gap.end_s
        told.append(replace(fact, t_s=seen_s, earliest_s=earliest_s))
    ends = [gap for gap in gaps if not any(other.start_s <= gap.end_s < other.end_s for other in gaps)]
    told += [fact for gap in ends for fact in _at(facts, gap.end_s)]
    last = {(fact.key, fact.t_s): fact for fact in told}  # of several changes in a gap only the last is seen
    hidden = [replace(fact, value=None) for gap in gaps for fact in _at(facts, gap.start_s)]
    return sorted([*last.values(), *hidden], key=lambda fact: fact.t_s)


def _at(facts: Sequence[Fact], t_s: float) -> list[Fact]:
    """All that stands still at a moment; wires are told only when they change."""
    known = {fact.key: fact for fact in facts if fact.t_s < t_s and fact.key.kind != "wire"}
    return [replace(fact, t_s=t_s, earliest_s=t_s) for fact in known.values()]
