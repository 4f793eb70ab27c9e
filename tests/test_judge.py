"""The judge: right work is never blamed, wrong work is named once."""

import itertools

import pytest

from assessor.judge.wiring import Plan, SeenWire
from assessor.procedure.fact_words import Wire
from assessor.simulate import NoBench
from assessor.types import Outcome, Truth
from tests.build import (
    PROVE_DEAD,
    TEST,
    WIRES,
    by_the_book,
    judged,
    mistakes,
    outcomes,
    said,
    sheet,
    verdicts_of_sample,
    wired,
)

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
