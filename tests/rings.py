"""Rings for tests: numbered pictures at a clock of one's own, and a process that records until it is killed.

python -m tests.rings FOLDER FPS
"""

import signal
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from assessor.benchbox.clock import BenchClock
from assessor.benchbox.ring import Budget, Ring, RingRecorder
from assessor.benchbox.server_line import Answer, AwayError, ReportedEvent
from assessor.types import Frame, Image
from tests.corpus import picture

CLOCK = "a clock"
SIZE = (256, 144)


def clock() -> BenchClock:
    return BenchClock(CLOCK, utc_s=lambda: 1_800_000_000.0)


def numbered(index: int, t_s: float, size: tuple[int, int] = SIZE) -> Frame:
    return Frame(index, t_s, picture(index % 256, size))


def as_it_is(frame: Frame) -> Image:
    return frame.image


def record(folder: Path, times: Sequence[float], budget: Budget | None = None) -> Ring:
    """A ring with a picture at each of these times, numbered from 0."""
    with RingRecorder(folder, clock(), as_it_is, budget) as recorder:
        for index, t_s in enumerate(times):
            recorder.write(numbered(index, t_s))
        assert recorder.lost == 0
    return recorder.ring


class DeadLine:
    """Nobody is there."""

    def report(self, sent_utc: datetime, offset_s: float | None, events: Sequence[ReportedEvent]) -> Answer:
        raise AwayError("nobody")


def _record_until_told(folder: Path, fps: float) -> None:
    """Record at a real camera's pace and say on stdout how many pictures were handed over and when."""
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stop.append(number))
    with RingRecorder(folder, clock(), as_it_is, Budget(segment_s=2.0, most_fps=1000)) as recorder:
        began, index = time.monotonic(), recorder.mended
        while not stop:
            t_s = time.monotonic()
            recorder.write(numbered(index, t_s))
            sys.stdout.write(f"{index} {t_s}\n")
            sys.stdout.flush()
            index += 1
            time.sleep(max(0.0, began + (index - recorder.mended) / fps - time.monotonic()))


if __name__ == "__main__":
    _record_until_told(Path(sys.argv[1]), float(sys.argv[2]))
