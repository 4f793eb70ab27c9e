"""Hands and boxes of one picture -> which tool a hand holds and where its tip is: between vision and facts.

Gives one picture's opinion, to be smoothed over time by the caller: a hand that reaches for a tool looks
for a moment as if it held it. No answer means "not seen holding", never "holds nothing".
"""

import math
from collections.abc import Sequence

from assessor.types import HandObservation, ObjectObservation, Point
from assessor.vision.hands import WRIST, palm_length

TOOLS = ("screwdriver", "wire_stripper")
TIP = "tool_tip"
THUMB_TIP, INDEX_TIP = 4, 8
REACH = 0.25  # palm lengths from the pinching fingertips to the tool's box
AROUND = 0.15  # of the box's longer side: a tip may be seen this far outside of it
NARROW = 0.45  # a box of this shape or narrower shows a tool that lies along it

Box = tuple[float, float, float, float]


def held_tool(hand: HandObservation, objects: Sequence[ObjectObservation]) -> tuple[str, float] | None:
    """Name of the tool at the pinch of thumb and index, and how sure that is; None: no tool seen there."""
    held = _held_box(hand, objects)
    return (held.name, round(held.score * _closeness(hand, held), 4)) if held else None


def tool_tip(hand: HandObservation, objects: Sequence[ObjectObservation]) -> Point | None:
    """Where the tip of the held tool is, in pixels: as the detector sees it, else from the tool's box."""
    held = _held_box(hand, objects)
    if held is None:
        return None
    around = AROUND * max(_size(held.box_xyxy))
    tips = [o for o in objects if o.name == TIP and _away(_middle(o.box_xyxy), held.box_xyxy) <= around]
    if not tips:
        return tip_of_box(hand, held.box_xyxy)
    return _middle(max(tips, key=lambda tip: tip.score).box_xyxy)


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
    near = [o for o in objects if o.name in TOOLS and _closeness(hand, o) > 0]
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
