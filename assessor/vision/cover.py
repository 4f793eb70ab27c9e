"""Hands of one picture → which of the bench's points they hide (hand, and the forearm behind it)."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.types import HandObservation, ObjectObservation
from assessor.vision.objects import HANDS

Array = NDArray[np.float64]

WRIST, INDEX_KNUCKLE, MIDDLE_KNUCKLE, LITTLE_KNUCKLE = 0, 5, 9, 17
ARM_PALMS = 4.0  # how far behind the wrist the forearm is assumed, in palm lengths
SAME_HAND = 0.3  # share of the landmarks inside a detected hand box that makes it the same hand


def hidden_points(
    points_px: Array,
    hands: Sequence[HandObservation],
    objects: Sequence[ObjectObservation],
    margin_px: float,
) -> NDArray[np.bool_]:
    """Which of the points (n, 2) lie under a hand or within `margin_px` of it: (n,) bool.

    A hand that only the detector sees hides its whole box.
    """
    outlines = [part for hand in hands for part in _outlines(hand)]
    outlines += [_box(o) for o in objects if o.name in HANDS and not any(_is_in(h, o) for h in hands)]
    hidden = np.zeros(len(points_px), np.bool_)
    for outline in outlines:
        shape = outline.astype(np.float32).reshape(-1, 1, 2)
        for k in np.flatnonzero(~hidden & _may_touch(points_px, outline, margin_px)):
            x, y = points_px[k]
            hidden[k] = cv2.pointPolygonTest(shape, (float(x), float(y)), True) > -margin_px
    return hidden


def _may_touch(points_px: Array, outline: Array, margin_px: float) -> NDArray[np.bool_]:
    """Which points lie in the box around an outline and its margin: the others need no closer look."""
    low, high = outline.min(axis=0) - margin_px - 1, outline.max(axis=0) + margin_px + 1
    return np.asarray(((points_px >= low) & (points_px <= high)).all(axis=1))


def _outlines(hand: HandObservation) -> tuple[Array, Array]:
    points = np.array(hand.landmarks_px)
    palm = points[WRIST] - points[MIDDLE_KNUCKLE]
    across = (points[LITTLE_KNUCKLE] - points[INDEX_KNUCKLE]) / 2
    if across @ across < 0.04 * (palm @ palm):  # seen from the side
        across = np.array((-palm[1], palm[0])) * 0.35
    elbow = points[WRIST] + palm * ARM_PALMS
    arm = np.array([points[WRIST] - across, points[WRIST] + across, elbow + across, elbow - across])
    return np.asarray(cv2.convexHull(points.astype(np.float32)), np.float64).reshape(-1, 2), arm


def _box(seen: ObjectObservation) -> Array:
    x0, y0, x1, y1 = seen.box_xyxy
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def _is_in(hand: HandObservation, seen: ObjectObservation) -> bool:
    x0, y0, x1, y1 = seen.box_xyxy
    inside = [x0 <= x <= x1 and y0 <= y <= y1 for x, y in hand.landmarks_px]
    return sum(inside) / len(inside) > SAME_HAND
