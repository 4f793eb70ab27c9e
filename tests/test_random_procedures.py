"""Properties that hold for every procedure and all work at it: random ones, with random blindness."""

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from assessor.judge import Judge
from assessor.judge.views import SURE
from assessor.marks import mark
from assessor.types import Event, Gap, MarkSheet, Outcome, Verdict
from tests.build import Origin
from tests.random_procedures import (
    Plan,
    SeparateTerminals,
    disturbed,
    hidden,
    random_gap,
    random_plan,
    worked,
)

SEEDS = range(40)
LOOK_S = 1.7  # not a divisor of anything


def judged(plan: Plan, events: Iterable[Event], gaps: Sequence[Gap] = ()) -> tuple[Verdict, ...]:
    judge = Judge(plan.procedure, SeparateTerminals())
    judge.update(events)
    return judge.finish(plan.end_s(), gaps)


def sheet_of(plan: Plan, order: Sequence[str]) -> tuple[MarkSheet, tuple[Verdict, ...]]:
    judge = Judge(plan.procedure, SeparateTerminals())
    judge.update(worked(plan, order))
    done = judge.judged(plan.end_s())
    return mark(plan.procedure, done, Origin()), done.verdicts


def attempts(seed: int) -> tuple[random.Random, Plan, list[list[Event]]]:
    """A random procedure, worked rightly and with faults."""
    chance = random.Random(seed)
    plan = random_plan(chance, chance.randint(3, 7))
    right = worked(plan, plan.any_order(chance))
    return chance, plan, [right, disturbed(chance, plan, right)]


@pytest.mark.parametrize("seed", range(8))
def test_every_legal_order_of_six_steps_earns_full_marks(seed: int) -> None:
    plan = random_plan(random.Random(seed), 6, plain=True)
    orders = set(plan.orders())
    legal = {order for order in itertools.permutations("abcdef") if plan.is_legal(order)}
    assert orders == legal
    for order in orders:
        sheet, verdicts = sheet_of(plan, order)
        assert sheet.total == 6, order
        assert not any(verdict.mistakes for verdict in verdicts)


@pytest.mark.parametrize("seed", range(8))
def test_no_order_with_an_illegal_swap_earns_full_marks(seed: int) -> None:
    plan = random_plan(random.Random(seed), 6, plain=True)
    for order in itertools.islice(plan.orders(), 20):
        for at in range(5):
            swapped = [*order[:at], order[at + 1], order[at], *order[at + 2 :]]
            if not plan.is_legal(swapped):
                sheet, verdicts = sheet_of(plan, swapped)
                assert sheet.total == 5, swapped
                assert [m.kind for v in verdicts for m in v.mistakes] == ["order"]


@pytest.mark.parametrize("seed", SEEDS)
def test_right_work_is_met_whatever_a_step_asks_for(seed: int) -> None:
    _, plan, (right, _) = attempts(seed)
    assert [v.id for v in judged(plan, right) if v.outcome is not Outcome.MET or v.mistakes] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_what_cannot_be_seen_never_turns_met_into_not_met(seed: int) -> None:
    chance, plan, both = attempts(seed)
    for events in both:
        met = {v.id for v in judged(plan, events) if v.outcome is Outcome.MET}
        gap = random_gap(chance, plan.end_s())
        for seen, gaps in ((hidden(chance, events, plan.end_s()), []), (events, [gap])):
            blamed = [v for v in judged(plan, seen, gaps) if v.id in met and v.outcome is Outcome.NOT_MET]
            assert [v.reason.en for v in blamed if v.confidence >= SURE] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_blindness_makes_no_mistake_of_right_work(seed: int) -> None:
    chance, plan, (right, _) = attempts(seed)
    seen = right
    for _ in range(3):
        seen = hidden(chance, seen, plan.end_s())
    verdicts = judged(plan, seen, [random_gap(chance, plan.end_s())])
    assert [m.reason.en for v in verdicts for m in v.mistakes if m.confidence >= SURE] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_seen_at_all_is_not_observed(seed: int) -> None:
    _, plan, both = attempts(seed)
    for events in both:
        verdicts = judged(plan, events, [Gap(0.0, plan.end_s(), "dark")])
        assert {v.outcome for v in verdicts} == {Outcome.NOT_OBSERVED}


@pytest.mark.parametrize("seed", SEEDS)
def test_looking_in_between_and_late_news_in_any_order_change_nothing(seed: int) -> None:
    chance, plan, both = attempts(seed)
    for events in both:
        late = [replace(e, decided_s=e.start_s + chance.choice((0.0, 0.0, 0.5, 2.0))) for e in events]
        running = Judge(plan.procedure, SeparateTerminals())
        for look in range(int(plan.end_s() / LOOK_S) + 1):
            running.update(e for e in late if (look - 1) * LOOK_S < e.decided_s <= look * LOOK_S)
            running.verdicts(look * LOOK_S)
        running.update(e for e in late if e.decided_s > look * LOOK_S)
        told = chance.sample(late, len(late))
        assert running.finish(plan.end_s()) == judged(plan, told)
