"""What the worker's body says at one moment: present, a hand raised, leaning over the bench.

Takes a `Moment` of a bench whose camera sees the worker; gives (key, value, confidence) for `facts.py`; None
= the points that it takes are not seen.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from assessor.geometry import project
from assessor.hand_facts import Moment, Points, Said
from assessor.types import FactKey, PersonObservation

HEAD, SHOULDERS, ELBOWS, WRISTS = 0, (1, 2), (3, 4), (5, 6)
VISIBLE = 0.5
RAISED, LOWERED = 0.5, 0.25  # of an arm's length to the elbow: how far above its shoulder a wrist is
NOBODY = 0.8  # how sure it is that nobody is there when nobody is found
LIVE = "live"

Told = tuple[str | None, float]
UNSEEN: Told = (None, 0.0)


def postures(moment: Moment) -> Iterator[Said]:
    """Every posture a procedure can ask for; none where the camera does not see the worker."""
    if not moment.bench.camera.sees_worker:
        return
    person, hands = moment.seen.person, [hand.seen.score for hand in moment.hands]
    if person is None:  # a hand in view is somebody's
        present: Told = ("yes", max(hands)) if hands else ("no", NOBODY)
        raised = leaning = UNSEEN if hands or moment.lost_hands else ("no", NOBODY)
    else:
        present, raised, leaning = ("yes", person.score), hand_raised(person), _leaning_in(person, moment)
    yield FactKey("pose", "person_present"), *present
    yield FactKey("pose", "hand_raised"), *raised
    yield FactKey("pose", "leaning_in"), *leaning


def hand_raised(person: PersonObservation) -> Told:
    """A wrist clearly above its shoulder; no only when both wrists are seen below theirs."""
    arms = [_arm(person, *points) for points in zip(SHOULDERS, ELBOWS, WRISTS, strict=True)]
    for value in ("yes", None):
        if told := [arm for arm in arms if arm[0] == value]:
            return max(told, key=lambda one: one[1])
    return "no", min(confidence for _, confidence in arms)


def _arm(person: PersonObservation, shoulder: int, elbow: int, wrist: int) -> Told:
    """Measured by the longest of upper arms and shoulders: seen from the side or the front, one of them shows
    its length."""
    confidence = _seen(person, (shoulder, wrist))
    if confidence < VISIBLE * person.score:
        return UNSEEN
    points = np.array(person.points_px)
    ends = [(1, 2), (1, 3), (2, 4)]
    length = max(float(np.linalg.norm(points[a] - points[b])) for a, b in ends)
    above = (points[shoulder, 1] - points[wrist, 1]) / max(length, 1.0)
    return ("yes", confidence) if above >= RAISED else ("no", confidence) if above < LOWERED else UNSEEN


def _leaning_in(person: PersonObservation, moment: Moment) -> Told:
    """The head or the middle of the shoulders shows over the mat or a live zone."""
    points = np.array(person.points_px)
    neck = (points[SHOULDERS[0]] + points[SHOULDERS[1]]) / 2
    places = [(points[HEAD], _seen(person, (HEAD,))), (neck, _seen(person, SHOULDERS))]
    seen = [(at, confidence) for at, confidence in places if confidence >= VISIBLE * person.score]
    if not seen:
        return UNSEEN
    outline = _outline(moment)
    over = [
        sure for at, sure in seen if cv2.pointPolygonTest(outline, (float(at[0]), float(at[1])), False) >= 0
    ]
    return ("yes", max(over)) if over else ("no", min(sure for _, sure in seen)) if len(seen) == 2 else UNSEEN


def _outline(moment: Moment) -> Points:
    """The mat between the outer markers, and the live zones at their height, in the picture."""
    zones = [zone for zone in moment.bench.zones.values() if zone.kind == LIVE]
    corners = [corner for marker in moment.bench.markers.values() for corner in marker]
    corners += [(x, y, zone.height_mm) for zone in zones for x, y in zone.polygon_mm]
    return np.asarray(cv2.convexHull(project(corners, moment.pose, moment.camera).astype(np.float32)))


def _seen(person: PersonObservation, points: tuple[int, ...]) -> float:
    return round(person.score * min(person.visible[point] for point in points), 4)
