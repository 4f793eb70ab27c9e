"""Hands and boxes of one picture -> which tool a hand holds and where its tip is: between vision and facts.

Gives one picture's opinion, to be smoothed over time by the caller: a hand that reaches for a tool looks
for a moment as if it held it. No answer means "not seen holding", never "holds nothing".
"""

import math
from collections.abc import Sequence

from assessor.types import HandObservation, Image, ObjectObservation, Point
from assessor.vision.hands import WRIST, palm_length
from assessor.vision.objects import ObjectDetector

TOOLS = ("screwdriver", "wire_stripper")
TIP = "tool_tip"
THUMB_TIP, INDEX_TIP = 4, 8
REACH = 0.25  # palm lengths from the pinching fingertips to the tool's box
AROUND = 0.2  # of the box's longer side: a tip may be seen this far outside of it
NARROW = 0.6  # a box of this shape or narrower shows a tool that lies along it
SPREAD = 0.25  # palm lengths that a tip is commonly off the place where the box says it is
TIP_SCORE = 0.05  # little, because where to look is known
BOX_SCORE = 0.02  # what the box's own opinion weighs against tips that are seen

Box = tuple[float, float, float, float]


def held_tool(hand: HandObservation, objects: Sequence[ObjectObservation]) -> tuple[str, float] | None:
    """Name of the tool at the pinch of thumb and index, and how sure that is; None: no tool seen there."""
    held = _held_box(hand, objects)
    return (held.name, round(held.score * _closeness(hand, held), 4)) if held else None


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


def _held_box(hand: HandObservation, objects: Sequence[ObjectObservation]) -> ObjectObservation | None:
    """The tool at the pinch. A bench has one of each tool: only the surest box of each counts."""
    by_score = sorted((o for o in objects if o.name in TOOLS), key=lambda tool: tool.score)
    surest = {tool.name: tool for tool in by_score}.values()
    near = [tool for tool in surest if _closeness(hand, tool) > 0]
    return max(near, key=lambda tool: tool.score * _closeness(hand, tool), default=None)


def _closeness(hand: HandObservation, tool: ObjectObservation) -> float:
    """1 with the pinch inside the tool's box, 0 and less out of reach."""
    (x, y), (u, v) = hand.landmarks_px[THUMB_TIP], hand.landmarks_px[INDEX_TIP]
    return 1 - _away(((x + u) / 2, (y + v) / 2), tool.box_xyxy) / (REACH * palm_length(hand))


def _size(box: Box) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _away(point: Point, box: Box) -> float:
    """Pixels from a point to a box, 0 inside."""
    x, y = point
    return math.hypot(max(box[0] - x, 0.0, x - box[2]), max(box[1] - y, 0.0, y - box[3]))
