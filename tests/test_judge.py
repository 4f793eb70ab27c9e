"""The judge: right work is never blamed, wrong work is named once, what nobody saw is said to be unseen."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor.bench import load_bench
from assessor.events import EventBuilder
from assessor.judge import Judge
from assessor.judge.wiring import Plan, SeenWire
from assessor.procedure.fact_words import Wire
from assessor.simulate import NoBench
from assessor.types import Event, Gap, Outcome, Truth, Verdict
from tests.build import (
    END_S,
    GIVEN,
    POWER_ON,
    PROCEDURE,
    PROVE_DEAD,
    TEST,
    WIRES,
    bench,
    by_the_book,
    events,
    judged,
    mistakes,
    procedure,
    sheet,
    wired,
)
from tests.truth_facts import facts_from_truth

SAMPLES = Path(__file__).parents[1] / "samples"
STEPS = [step.id for step in procedure().steps]
RULES = [rule.id for rule in procedure().rules]


def verdicts_of_sample(name: str) -> dict[str, Verdict]:
    truth = json.loads((SAMPLES / f"{name}.truth.json").read_text(encoding="utf-8"))
    place = load_bench(SAMPLES / f"{name}.bench.yaml")
    timing = procedure().timing
    builder, judge = EventBuilder(timing.hold_s, timing.forget_s), Judge(procedure(), place)
    for fact in facts_from_truth(truth, place):
        judge.update(builder.update(fact))
    judge.update(builder.finish(truth["duration"]))
    return {verdict.id: verdict for verdict in judge.finish(truth["duration"])}


def said(verdicts: dict[str, Verdict]) -> list[tuple[str, str]]:
    return [(mistake.kind, mistake.subject) for mistake in mistakes(verdicts)]


def outcomes(verdicts: dict[str, Verdict], *ids: str) -> set[Outcome]:
    return {verdicts[id].outcome for id in ids or (*STEPS, *RULES)}


# ---- the samples, seen by perfect eyes ----------------------------------------------------


def test_good_sample_has_every_step_met_and_no_mistake() -> None:
    verdicts = verdicts_of_sample("start_stop_good")
    assert outcomes(verdicts) == {Outcome.MET}
    assert mistakes(verdicts) == []


def test_faulty_sample_has_its_six_mistakes_once_each() -> None:
    found = [
        (m.kind, m.subject, m.t_s, m.corrected) for m in mistakes(verdicts_of_sample("start_stop_faulty"))
    ]
    assert found == [
        ("omission", "prove_dead", 9.8, False),
        ("wrong_wire", "S1.14-X1.6", 14.6, True),
        ("wrong_colour", "KM1.A1-X1.4b", 19.4, False),
        ("order", "power_on", 27.5, False),
        ("unsafe_act", "KM1.A2-X1.5", 33.1, False),
        ("tool_left", "screwdriver", 34.7, False),
    ]


def test_faulty_sample_counts_steps_done_wrongly_as_carried_out() -> None:
    verdicts = verdicts_of_sample("start_stop_faulty")
    done = sorted((v.t_s, v.id) for v in verdicts.values() if v.kind == "step" and v.t_s is not None)
    assert [id for _, id in done] == [
        "isolate",
        "wire_stop",
        "wire_coil",
        "wire_start",
        "power_on",
        "wire_return",
        "test_start",
        "test_stop",
    ]


# ---- order --------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(WIRES)), ids="-".join)
def test_every_legal_order_of_the_wires_is_met(order: tuple[str, ...]) -> None:
    verdicts = judged(by_the_book(wired(order)))
    assert outcomes(verdicts) == {Outcome.MET}
    assert mistakes(verdicts) == []


MOVED = {  # one step moved to where it must not be, and the one mistake of order that this is
    "prove dead after two wires": (
        {
            "7 probing": "21 probing",
            "7 display": "21 display",
            "9 probing": "22 probing",
            "9 display": "22 display",
        },
        "prove_dead",
        15.0,
    ),
    "power on before the last wire": ({"37 switch Q1 on": "25 switch Q1 on"}, "power_on", 25.0),
    "power on before the tool is back": ({"31 tool_at": "38 tool_at"}, "power_on", 37.0),
    "first wire before isolating": ({"15 wire": "2 wire"}, "isolate", 2.0),
}


def moved(changes: dict[str, str]) -> list[str]:
    story = []
    for line in by_the_book():
        old = next((start for start in changes if line.startswith(f"{start} ") or line == start), "")
        story.append(line.replace(old, changes[old], 1) if old else line)
    return story


@pytest.mark.parametrize(("changes", "step", "t_s"), MOVED.values(), ids=MOVED)
def test_a_step_out_of_order_is_one_mistake(changes: dict[str, str], step: str, t_s: float) -> None:
    order = [m for m in mistakes(judged(moved(changes))) if m.kind == "order"]
    assert [(m.subject, m.t_s) for m in order] == [(step, t_s)]


@pytest.mark.parametrize(("changes", "step", "t_s"), MOVED.values(), ids=MOVED)
def test_an_illegal_order_never_scores_full_marks(changes: dict[str, str], step: str, t_s: float) -> None:
    assert sheet(moved(changes)).total < sheet(by_the_book()).total == 80


def test_an_omitted_step_does_not_put_the_later_ones_out_of_order() -> None:
    story = [line for line in by_the_book() if line not in PROVE_DEAD]
    assert said(judged(story)) == [("omission", "prove_dead")]


def test_what_follows_from_an_omission_is_not_counted_again() -> None:
    story = [line for line in by_the_book() if line not in TEST and "wire KM1.A2" not in line]
    verdicts = judged(story)
    assert said(verdicts) == [("omission", "wire_return")]
    assert outcomes(verdicts, "test_start", "test_stop") == {Outcome.NOT_MET}


# ---- wires --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("S1.14-X1.4", "S1.14-X1.4b", id="other clamp of the same terminal"),
        pytest.param("S1.14-X1.4", "X1.4-S1.14", id="other way round"),
        pytest.param("S1.14-X1.4", "S1.14-KM1.A1", id="another route over the same nodes"),
        pytest.param("KM1.A2-X1.5", "KM1.A2-PS.-", id="to the end of a given wire"),
    ],
)
def test_equivalent_wiring_is_accepted(old: str, new: str) -> None:
    verdicts = judged(by_the_book(line.replace(old, new) for line in wired()))
    assert mistakes(verdicts) == []
    assert outcomes(verdicts) == {Outcome.MET}


def test_another_route_counts_in_a_net_of_two_colours() -> None:
    ends = {
        "power": ("A.1", "B.1", "yellow"),
        "tap": ("A.1", "C.1", "black"),
        "onward": ("B.1", "D.1", "yellow"),
    }
    planned = {
        name: Wire.model_validate(dict(zip(("from", "to", "color"), e, strict=True)))
        for name, e in ends.items()
    }
    seen = [SeenWire(*ends["power"], 1.0), SeenWire(*ends["tap"], 1.0), SeenWire("A.1", "D.1", "yellow", 1.0)]
    plan = Plan(NoBench(), (), tuple(planned.values()))
    assert plan.joined(planned["onward"], seen, any_colour=False).truth is Truth.YES


def test_a_wrong_wire_put_right_leaves_the_step_met() -> None:
    put_right = ["15 wire S1.14-X1.6 black", "18 wire S1.14-X1.6 absent"]
    verdicts = judged([*by_the_book(), *put_right])
    (mistake,) = mistakes(verdicts)
    assert (mistake.kind, mistake.subject, mistake.corrected) == ("wrong_wire", "S1.14-X1.6", True)
    assert verdicts["wire_start"].outcome is Outcome.MET


def test_a_wrong_wire_left_in_is_one_mistake_and_no_omission() -> None:
    verdicts = judged([*by_the_book(line.replace("X1.4 ", "X1.6 ") for line in wired())])
    (mistake,) = mistakes(verdicts)
    assert (mistake.kind, mistake.subject, mistake.corrected) == ("wrong_wire", "S1.14-X1.6", False)
    assert verdicts["wire_start"].outcome is Outcome.NOT_MET
    assert verdicts["wire_start"].t_s is None


def test_a_wrong_colour_exchanged_in_time_is_corrected() -> None:
    story = by_the_book(line.replace("A1 black", "A1 yellow") for line in wired())
    verdicts = judged([*story, "29 wire KM1.A1-X1.4b black"])
    (mistake,) = mistakes(verdicts)
    assert (mistake.kind, mistake.corrected) == ("wrong_colour", True)


def test_a_wire_taken_out_again_is_an_omission() -> None:
    verdicts = judged([*by_the_book(), "45 wire S1.14-X1.4 absent"])
    assert ("omission", "wire_start") in said(verdicts)
    assert verdicts["wire_start"].t_s is None


def test_a_wire_that_belongs_nowhere_breaks_its_rule_only() -> None:
    verdicts = judged([*by_the_book(), "16 wire K2.11-K2.14 white"])
    assert said(verdicts) == [("wrong_wire", "K2.11-K2.14")]
    assert verdicts["only_planned_wires"].outcome is Outcome.NOT_MET


def test_a_given_wire_taken_out_is_a_mistake() -> None:
    verdicts = judged([*by_the_book(), "16 wire S2.22-S1.13 absent"])
    assert said(verdicts) == [("wrong_wire", "S1.13-S2.22")]


# ---- standing rules -----------------------------------------------------------------------


def test_a_wire_laid_live_is_one_unsafe_act_however_it_was_seen() -> None:
    live = ["38.5 hand_in live yes", "39 wire KM1.A2-X1.5 blue", "39.5 hand_in live no"]
    story = by_the_book([line for line in wired() if "KM1.A2" not in line])
    unsafe = [m for m in mistakes(judged([*story, *live])) if m.kind == "unsafe_act"]
    assert [(m.subject, m.t_s) for m in unsafe] == [("KM1.A2-X1.5", 39.0)]


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        pytest.param(["46 hand_in live yes", "46.9 hand_in live no"], 0, id="shorter than the limit"),
        pytest.param(["46 hand_in live yes", "48 hand_in live no"], 1, id="longer than the limit"),
        pytest.param(
            ["45 holding probes yes", "46 hand_in live yes", "48 hand_in live no"], 0, id="with the probes"
        ),
        pytest.param(
            ["45.5 hand_at S2 yes", "46 hand_in live yes", "48 hand_in live no"], 0, id="at a button"
        ),
        pytest.param(["20 hand_in live yes", "25 hand_in live no"], 0, id="while it is dead"),
    ],
)
def test_a_hand_in_the_live_zone(lines: list[str], count: int) -> None:
    assert len(mistakes(judged([*by_the_book(), *lines]))) == count


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["32 tool_at screwdriver panel"], [(32.0, False)], id="from before power-on to the end"),
        pytest.param(
            ["32 tool_at screwdriver panel", "45 tool_at screwdriver tool_tray"],
            [(32.0, True)],
            id="taken away",
        ),
        pytest.param(
            ["32 tool_at screwdriver panel", "35 tool_at screwdriver tool_tray"],
            [],
            id="gone before power-on",
        ),
        pytest.param(["46 tool_at wire_stripper panel"], [(46.0, False)], id="put there at the end"),
    ],
)
def test_a_tool_left_on_the_board(lines: list[str], expected: list[tuple[float, bool]]) -> None:
    left = [m for m in mistakes(judged([*by_the_book(), *lines])) if m.kind == "tool_left"]
    assert [(m.t_s, m.corrected) for m in left] == expected


# ---- what could not be seen ---------------------------------------------------------------


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
    assert outcomes(verdicts, *rest, *RULES[::2]) == {Outcome.NOT_OBSERVED}
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
    assert outcomes(verdicts, *STEPS) == {Outcome.MET}


# ---- how it is called ---------------------------------------------------------------------


def test_steps_still_to_come_have_no_verdict_while_the_attempt_runs() -> None:
    judge = Judge(procedure(), bench())
    judge.update(events(by_the_book()))
    known = {verdict.id: verdict.outcome for verdict in judge.verdicts(20.0)}
    assert known["wire_stop"] is known["wire_start"] is Outcome.MET
    assert not {"wire_coil", "power_on", "test_start"} & set(known)


def test_an_omission_is_told_as_soon_as_it_is_too_late() -> None:
    judge = Judge(procedure(), bench())
    judge.update(events([line for line in by_the_book() if line not in PROVE_DEAD]))
    assert {v.id: v.outcome for v in judge.verdicts(16.0)}["prove_dead"] is Outcome.NOT_MET


def test_verdicts_are_revised_when_more_is_known() -> None:
    judge = Judge(procedure(), bench())
    wrong = ["15 wire S1.14-X1.6 black", "18 wire S1.14-X1.6 absent"]
    judge.update(events([*by_the_book(), *wrong]))
    early = {v.id: v.outcome for v in judge.verdicts(17.0)}
    assert early["wire_start"] is Outcome.NOT_MET
    assert {v.id: v.outcome for v in judge.finish(END_S)}["wire_start"] is Outcome.MET


STORY = events(
    [*by_the_book(), "16 wire S1.14-X1.6 black", "18 wire S1.14-X1.6 absent", "46 hand_in live yes"]
)


@given(st.permutations(STORY), st.lists(st.floats(0, END_S), max_size=3))
@settings(max_examples=25, deadline=None)
def test_neither_the_order_of_events_nor_looking_earlier_changes_the_verdicts(
    shuffled: list[Event], looks: list[float]
) -> None:
    straight, mixed = Judge(procedure(), bench()), Judge(procedure(), bench())
    straight.update(STORY)
    ends = [event for event in shuffled if event.end_s is not None]  # an end is told after its beginning
    for event in [event for event in shuffled if event.end_s is None]:
        mixed.update([event])
    for look in looks:
        mixed.verdicts(look)
    mixed.update(ends)
    assert mixed.finish(END_S) == straight.finish(END_S)


def test_every_verdict_knows_its_line_and_says_why_in_both_languages() -> None:
    lines = PROCEDURE.read_text(encoding="utf-8").split("\n")
    for verdict in verdicts_of_sample("start_stop_faulty").values():
        assert f"id: {verdict.id}" in lines[verdict.line - 1]
        assert verdict.reason.zh and verdict.reason.en
        assert all(mistake.reason.zh and mistake.reason.en for mistake in verdict.mistakes)
