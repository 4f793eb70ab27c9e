"""Tells a video's container by its first bytes, before ffmpeg sees the file (`camera.probe`)."""

import re
from dataclasses import dataclass
from typing import BinaryIO

MP4_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"moof", b"pnot"}
PLAYLIST = re.compile(rb"\s*(ffconcat|#EXTM3U|v=0|<\?xml|\[playlist\]|RTSPtext|;FFMETADATA)")
ACCEPTED = "MP4/MOV, MKV/WebM, AVI or MPEG-TS"
BOX_HEADER = 8


@dataclass(frozen=True, slots=True)
class Boxes:
    """The top-level boxes of an MP4 file. `cut`: the last one says it goes on after the end of the file."""

    names: frozenset[bytes]
    cut: bool


def container_of(head: bytes) -> str | None:
    """ffmpeg's name of the container that begins with `head` (the first 400 bytes), None if there is none."""
    if head[4:8] in MP4_FIRST_BOXES:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if any(head[at : at + 1 + 2 * size : size] == b"\x47" * 3 for at, size in ((0, 188), (4, 192))):
        return "mpegts"
    return None


def kind_of(head: bytes) -> str:
    """What a file that is no video looks like, in words for the user."""
    if PLAYLIST.match(head):
        return "a playlist or session text that points at other files"
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return "a picture"
    if head and all(byte >= 32 or byte in b"\t\r\n" for byte in head):
        return "a text file"
    return f"a file that begins with {head[:8].hex(' ')}"


def mp4_boxes(file: BinaryIO, size: int) -> Boxes:
    """Walk over the top-level boxes (ISO 14496-12) without reading their content."""
    names: set[bytes] = set()
    at = 0
    while at + BOX_HEADER <= size:
        file.seek(at)
        header = file.read(16)
        length = int.from_bytes(header[:4])
        if length == 1:
            length = int.from_bytes(header[8:16])
        elif length == 0:
            length = size - at
        if length < BOX_HEADER:
            return Boxes(frozenset(names), cut=True)
        names.add(header[4:8])
        at += length
    return Boxes(frozenset(names), cut=at != size)
