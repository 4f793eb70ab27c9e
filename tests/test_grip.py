import json
import math
from dataclasses import replace
from statistics import median

import cv2
import numpy as np
import pytest

from assessor import models, settings
from assessor.bench.devices import shipped_classes
from assessor.types import (
    CameraPose,
    HandObservation,
    IndicatorObservation,
    ObjectObservation,
    Observations,
    Point,
)
from assessor.vision.grip import (
    TIP,
    TOOLS,
    GripWatch,
    held_tool,
    look_closer,
    tip_of_box,
    tool_tip,
)
from assessor.vision.objects import HANDS, ObjectDetector, read_classes

Box = tuple[float, float, float, float]


def hand(pinch: Point = (300, 200), wrist: Point = (400, 400)) -> HandObservation:
    """A hand with a palm of 100 px whose thumb and index meet at `pinch`."""
    knuckle = (wrist[0], wrist[1] - 100)
    points = [knuckle] * 21
    points[0], points[4], points[8] = wrist, (pinch[0] - 4, pinch[1]), (pinch[0] + 4, pinch[1])
    return HandObservation(1, "right", 0.9, tuple(points))


def seen(name: str, box: Box, score: float = 0.8) -> ObjectObservation:
    return ObjectObservation(name, score, box)


def tip(at: Point, score: float = 0.5) -> ObjectObservation:
    return seen("tool_tip", (at[0] - 20, at[1] - 20, at[0] + 20, at[1] + 20), score)


AT_PINCH = (220.0, 100.0, 340.0, 260.0)
IN_TRAY = (800.0, 500.0, 1000.0, 540.0)


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param([seen("screwdriver", AT_PINCH)], ("screwdriver", 0.8), id="held"),
        pytest.param([seen("screwdriver", IN_TRAY)], None, id="in the tray"),
        pytest.param([seen("multimeter", AT_PINCH)], None, id="no tool"),
        pytest.param([], None, id="nothing seen"),
        pytest.param(
            [seen("screwdriver", IN_TRAY), seen("wire_stripper", AT_PINCH)],
            ("wire_stripper", 0.8),
            id="the other",
        ),
        pytest.param(
            [seen("screwdriver", AT_PINCH, 0.5), seen("wire_stripper", AT_PINCH)],
            ("wire_stripper", 0.8),
            id="surer",
        ),
        pytest.param(
            [seen("screwdriver", (312.5, 100, 400, 260))], ("screwdriver", 0.4), id="half out of reach"
        ),
        pytest.param(
            [seen("screwdriver", IN_TRAY), seen("screwdriver", AT_PINCH, 0.5)], None, id="surer in the tray"
        ),
    ],
)
def test_held_tool(objects: list[ObjectObservation], expected: tuple[str, float] | None) -> None:
    assert held_tool(hand(), objects) == expected


POSE = CameraPose((3.0, 0.0, 0.0), (0.0, 0.0, 700.0), 0.3, (0, 1, 2))
MOVED = replace(POSE, translation_mm=(20.0, 0.0, 700.0))
AWAY = hand((900, 200), (900, 400))
LYING = seen("screwdriver", AT_PINCH)
LIFTED = seen("screwdriver", (260.0, 60.0, 380.0, 220.0))


def looked(
    objects: list[ObjectObservation], *hands: HandObservation, pose: CameraPose = POSE
) -> Observations:
    return Observations(0, 0.0, "ok", pose, hands, tuple(objects))


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [
        pytest.param(looked([LYING], AWAY), looked([LYING], hand()), {}, id="a hand over a lying tool"),
        pytest.param(
            looked([LYING], AWAY),
            looked([seen("screwdriver", (220, 100, 300, 260))], hand()),
            {},
            id="whose handle the hand hides",
        ),
        pytest.param(
            looked([LYING], AWAY), looked([LIFTED], hand()), {1: ("screwdriver", 0.8)}, id="it is lifted"
        ),
        pytest.param(
            looked([LYING], hand()), looked([replace(LYING, score=0.7)], hand()), {1: ("screwdriver", 0.7)},
            id="it was never seen alone",
        ),
        pytest.param(
            looked([LYING, seen("gloved_hand", AT_PINCH)]), looked([LYING], hand()),
            {1: ("screwdriver", 0.8)}, id="a hand without landmarks was at it",
        ),
        pytest.param(
            looked([LYING], AWAY), looked([LYING], hand(), pose=MOVED), {1: ("screwdriver", 0.8)},
            id="the camera was moved",
        ),
        pytest.param(
            looked([LIFTED], hand()), looked([LIFTED], hand((600, 200))), {1: ("screwdriver", 0.8)},
            id="the hand moved and the tools were not looked at again",
        ),
        pytest.param(
            looked([]), looked([LIFTED], hand(), replace(hand((330, 210)), hand_id=2)),
            {1: ("screwdriver", 0.8)}, id="one of two hands",
        ),
    ],
)  # fmt: skip
def test_what_is_held_follows_from_where_tools_lay(
    before: Observations, now: Observations, held: dict[int, tuple[str, float]]
) -> None:
    watch = GripWatch()
    watch.update(before)

    assert watch.update(now).held == held


@pytest.mark.parametrize(
    ("shown", "held"),
    [
        pytest.param("0.0", {}, id="measures"),
        pytest.param("", {1: ("wire_stripper", 0.8)}, id="blank"),
        pytest.param(None, {1: ("wire_stripper", 0.8)}, id="covered"),
    ],
)
def test_probes_that_look_like_a_tool_are_not_told_while_the_meter_measures(
    shown: str | None, held: dict[int, tuple[str, float]]
) -> None:
    meter = IndicatorObservation("display", "mm", shown, 0.9)
    seen_now = replace(looked([seen("wire_stripper", AT_PINCH)], hand()), indicators=(meter,))
    assert GripWatch().update(seen_now).held == held


@pytest.mark.parametrize(
    ("apart_px", "holds"), [pytest.param(60, True, id="closed"), pytest.param(90, False, id="open")]
)
def test_an_open_hand_holds_nothing(apart_px: float, holds: bool) -> None:
    joints = list(hand().landmarks_px)
    joints[4], joints[8] = (300 - apart_px / 2, 200), (300 + apart_px / 2, 200)
    opened = replace(hand(), landmarks_px=tuple(joints))
    assert bool(GripWatch().update(looked([LIFTED], opened)).held) is holds


def test_a_tool_is_known_once_it_was_seen_three_times() -> None:
    watch = GripWatch()
    looks = [watch.update(looked([replace(LYING, score=0.5 + t / 10)])).tools for t in range(3)]
    assert looks == [set(), set(), {"screwdriver"}]


def test_every_class_is_a_tool_a_hand_a_tip_or_stays_where_it_is() -> None:
    classes = read_classes(settings.models_folder() / "classes.yaml")
    devices = {kind.detector_class for kind in shipped_classes().values()}
    assert set(classes) - devices - {"wire"} == {*TOOLS, *HANDS, TIP}


def test_the_reach_grows_with_the_hand_in_the_picture() -> None:
    beside = seen("screwdriver", (330, 100, 400, 260))
    near = HandObservation(1, "right", 0.9, tuple((2 * x, 2 * y) for x, y in hand((150, 100)).landmarks_px))
    assert held_tool(hand(), [beside]) is None
    assert held_tool(near, [beside]) is not None


@pytest.mark.parametrize(
    ("tips", "expected"),
    [
        pytest.param([tip((225, 105))], (225, 105), id="seen"),
        pytest.param([tip((225, 105), 0.4), tip((222, 102), 0.6)], (222, 102), id="surest"),
        pytest.param([tip((225, 105), 0.4), tip((300, 240), 0.6)], (225, 105), id="where the box says"),
        pytest.param([tip((900, 520), 0.9)], (220, 100), id="of another tool"),
        pytest.param([], (220, 100), id="from the box"),
    ],
)
def test_tool_tip(tips: list[ObjectObservation], expected: Point) -> None:
    assert tool_tip(hand(), [seen("screwdriver", AT_PINCH), *tips]) == expected


def test_no_tool_has_no_tip() -> None:
    assert tool_tip(hand(), [tip((300, 200))]) is None


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        pytest.param((220, 100, 340, 260), (220, 100), id="slanted"),
        pytest.param((290, 100, 330, 260), (310, 100), id="upright"),
        pytest.param((150, 190, 330, 220), (150, 205), id="lying"),
    ],
)
def test_tip_of_a_box(box: Box, expected: Point) -> None:
    assert tip_of_box(hand(), box) == expected


def test_a_closer_look_finds_the_tip_of_a_screwdriver_at_a_terminal() -> None:
    detector = ObjectDetector(
        models.path_of("detector"), read_classes(settings.models_folder() / "classes.yaml")
    )
    video = settings.samples_folder() / "start_stop_good.mp4"
    truth = json.loads(video.with_suffix(".truth.json").read_text(encoding="utf-8"))
    capture, off = cv2.VideoCapture(str(video)), []
    for number, row in enumerate(truth["frames"][:200]):
        image = capture.read()[1].astype(np.uint8, copy=False)
        if "screwdriver" not in row.get("held", []) or row["moving"] or number % 8:
            continue
        holding = HandObservation(1, row["handedness"], 0.9, tuple(map(tuple, row["joints"])))
        found = look_closer(detector, image, [holding], detector.detect(image))
        at = tool_tip(holding, found)
        assert at is not None and held_tool(holding, found) is not None
        off.append(math.dist(at, row["tool_tips"]["screwdriver"]))
    capture.release()
    assert len(off) >= 3
    assert median(off) < 12  # half the distance of two terminals
