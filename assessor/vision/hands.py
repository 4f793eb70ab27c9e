"""Hands of one picture, each with a number that lasts over the pictures: part of vision.

Takes pictures of one bench in time order with the work area's box; gives 21 landmarks a hand in pixels.
A hand that is not found is unknown: an empty answer never means "no hand".
"""

from dataclasses import dataclass, replace

import numpy as np

from assessor.types import HandObservation, Image, Point
from assessor.vision.hand_models import HandNetworks, Landmarks, around_landmarks
from assessor.vision.squares import Square

WRIST, MIDDLE_KNUCKLE = 0, 9
CONFIDENCE = 0.5
MARGIN = 0.06  # of the work area's longer side: a hand at the edge of the area is still seen whole
PALM_PERIOD_S = 0.5  # while a hand is followed, how often others are looked for
SAME_SQUARE = 0.5  # share of common area that makes a palm that of a hand which is followed
SAME_HAND = 0.5  # palm lengths between two sets of landmarks that are one hand, found twice
FORGOTTEN_S = 2.0
REACH = 2.0  # palm lengths that a wrist moves between two pictures ...
SPEED = 6.0  # ... and palm lengths a second that it moves on while it is not found

Found = tuple[HandObservation, Square]  # a hand and where it is looked for next


@dataclass(frozen=True, slots=True)
class _Track:
    """A hand as it was last seen; `right` is the sum of scores for "right" less those for "left"."""

    seen: HandObservation
    t_s: float
    right: float


class HandTracker:
    """Follows the hands over the work area of one bench; one instance sees one recording or camera.

    Where a hand was, it is looked for first; palms are looked for when one is lost, when none is known, and
    now and then for others. They are looked for in one square around the area: the palm finder squashes a
    wide picture (two overlapping squares lost more hands, at twice the time). The networks keep nothing of a
    picture: several trackers of one thread may share them. At most `hands` are found.
    """

    def __init__(self, networks: HandNetworks, hands: int = 2) -> None:
        self._networks = networks
        self._most = hands
        self._identities = HandIdentities()
        self._known: list[Square] = []  # where the hands are looked for next
        self._palms_due_s = 0.0

    def track(
        self, image: Image, t_s: float, area_xyxy: tuple[float, float, float, float]
    ) -> tuple[HandObservation, ...]:
        """The hands found now. `t_s` may repeat or step back (a camera's clock)."""
        seen = self._at(image, self._known)
        waits = t_s < self._palms_due_s <= t_s + PALM_PERIOD_S
        if len(seen) < self._most and (not seen or len(seen) < len(self._known) or not waits):
            seen += self._new(image, seen, square_around(area_xyxy))
            self._palms_due_s = t_s + PALM_PERIOD_S
        kept = _without_doubles([(_hand(one), around_landmarks(one.points)) for one in seen])[: self._most]
        self._known = [square for _, square in kept]
        return self._identities.number([hand for hand, _ in kept], t_s)

    def _at(self, image: Image, squares: list[Square]) -> list[Landmarks]:
        looks = [self._networks.landmarks(image, square) for square in squares]
        return [look for look in looks if look.presence >= CONFIDENCE]

    def _new(self, image: Image, seen: list[Landmarks], area: Square) -> list[Landmarks]:
        """Hands at palms that belong to none of those seen."""
        known = [around_landmarks(one.points) for one in seen]
        palms = self._networks.palms(image, area, CONFIDENCE)
        new = [palm for palm in palms if all(palm.overlap(square) < SAME_SQUARE for square in known)]
        return self._at(image, new[: self._most - len(seen)])


class HandIdentities:
    """Numbers hands over time by wrist distance and side: the networks give neither."""

    def __init__(self) -> None:
        self._tracks: dict[int, _Track] = {}
        self._next_id = 1

    def number(self, found: list[HandObservation], t_s: float) -> tuple[HandObservation, ...]:
        """`found` with `hand_id` and the side most often seen of that hand, in the order of the numbers."""
        self._tracks = {i: track for i, track in self._tracks.items() if t_s - track.t_s <= FORGOTTEN_S}
        ids = self._match(found, t_s)
        for index, hand in enumerate(found):
            if index not in ids:
                ids[index] = self._next_id
                self._next_id += 1
            self._follow(ids[index], hand, t_s)
        return tuple(self._tracks[i].seen for i in sorted(ids.values()))

    def _match(self, found: list[HandObservation], t_s: float) -> dict[int, int]:
        """Index in `found` -> number of the nearest known hand within reach; nearest pairs first."""
        pairs = sorted(
            (cost, index, i)
            for index, hand in enumerate(found)
            for i, track in self._tracks.items()
            if (cost := _distance(hand, track)) <= REACH + SPEED * max(0.0, t_s - track.t_s)
        )
        ids: dict[int, int] = {}
        for _cost, index, i in pairs:
            if index not in ids and i not in ids.values():
                ids[index] = i
        return ids

    def _follow(self, i: int, hand: HandObservation, t_s: float) -> None:
        before = self._tracks[i].right if i in self._tracks else 0.0
        right = before + (hand.score if hand.side == "right" else -hand.score)
        seen = replace(hand, hand_id=i, side="right" if right > 0 else "left")
        self._tracks[i] = _Track(seen, t_s, right)


def square_around(area_xyxy: tuple[float, float, float, float]) -> Square:
    """The square that hands are looked for in: the area and a margin; it may leave the picture."""
    left, top, right, bottom = area_xyxy
    side = max(1.0, max(right - left, bottom - top) * (1 + 2 * MARGIN))
    return Square((left + right) / 2, (top + bottom) / 2, side, 0.0)


def _hand(seen: Landmarks) -> HandObservation:
    side = "right" if seen.right > 0.5 else "left"
    points = tuple((round(float(x), 2), round(float(y), 2)) for x, y in seen.points)
    return HandObservation(0, side, round(max(seen.right, 1 - seen.right), 4), points)


def _without_doubles(found: list[Found]) -> list[Found]:
    """One hand can be found twice; the surer of the two stays."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: -one[0].score):
        if all(_apart(one[0], other) > SAME_HAND * palm_length(other) for other, _ in kept):
            kept.append(one)
    return kept


def palm_length(hand: HandObservation) -> float:
    """Wrist to middle knuckle in pixels, never 0: the measure for distances at this hand."""
    wrist, knuckle = hand.landmarks_px[WRIST], hand.landmarks_px[MIDDLE_KNUCKLE]
    return max(1.0, _between(wrist, knuckle))


def _apart(hand: HandObservation, other: HandObservation) -> float:
    """Mean distance of the same landmarks of two hands, in pixels."""
    return float(np.mean(np.hypot(*(np.array(hand.landmarks_px) - np.array(other.landmarks_px)).T)))


def _distance(hand: HandObservation, track: _Track) -> float:
    """Palm lengths between the wrists, and one more when the sides differ."""
    wrists = _between(hand.landmarks_px[WRIST], track.seen.landmarks_px[WRIST])
    return wrists / palm_length(track.seen) + (hand.side != track.seen.side)


def _between(one: Point, other: Point) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
