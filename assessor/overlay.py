"""What the machine saw, to be drawn over a clip (recorded observations -> boxes and hands of a stretch)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assessor.recording import read_observations
from assessor.types import Observations, Point


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """One frame; all places as shares of the picture's width and height."""

    t_s: float
    boxes: tuple[tuple[str, float, float, float, float], ...]
    hands: tuple[tuple[Point, ...], ...]


def seen_between(path: Path, start_s: float, end_s: float) -> tuple[SeenFrame, ...]:
    """The frames of a stretch of the recording. InputError for a file that cannot be read."""
    return tuple(one for one in _all_of(path, path.stat().st_mtime_ns) if start_s <= one.t_s <= end_s)


@lru_cache(maxsize=4)
def _all_of(path: Path, _written_ns: int) -> tuple[SeenFrame, ...]:
    header, observations = read_observations(path)
    return tuple(_frames(observations, header.width, header.height))


def _frames(observations: Iterator[Observations], width: int, height: int) -> Iterator[SeenFrame]:
    for one in observations:
        boxes = tuple(
            (
                thing.name,
                *(round(v / of, 4) for v, of in zip(thing.box_xyxy, (width, height) * 2, strict=True)),
            )
            for thing in one.objects
        )
        hands = tuple(
            tuple((round(x / width, 4), round(y / height, 4)) for x, y in hand.landmarks_px)
            for hand in one.hands
        )
        yield SeenFrame(one.t_s, boxes, hands)  # type: ignore[arg-type]
