"""Starts the decoding child of `camera` and reads what it reports."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from io import BufferedReader
from pathlib import Path
from typing import IO, BinaryIO, cast

from assessor.camera import decoder
from assessor.errors import InputError, reason_of
from assessor.types import Text

PIPE_BYTES = 1 << 18


@contextlib.contextmanager
def decoding(path: Path, request: decoder.Request) -> Iterator[BufferedReader]:
    """The pipe on which a new child serves `request` for the video at `path`; it ends with the block."""
    command = [sys.executable, "-P", decoder.__file__, json.dumps(asdict(request))]
    with (
        _opened(path) as video,
        subprocess.Popen(
            command, stdin=video, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=1 << 16
        ) as child,
    ):
        _widen(child.stdout)
        try:
            yield cast(BufferedReader, child.stdout)  # stdout=PIPE and bufsize: that is what it is
        finally:
            child.kill()


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
