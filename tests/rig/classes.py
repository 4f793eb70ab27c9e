"""Classroom files for the rig, and captures that are watched with a stopwatch."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assessor.classroom.asking import asking_for
from assessor.classroom.capture import Asking, CameraStatus, Capture
from assessor.classroom.file import Classroom, load_classroom
from assessor.classroom.health import CameraState
from assessor.located_yaml.source import Source

KIND = "    bench: trainer_24v\n    procedure: motor_start_stop\n"
ALLOWED = "[http://127.0.0.1:*, rtsp://127.0.0.1:*, 'http://no-such-camera.invalid:*']"


def class_of(*cameras: str, folder: Path = Path(), more: str = "") -> Classroom:
    """A class whose benches bench_1, bench_2, ... have these cameras (`{mjpeg: ...}`)."""
    lines = [f"classroom: rig\nallowed: {ALLOWED}\nbenches:"]
    for number, camera in enumerate(cameras, start=1):
        lines.append(f"  bench_{number}:\n{KIND}    camera: {camera}")
    text = "\n".join(lines) + "\n" + more
    return load_classroom(Source(str(folder / "rig.yaml"), text.encode()))


def asking_of(camera: str, folder: Path = Path()) -> Asking:
    """How one camera is asked for."""
    classroom = class_of(camera, folder=folder)
    return asking_for(classroom.benches["bench_1"].camera, classroom)


def busy() -> float:
    """How many times as long everything may take: 1, unless others keep this machine busy as well."""
    return max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1)))


@dataclass(slots=True)
class Watched:
    """A running capture."""

    capture: Capture

    def until(self, state: CameraState, within_s: float, row: str) -> float:
        """Wait for a state, taking pictures meanwhile; fails when it takes longer than was promised."""
        return self.wait(lambda now: now.state is state, within_s, f"{row}: {state} told")

    def wait(self, holds: Callable[[CameraStatus], bool], within_s: float, what: str) -> float:
        """Seconds until it holds."""
        start_s = time.monotonic()
        while not holds(self.capture.status()):
            taken_s = time.monotonic() - start_s
            assert taken_s <= within_s * busy(), f"{what}: not within {within_s} s; {self.capture.status()}"
            self.capture.take(0.05)
        taken_s = time.monotonic() - start_s
        print(f"{what} after {taken_s:.2f} s (promised {within_s:g} s)")  # noqa: T201
        return taken_s


@contextlib.contextmanager
def watched(asking: Asking, capture: Capture | None = None) -> Iterator[Watched]:
    """A capture that runs until the end of the block."""
    running = capture or Capture(asking)
    running.start()
    try:
        yield Watched(running)
    finally:
        running.stop()
