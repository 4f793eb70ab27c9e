"""Hands and boxes → which tool a hand holds and where its tip is: between vision and facts.

`held_tool` gives one picture's opinion: a hand that reaches for a tool looks as if it held it. `GripWatch`
knows where the tools lay before. No answer means "not seen holding", never "holds nothing".
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assessor.types import CameraPose, HandObservation, Image, ObjectObservation, Observations, Point
from assessor.vision.hands import WRIST, palm_length
from assessor.vision.objects import HANDS, ObjectDetector

TOOLS = ("screwdriver", "wire_stripper", "pliers")
TIP = "tool_tip"
THUMB_TIP, INDEX_TIP = 4, 8
REACH = 0.25  # palm lengths from the pinching fingertips to the tool's box
AROUND = 0.2  # of the box's longer side: a tip may be seen this far outside of it
NARROW = 0.6  # a box of this shape or narrower shows a tool that lies along it
SPREAD = 0.25  # palm lengths that a tip is commonly off the place where the box says it is
TIP_SCORE = 0.05  # little, because where to look is known
BOX_SCORE = 0.02  # what the box's own opinion weighs against tips that are seen
OPEN = 0.75  # palm lengths between thumb and index of a hand that holds nothing (with a tool: below 0.6)
STILL = 0.12  # of the box's longer side: a tool whose box reaches no further than this has not been lifted

Box = tuple[float, float, float, float]
Grip = tuple[str, float]  # a tool and how sure it is that it is held
KNOWN_LOOKS = 3  # a tool is one of this bench once it was seen so often


@dataclass(frozen=True, slots=True)
class Grips:
    """What each hand holds, by its number; `tools`: those that were seen on this bench so far."""

    held: Mapping[int, Grip]
    tools: frozenset[str]


NO_GRIPS = Grips({}, frozenset())


@dataclass(slots=True)
class GripWatch:
    """What each hand holds, over one recording; a tool is in one hand.

    Tools are looked for less often than hands: until the next look a hand holds what it held at the last. A
    tool that is where it lay when no hand was near it is not held, though a hand is at it. While a meter
    shows something its probes are in the hand, which look like a tool: nothing is said then.
    """

    _objects: tuple[ObjectObservation, ...] | None = None
    _pose: CameraPose | None = None
    _lay: dict[str, Box] = field(default_factory=dict)
    _held: dict[int, Grip] = field(default_factory=dict)
    _looks: Counter[str] = field(default_factory=Counter)

    def update(self, seen: Observations) -> Grips:
        """What is held now; observations come in time order."""
        if seen.pose != self._pose:
            self._pose, self._lay, self._objects = seen.pose, {}, None
        if seen.objects != self._objects:
            self._objects, tools = seen.objects, surest_tools(seen.objects)
            self._held = self._hold(seen.hands, [tool for tool in tools if not self._lies_still(tool)])
            self._remember(seen.hands, tools)
        known = frozenset(tool for tool, looks in self._looks.items() if looks >= KNOWN_LOOKS)
        measures = any(indicator.kind == "display" and indicator.value for indicator in seen.indicators)
        return Grips({} if measures else self._held, known)

    def _remember(self, hands: Sequence[HandObservation], tools: Sequence[ObjectObservation]) -> None:
        """Where tools lie that no hand is near."""
        boxes = [o.box_xyxy for o in self._objects or () if o.name in HANDS]
        for tool in tools:
            self._looks[tool.name] += 1
            if all(_closeness(hand, tool) <= 0 for hand in hands) and not meets(tool.box_xyxy, boxes):
                self._lay[tool.name] = tool.box_xyxy

    def _hold(self, hands: Sequence[HandObservation], lifted: Sequence[ObjectObservation]) -> dict[int, Grip]:
        """The surest pairs first, each hand and each tool once. An open hand holds nothing."""
        closed = [hand for hand in hands if _opening(hand) < OPEN]
        grips = [(_grip(hand, tool), hand.hand_id) for hand in closed for tool in lifted]
        held: dict[int, Grip] = {}
        for grip, number in sorted(grips, key=lambda one: -one[0][1]):
            if grip[1] > 0 and number not in held and all(grip[0] != other for other, _ in held.values()):
                held[number] = grip
        return held

    def _lies_still(self, tool: ObjectObservation) -> bool:
        """A hand hides a part of a lying tool: its box shrinks, but goes nowhere."""
        lay = self._lay.get(tool.name)
        if lay is None:
            return False
        around, box = STILL * max(_size(lay)), tool.box_xyxy
        low, high = zip(lay[:2], box[:2], strict=True), zip(lay[2:], box[2:], strict=True)
        return all(b >= a - around for a, b in low) and all(b <= a + around for a, b in high)


def held_tool(hand: HandObservation, objects: Sequence[ObjectObservation]) -> Grip | None:
    """Name of the tool at the pinch of thumb and index, and how sure that is; None: no tool seen there."""
    held = _held_box(hand, objects)
    return _grip(hand, held) if held else None


def look_closer(
    detector: ObjectDetector,
    image: Image,
    hands: Sequence[HandObservation],
    objects: Sequence[ObjectObservation],
) -> tuple[ObjectObservation, ...]:
    """`objects` and the tips that a closer look at each held tool finds; one more detection for each."""
    held = [box for hand in hands if (box := _held_box(hand, objects))]
    near = [detector.detect_near(image, _middle(box.box_xyxy), TIP_SCORE) for box in held]
    return (*objects, *(seen for found in near for seen in found if seen.name == TIP))


def tool_tip(hand: HandObservation, objects: Sequence[ObjectObservation]) -> Point | None:
    """Where the tip of the held tool is, in pixels: of the tips seen there, the one that suits score and box.

    Without a seen tip it follows from the box alone, less exactly. None where no tool is held.
    """
    held = _held_box(hand, objects)
    if held is None:
        return None
    expected, around = tip_of_box(hand, held.box_xyxy), AROUND * max(_size(held.box_xyxy))
    spread = SPREAD * palm_length(hand)
    worth = {expected: BOX_SCORE}
    for tip in objects:
        at = _middle(tip.box_xyxy)
        if tip.name == TIP and _away(at, held.box_xyxy) <= around:
            worth[at] = tip.score * math.exp(-((math.dist(at, expected) / spread) ** 2))
    return max(worth, key=lambda at: worth[at])


def tip_of_box(hand: HandObservation, box: Box) -> Point:
    """Where the tip must be when only the tool's box is seen: its far end as seen from the wrist.

    A slanted tool ends in a corner of its box, a tool along the box in the middle of a short side.
    """
    left, top, right, bottom = box
    (width, height), (x, y) = _size(box), _middle(box)
    ends = [(left, top), (right, top), (left, bottom), (right, bottom)]
    if width < NARROW * height:
        ends = [(x, top), (x, bottom)]
    elif height < NARROW * width:
        ends = [(left, y), (right, y)]
    return max(ends, key=lambda end: math.dist(end, hand.landmarks_px[WRIST]))


def surest_tools(objects: Sequence[ObjectObservation]) -> list[ObjectObservation]:
    """A bench has one of each tool: only the surest box of each counts."""
    by_score = sorted((o for o in objects if o.name in TOOLS), key=lambda tool: tool.score)
    return list({tool.name: tool for tool in by_score}.values())


def _held_box(hand: HandObservation, objects: Sequence[ObjectObservation]) -> ObjectObservation | None:
    """The tool at the pinch."""
    near = [tool for tool in surest_tools(objects) if _closeness(hand, tool) > 0]
    return max(near, key=lambda tool: _grip(hand, tool)[1], default=None)


def _grip(hand: HandObservation, tool: ObjectObservation) -> Grip:
    return tool.name, round(tool.score * _closeness(hand, tool), 4)


def _opening(hand: HandObservation) -> float:
    """Palm lengths between the tips of thumb and index finger."""
    return math.dist(hand.landmarks_px[THUMB_TIP], hand.landmarks_px[INDEX_TIP]) / palm_length(hand)


def _closeness(hand: HandObservation, tool: ObjectObservation) -> float:
    """1 with the pinch inside the tool's box, 0 and less out of reach."""
    (x, y), (u, v) = hand.landmarks_px[THUMB_TIP], hand.landmarks_px[INDEX_TIP]
    return 1 - _away(((x + u) / 2, (y + v) / 2), tool.box_xyxy) / (REACH * palm_length(hand))


def meets(box: Box, others: Sequence[Box]) -> bool:
    """Whether a box has a point in common with any of the others."""
    left, top, right, bottom = box
    return any(left <= o[2] and o[0] <= right and top <= o[3] and o[1] <= bottom for o in others)


def _size(box: Box) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _away(point: Point, box: Box) -> float:
    """Pixels from a point to a box, 0 inside."""
    x, y = point
    return math.hypot(max(box[0] - x, 0.0, x - box[2]), max(box[1] - y, 0.0, y - box[3]))
