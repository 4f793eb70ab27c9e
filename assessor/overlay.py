"""What the machine saw, to be drawn over a clip (recorded observations + clip -> boxes and hands by picture).

A clip shows a picture of the recording for a whole frame, and the machine looked at some pictures only, at
tools more seldom than at hands. So for every picture of the clip it is told what stood where at the moment
that picture was taken: what was seen then, or what lies between the looks before and after it.
"""

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import hypot
from pathlib import Path

from assessor.errors import InputError
from assessor.recording import read_observations
from assessor.types import Observations, Point

LONGEST_S = 0.55  # between two looks at what moves; before a longer pause it stood still
STEP_S = 0.1  # between two looks at the whole picture
REACH = 0.25  # of the picture: how far a tool moves between two looks
SAME_S = 0.001

Places = tuple[Point, ...]  # two corners of a box, or the 21 joints of a hand
_One = tuple[str, Places]
_Seen = Sequence[_One]


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """What stood where in one picture; all places as shares of the picture's width and height."""

    tools: tuple[tuple[str, Places], ...] = ()
    hands: tuple[Places, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is drawn over the pictures of a clip, the first picture first."""

    fps: float
    pictures: tuple[SeenFrame, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen at one moment: places by name, or by the number of the hand."""

    t_s: float
    seen: tuple[tuple[str, Places], ...]


@dataclass(frozen=True, slots=True)
class _Looks:
    """When it looked for tools and for hands, and what it saw each time."""

    tools: tuple[_Look, ...]
    hands: tuple[_Look, ...]


def overlay_of(clip: Path, observations: Path) -> Overlay:
    """What to draw over each picture of the clip. InputError for files that cannot be read."""
    try:
        told = json.loads(clip.with_suffix(".json").read_text(encoding="utf-8"))
        fps, moments = float(told["fps"]), [float(t_s) for _, t_s in told["frames"]]
        looks = _looks(observations, observations.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InputError(
            f"{clip.name!r}: expected the times of its pictures beside it, got none ({fault}); "
            "score the recording again"
        ) from None
    return Overlay(fps, tuple(_seen_at(looks, t_s) for t_s in moments))


@lru_cache(maxsize=4)
def _looks(path: Path, _written_ns: int) -> _Looks:
    header, read = read_observations(path)
    tools: list[_Look] = []
    hands: list[_Look] = []
    before: object = None
    for one in read:
        hands.append(_Look(one.t_s, tuple(_hands(one, header.width, header.height))))
        if one.objects != before:  # it looked again: two looks do not agree to a hundredth of a pixel
            before = one.objects
            tools.append(_Look(one.t_s, tuple(_tools(one, header.width, header.height))))
    return _Looks(tuple(tools), tuple(hands))


def _tools(one: Observations, width: int, height: int) -> Iterator[tuple[str, Places]]:
    for thing in one.objects:
        left, top, right, bottom = thing.box_xyxy
        yield thing.name, ((left / width, top / height), (right / width, bottom / height))


def _hands(one: Observations, width: int, height: int) -> Iterator[tuple[str, Places]]:
    for hand in one.hands:
        yield str(hand.hand_id), tuple((x / width, y / height) for x, y in hand.landmarks_px)


def _seen_at(looks: _Looks, t_s: float) -> SeenFrame:
    hands = _places_at(looks.hands, t_s)
    return SeenFrame(_places_at(looks.tools, t_s), tuple(places for _, places in hands))


def _places_at(looks: Sequence[_Look], t_s: float) -> tuple[tuple[str, Places], ...]:
    """Where everything was: on its way between two looks; what only one of them saw, near that one only."""
    at = bisect_right(looks, t_s + SAME_S, key=lambda look: look.t_s)
    before = looks[at - 1] if at else _Look(t_s, ())
    after = looks[at] if at < len(looks) else _Look(before.t_s, before.seen)
    began_s = max(before.t_s, after.t_s - STEP_S) if after.t_s - before.t_s > LONGEST_S else before.t_s
    part = min(max(0.0, (t_s - began_s) / max(after.t_s - began_s, SAME_S)), 1.0)
    pairs, gone, new = _matched(before.seen, after.seen)
    found = [(one[0], _between(one[1], other[1], part)) for one, other in pairs]
    found += gone if part < 0.5 else new
    return tuple((name, tuple((round(x, 4), round(y, 4)) for x, y in places)) for name, places in found)


def _matched(before: _Seen, after: _Seen) -> tuple[list[tuple[_One, _One]], list[_One], list[_One]]:
    """The same things in both, each with the nearest of its name; what is gone; what is new."""
    near = sorted(
        (away, number, other)
        for number, (name, places) in enumerate(before)
        for other, (called, now) in enumerate(after)
        if name == called and (away := _away(places, now)) <= REACH
    )
    pairs: dict[int, int] = {}
    for _away_by, number, other in near:
        if number not in pairs and other not in pairs.values():
            pairs[number] = other
    gone = [one for number, one in enumerate(before) if number not in pairs]
    new = [one for number, one in enumerate(after) if number not in pairs.values()]
    return [(before[number], after[other]) for number, other in pairs.items()], gone, new


def _away(places: Places, others: Places) -> float:
    """How far the middles are apart."""
    (x, y), (to_x, to_y) = (
        (sum(x for x, _ in found) / len(found), sum(y for _, y in found) / len(found))
        for found in (places, others)
    )
    return hypot(to_x - x, to_y - y)


def _between(places: Places, others: Places, part: float) -> Places:
    return tuple(
        (x + part * (to_x - x), y + part * (to_y - y))
        for (x, y), (to_x, to_y) in zip(places, others, strict=True)
    )
