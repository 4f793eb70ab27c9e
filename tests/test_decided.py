"""The sheet after people have decided: without a decision the machine's; limits and vetoes still act."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor.marks import Award, decided, points_of_value
from assessor.procedure import Procedure, load_procedure
from assessor.types import MarkSheet, Outcome, Text
from tests.small_rubric import LIVE, item, line, sheet_of, text_of

VETO = "{id: harm, title: {zh: 事故, en: Accident}, judged_by: [live_work], times: 2, effect: EFFECT}"


def made(*more: str) -> tuple[Procedure, MarkSheet]:
    """Two items of a group that loses 5 at most, one of them graded, and an act of live working."""
    group = "groups: {site: {title: {zh: 现场, en: Site}, most: 5, weight: 0.5}}"
    late = "overtime: {allowed_s: 60, every_s: 20, each: 2, dimension: safety}"
    items = [
        item("safe", 20, "judged_by: [live_work]", group="site", deduct="{unsafe_act: {each: 8}}"),
        item("tidy", 10, "graded: {person: tidy, of: 4}", group="site"),
        item("locked", 5, "judged_by: [isolate]"),
    ]
    text = text_of(items, 20, "pass: 15", group, late, *more)
    return load_procedure(text), sheet_of(text, LIVE)


def test_no_decision_leaves_the_sheet_of_the_machine() -> None:
    procedure, sheet = made()
    assert sheet.lines[-2].item == "site/limit"
    assert decided(procedure, sheet, {}, {}) == sheet


def test_entered_points_count_under_the_limit_of_their_group() -> None:
    procedure, sheet = made()
    given = decided(procedure, sheet, {"tidy": Award(0.0)}, {})
    assert [one.awarded for one in given.lines if one.item == "site/limit"] == [15 - 2.5]
    assert (given.total, given.possible) == (5 - 4 + 15 - 2.5, 20)
    assert given.passed is False


def test_points_that_change_take_the_limit_away() -> None:
    procedure, sheet = made()
    given = decided(procedure, sheet, {"safe": Award(10.0), "tidy": Award(5.0), "overtime": Award(0.0)}, {})
    assert "site/limit" not in {one.item for one in given.lines}
    assert (given.total, given.passed) == (20, True)
    assert line(given, "safe").outcome is Outcome.MET


def test_what_a_person_changed_says_what_the_machine_had_proposed() -> None:
    procedure, sheet = made()
    given = decided(procedure, sheet, {"locked": Award(3.0, Text("未锁定。", "Not locked."))}, {})
    assert line(given, "locked").reason == Text(
        "经人复核为 3 分（满分 5 分），机器建议 5 分。未锁定。",
        "A person gave 3 of 5; the machine had proposed 5. Not locked.",
    )


def test_what_a_person_accepted_keeps_its_reason() -> None:
    procedure, sheet = made()
    given = decided(procedure, sheet, {"locked": Award(5.0)}, {})
    assert line(given, "locked") == replace(line(sheet, "locked"), confidence=1.0)


@pytest.mark.parametrize(
    ("effect", "total", "passed"),
    [
        pytest.param("fail", 13.5, False, id="fail"),
        pytest.param("disqualify", 0.0, False, id="disqualify"),
        pytest.param("zero, items: [locked]", 8.5, False, id="zero"),
    ],
)
def test_confirmed_veto_acts_and_a_refused_one_does_not(effect: str, total: float, passed: bool) -> None:
    procedure, sheet = made(f"vetoes: [{VETO.replace('EFFECT', effect)}]")
    assert [veto.state for veto in sheet.vetoes] == ["proposed"]
    awards = {"tidy": Award(0.0)}
    confirmed = decided(procedure, sheet, awards, {"harm": "confirmed"})
    assert (confirmed.total, confirmed.passed) == (total, passed)
    assert confirmed.vetoes[0].state == "confirmed"
    assert "confirmed by a person" in confirmed.vetoes[0].reason.en
    refused = decided(procedure, sheet, awards, {"harm": "refused"})
    assert (refused.total, refused.vetoes[0].state) == (13.5, "refused")


def test_veto_that_only_a_person_calls() -> None:
    procedure, sheet = made("vetoes: [{id: fire, title: {zh: 火, en: Fire}, effect: disqualify}]")
    assert sheet.vetoes == ()
    called = decided(procedure, sheet, {}, {"fire": "confirmed"})
    assert (called.total, called.vetoes[0].state) == (0, "confirmed")


def test_veto_confirmed_at_the_scoring_can_be_refused() -> None:
    veto = VETO.replace("EFFECT", "zero, items: [locked]")
    text = text_of([item("locked", 5, "judged_by: [isolate]")], 5, f"vetoes: [{veto}]")
    procedure, sheet = load_procedure(text), sheet_of(text, [*LIVE, "60 person harm confirmed"])
    assert (sheet.total, sheet.vetoes[0].state) == (0, "confirmed")
    assert decided(procedure, sheet, {}, {}) == sheet
    assert decided(procedure, sheet, {}, {"harm": "refused"}).total == 5


def test_sheet_of_a_procedure_that_cannot_be_read_is_summed_as_it_is() -> None:
    _, sheet = made()
    given = decided(None, sheet, {"tidy": Award(5.0)}, {})
    assert given.total == pytest.approx(sheet.total + 5)
    assert given.passed is None


@pytest.mark.parametrize(
    ("judged", "value", "points"),
    [
        pytest.param("graded: {person: tidy, of: 4}", 3, 7.5, id="grade"),
        pytest.param("graded: {person: tidy, of: 4}", 5, None, id="grade beyond the scale"),
        pytest.param(
            "measured: {reading: ohm, bands: [{below: 1, points: 10}, {below: 5, points: 4}]}",
            2,
            4,
            id="band",
        ),
        pytest.param("when: {reading: mohm, at_least: 1}", 0.5, 0, id="reading beyond its limit"),
        pytest.param("when: {reading: mohm, at_least: 1}", 1, 10, id="reading that fits"),
        pytest.param("when: {person: loose, at_most: 0}, deduct: {finding: {each: 2}}", 3, 4, id="count"),
        pytest.param("ladder: {tries: {person: run}, award: [10, 6, 3]}", 1, 6, id="failed tries"),
        pytest.param("judged_by: [isolate]", 1, None, id="nothing to enter"),
    ],
)
def test_what_a_value_earns(judged: str, value: float, points: float | None) -> None:
    procedure = load_procedure(text_of([item("tidy", 10, judged)], 10))
    assert points_of_value(procedure, procedure.rubric.items[0], value) == points


@settings(deadline=None, max_examples=50)
@given(awards=st.dictionaries(st.sampled_from(["safe", "tidy", "locked", "overtime"]), st.integers(0, 40)))
def test_the_total_is_the_sum_of_the_lines(awards: dict[str, int]) -> None:
    procedure, sheet = made()
    given = decided(procedure, sheet, {item: Award(points / 4) for item, points in awards.items()}, {})
    assert given.total == pytest.approx(sum(one.awarded or 0.0 for one in given.lines), abs=0.005)
    assert {one.item: one.awarded for one in given.lines if one.item in awards} == {
        item: points / 4 for item, points in awards.items()
    }
