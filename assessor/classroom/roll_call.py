"""A look at every camera of a class before it begins: which one is there, what it shows, how fast.

Takes a classroom and seconds; gives one `Called` a bench, in the file's order.
"""

import threading
import time
from dataclasses import dataclass

from assessor.classroom.aim import AimWatch
from assessor.classroom.asking import asking_for
from assessor.classroom.capture import CameraStatus, Capture
from assessor.classroom.file import ClassBench, Classroom
from assessor.classroom.health import CameraState
from assessor.errors import InputError
from assessor.types import Frame, Image, Text

OPENING_S = 6.0  # a camera that is not there by then is not


@dataclass(frozen=True, slots=True)
class Called:
    """What a bench's camera answered. `image`: its last picture, None: it gave none."""

    bench: str
    camera: str
    state: CameraState
    said: Text
    what_to_do: Text
    size: tuple[int, int] | None
    fps: float
    image: Image | None


def call_roll(classroom: Classroom, benches: tuple[ClassBench, ...], seconds: float) -> list[Called]:
    """Open all cameras, watch each for so many seconds from its first picture on, close them."""
    called: dict[str, Called] = {}

    def call(one: ClassBench) -> None:
        called[one.id] = _called(one, classroom, benches, seconds)

    threads = [threading.Thread(target=call, args=(one,)) for one in benches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [called[one.id] for one in benches]


def _called(
    one: ClassBench,
    classroom: Classroom,
    benches: tuple[ClassBench, ...],
    seconds: float,
) -> Called:
    try:
        capture = Capture(asking_for(one.camera, classroom))
    except InputError as fault:  # a file that cannot be played
        told = Text(fault.render("zh"), fault.render("en"))
        return Called(one.id, one.camera.named, CameraState.OFFLINE, told, Text("", ""), None, 0.0, None)
    others = {other.id: other.bench for other in benches if other.id != one.id}
    capture.start()
    try:
        frame = _watched(capture, AimWatch(one.id, one.bench, others), seconds)
        status = capture.status()
    finally:
        capture.stop()
    return _told(one, status, frame)


def _watched(capture: Capture, aim: AimWatch, seconds: float) -> Frame | None:
    """The last picture of a stretch that begins with the first one."""
    last, end_s = None, time.monotonic() + OPENING_S
    while (now_s := time.monotonic()) < end_s:
        frame = capture.take(0.1)
        if frame is None:
            continue
        if last is None:
            end_s = now_s + seconds
        last = frame
        found = aim.look(frame)
        capture.aimed(found.state, found.about)
    return last


def _told(one: ClassBench, status: CameraStatus, frame: Frame | None) -> Called:
    image = frame.image if frame else None
    about = status.said, status.what_to_do
    return Called(one.id, one.camera.named, status.state, *about, status.size, round(status.fps, 1), image)
