"""Gives out one file of the data folder, whole or one byte range of it, and nothing from outside it."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.problems import ProblemError
from assessor.types import Text

MEDIA_TYPES = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_GONE = Text(
    "这个文件不在数据目录中（尚未生成或已删除）。",
    "The file is not in the data folder (not written yet, or deleted).",
)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `first` to `last` of a file, both counted from 0 and both included."""

    first: int
    last: int


def parse_range(header: str, size: int) -> ByteRange:
    """The one range that a Range header names; a 416 problem for several, for nonsense and beyond the end."""
    found = _RANGE.fullmatch(header.strip())
    first, last = found.groups() if found else ("", "")
    if first:
        wanted = ByteRange(int(first), min(int(last or size - 1), size - 1))
    elif last:
        wanted = ByteRange(max(0, size - int(last)), size - 1)
    else:
        wanted = ByteRange(0, -1)
    if wanted.first > wanted.last:
        raise ProblemError(
            416,
            Text(
                f"只接受一个范围，位于 0–{size - 1} 字节内。",
                f"Expected one range within bytes 0-{size - 1}.",
            ),
            {"Content-Range": f"bytes */{size}"},
        )
    return wanted


def file_response(root: Path, relative: PurePosixPath | None, range_header: str | None) -> StreamingResponse:
    """The file under `root`, or one range of it; a 404 problem if there is none, 416 for a bad range."""
    if relative is None or relative.suffix not in MEDIA_TYPES:
        raise ProblemError(404, _GONE)
    file = _open_inside(root, relative)
    size = os.fstat(file.fileno()).st_size
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, max-age=600"}
    if range_header is None:
        part = ByteRange(0, size - 1)
    else:
        try:
            part = parse_range(range_header, size)
        except ProblemError:
            file.close()
            raise
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    headers["Content-Length"] = str(part.last - part.first + 1)
    status = 200 if range_header is None else 206
    return _FileResponse(file, part, status, headers, MEDIA_TYPES[relative.suffix])


class _FileResponse(StreamingResponse):
    """Lets go of its file at once, also when its reader is gone half way."""

    def __init__(
        self, file: BinaryIO, part: ByteRange, status: int, headers: Mapping[str, str], media_type: str
    ) -> None:
        super().__init__(_read(file, part), status, headers, media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _open_inside(root: Path, relative: PurePosixPath) -> BinaryIO:
    try:
        path = (root / relative).resolve(strict=True)
        if not path.is_relative_to(root.resolve()):
            raise ProblemError(404, _GONE)
        # The link check and the opening are two moments: a link put there in between is not followed.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise ProblemError(404, _GONE) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ProblemError(404, _GONE)
    return os.fdopen(handle, "rb")


def _read(file: BinaryIO, part: ByteRange) -> Iterator[bytes]:
    with file:
        file.seek(part.first)
        left = part.last - part.first + 1
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
