"""Reads one photo of a board, upright (`vision.board` takes it from here)."""

import struct
from pathlib import Path

import cv2
import numpy as np

from assessor.errors import InputError, reason_of
from assessor.types import Image, Text

MAX_PHOTO_PIXELS = 64_000_000
MAX_PHOTO_BYTES = 128 * 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
JPEG_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
JPEG_START_OF_SCAN = 0xDA


def read_photo(path: Path) -> Image:
    """The JPEG or PNG at `path` as (height, width, 3) BGR, turned upright by its EXIF orientation.

    Raises InputError for anything else, for a cut file and for more than MAX_PHOTO_PIXELS, before decoding.
    """
    try:
        return _decoded(_read_bytes(path))
    except InputError as fault:
        raise fault.about(path.name) from None
    except OSError as fault:
        why = reason_of(fault)
        raise InputError(
            Text(
                zh=f"{path.name!r}：应为可读取的照片文件，实际为“{why.zh}”；请给出照片的路径",
                en=f"{path.name!r}: expected a readable file, got '{why.en}'; give the path of a photo",
            )
        ) from None


def _read_bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if not path.is_file() or not 0 < size <= MAX_PHOTO_BYTES:
        most = MAX_PHOTO_BYTES >> 20
        raise InputError(
            Text(
                zh=f"应为 1 字节至 {most} MiB 的照片文件，实际为 {size} 字节",
                en=f"expected a photo file of 1 byte to {most} MiB, got {size} bytes",
            )
        )
    return path.read_bytes()


def _decoded(data: bytes) -> Image:
    width, height = _size(data)
    if not 0 < width * height <= MAX_PHOTO_PIXELS:
        raise InputError(
            f"expected a photo of at most {MAX_PHOTO_PIXELS / 1e6:g} megapixels, got {width}x{height}; "
            "photograph the board with a lower resolution"
        )
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise InputError(
            Text(
                zh="应为完整的照片，实际为无法解码的文件；请重新复制",
                en="expected a whole photo, got one that cannot be decoded; copy it again",
            )
        )
    return np.asarray(image, np.uint8)


def _size(data: bytes) -> tuple[int, int]:
    """Stored (width, height) from the header. Raises InputError for another format and for a cut file."""
    if data.startswith(PNG):
        width, height = struct.unpack(">II", data[16:24].ljust(8, b"\0"))
        whole = b"IEND" in data[-64:]
    elif data.startswith(JPEG):
        width, height, scan = _jpeg_size(data)
        whole = data.find(b"\xff\xd9", scan) != -1
    else:
        raise InputError(
            Text(
                zh="应为 JPEG 或 PNG 照片，实际为其他文件；请另存为 JPEG",
                en="expected a JPEG or PNG photo, got another kind of file; save it as JPEG",
            )
        )
    if not whole:
        raise InputError(
            Text(
                zh="应为完整的照片，实际缺少结尾；请重新复制",
                en="expected a whole photo, got one whose end is missing; copy it again",
            )
        )
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int, int]:
    """(width, height, offset of the first scan), by walking over the segments (ITU-T T.81, annex B)."""
    at, width, height = 2, 0, 0
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == JPEG_START_OF_SCAN:
            return width, height, at
        if marker in JPEG_START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return width, height, len(data)
