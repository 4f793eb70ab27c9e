"""Which points a hand hides: the hand itself, the forearm behind it, a hand without landmarks."""

import numpy as np

from assessor.types import HandObservation, ObjectObservation
from assessor.vision.cover import hidden_points

POINTS = np.array(
    [(300.0, 200.0), (300.0, 420.0), (300.0, 600.0), (100.0, 200.0)]
)  # palm, wrist, arm, beside


def open_hand() -> HandObservation:
    """Fingers up at (300, 150), wrist at (300, 400)."""
    fan = np.linspace(-60, 60, 5)
    joints = [(300.0, 400.0)]
    for dx in fan:
        joints += [(300 + dx * share, 400 - 250 * share) for share in (0.45, 0.65, 0.85, 1.0)]
    return HandObservation(1, "right", 0.9, tuple((float(x), float(y)) for x, y in joints))


def test_hand_and_forearm_hide_what_lies_under_them() -> None:
    assert hidden_points(POINTS, [open_hand()], [], 15.0).tolist() == [True, True, True, False]


def test_hand_that_only_the_detector_sees_hides_its_box() -> None:
    box = ObjectObservation("hand", 0.8, (50.0, 150.0, 150.0, 300.0))

    assert hidden_points(POINTS, [], [box], 15.0).tolist() == [False, False, False, True]
    assert hidden_points(POINTS, [open_hand()], [box], 15.0).tolist() == [True, True, True, True]


def test_nothing_hides_nothing() -> None:
    assert not hidden_points(POINTS, [], [], 15.0).any()
