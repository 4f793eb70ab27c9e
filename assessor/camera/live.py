"""Parent's side of a live camera: starts its child process, hears what happens, takes pictures."""

import contextlib
import fcntl
import json
import mmap
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO, cast

import numpy as np

from assessor.camera import grabber
from assessor.camera.pinned_line import PinnedLine
from assessor.types import Image

MOST_UNREAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture looks: mean and spread of its brightness (0..255), shares of white points and of points
    that differ from the picture before."""

    mean: float
    spread: float
    white: float
    changed: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on the shelf. `stamp_s`: of the monotonic clock; `repaired`: timestamps so far that the
    camera had missing or not rising."""

    index: int
    stamp_s: float
    size: tuple[int, int]
    place: int
    repaired: int
    look: Look


@dataclass(frozen=True, slots=True)
class Opened:
    """The camera gives a stream of this size."""

    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A picture came damaged: cut | undecodable | damaged | grey."""

    why: str


@dataclass(frozen=True, slots=True)
class Beat:
    """The child lives."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The child has ended. `code`: a fault of `classroom.words`; "crashed" where it could not say."""

    code: str
    detail: str = ""


Happening = Opened | Picture | Spoilt | Beat | Lost


class Grabbing:
    """A running child. `happenings` waits for what comes next; `image_of` copies a picture."""

    def __init__(self, child: "subprocess.Popen[bytes]", shelf: int, line: PinnedLine | None = None) -> None:
        self._child, self._shelf, self._line = child, shelf, line
        self._memory = mmap.mmap(shelf, grabber.SHELF_BYTES)
        self._selector = selectors.DefaultSelector()
        self._pipe = cast(BinaryIO, child.stdout)
        self._selector.register(self._pipe, selectors.EVENT_READ)
        self._unread = b""

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def happenings(self, timeout_s: float) -> list[Happening]:
        """What has come, after at most `timeout_s`; nothing: the child was silent. `Lost` is the last one."""
        if not self._selector.select(timeout_s):
            return []
        data = os.read(self._pipe.fileno(), 1 << 16)
        if not data:
            return [Lost("crashed")]
        *lines, self._unread = (self._unread + data).split(b"\n")
        if len(self._unread) > MOST_UNREAD:
            return [Lost("crashed")]
        return [self._known(_heard(json.loads(line))) for line in lines]

    def _known(self, happening: Happening) -> Happening:
        """The line knows better why a camera is not reached: ffmpeg called this machine."""
        fault = None if self._line is None else self._line.fault
        return Lost(fault) if fault is not None and isinstance(happening, Lost) else happening

    def image_of(self, picture: Picture) -> Image | None:
        """A copy of a picture; None: a newer one lies in its place already."""
        width, height = picture.size
        at = picture.place * grabber.PLACE_BYTES
        fcntl.lockf(self._shelf, fcntl.LOCK_EX, grabber.PLACE_BYTES, at)
        try:
            (number,) = grabber.NUMBER.unpack_from(self._memory, at)
            if number != picture.index:
                return None
            rows = np.frombuffer(self._memory, np.uint8, width * height * 3, at + grabber.HEADER)
            return rows.reshape(height, width, 3).copy()
        finally:
            fcntl.lockf(self._shelf, fcntl.LOCK_UN, grabber.PLACE_BYTES, at)

    def close(self) -> None:
        """End the child and wait until it is gone."""
        self._child.kill()
        self._child.wait()
        self._selector.close()
        self._pipe.close()
        self._memory.close()


@contextlib.contextmanager
def grabbing(request: grabber.Request) -> Iterator[Grabbing]:
    """A new child that serves `request` (its `shelf` is made here); it ends with the block."""
    with contextlib.ExitStack() as opened:
        line = opened.enter_context(PinnedLine(request.target)) if request.kind == "rtsp" else None
        shelf = os.memfd_create("pictures")
        opened.callback(os.close, shelf)
        os.truncate(shelf, grabber.SHELF_BYTES)
        child = subprocess.Popen(
            [sys.executable, "-P", grabber.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(shelf,),
            env={name: value for name, value in os.environ.items() if not _is_withheld(name)},
        )
        running = Grabbing(child, shelf, line)
        opened.callback(running.close)
        _ask(child, replace(request, shelf=shelf, target=line.target if line else request.target))
        yield running


def _is_withheld(name: str) -> bool:
    """What the child has no use for: a proxy would call for it, a secret is not its business."""
    return name.lower().endswith("_proxy") or name.startswith("ASSESSOR_")


def _ask(child: "subprocess.Popen[bytes]", request: grabber.Request) -> None:
    with contextlib.suppress(BrokenPipeError), cast(BinaryIO, child.stdin) as stdin:
        stdin.write(json.dumps(asdict(request)).encode() + b"\n")


def _heard(line: dict[str, Any]) -> Happening:
    if "picture" in line:
        told = line["picture"]
        size = (told["size"][0], told["size"][1])
        look = Look(*told["look"])
        return Picture(told["index"], told["s"], size, told["place"], told["repaired"], look)
    if "fault" in line:
        return Lost(line["fault"], line["detail"])
    if "spoilt" in line:
        return Spoilt(line["spoilt"])
    return Opened((line["opened"][0], line["opened"][1])) if "opened" in line else Beat()
