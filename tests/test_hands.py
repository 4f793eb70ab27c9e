import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from assessor import models, settings
from assessor.errors import ModelError
from assessor.types import HandObservation, Image, Point
from assessor.vision.hand_models import HandNetworks, around_landmarks
from assessor.vision.hands import HandIdentities, HandTracker, square_around
from assessor.vision.squares import Square

SAMPLE = settings.samples_folder() / "start_stop_good.mp4"
AREA = (80.0, 56.0, 1207.0, 669.0)  # the mat in that recording


def hand(wrist: Point, side: str = "right", score: float = 0.9) -> HandObservation:
    """A hand whose palm is 100 px long, fingers up, the fingertips near the wrist's column."""
    points = tuple((wrist[0] + 3 * i, wrist[1] - 100 * min(i, 9) / 9) for i in range(21))
    return HandObservation(0, side, score, points)


def ids(hands: tuple[HandObservation, ...]) -> list[int]:
    return [seen.hand_id for seen in hands]


def test_a_hand_keeps_its_number_while_it_moves() -> None:
    identities = HandIdentities()
    seen = [identities.number([hand((100 + 80 * i, 400))], 0.1 * i) for i in range(10)]
    assert {i for hands in seen for i in ids(hands)} == {1}


def test_two_hands_keep_their_numbers_in_any_order() -> None:
    identities = HandIdentities()
    first = identities.number([hand((100, 400), "left"), hand((600, 400))], 0.0)
    again = identities.number([hand((610, 400)), hand((110, 400), "left")], 0.1)
    assert [(h.hand_id, h.side) for h in first] == [(h.hand_id, h.side) for h in again]


def test_a_hand_that_crosses_another_is_told_by_its_side() -> None:
    identities = HandIdentities()
    identities.number([hand((300, 400), "left"), hand((360, 400), "right")], 0.0)
    crossed = identities.number([hand((330, 400), "right"), hand((330, 400), "left")], 0.1)
    assert [(h.hand_id, h.side) for h in crossed] == [(1, "left"), (2, "right")]


def test_one_doubtful_side_does_not_change_a_hand() -> None:
    identities = HandIdentities()
    for i in range(3):
        identities.number([hand((100, 400), "right", 0.95)], 0.1 * i)
    (doubtful,) = identities.number([hand((105, 400), "left", 0.6)], 0.3)
    assert (doubtful.hand_id, doubtful.side) == (1, "right")


@pytest.mark.parametrize(
    ("away_s", "number"),
    [pytest.param(0.5, 1, id="short"), pytest.param(5.0, 2, id="long")],
)
def test_a_hand_that_comes_back(away_s: float, number: int) -> None:
    identities = HandIdentities()
    identities.number([hand((100, 400))], 0.0)
    assert identities.number([], away_s / 2) == ()
    assert ids(identities.number([hand((250, 400))], away_s)) == [number]


def test_a_hand_far_away_is_another_one() -> None:
    identities = HandIdentities()
    identities.number([hand((100, 400))], 0.0)
    assert ids(identities.number([hand((1200, 400))], 0.1)) == [2]


@pytest.mark.parametrize(
    "area",
    [
        pytest.param((100, 50, 1180, 660), id="wide"),
        pytest.param((400, 0, 800, 720), id="high"),
        pytest.param((5, 5, 5, 5), id="empty"),
    ],
)
def test_the_square_holds_the_area(area: tuple[float, float, float, float]) -> None:
    square = square_around(area)
    half = square.side / 2
    assert half > 0
    assert square.x - half <= area[0] and square.x + half >= area[2]
    assert square.y - half <= area[1] and square.y + half >= area[3]


@pytest.mark.fault(25)
@pytest.mark.parametrize("content", [pytest.param(None, id="missing"), pytest.param(b"no zip", id="altered")])
def test_a_model_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    model = tmp_path / "hand_landmarker.task"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(ModelError, match=r"expected .*hand_landmarker\.task.*"):
        HandTracker(HandNetworks(model))


def pictures(first: int, count: int) -> tuple[list[Image], list[dict[str, Any]]]:
    """Pictures of the sample from its frame `first` on, with their truth."""
    truth = json.loads(SAMPLE.with_suffix(".truth.json").read_text(encoding="utf-8"))
    capture = cv2.VideoCapture(str(SAMPLE))
    read = [capture.read()[1] for _ in range(first + count)]
    capture.release()
    return [image.astype(np.uint8, copy=False) for image in read[first:]], truth["frames"][
        first : first + count
    ]


def off(seen: HandObservation, joints: list[Point]) -> float:
    """Mean distance to the true joints in palm lengths."""
    palm = math.dist(joints[0], joints[9])
    return sum(map(math.dist, seen.landmarks_px, joints)) / 21 / palm


def test_hands_of_a_recording_lie_on_the_true_joints(models_cache: Path) -> None:
    images, truth = pictures(60, 20)
    tracker = HandTracker(HandNetworks(models.path_of("hand_landmarker")))
    seen = [tracker.track(image, 6.0 + 0.1 * i, AREA) for i, image in enumerate(images)]
    found = [
        (hands[0], row)
        for hands, row in zip(seen, truth, strict=True)
        if hands and row["joints_inside"] == 21
    ]
    assert len(found) >= 15
    assert all(off(one, row["joints"]) < 0.5 and one.side == row["handedness"] for one, row in found)
    assert {one.hand_id for one, _row in found} == {1}


@pytest.mark.fault(10)
def test_a_clock_that_repeats_or_steps_back_is_no_error(models_cache: Path) -> None:
    images, _truth = pictures(60, 1)
    tracker = HandTracker(HandNetworks(models.path_of("hand_landmarker")))
    seen = [tracker.track(images[0], t_s, AREA) for t_s in (6.0, 6.0, 5.2, -1.0, 6.1)]
    assert len(seen) == 5 and all(seen)


@pytest.fixture(scope="module")
def networks(models_cache: Path) -> HandNetworks:
    return HandNetworks(models.path_of("hand_landmarker"))


def test_a_hand_that_is_followed_costs_no_search(models_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, _truth = pictures(60, 6)
    searched: list[Square] = []
    search = HandNetworks.palms

    def counted(networks: HandNetworks, image: Image, where: Square, least: float) -> list[Square]:
        searched.append(where)
        return search(networks, image, where, least)

    monkeypatch.setattr(HandNetworks, "palms", counted)
    tracker = HandTracker(HandNetworks(models.path_of("hand_landmarker")))
    seen = [tracker.track(image, 6.0 + 0.1 * i, AREA) for i, image in enumerate(images)]
    assert all(seen)
    assert len(searched) == 2  # at the start, and half a second later for others


def test_two_hands_are_followed(models_cache: Path) -> None:
    (image,), _truth = pictures(62, 1)
    right = image[:, 600:]
    both = np.concatenate([right[:, ::-1], right], axis=1)  # a left hand beside the right one
    tracker = HandTracker(HandNetworks(models.path_of("hand_landmarker")))
    area = (0.0, 0.0, float(both.shape[1]), float(both.shape[0]))
    seen = [tracker.track(both, 0.1 * i, area) for i in range(3)]
    assert [[hand.hand_id for hand in hands] for hands in seen] == [[1, 2]] * 3
    assert {hand.side for hand in seen[-1]} == {"left", "right"}


@pytest.mark.parametrize("turn", [pytest.param(k, id=f"{90 * k} degrees") for k in range(4)])
def test_a_turned_picture_turns_the_landmarks(networks: HandNetworks, turn: int) -> None:
    """The network sees the same upright hand: the square's turn undoes the picture's."""
    (image,), (row,) = pictures(62, 1)
    square = around_landmarks(np.array(row["joints"], np.float64))
    straight = networks.landmarks(image, square)
    wide, high = image.shape[1], image.shape[0]
    place = {0: (square.x, square.y), 1: (square.y, wide - square.x), 2: (wide - square.x, high - square.y)}
    x, y = place.get(turn, (high - square.y, square.x))
    there = Square(x, y, square.side, square.turn - turn * math.pi / 2)
    turned = networks.landmarks(np.ascontiguousarray(np.rot90(image, turn)), there)
    back = turned.points - (x, y)
    for _ in range(turn):
        back = np.column_stack([-back[:, 1], back[:, 0]])  # rot90 turns against the clock
    assert np.abs(back - (straight.points - (square.x, square.y))).max() < 3.0


def test_a_shifted_picture_shifts_the_hand(models_cache: Path) -> None:
    images, _truth = pictures(62, 1)
    shifted = np.roll(images[0], (40, -60), axis=(0, 1))
    area = (AREA[0] - 60, AREA[1] + 40, AREA[2] - 60, AREA[3] + 40)
    wrists = []
    for image, box in ((images[0], AREA), (shifted, area)):
        tracker = HandTracker(HandNetworks(models.path_of("hand_landmarker")))
        wrists.append(tracker.track(image, 0.0, box)[0].landmarks_px[0])
    assert math.dist((wrists[0][0] - 60, wrists[0][1] + 40), wrists[1]) < 12


# ---- crossings -----------------------------------------------------------------------------


def crossing(returns: bool, misread: float, seed: int) -> tuple[dict[str, set[int]], list[str]]:
    """Two hands that come near each other and pass, or part again, within two seconds; near each other their
    sides are misread with this probability. By true side: the numbers at the beginning and the end, and the
    sides told at the end."""
    dice, identities = np.random.default_rng(seed), HandIdentities()
    numbers: dict[str, set[int]] = {"left": set(), "right": set()}
    told: tuple[HandObservation, ...] = ()
    for k in range(21):
        along = 40.0 * (k - 10)
        along = -abs(along) if returns else along
        found = []
        for side, x in (("right", 640 + along), ("left", 640 - along)):
            wrong = abs(along) < 60 and dice.random() < misread
            seen = {"left": "right", "right": "left"}[side] if wrong else side
            found.append(
                hand((x + dice.normal(0, 5), 400 + dice.normal(0, 5)), seen, dice.uniform(0.6, 0.99))
            )
        told = identities.number(found, 0.1 * k)
        if k in (0, 20):
            for side, x in (("right", 640 + along), ("left", 640 - along)):
                nearest = min(told, key=lambda one: abs(one.landmarks_px[0][0] - x))
                numbers[side].add(nearest.hand_id)
    return numbers, sorted(one.side for one in told)


@pytest.mark.parametrize("returns", [pytest.param(False, id="pass"), pytest.param(True, id="part again")])
def test_hands_keep_numbers_and_sides_through_a_crossing(returns: bool) -> None:
    for seed in range(20):
        numbers, sides = crossing(returns, 0.0, seed)
        assert [len(of_side) for of_side in numbers.values()] == [1, 1] and sides == ["left", "right"]


@pytest.mark.parametrize("returns", [pytest.param(False, id="pass"), pytest.param(True, id="part again")])
def test_sides_misread_in_a_crossing_seldom_exchange_hands(returns: bool) -> None:
    kept = [
        all(len(of_side) == 1 for of_side in crossing(returns, 0.2, seed)[0].values()) for seed in range(50)
    ]
    assert sum(kept) >= 45


def test_two_rendered_hands_cross_and_keep_their_numbers(models_cache: Path) -> None:
    """The right hand of the sample and its mirror image pass each other over the empty bench; while one hides
    the other it is not told, and is nobody else afterwards."""
    (bare,), _truth = pictures(0, 1)
    (image,), (row,) = pictures(62, 1)
    changed = np.abs(image.astype(int) - bare).max(axis=2) > 25
    x0, y0, x1, y1 = (int(side) for side in row["hand_box"])
    near = np.zeros(changed.shape, np.uint8)
    near[y0 - 10 : y1 + 10, x0 - 10 : x1 + 10] = 1
    mask = cv2.morphologyEx(changed.astype(np.uint8) * near, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    tracker, seen = HandTracker(HandNetworks(models.path_of("hand_landmarker"))), []
    for k in range(21):
        scene = bare.copy()
        for flip, x in ((False, 240 + 40 * k), (True, 1040 - 40 * k)):
            layer, where = (image[:, ::-1], mask[:, ::-1]) if flip else (image, mask)
            middle = 1279 - (x0 + x1) / 2 if flip else (x0 + x1) / 2
            way = np.array([(1.0, 0.0, x - middle), (0.0, 1.0, 40.0 * flip)])
            there = cv2.warpAffine(where, way, (1280, 720)) > 0
            scene[there] = cv2.warpAffine(np.ascontiguousarray(layer), way, (1280, 720))[there]
        seen.append(tracker.track(scene, 0.1 * k, AREA))
    first, last = ({one.hand_id: one.side for one in hands} for hands in (seen[2], seen[-1]))
    assert sorted(first.values()) == ["left", "right"] and last == first
    assert {number for hands in seen for number in ids(hands)} == set(first)
    assert sum(len(hands) == 2 for hands in seen) >= 14
