"""Starts the decoding child of `camera`, takes its pictures and reads what it reports."""

import contextlib
import json
import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from io import BufferedReader
from pathlib import Path
from typing import IO, BinaryIO, cast

from assessor.camera import decoder
from assessor.errors import InputError, reason_of
from assessor.types import Text

PIPE_BYTES = 1 << 18
PADDING = 256  # bytes that ffmpeg may add to a row


class Delivery:
    """What comes from a child: records through `pipe`, the rows of pictures there or on a shelf."""

    def __init__(self, pipe: BufferedReader, shelf: "SharedShelf | None") -> None:
        self.pipe = pipe
        self._shelf = shelf

    def fill(self, rows: memoryview) -> bool:
        """Take the rows of the picture whose record was read last; False if the child died on the way."""
        if self._shelf is None:
            return self.pipe.readinto(rows) == rows.nbytes
        self._shelf.take(rows)
        return True


class SharedShelf:
    """Memory in which the child lays pictures and from which they are taken: none has to go through a pipe.

    Only who is handed it knows it; Linux alone has such memory.
    """

    def __init__(self, place_bytes: int) -> None:
        self._place_bytes, self._taken = place_bytes, 0
        self._memory = os.memfd_create("pictures")
        os.truncate(self._memory, decoder.PLACES * place_bytes)
        self._places = mmap.mmap(self._memory, 0)
        self._free, self._say_free = os.pipe()
        os.write(self._say_free, bytes(decoder.PLACES))

    @property
    def theirs(self) -> tuple[int, int]:
        """What the child is handed: the memory, and where it reads which places are free."""
        return self._memory, self._free

    def told_in(self, request: decoder.Request) -> decoder.Request:
        """The request with this shelf."""
        memory, free = self.theirs
        return replace(request, shelf=memory, free=free)

    def take(self, rows: memoryview) -> None:
        """Copy the next picture and free its place."""
        first = self._taken % decoder.PLACES * self._place_bytes
        with memoryview(self._places) as places:
            rows.cast("B")[:] = places[first : first + rows.nbytes]
        self._taken += 1
        with contextlib.suppress(BrokenPipeError):  # the child has ended: nothing more is to be laid
            os.write(self._say_free, b"\0")

    def handed_over(self) -> None:
        """The child has the end from which it reads."""
        os.close(self._free)
        self._free = -1

    def close(self) -> None:
        """Nothing more is taken."""
        self._places.close()
        for descriptor in (self._memory, self._say_free, self._free):
            if descriptor >= 0:
                os.close(descriptor)


@contextlib.contextmanager
def decoding(path: Path, request: decoder.Request) -> Iterator[Delivery]:
    """What a new child that serves `request` for the video at `path` delivers; it ends with the block."""
    with _opened(path) as video, _shelf_for(request) as shelf:
        asked = shelf.told_in(request) if shelf else request
        command = [sys.executable, "-P", decoder.__file__, json.dumps(asdict(asked))]
        with subprocess.Popen(
            command,
            stdin=video,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=1 << 16,
            pass_fds=shelf.theirs if shelf else (),
        ) as child:
            if shelf:
                shelf.handed_over()
            _widen(child.stdout)
            try:
                # stdout=PIPE and bufsize: that is what it is
                yield Delivery(cast(BufferedReader, child.stdout), shelf)
            finally:
                child.kill()


@contextlib.contextmanager
def _shelf_for(request: decoder.Request) -> Iterator[SharedShelf | None]:
    if request.size is None or not hasattr(os, "memfd_create"):
        yield None
        return
    width, height = request.size
    with contextlib.closing(SharedShelf((width * 3 + PADDING) * height)) as shelf:
        yield shelf


def _widen(pipe: IO[bytes] | None) -> None:
    """Let a picture pass with fewer changes between the two processes, where the system can (Linux)."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(cast(BufferedReader, pipe), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as fault:
        why = reason_of(fault)
        raise InputError(
            Text(
                zh=f"应为 {str(path)!r} 处的录像，实际为“{why.zh}”；请把文件放回原处",
                en=f"expected the recording at {str(path)!r}, got '{why.en}'; put the file back",
            )
        ) from None


def read_report(pipe: BinaryIO) -> decoder.Video | decoder.End | None:
    """The line after the last record; None if the child died before it. Raises InputError if it refused."""
    line = pipe.readline()
    if not line.endswith(b"\n"):
        return None
    report = json.loads(line)
    if "fault" in report:
        raise InputError(report["fault"])
    return decoder.Video(**report["video"]) if "video" in report else decoder.End(**report["end"])
