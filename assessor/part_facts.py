"""Where parts stand: how far each part that the procedure asks for is from its place, by its detected box.

Takes one `Moment` after another; gives (key, `1.8±4.5` in mm, confidence) for `facts.py`; None = unseen.
Places and limits come from the bench and from the procedure's `part_at`.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from assessor.bench import Bench
from assessor.bench.devices import Xyz
from assessor.bench.parts import Part
from assessor.geometry import project, to_plane
from assessor.hand_facts import Moment, Points, Said
from assessor.procedure import Procedure
from assessor.procedure.conditions import PartAt, parts_of
from assessor.procedure.fact_words import GIVE_OR_TAKE
from assessor.procedure.parts import conditions_of
from assessor.types import FactKey, ObjectObservation
from assessor.vision.cover import hidden_points

ERROR_MM = 4.5  # no larger error of a clear view was measured (benchmarks/part_places.py)
SUREST = 0.95
WINDOW_S, LEAST_LOOKS = 2.0, 3  # a distance rests on the clear looks of this time
STEADY_MM, STEADY_SHARE = 0.5, 0.05  # smaller changes are no change
HAND_MARGIN_MM = 15.0
SPACING_MM = 20.0  # of the points at which a part is asked whether a hand is over it
ROUNDS = 3


def parts_asked(procedure: Procedure) -> tuple[PartAt, ...]:
    """The places at which the procedure asks for parts."""
    parts = (part for _, condition in conditions_of(procedure) for part in parts_of(condition))
    return tuple(dict.fromkeys(part for part in parts if isinstance(part, PartAt)))


def measured_place(box_xyxy: Sequence[float], part: Part, z_mm: float, moment: Moment) -> Points:
    """Where (x, y) the middle of a part's foot stands at height `z_mm`, so that it fills the box best."""
    aim = _middle(np.array(box_xyxy, np.float64))
    top_mm = z_mm + part.size_mm[2]
    place = to_plane([aim], top_mm, moment.pose, moment.camera)[0]
    for _ in range(ROUNDS):
        seen = _middle(_box_of(part, (place[0], place[1], z_mm), moment))
        wanted, came = to_plane([aim, seen], top_mm, moment.pose, moment.camera)
        place = place + wanted - came
    return np.asarray(place)


@dataclass(slots=True)
class _Place:
    """A place at which a part is asked for. `looks`: (t_s, how far off in x, in y) lately."""

    part: Part
    at_mm: Xyz
    looks: deque[tuple[float, float, float]] = field(default_factory=deque)
    said_mm: float | None = None


class PartWatch:
    """Follows the parts of one recording. What the bench does not tell the size of is never seen."""

    def __init__(self, bench: Bench, asked: Iterable[PartAt]) -> None:
        self._places: dict[FactKey, _Place] = {}
        for one in asked:
            part, at_mm = bench.part(one.part_at), bench.places.get(one.place)
            if part is not None and at_mm is not None:
                self._places[one.key] = _Place(part, at_mm)

    def update(self, moment: Moment) -> Iterator[Said]:
        """What can be said of every place at this moment."""
        for key, place in self._places.items():
            distance_mm = self._distance(place, moment)
            if distance_mm is None:
                yield key, None, 0.0
            else:
                yield key, f"{distance_mm:.1f}{GIVE_OR_TAKE}{ERROR_MM:g}", SUREST

    def _distance(self, place: _Place, moment: Moment) -> float | None:
        """The steady distance of the nearest part; None while a hand is in the way or looks are too few."""
        nearest = _nearest(place, moment)
        if nearest is None or _is_covered(place.part, [place.at_mm, nearest], moment):
            place.looks.clear()
            return None
        offset = (nearest[0] - place.at_mm[0], nearest[1] - place.at_mm[1])
        place.looks.append((moment.seen.t_s, *offset))
        while place.looks[0][0] < moment.seen.t_s - WINDOW_S:
            place.looks.popleft()
        if len(place.looks) < LEAST_LOOKS:
            return None
        now_mm = float(np.hypot(*_settled(np.array(place.looks)[:, 1:])))
        if place.said_mm is None or abs(now_mm - place.said_mm) > max(STEADY_MM, STEADY_SHARE * now_mm):
            place.said_mm = now_mm
        return place.said_mm


def _settled(offsets: Points) -> Points:
    """The mean of the middle half of the looks: a median jumps where a box flips between two sizes."""
    outer = len(offsets) // 4
    return np.asarray(np.sort(offsets, axis=0)[outer : len(offsets) - outer].mean(axis=0))


def _nearest(place: _Place, moment: Moment) -> Xyz | None:
    """Of several equal parts the one that is nearest to the place."""
    boxes = [seen for seen in moment.seen.objects if seen.name == place.part.detector_class]
    if not boxes:
        return None
    spots = [_spot(seen, place, moment) for seen in boxes]
    return min(spots, key=lambda spot: np.hypot(spot[0] - place.at_mm[0], spot[1] - place.at_mm[1]))


def _spot(seen: ObjectObservation, place: _Place, moment: Moment) -> Xyz:
    x, y = measured_place(seen.box_xyxy, place.part, place.at_mm[2], moment)
    return float(x), float(y), place.at_mm[2]


def _is_covered(part: Part, spots: Iterable[Xyz], moment: Moment) -> bool:
    points = np.concatenate([_spread(_box_of(part, spot, moment), moment.px_per_mm) for spot in spots])
    margin_px = HAND_MARGIN_MM * moment.px_per_mm
    return bool(hidden_points(points, moment.seen.hands, moment.seen.objects, margin_px).any())


def _spread(box: Points, px_per_mm: float) -> Points:
    """Points all over a box."""
    across, down = (
        np.linspace(box[i], box[i + 2], 2 + int((box[i + 2] - box[i]) / (SPACING_MM * px_per_mm)))
        for i in (0, 1)
    )
    return np.array([(x, y) for x in across for y in down])


def _box_of(part: Part, foot_mm: Xyz, moment: Moment) -> Points:
    """The box (x0, y0, x1, y1) that a part standing there would fill in the picture."""
    corners = project(part.corners(foot_mm), moment.pose, moment.camera)
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def _middle(box: Points) -> Points:
    return np.asarray((box[:2] + box[2:]) / 2)
