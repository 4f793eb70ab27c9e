"""Where parts stand: distances to places from detected boxes, steady, unknown while a hand is in the way."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor.bench import Bench, load_bench
from assessor.bench.parts import Part
from assessor.camera import read_photo
from assessor.events import EventBuilder
from assessor.facts import FactBuilder
from assessor.geometry import project
from assessor.hand_facts import Moment
from assessor.judge.build import build as build_operator
from assessor.part_facts import ERROR_MM, measured_place, parts_asked
from assessor.procedure.conditions import PartAt
from assessor.settings import rules_folder
from assessor.types import Event, Fact, FactKey, Frame, ObjectObservation, Observations, Truth
from assessor.vision.board import read_board
from assessor.vision.leftover import LeftoverWatch
from assessor.vision.touch import TouchWatch
from assessor.vision.wires import WireWatch
from tests import build
from tests.test_facts import POSE, SAMPLES, SIZE, bench, hand_at, seen
from tests.test_operators import Moment as Now

PLACE = (-12.0, 62.0, 0.0)
KEY = FactKey("part_at", "relay/rail_1")
ASKED = (PartAt(part_at="relay", place="rail_1", within_mm=6.0),)


@cache
def rail() -> Bench:
    return bench().model_copy(update={"places": {"rail_1": PLACE}})


def shape(name: str = "relay") -> Part:
    part = rail().part(name)
    assert part is not None
    return part


def box(x_mm: float, y_mm: float, name: str = "relay") -> ObjectObservation:
    """What the detector sees of a part that stands there."""
    corners = project(shape(name).corners((x_mm, y_mm, 0.0)), POSE, rail().scaled_camera(*SIZE))
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return ObjectObservation(name, 0.9, (float(x0), float(y0), float(x1), float(y1)))


def at(t_s: float, *boxes: ObjectObservation, **more: object) -> Observations:
    return seen(t_s, objects=boxes, **more)


def said(*looks: Observations, asked: tuple[PartAt, ...] = ASKED) -> list[Fact]:
    builder = FactBuilder(rail(), SIZE, parts=asked)
    return [fact for look in looks for fact in builder.update(look) if fact.key.kind == "part_at"]


def still(box_: ObjectObservation, start_s: float = 0.0) -> list[Observations]:
    return [at(start_s + n / 10, box_) for n in range(10)]


@given(st.floats(-200, 200), st.floats(-120, 110))
def test_a_part_is_found_where_its_box_says(x_mm: float, y_mm: float) -> None:
    moment = Moment(rail(), rail().scaled_camera(*SIZE), POSE, seen(0.0))
    found = measured_place(box(x_mm, y_mm).box_xyxy, shape(), 0.0, moment)
    assert tuple(found) == pytest.approx((x_mm, y_mm), abs=0.1)


def test_the_distance_is_told_once_while_nothing_moves() -> None:
    facts = said(*still(box(PLACE[0] + 8, PLACE[1])))
    assert [fact.value for fact in facts] == [None, f"8.0±{ERROR_MM}"]


def test_trembling_boxes_make_no_storm_of_events() -> None:
    shaken = [at(n / 10, box(PLACE[0] + 8 + 0.6 * (-1) ** n, PLACE[1])) for n in range(100)]
    builder = EventBuilder()
    events: list[Event] = [event for fact in said(*shaken) for event in builder.update(fact)]
    assert len({event.start_s for event in (*events, *builder.finish(10.0))}) == 1


def test_a_part_that_is_moved_is_told_anew() -> None:
    facts = said(*still(box(100, -120)), *still(box(*PLACE[:2]), start_s=5.0))
    values = [float(fact.value.partition("±")[0]) for fact in facts if fact.value is not None]
    assert values[0] == pytest.approx(213, abs=1)
    assert values[-1] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    "place_mm",
    [
        pytest.param((*PLACE[:2], 55.0), id="at the place"),
        pytest.param((60.0, -110.0, 55.0), id="at the part"),
    ],
)
def test_under_a_hand_it_is_unknown(place_mm: tuple[float, float, float]) -> None:
    there = box(60, -110)
    covered = at(2.0, there, hands=(hand_at(place_mm),))
    assert said(*still(there), covered)[-1].value is None


def test_a_hand_elsewhere_hides_nothing() -> None:
    there = box(*PLACE[:2])
    away = at(2.0, there, hands=(hand_at((200.0, -100.0, 20.0)),))
    assert said(*still(there), away)[-1].value is not None


def test_of_equal_parts_the_nearest_counts() -> None:
    looks = [at(n / 10, box(100, -120), box(PLACE[0] + 2, PLACE[1])) for n in range(10)]
    assert said(*looks)[-1].value == f"2.0±{ERROR_MM}"


def test_a_part_that_is_not_found_is_unknown() -> None:
    assert said(*still(box(*PLACE[:2], name="contactor")))[-1].value is None


def test_a_device_is_found_by_its_name() -> None:
    asked = (PartAt(part_at="K2", place="rail_1", within_mm=6.0),)
    assert said(*still(box(*PLACE[:2])), asked=asked)[-1].key == FactKey("part_at", "K2/rail_1")


def test_what_nothing_tells_the_size_of_is_never_said() -> None:
    asked = (PartAt(part_at="gearbox", place="rail_1", within_mm=6.0),)
    assert said(*still(box(*PLACE[:2])), asked=asked) == []


def test_a_class_tells_the_size_of_parts_that_are_no_devices() -> None:
    bare = rail().model_copy(update={"devices": {"Q1": rail().devices["Q1"]}})
    assert bare.part("relay") == Part("relay", (28, 86, 60))
    assert bare.part("gearbox") is None


@pytest.mark.parametrize(
    ("value", "within_mm", "truth", "sure"),
    [
        pytest.param("3.0±4.5", 3.0, Truth.YES, False, id="on the limit"),
        pytest.param("0.0±4.5", 3.0, Truth.YES, False, id="no nearer than the camera can tell"),
        pytest.param("7.5±4.5", 3.0, Truth.NO, True, id="surely beside"),
        pytest.param("1.0±4.5", 10.0, Truth.YES, True, id="surely there"),
        pytest.param("2.9", 3.0, Truth.YES, True, id="measured without an error"),
        pytest.param("2.4±0.5", 3.0, Truth.YES, True, id="a better camera"),
    ],
)
def test_near_its_limit_a_distance_is_unsure(value: str, within_mm: float, truth: Truth, sure: bool) -> None:
    asked = PartAt(part_at="relay", place="rail_1", within_mm=within_mm)
    belief = build_operator(asked).update(Now(0.0, {asked.key: (value, 0.95)}))
    assert (belief.truth, belief.confidence >= 0.6) == (truth, sure)


def test_a_procedure_tells_which_places_it_asks_for() -> None:
    assert parts_asked(build.procedure()) == ()


def test_an_unseen_bench_says_nothing_of_parts() -> None:
    dark = replace(seen(3.0), scene="dark", pose=None)
    assert said(*still(box(*PLACE[:2])), dark)[-1].value is None


def test_a_bench_without_terminals_can_be_watched() -> None:
    parts = load_bench(rules_folder() / "benches" / "assembly_rail.yaml")
    image = read_photo(SAMPLES / "boards" / "board_good_1.jpg")
    size = (image.shape[1], image.shape[0])
    wires, touch, leftovers = WireWatch(parts), TouchWatch(parts), LeftoverWatch(parts)
    for watch in (wires, touch, leftovers):
        watch.place(POSE, size)
    white = np.full((*image.shape[:2], 3), 230, np.float32)
    assert touch.update(image, white, calm=True) == ()
    assert wires.update(Frame(0, 0.0, image), frozenset(), white) == ()
    assert read_board(image, parts).wires == ()
    assert parts.middle_mm == parts.devices["Q1"].at_mm


def test_where_parts_are_put_a_new_thing_is_no_tool_left_behind() -> None:
    parts = load_bench(rules_folder() / "benches" / "assembly_rail.yaml")
    free = np.full((720, 1280, 3), 128, np.uint8)
    changed = free.copy()
    changed[200:300, 300:420] = 20
    found = []
    for one in (parts, parts.model_copy(update={"places": {}})):
        watch = LeftoverWatch(one)
        watch.place(POSE, SIZE)
        watch.look(free)
        found.append(len(watch.look(changed)))
    assert found == [0, 1]
