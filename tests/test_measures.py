"""Measures against hand-made cases and brute force."""

import heapq
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor.measures import (
    Completion,
    Rates,
    edit_distance,
    match_best,
    match_completions,
    mean_delay,
    order_similarity,
)

steps = st.lists(st.sampled_from("abc"), max_size=4).map("".join)


def brute_force(start: str, goal: str) -> int:
    """Cheapest way from one word to the other over all words that are short enough (Dijkstra)."""
    best, queue = {start: 0}, [(0, start)]
    while queue:
        cost, word = heapq.heappop(queue)
        if word == goal:
            return cost
        for price, other in neighbours(word, max(len(start), len(goal)) + 1):
            if cost + price < best.get(other, 99):
                best[other] = cost + price
                heapq.heappush(queue, (cost + price, other))
    raise AssertionError("every word can be reached")


def neighbours(word: str, longest: int) -> list[tuple[int, str]]:
    found = [(1, word[:i] + word[i + 1 :]) for i in range(len(word))]
    found += [(2, word[:i] + c + word[i + 1 :]) for i in range(len(word)) for c in "abc"]
    found += [(1, word[:i] + b + a + word[i + 2 :]) for i, (a, b) in enumerate(pairwise(word))]
    if len(word) < longest:
        found += [(1, word[:i] + c + word[i:]) for i in range(len(word) + 1) for c in "abc"]
    return found


@settings(max_examples=40, deadline=None)
@given(steps, steps)
def test_edit_distance_is_the_cheapest_way(true: str, predicted: str) -> None:
    assert edit_distance(true, predicted) == brute_force(true, predicted)


@given(steps, steps)
def test_edit_distance_is_the_same_both_ways(true: str, predicted: str) -> None:
    assert edit_distance(true, predicted) == edit_distance(predicted, true)


@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        pytest.param("abcd", "abcd", 1.0, id="the same"),
        pytest.param("abcd", "abdc", 0.75, id="two swapped cost 1"),
        pytest.param("abcd", "abc", 0.75, id="one missing costs 1"),
        pytest.param("abcd", "abxcd", 0.75, id="one more costs 1"),
        pytest.param("abcd", "abxd", 0.5, id="another one costs 2"),
        pytest.param("ab", "cdefgh", 0.0, id="never below 0"),
        pytest.param("abcd", "", 0.0, id="nothing"),
        pytest.param("", "a", None, id="no truth"),
    ],
)
def test_order_similarity(true: str, predicted: str, expected: float | None) -> None:
    assert order_similarity(true, predicted) == expected


def at(**times: float) -> list[Completion]:
    return [Completion(step.rstrip("_"), t_s) for step, t_s in times.items()]


def test_completions_match_per_step_and_never_early() -> None:
    true = at(a=1.0, b=5.0, c=9.0, d=12.0)
    predicted = at(a=2.0, b=4.9, c=30.0, e=1.0)
    matching = match_completions(true, predicted)
    assert [(t.step, p.t_s) for t, p in matching.pairs] == [("a", 2.0), ("c", 30.0)]
    assert [c.step for c in matching.missed] == ["b", "d"]
    assert [c.step for c in matching.false] == ["e", "b"]
    assert matching.rates == Rates(true=2, false=2, missed=2)
    assert matching.rates.f1 == 0.5
    assert mean_delay(matching) == pytest.approx((1.0 + 21.0) / 2)


def test_a_step_done_twice_matches_in_time_order() -> None:
    matching = match_completions(at(a=1.0, a_=10.0), at(a=2.0, a_=11.0))
    assert [(t.t_s, p.t_s) for t, p in matching.pairs] == [(1.0, 2.0), (10.0, 11.0)]


def test_the_very_frame_is_not_early() -> None:
    assert match_completions(at(a=4.4), at(a=4.4 - 1e-9)).rates == Rates(true=1)


def test_rates_of_nothing_are_none() -> None:
    assert (Rates().precision, Rates().recall, Rates().f1, mean_delay(match_completions([], []))) == (
        None,
    ) * 4
    assert Rates(missed=2).recall == 0.0
    assert Rates(1, 2, 3) + Rates(1, 0, 0) == Rates(2, 2, 3)


@given(st.lists(st.floats(0, 10), max_size=6), st.lists(st.floats(0, 10), max_size=6))
def test_best_match_uses_each_side_once(true: list[float], predicted: list[float]) -> None:
    matching = match_best(true, predicted, lambda a, b: abs(a - b) if abs(a - b) <= 2 else None)
    assert len(matching.pairs) + len(matching.missed) == len(true)
    assert len(matching.pairs) + len(matching.false) == len(predicted)
    assert not any(abs(a - b) <= 2 for a in matching.missed for b in matching.false)
