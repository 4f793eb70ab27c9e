"""Hands of one picture, each with a number that lasts over the pictures: part of vision, run by MediaPipe.

Takes pictures of one bench in time order with the work area's box; gives 21 landmarks a hand in pixels.
A hand that is not found is unknown: an empty answer never means "no hand".
"""

from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from assessor.errors import ModelError
from assessor.types import HandObservation, Image, Point

WRIST, MIDDLE_KNUCKLE = 0, 9
CONFIDENCE = 0.5
MARGIN = 0.06  # of the work area's longer side: a hand at the edge of the area is still seen whole
SAME_AREA = 0.03  # of the crop's width: a smaller move of the area keeps the crop, and so MediaPipe's track
SAME_HAND = 0.5  # palm lengths between two sets of landmarks that are one hand, found twice
FORGOTTEN_S = 2.0
REACH = 2.0  # palm lengths that a wrist moves between two pictures ...
SPEED = 6.0  # ... and palm lengths a second that it moves on while it is not found

Crop = tuple[int, int, int, int]  # left, top, right, bottom in the picture


@dataclass(frozen=True, slots=True)
class _Track:
    """A hand as it was last seen; `right` is the sum of scores for "right" less those for "left"."""

    seen: HandObservation
    t_s: float
    right: float


class HandTracker:
    """MediaPipe's hand landmarker in VIDEO mode on the work area of one bench; use it as a context manager.

    One instance sees one recording or camera. It looks at one square around the area: the palm finder
    squashes a wide picture, and tracking needs a crop that stays where it is (two overlapping squares lost
    more hands, at up to twice the time). `model` is a `hand_landmarker.task`; at most `hands` are found.
    """

    def __init__(self, model: Path, hands: int = 2) -> None:
        self._landmarker = _open_landmarker(model, hands)
        self._identities = HandIdentities()
        self._crop: Crop | None = None
        self._last_ms = -1

    def track(
        self, image: Image, t_s: float, area_xyxy: tuple[float, float, float, float]
    ) -> tuple[HandObservation, ...]:
        """The hands found now. `t_s` may repeat or step back (a camera's clock): MediaPipe's clock rises."""
        self._crop = _steady(self._crop, square_around(area_xyxy))
        self._last_ms = max(self._last_ms + 1, round(t_s * 1000))
        found = self._look(image, self._crop)
        return self._identities.number(_without_doubles(found), t_s)

    def _look(self, image: Image, crop: Crop) -> list[HandObservation]:
        import mediapipe as mp

        rgb = cv2.cvtColor(_cut(image, crop), cv2.COLOR_BGR2RGB)
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
        result = self._landmarker.detect_for_video(picture, self._last_ms)
        return [
            _hand(side[0], landmarks, crop)
            for side, landmarks in zip(result.handedness, result.hand_landmarks, strict=True)
        ]

    def close(self) -> None:
        """Free MediaPipe's graph; the tracker can't be used after that."""
        self._landmarker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class HandIdentities:
    """Numbers hands over time by wrist distance and side: MediaPipe gives no number and no steady side."""

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


def square_around(area_xyxy: tuple[float, float, float, float]) -> Crop:
    """The square that hands are looked for in: the area and a margin; it may leave the picture."""
    left, top, right, bottom = area_xyxy
    side = max(1, round(max(right - left, bottom - top) * (1 + 2 * MARGIN)))
    left, top = round((left + right - side) / 2), round((top + bottom - side) / 2)
    return left, top, left + side, top + side


def _cut(image: Image, crop: Crop) -> Image:
    """The crop of the picture; black where it leaves the picture."""
    left, top, right, bottom = crop
    inside = image[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    canvas = np.zeros((bottom - top, right - left, 3), np.uint8)
    x, y = max(0, -left), max(0, -top)
    canvas[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    return canvas


def _steady(before: Crop | None, now: Crop) -> Crop:
    if before is None:
        return now
    moved = max(abs(a - b) for a, b in zip(before, now, strict=True))
    return before if moved <= SAME_AREA * (before[2] - before[0]) else now


def _open_landmarker(model: Path, hands: int) -> Any:
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import HandLandmarker, HandLandmarkerOptions, RunningMode

    if not model.is_file():
        raise ModelError(f"expected the hand model {model}; it is missing: run `assessor models fetch`")
    options = HandLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=RunningMode.VIDEO,
        num_hands=hands,
        min_hand_detection_confidence=CONFIDENCE,
        min_hand_presence_confidence=CONFIDENCE,
        min_tracking_confidence=CONFIDENCE,
    )
    try:
        return HandLandmarker.create_from_options(options)
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"expected a hand landmarker in {model}; it cannot be opened: {error}") from error


def _hand(side: Any, landmarks: Any, crop: Crop) -> HandObservation:
    """MediaPipe's answer (0..1 in the crop) in pixels of the picture.

    Its "Right" is a right hand in a picture that is not mirrored, as our cameras give it (measured, 1.2.2).
    """
    left, top, right, bottom = crop
    points = tuple(
        (round(left + mark.x * (right - left), 2), round(top + mark.y * (bottom - top), 2))
        for mark in landmarks
    )
    return HandObservation(0, str(side.category_name).lower(), round(float(side.score), 4), points)


def _without_doubles(found: list[HandObservation]) -> list[HandObservation]:
    """One hand can be found twice; the surer of the two stays."""
    kept: list[HandObservation] = []
    for hand in sorted(found, key=lambda hand: -hand.score):
        if all(_apart(hand, other) > SAME_HAND * palm_length(other) for other in kept):
            kept.append(hand)
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
