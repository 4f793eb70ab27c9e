"""The judge: what nobody saw is said to be unseen, and blamed on nobody."""

import pytest

from assessor.types import Gap, Outcome
from tests.build import (
    END_S,
    GIVEN,
    POWER_ON,
    PROVE_DEAD,
    WIRES,
    by_the_book,
    judged,
    mistakes,
    outcomes,
    procedure,
    said,
    wired,
)


def test_facts_that_were_never_visible_make_no_mistake() -> None:
    verdicts = judged([*GIVEN])
    assert outcomes(verdicts, "isolate", "prove_dead", "tools_back", "power_on") == {Outcome.NOT_OBSERVED}
    assert {m.kind for m in mistakes(verdicts)} <= {"omission"}


def test_eyes_that_saw_no_wire_at_all_blame_nobody() -> None:
    verdicts = judged([line for line in by_the_book() if " wire " not in line])
    assert outcomes(verdicts, *WIRES) == {Outcome.NOT_OBSERVED}
    assert [m for m in mistakes(verdicts) if m.subject in WIRES] == []


def test_nothing_seen_at_all_gives_no_mistake() -> None:
    verdicts = judged([])
    assert mistakes(verdicts) == []
    assert Outcome.NOT_MET not in outcomes(verdicts)


@pytest.mark.parametrize(
    ("gap", "hidden"),
    [
        pytest.param(Gap(5, 12, "frozen"), "prove_dead", id="camera frozen while it could be done"),
        pytest.param(Gap(40, END_S, "dark"), "test_stop", id="camera lost until the end"),
    ],
)
def test_a_gap_is_never_a_mistake(gap: Gap, hidden: str) -> None:
    story = [line for line in by_the_book() if not gap.start_s <= float(line.split()[0]) < gap.end_s]
    verdicts = judged(story, gaps=[gap])
    assert verdicts[hidden].outcome is Outcome.NOT_OBSERVED
    assert mistakes(verdicts) == []


def test_a_gap_outside_the_time_of_a_step_does_not_excuse_its_omission() -> None:
    story = [line for line in by_the_book() if line not in PROVE_DEAD]
    verdicts = judged(story, gaps=[Gap(32, 35, "dark")])
    assert said(verdicts) == [("omission", "prove_dead")]


@pytest.mark.fault(45)
def test_the_missing_rest_of_a_cut_recording_is_not_observed() -> None:
    story = [line for line in by_the_book() if float(line.split()[0]) < 25]
    verdicts = judged(story, end_s=25, gaps=[Gap(25, END_S, "recording cut")])
    met = ("isolate", "prove_dead", "wire_stop", "wire_start", "wire_coil")
    rest = ("wire_return", "tools_back", "power_on", "test_start", "test_stop")
    assert outcomes(verdicts, *met) == {Outcome.MET}
    assert outcomes(verdicts, *rest, *(rule.id for rule in procedure().rules[::2])) == {Outcome.NOT_OBSERVED}
    assert mistakes(verdicts) == []


def test_decisive_facts_of_low_confidence_make_a_verdict_unsure() -> None:
    story = [f"{line} @0.4" if line == POWER_ON[0] else line for line in by_the_book()]
    assert judged(story)["power_on"].outcome is Outcome.UNSURE


def test_a_doubtful_wrong_wire_is_unsure() -> None:
    verdicts = judged([*by_the_book(), "16 wire S1.14-X1.6 black @0.4"])
    assert verdicts["wire_start"].outcome is Outcome.UNSURE


def test_a_wire_that_may_have_been_laid_before_power_on_is_no_sure_mistake() -> None:
    story = by_the_book([*wired()[:3], "34..40 wire KM1.A2-X1.5 blue"])
    assert outcomes(judged(story), "power_on", "dead_working") <= {Outcome.UNSURE, Outcome.MET}


def test_a_wire_seen_late_but_surely_laid_live_is_a_mistake() -> None:
    story = by_the_book([*wired()[:3], "38..44 wire KM1.A2-X1.5 blue"])
    assert said(judged(story)) == [("order", "power_on"), ("unsafe_act", "KM1.A2-X1.5")]


def test_a_gap_at_the_start_does_not_unsettle_what_came_later() -> None:
    verdicts = judged(by_the_book(), gaps=[Gap(0, 2, "no_markers")])
    assert outcomes(verdicts, *(step.id for step in procedure().steps)) == {Outcome.MET}
