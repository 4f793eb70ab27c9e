"""A ring → its pictures of an interval, as evidence is cut from them; nothing is shown that was not kept.

    pictures = RingPictures(ring, clock, start_s, end_s)
    cut_clips(pictures, [Cut(start_s, end_s, folder / "step.mp4")])
    cut_evidence(pictures, sheet, folder, mask=None)  # they are masked already

Where the bench was not recorded for longer than GAP_S a striped picture stands for as long as that took.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import numpy as np

from assessor.benchbox.ring import Ring
from assessor.benchbox.segments import Segment, pictures_of, times_of
from assessor.types import Frame, Image

GAP_S = 1.5  # longer than between two pictures of the slowest camera that is of use
GAP_INDEX = -1  # the number of a picture that was not taken
BEFORE_S = GAP_S  # the picture that is shown at a moment was taken earlier
USUAL_FPS = 25.0
STRIPE_PX, DARK, LIGHT = 24, 70, 110


@dataclass
class RingPictures:
    """The pictures that were taken from `start_s` to `end_s` of a clock."""

    ring: Ring
    clock: str
    start_s: float
    end_s: float
    _times: list[float] = field(init=False)

    def __post_init__(self) -> None:
        found = [t_s for one in self._segments(self.start_s, self.end_s) for _, t_s in times_of(one)]
        self._times = [t_s for t_s in found if self.start_s - BEFORE_S <= t_s <= self.end_s]

    @property
    def name(self) -> str:
        """For messages."""
        return f"the ring {self.ring.folder.name}"

    @property
    def fps(self) -> float:
        """As it was for most of the time."""
        steps = [b - a for a, b in pairwise(self._times) if b > a]
        return 1 / median(steps) if steps else USUAL_FPS

    @property
    def origin(self) -> Mapping[str, object]:
        """By which clock the times are told, and when nothing was recorded."""
        return {"clock": self.clock, "gaps": self.gaps(self.start_s, self.end_s)}

    def gaps(self, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """When nothing was recorded inside of an interval."""
        inside = [t_s for t_s in self._times if start_s <= t_s <= end_s]
        edges = [start_s, *inside, end_s]
        return [(a, b) for a, b in pairwise(edges) if b - a > GAP_S]

    def shown(self, wanted: Sequence[tuple[float, float]]) -> Iterator[Frame]:
        """The pictures shown in these intervals, with one that is striped where one is missing."""
        last: Frame | None = None
        for start_s, end_s in _merged(wanted):
            frames = self._between(start_s, end_s)
            first = next(frames, None)
            if first is None:
                continue
            if first.t_s - start_s > GAP_S:
                yield _missing(start_s, first.image)
            last = first
            yield first
            for frame in frames:
                if frame.t_s - last.t_s > GAP_S:
                    yield _missing(last.t_s + 1 / self.fps, frame.image)
                last = frame
                yield frame
            if end_s - last.t_s > GAP_S:
                yield _missing(last.t_s + 1 / self.fps, last.image)
                yield _missing(end_s, last.image)

    def _between(self, start_s: float, end_s: float) -> Iterator[Frame]:
        for segment in self._segments(start_s, end_s):
            yield from pictures_of(segment, start_s - BEFORE_S, end_s)

    def _segments(self, start_s: float, end_s: float) -> list[Segment]:
        return self.ring.segments(self.clock, start_s - BEFORE_S, end_s)


def _merged(intervals: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start_s, end_s in sorted(intervals):
        if merged and start_s - BEFORE_S <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return merged


def _missing(t_s: float, like: Image) -> Frame:
    """A picture of the same size in which nothing is seen."""
    height, width = like.shape[:2]
    stripes = (np.add.outer(np.arange(height), np.arange(width)) // STRIPE_PX) % 2
    grey = np.where(stripes, LIGHT, DARK).astype(np.uint8)
    return Frame(GAP_INDEX, t_s, np.repeat(grey[:, :, None], 3, axis=2))
