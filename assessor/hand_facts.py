"""What hands and tools do at one moment: which zones, levers and buttons they are at, which tool is where.

Takes one `Observations` with its geometry; gives (key, value, confidence) for `facts.py`; None = unseen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.bench.parts import CameraModel, Zone
from assessor.geometry import pixels_per_mm, project, to_plane
from assessor.procedure.fact_words import SIDES
from assessor.types import CameraPose, FactKey, HandObservation, ObjectObservation, Observations, Point
from assessor.vision.grip import INDEX_TIP, NO_GRIPS, THUMB_TIP, TOOLS, Grip, Grips, meets, tool_tip
from assessor.vision.hands import FORGOTTEN_S, WRIST, palm_length
from assessor.vision.leftover import LEFTOVER
from assessor.vision.objects import HANDS

Points = NDArray[np.float64]
Said = tuple[FactKey, str | None, float]

MIDDLE_TIP = 12
REACH_MM = 30.0  # a fingertip behind a handle is 10 to 15 mm off
TERMINAL_REACH_MM = 15.0
LYING_MM = 10.0  # half the thickness of a tool on the mat
SURE_ABSENT, SURE_AT = 0.9, 0.85
SURE_SIDE = 0.75  # of a hand being the left or the right one; below, which it is is not told
TRAYS_AND_PANEL = ("tool_tray", "parts_tray", "panel")
LEAST_SHARE = {"tool_tray": 0.9, "parts_tray": 0.9, "panel": 0.5}  # of a tool's box: it lies there


@dataclass(frozen=True, slots=True)
class WorkingHand:
    """A hand, the tool it holds with how sure that is, and the tip of that tool (px). `side`: "left" or
    "right"; None = not told apart."""

    seen: HandObservation
    held: Grip | None
    tool_tip_px: Point | None
    side: str | None = None

    @property
    def tips_px(self) -> list[Point]:
        """Where the hand works: tips of thumb, index and middle finger, and the tip of its tool."""
        fingers = [self.seen.landmarks_px[i] for i in (THUMB_TIP, INDEX_TIP, MIDDLE_TIP)]
        return fingers if self.tool_tip_px is None else [*fingers, self.tool_tip_px]


@dataclass(frozen=True, slots=True)
class Doing:
    """Which hands do something, each with how sure that is. `otherwise`: what is said where none of them does
    it, None = a hand whose fingers are not seen may."""

    hands: tuple[tuple[WorkingHand, float], ...]
    otherwise: tuple[str | None, float]

    def by_any(self) -> tuple[str | None, float]:
        """Whether a hand does it."""
        return ("yes", max(sure for _, sure in self.hands)) if self.hands else self.otherwise

    def by(self, side: str) -> tuple[str | None, float]:
        """Whether this hand does it; unknown where the hand that does it is not told apart."""
        own = [min(sure, hand.seen.score) for hand, sure in self.hands if hand.side == side]
        if own:
            return "yes", max(own)
        return (None, 0.0) if any(hand.side is None for hand, _ in self.hands) else self.otherwise


@dataclass(slots=True)
class HandWatch:
    """Hands that were lost in the middle of the picture: they cannot have left, so they are still about where
    they were, until as many hands are seen again or they are forgotten. `size`: width and height, px."""

    size: tuple[int, int]
    _before: tuple[HandObservation, ...] = ()
    _lost: dict[int, tuple[float, ObjectObservation]] = field(default_factory=dict)

    def update(self, seen: Observations) -> tuple[ObjectObservation, ...]:
        """Boxes around the hands that are lost now; observations come in time order."""
        now = {hand.hand_id for hand in seen.hands}
        for hand in self._before:
            if hand.hand_id not in now and self._is_inside(hand):
                self._lost[hand.hand_id] = (seen.t_s, _box_around(hand))
        news = len(now - {hand.hand_id for hand in self._before} - self._lost.keys())
        kept = {
            i: lost for i, lost in self._lost.items() if i not in now and seen.t_s - lost[0] < FORGOTTEN_S
        }
        self._lost = dict(list(kept.items())[news:])  # a new number is the hand that was lost first
        self._before = seen.hands
        return tuple(box for _, box in self._lost.values())

    def _is_inside(self, hand: HandObservation) -> bool:
        """A hand leaves as its arm comes in: its wrist is near the edge of the picture before."""
        x, y = hand.landmarks_px[WRIST]
        width, height = self.size
        return min(x, y, width - x, height - y) > palm_length(hand)


@dataclass(frozen=True)
class Moment:
    """One frame's observations on their bench, seen from a known camera pose."""

    bench: Bench
    camera: CameraModel
    pose: CameraPose
    seen: Observations
    grips: Grips = NO_GRIPS
    vanished: tuple[ObjectObservation, ...] = ()
    one_handed: frozenset[FactKey] = frozenset()  # what is asked of one hand

    @cached_property
    def hands(self) -> tuple[WorkingHand, ...]:
        """The hands with what they hold."""
        return tuple(self._working(hand, self.grips.held.get(hand.hand_id)) for hand in self.seen.hands)

    def _side(self, hand: HandObservation) -> str | None:
        """Two hands on one side: one of them is taken for the other."""
        alike = sum(other.side == hand.side for other in self.seen.hands)
        return hand.side if hand.score >= SURE_SIDE and alike == 1 else None

    @cached_property
    def lost_hands(self) -> tuple[ObjectObservation, ...]:
        """Hands that only the detector sees, or nobody any more: where their fingers are is not known."""
        boxes = [*(o for o in self.seen.objects if o.name in HANDS), *self.vanished]
        return tuple(box for box in boxes if not any(_holds(box, hand) for hand in self.seen.hands))

    @cached_property
    def px_per_mm(self) -> float:
        """Picture scale where the work is."""
        return pixels_per_mm(self.bench.middle_mm, self.pose, self.camera)

    def zones(self) -> Iterator[Said]:
        """hand_in: a zone holds a hand when one of its tips is over it."""
        for name, zone in self.bench.zones.items():
            inside = tuple((h, h.seen.score) for h in self.hands if self._is_over(h.tips_px, zone))
            unseen = any(self._touches(lost, zone) for lost in self.lost_hands)
            otherwise = (None, 0.0) if unseen else ("no", SURE_ABSENT)
            yield from self._told(FactKey("hand_in", name), Doing(inside, otherwise))

    def reaches(self) -> Iterator[Said]:
        """hand_at: the lever or button nearest to a hand's thumb and index tip, if within reach."""
        targets = _operable(self.bench)
        if not targets:
            return
        at = project(list(targets.values()), self.pose, self.camera)
        nearest = [(h, self._nearest(h, list(targets), at)) for h in self.hands]
        unknown = set(self._near_lost(targets, at))
        for name in targets:
            there = tuple((hand, SURE_AT) for hand, near in nearest if near == name)
            otherwise = (None, 0.0) if name in unknown else ("no", SURE_AT)
            yield from self._told(FactKey("hand_at", name), Doing(there, otherwise))

    def tools(self) -> Iterator[Said]:
        """holding and tool_at of every tool."""
        for tool in TOOLS:
            grips = tuple((h, h.held[1]) for h in self.hands if h.held and h.held[0] == tool)
            lying = self._lying(tool)
            free = grips or lying or not (self.hands or self.lost_hands)
            otherwise = ("no", SURE_AT) if free else (None, 0.0)
            yield from self._told(FactKey("holding", tool), Doing(grips, otherwise))
            if grips:
                yield FactKey("tool_at", tool), "hand", max(grip for _, grip in grips)
            elif lying:
                yield FactKey("tool_at", tool), self._place_of(lying), lying.score
            else:
                yield FactKey("tool_at", tool), None, 0.0

    def _told(self, key: FactKey, doing: Doing) -> Iterator[Said]:
        """Of any hand, and of one where that is asked."""
        yield key, *doing.by_any()
        for side in SIDES:
            if (own := replace(key, hand=side)) in self.one_handed:
                yield own, *doing.by(side)

    def _lying(self, tool: str) -> ObjectObservation | None:
        """Where the tool is seen; not where a hand is whose fingers are not seen: it may hold the tool. A
        thing left on the panel is the one tool of this bench that is nowhere else."""
        seen = [o for o in self.seen.objects if o.name == tool]
        others = {o.name for o in self.seen.objects} | {h.held[0] for h in self.hands if h.held}
        if not seen and self.grips.tools - {tool} <= others:
            seen = [o for o in self.seen.objects if o.name == LEFTOVER]
        lying = max(seen, key=lambda o: o.score, default=None)
        lost = [hand.box_xyxy for hand in self.lost_hands]
        return None if lying is None or meets(lying.box_xyxy, lost) else lying

    def touched_terminals(self) -> list[str]:
        """Terminals within reach of a tool tip, or of a fingertip of an empty hand."""
        tips = [h.tool_tip_px or h.seen.landmarks_px[INDEX_TIP] for h in self.hands]
        if not tips or not self.bench.terminals:
            return []
        at = project(list(self.bench.terminals.values()), self.pose, self.camera)
        near = _distances(at, tips) < TERMINAL_REACH_MM * self.px_per_mm
        return [name for name, close in zip(self.bench.terminals, near, strict=True) if close]

    def _working(self, hand: HandObservation, held: Grip | None) -> WorkingHand:
        tip = tool_tip(hand, self.seen.objects) if held else None
        return WorkingHand(hand, held, tip, self._side(hand))

    def _near_lost(self, names: Iterable[str], at: Points) -> Iterator[str]:
        """The places that a hand may reach whose fingers are not seen."""
        reach = REACH_MM * self.px_per_mm
        for name, (x, y) in zip(names, at, strict=True):
            around = (x - reach, y - reach, x + reach, y + reach)
            if meets(around, [hand.box_xyxy for hand in self.lost_hands]):
                yield name

    def _is_over(self, tips_px: list[Point], zone: Zone) -> bool:
        points = to_plane(tips_px, zone.height_mm, self.pose, self.camera)
        return any(_is_inside(zone, point) for point in points)

    def _touches(self, seen: ObjectObservation, zone: Zone) -> bool:
        return self._is_over(_grid(seen), zone)

    def _nearest(self, hand: WorkingHand, names: list[str], at: Points) -> str | None:
        away = _distances(at, hand.tips_px[:2])
        best = int(away.argmin())
        return names[best] if away[best] < REACH_MM * self.px_per_mm else None

    def _place_of(self, tool: ObjectObservation) -> str:
        """The tray that holds the tool, all but a rim of its box, or the panel under half of it."""
        points = to_plane(_grid(tool), LYING_MM, self.pose, self.camera)
        shares = {
            (TRAYS_AND_PANEL.index(zone.kind), name): float(np.mean([_is_inside(zone, p) for p in points]))
            for name, zone in self.bench.zones.items()
            if zone.kind in TRAYS_AND_PANEL
        }
        places = [key for key, share in shares.items() if share >= LEAST_SHARE[TRAYS_AND_PANEL[key[0]]]]
        return min(places)[1] if places else "elsewhere"


def _grid(seen: ObjectObservation) -> list[Point]:
    """Points all over a box."""
    x0, y0, x1, y1 = seen.box_xyxy
    return [(float(x), float(y)) for x in np.linspace(x0, x1, 8) for y in np.linspace(y0, y1, 8)]


def _operable(bench: Bench) -> dict[str, tuple[float, float, float]]:
    """Levers and buttons of the bench."""
    found = {name: d.actuator_mm for name, d in bench.devices.items() if d.actuator_mm is not None}
    for device in bench.devices.values():
        found |= device.buttons
    return found


def _is_inside(zone: Zone, point: Points) -> bool:
    polygon = np.array(zone.polygon_mm, np.float32)
    return cv2.pointPolygonTest(polygon, (float(point[0]), float(point[1])), False) >= 0


def _box_around(hand: HandObservation) -> ObjectObservation:
    points = np.array(hand.landmarks_px)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return ObjectObservation(HANDS[0], hand.score, (float(x0), float(y0), float(x1), float(y1)))


def _holds(box: ObjectObservation, hand: HandObservation) -> bool:
    """The box and the landmarks are one hand: half of the landmarks lie in the box."""
    x0, y0, x1, y1 = box.box_xyxy
    inside = [x0 <= x <= x1 and y0 <= y <= y1 for x, y in hand.landmarks_px]
    return 2 * sum(inside) >= len(inside)


def _distances(at: Points, tips: list[Point]) -> Points:
    """Distance of every place (n, 2) from the nearest tip, px: (n,)."""
    return np.asarray(np.linalg.norm(at[:, None] - np.array(tips)[None], axis=2).min(axis=1))
