"""Words about the bench: number limits, places of parts, poses; what they mean and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor.errors import RuleFileError
from assessor.judge.build import build
from assessor.judge.wording import describe, seen
from assessor.located_yaml import Located, load
from assessor.located_yaml.faults import UnfitError
from assessor.procedure.conditions import Condition, DisplayShows, PartAt, key_of
from assessor.procedure.fact_words import keeps, refuse_contradiction
from assessor.types import FactKey, Truth
from tests.test_operators import Moment

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
numbers = st.floats(-100, 100).map(lambda number: round(number, 1))


class Said(Located):
    said: Condition


def condition(text: str) -> Located:
    return load(f"said: {text}", Said).said


@pytest.mark.parametrize(
    ("text", "value", "truth"),
    [
        pytest.param("{reading: v, near: 24, within: 1.5}", "25.5", YES, id="just within"),
        pytest.param("{reading: v, near: 3, within: 0.3}", "2.7", YES, id="binary fractions do not matter"),
        pytest.param("{reading: v, near: 24, within: 1.5}", "22.4", NO, id="too far below"),
        pytest.param("{reading: v, near: 24, within: 0}", "24", YES, id="exactly"),
        pytest.param("{reading: v, near: 24, within: 1.5, at_least: 24}", "23", NO, id="both must hold"),
        pytest.param("{reading: v, near: 24, within: 1}", "nan", UNKNOWN, id="no number"),
        pytest.param("{reading: v, at_least: 24}", "inf", UNKNOWN, id="beyond the range of a meter"),
        pytest.param("{photo: loose_ends, at_most: 0}", "0", YES, id="count"),
        pytest.param("{part_at: relay, place: rail_1, within_mm: 3}", "3.0", YES, id="part at its place"),
        pytest.param("{part_at: relay, place: rail_1, within_mm: 3}", "3.1", NO, id="part beside its place"),
        pytest.param("{part_at: relay, place: rail_1, within_mm: 3}", "far", UNKNOWN, id="no distance"),
        pytest.param("{part_at: relay, place: rail_1, within_mm: 3}", None, UNKNOWN, id="part not seen"),
        pytest.param("{pose: hand_raised}", "yes", YES, id="hand raised"),
        pytest.param("{pose: person_present}", "no", NO, id="nobody there"),
    ],
)
def test_a_word_says_what_its_value_means(text: str, value: str | None, truth: Truth) -> None:
    said = condition(text)
    key = key_of(said)
    assert key is not None
    assert build(said).update(Moment(0.0, {key: (value, 1.0)})).truth is truth


def test_the_fact_of_a_part_names_part_and_place() -> None:
    assert key_of(condition("{part_at: K2, place: rail_1, within_mm: 3}")) == FactKey("part_at", "K2/rail_1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "{reading: v, at_least: 3, at_most: 2}", "limits that a number can keep", id="excluding"
        ),
        pytest.param("{reading: v, above: 2, at_most: 2}", "got 2 as the least, 2 as the most", id="empty"),
        pytest.param("{photo: x, near: 5, within: 1, below: 4}", "got 4 as the least, 4", id="near, below"),
        pytest.param("{display: v, near: 5}", "near and within together", id="near alone"),
        pytest.param("{display: v, within: 5, below: 9}", "near and within together", id="within alone"),
        pytest.param("{display: v, near: 5, within: -1}", "a number of at least 0", id="negative tolerance"),
        pytest.param("{person: v, is: given, below: 2}", "limits that agree with it", id="word and number"),
        pytest.param("{person: v, is: '3', below: 2}", "limits that agree with it", id="number beyond limit"),
        pytest.param("{part_at: relay, place: rail_1}", "within_mm", id="no tolerance"),
        pytest.param("{part_at: relay, place: rail_1, within_mm: 0}", "a number above 0", id="zero mm"),
        pytest.param("{pose: hand_rised}", "did you mean 'hand_raised'?", id="misspelled pose"),
        pytest.param(
            "{count: {switch: K, is: in}, at_least: 3, at_most: 2}", "got 3 as the least, 2", id="count"
        ),
    ],
)
@pytest.mark.fault(57)
def test_what_no_value_can_keep_is_refused(text: str, expected: str) -> None:
    with pytest.raises(RuleFileError) as refused:
        condition(text)
    assert expected in str(refused.value)


@given(st.dictionaries(st.sampled_from(["below", "above", "at_least", "at_most"]), numbers, min_size=1))
def test_limits_are_refused_just_when_no_number_keeps_them(limits: dict[str, float]) -> None:
    edges = [0.0, *limits.values()]
    tried = [edge + step for edge in edges for step in (-1000.0, -0.05, 0.0, 0.05, 1000.0)]
    possible = any(keeps(limits, repr(number)) is YES for number in tried)
    try:
        refuse_contradiction(limits)
    except UnfitError:
        assert not possible
    else:
        assert possible


@given(numbers, st.floats(0, 20).map(lambda number: round(number, 1)), numbers)
def test_near_is_a_distance(near: float, within: float, value: float) -> None:
    limits = {"near": near, "within": within}
    away = abs(value - near)
    if not math.isclose(away, within, abs_tol=1e-6):
        assert (keeps(limits, repr(value)) is YES) == (away < within)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        pytest.param(
            "{display: mm, near: 24, within: 1.5}",
            "mm 显示在 24 ± 1.5 之内",
            "mm shows within 1.5 of 24",
            id="near",
        ),
        pytest.param(
            "{part_at: screwdriver, place: rail_1, within_mm: 3}",
            "螺丝刀距 rail_1 不超过 3 mm",
            "the screwdriver is within 3 mm of rail_1",
            id="part",
        ),
        pytest.param("{pose: hand_raised}", "举手示意", "a hand is raised", id="pose"),
    ],
)
def test_words_are_said_in_both_languages(text: str, zh: str, en: str) -> None:
    said = describe(condition(text))
    assert (said.zh, said.en) == (zh, en)


def test_what_was_seen_of_parts_and_poses_is_said() -> None:
    assert seen(FactKey("part_at", "K2/rail_1"), "4.2").en == "K2 from rail_1: 4.2 mm"
    assert seen(FactKey("pose", "hand_raised"), "no").en == "a hand is raised: no"


def test_a_limit_without_any_key_is_refused() -> None:
    with pytest.raises(RuleFileError, match="at least one of the keys is, below"):
        condition("{display: mm}")
    assert DisplayShows.model_fields.keys() >= {"near", "within"}
    assert PartAt.model_fields["within_mm"].is_required()
