"""Facts from observations: zones, levers, tools, measuring, wires and gaps."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assessor.bench import Bench, load_bench
from assessor.facts import FactBuilder, gaps_in
from assessor.geometry import project
from assessor.types import (
    CameraPose,
    Fact,
    FactKey,
    Gap,
    HandObservation,
    IndicatorObservation,
    ObjectObservation,
    Observations,
    WireObservation,
)
from assessor.vision.grip import TOOLS

SAMPLES = Path(__file__).parent.parent / "samples"
SIZE = (1280, 720)
POSE = CameraPose((2.957, 0.001, 0.0096), (2.5, -4.9, 723.3), 0.4, (0, 1, 2, 3))


@cache
def bench() -> Bench:
    return load_bench(SAMPLES / "start_stop_good.bench.yaml")


def px(place_mm: tuple[float, float, float]) -> tuple[float, float]:
    x, y = project([place_mm], POSE, bench().scaled_camera(*SIZE))[0]
    return float(x), float(y)


def hand_at(place_mm: tuple[float, float, float]) -> HandObservation:
    """A pinching hand whose thumb and index tips are at a place; the wrist is towards the worker."""
    x, y = px(place_mm)
    joints = [(x + 40.0, y + 190.0)] + [(x + 30.0, y + 100.0)] * 20
    for tip in (4, 8, 12):
        joints[tip] = (x, y)
    return HandObservation(1, "right", 0.97, tuple(joints))


def box_at(place_mm: tuple[float, float, float], reach_mm: float) -> tuple[float, float, float, float]:
    """A box in the picture around a place."""
    x, y, z = place_mm
    return *px((x - reach_mm, y + reach_mm, z)), *px((x + reach_mm, y - reach_mm, z))


def seen(t_s: float, **what: Any) -> Observations:
    return replace(Observations(round(t_s * 10), t_s, "ok", POSE), **what)


def facts(*observations: Observations) -> dict[FactKey, Fact]:
    """The last fact about everything after these observations."""
    builder = FactBuilder(bench(), SIZE, (("X1.1", "X1.5"),))
    return {fact.key: fact for one in observations for fact in builder.update(one)}


def test_hand_over_the_panel_is_in_its_zones_and_at_its_button() -> None:
    said = facts(seen(0.0, hands=(hand_at((198.32, 82, 68)),)))

    assert said[FactKey("hand_in", "live")].value == "yes"
    assert said[FactKey("hand_in", "tool_tray")].value == "no"
    assert said[FactKey("hand_at", "S1")].value == "yes"
    assert said[FactKey("hand_at", "S2")].value == "no"
    assert said[FactKey("hand_at", "Q1")].value == "no"


def test_hand_that_has_no_landmarks_leaves_its_zone_unknown() -> None:
    corner, other = px((-190, 100, 50)), px((-60, 30, 50))
    lost = ObjectObservation("gloved_hand", 0.8, (*corner, *other))

    said = facts(seen(0.0, objects=(lost,)))

    assert said[FactKey("hand_in", "live")].value is None
    assert said[FactKey("hand_in", "tool_tray")].value == "no"
    assert said[FactKey("hand_at", "Q1")].value is None
    assert said[FactKey("hand_at", "S1")].value == "no"  # far away


@pytest.mark.parametrize(
    ("later", "value"),
    [
        pytest.param(seen(0.1), None, id="lost in the middle"),
        pytest.param(seen(2.5), "no", id="lost for long"),
        pytest.param(
            seen(0.1, hands=(replace(hand_at((150, -110, 0)), hand_id=2),)), "no", id="found elsewhere"
        ),
    ],
)
def test_hand_that_is_lost_in_the_middle_of_the_picture_is_unknown(
    later: Observations, value: str | None
) -> None:
    before, lost = seen(0.0, hands=(hand_at((0, 60, 50)),)), seen(0.05)

    said = facts(before, lost, later)

    assert facts(before, lost)[FactKey("hand_in", "live")].value is None
    assert said[FactKey("hand_in", "live")].value == value


def test_hand_that_leaves_over_the_edge_of_the_picture_is_gone() -> None:
    said = facts(seen(0.0, hands=(hand_at((0, -150, 0)),)), seen(0.1))
    assert {fact.value for key, fact in said.items() if key.kind == "hand_in"} == {"no"}


@pytest.mark.parametrize(
    ("at_mm", "value"),
    [
        pytest.param((150, -110, 10), None, id="at the tool"),
        pytest.param((-150, 60, 50), "no", id="elsewhere"),
    ],
)
def test_hand_without_landmarks_may_hold_the_tool_that_it_is_at(
    at_mm: tuple[float, float, float], value: str | None
) -> None:
    tool = ObjectObservation("screwdriver", 0.9, box_at((150, -110, 10), 40))
    lost = ObjectObservation("gloved_hand", 0.8, box_at(at_mm, 60))

    said = facts(seen(0.0, objects=(tool,)), seen(0.5, objects=(tool, lost)))

    assert said[FactKey("holding", "screwdriver")].value == value
    assert said[FactKey("tool_at", "screwdriver")].value == ("tool_tray" if value else None)
    assert said[FactKey("holding", "pliers")].value is None


def test_tool_of_each_class_can_be_held() -> None:
    for tool in TOOLS:
        box = ObjectObservation(tool, 0.9, box_at((0, 0, 50), 50))
        said = facts(seen(0.0, objects=(box,), hands=(hand_at((0, 0, 50)),)))
        assert said[FactKey("holding", tool)].value == "yes"
        assert said[FactKey("tool_at", tool)].value == "hand"
        assert 0.5 < said[FactKey("holding", tool)].confidence <= 0.9


def test_thing_left_on_the_panel_is_the_one_tool_of_the_bench_that_is_nowhere_else() -> None:
    """Pliers, which this bench does not have, need not be anywhere."""
    driver = ObjectObservation("screwdriver", 0.9, box_at((150, -110, 10), 40))
    stripper = ObjectObservation("wire_stripper", 0.9, box_at((150, -140, 10), 20))
    thing = ObjectObservation("leftover", 0.7, box_at((0, 60, 50), 30))

    both = [seen(t / 10, objects=(replace(driver, score=0.9 - t / 100), stripper)) for t in range(4)]
    said = facts(*both, seen(0.5, objects=(stripper, thing)))

    assert said[FactKey("tool_at", "screwdriver")].value == "panel"
    assert said[FactKey("tool_at", "wire_stripper")].value == "tool_tray"


@pytest.mark.parametrize(
    ("touched", "hidden", "value"),
    [
        pytest.param(("X1.1", "X1.5"), (), "yes", id="both seen"),
        pytest.param(("X1.1",), ("X1.5",), "yes", id="one under the hand"),
        pytest.param(("X1.1b", "X1.5"), (), "yes", id="other clamp of the same node"),
        pytest.param(("X1.1",), (), "no", id="one stays free"),
        pytest.param(("KM1.A1",), (), "no", id="elsewhere"),
    ],
)
def test_measuring_is_believed_where_the_terminals_are_touched(
    touched: tuple[str, ...], hidden: tuple[str, ...], value: str | None
) -> None:
    shows = IndicatorObservation("display", "mm", "0.0", 0.9)
    wholly = tuple(
        t for t in bench().terminals for h in hidden if bench().same_node(t, h)
    )  # a hand over one clamp covers its twin

    said = facts(seen(0.0, indicators=(shows,), touched=touched, hidden=wholly))

    assert said[FactKey("probing", "X1.1/X1.5")].value == value
    assert said[FactKey("holding", "probes")].value == "yes"


def test_measuring_under_a_hand_is_unknown() -> None:
    shows = IndicatorObservation("display", "mm", "0.0", 0.9)

    said = facts(seen(0.0, indicators=(shows,), hidden=tuple(bench().terminals)))

    assert said[FactKey("probing", "X1.1/X1.5")].value is None


def test_wire_is_dated_by_the_hand_at_its_terminal() -> None:
    wire = WireObservation("X1.1", "S2.21", "red", True, 0.8, 1.0, 6.0)
    at = hand_at(bench().terminals["S2.21"])

    said = facts(seen(0.5), seen(2.0, hands=(at,)), seen(2.1, hands=(at,)), seen(6.5, wires=(wire,)))
    fact = said[FactKey("wire", "S2.21-X1.1")]

    assert (fact.value, fact.t_s, fact.earliest_s, fact.latest_s) == ("red", 6.5, 2.0, 3.0)


def test_nothing_is_known_while_the_bench_is_not_seen() -> None:
    shows = IndicatorObservation("switch", "Q1", "on", 0.9)
    dark = Observations(1, 0.1, "dark", None)

    assert facts(seen(0.0, indicators=(shows,)), dark)[FactKey("switch", "Q1")].value is None


def test_gaps_are_the_times_of_every_other_scene() -> None:
    scenes = [(0.0, "no_markers"), (1.0, "ok"), (2.0, "dark"), (3.0, "dark"), (4.0, "moved"), (5.0, "ok")]

    assert gaps_in(scenes, 6.0) == (
        Gap(0.0, 1.0, "no_markers"),
        Gap(2.0, 4.0, "dark"),
        Gap(4.0, 5.0, "moved"),
    )
