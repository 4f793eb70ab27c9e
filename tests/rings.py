"""Rings for tests: numbered pictures at a clock of one's own, and a process that records until it is killed.

python -m tests.rings FOLDER FPS
"""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from assessor.benchbox.clock import BenchClock
from assessor.benchbox.ring import Budget, Ring, RingRecorder
from assessor.benchbox.segments import repair, segments_in, times_of, whole_video
from assessor.benchbox.server_line import Answer, AwayError, ReportedEvent
from assessor.types import Frame, Image
from tests.corpus import picture

ROOT = Path(__file__).parents[1]
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


def start_recording(folder: Path, fps: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.rings", str(folder), str(fps)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def end_recording(process: "subprocess.Popen[str]", how: signal.Signals, after_s: float) -> list[float]:
    """When each picture was handed over, up to the end of the process."""
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(after_s)
    process.send_signal(how)
    rest = process.stdout.read().splitlines(keepends=True)
    process.wait(10)
    process.stdout.close()
    return [float(line.split()[1]) for line in (first, *rest) if line.endswith("\n")]


def lost_in_kills(folder: Path, after_s: list[float]) -> list[float]:
    """Seconds at the end of each recording that were handed over and are not kept."""
    import av

    lost = []
    for wait_s in after_s:
        process = start_recording(folder, 20)
        handed = end_recording(process, signal.SIGKILL, wait_s)
        assert process.returncode == -signal.SIGKILL
        repair(folder)
        newest = segments_in(folder)[-1:]
        kept_s = newest[0].end_s if newest and newest[0].start_s >= handed[0] - 0.001 else None
        lost.append(handed[-1] - (kept_s if kept_s is not None else handed[0]))
        for segment in segments_in(folder):
            assert len(whole_video(segment)) == segment.video.stat().st_size
            with av.open(str(segment.video)) as file:
                assert sum(1 for _ in file.decode(video=0)) == len(times_of(segment)) > 0
    assert {path.suffix for path in folder.iterdir()} == {".mp4", ".times", ""}
    return lost


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
