"""Builders of small recordings and photos, good and bad, for the tests of everything that reads files."""

import os
import struct
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from assessor.camera import FileSource, Recording, probe
from assessor.types import Frame, Image

SIZE = (192, 108)
FASTSTART = {"movflags": "+faststart"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
SDP = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9998 RTP/AVP 96\n"


@dataclass(frozen=True, slots=True)
class Plan:
    """A recording to build. `ticks`: the time of each picture in units of 1/fps; None: 0, 1, 2 …"""

    frames: int = 50
    fps: int = 25
    size: tuple[int, int] = SIZE
    codec: str = "libx264"
    container: str = "mp4"
    options: dict[str, str] = field(default_factory=dict)
    ticks: Sequence[int] | None = None
    rotation: int | None = None


def picture(index: int, size: tuple[int, int] = SIZE) -> Image:
    """A picture that shows which way is up (coloured corners) and its number (bright blocks, 8 bits)."""
    width, height = size
    image = np.full((height, width, 3), 60, np.uint8)
    image[: height // 3, : width // 4] = (0, 0, 200)
    image[-height // 3 :, : width // 4] = (0, 180, 0)
    image[: height // 3, -width // 4 :] = (200, 0, 0)
    block = width // 20
    for bit in range(8):
        if index >> bit & 1:
            x = width // 4 + (bit + 1) * block
            image[height // 2 - block : height // 2 + block, x : x + block] = 255
    return image


def number_of(image: Image) -> int:
    """The number that `picture` wrote into an upright image of any size."""
    height, width = image.shape[:2]
    block = width // 20
    middles = [image[height // 2, width // 4 + (bit + 1) * block + block // 2].mean() for bit in range(8)]
    return sum(1 << bit for bit, brightness in enumerate(middles) if brightness > 150)


def write_video(path: Path, plan: Plan | None = None, draw: Callable[[int], Image] | None = None) -> Path:
    """Build the recording with PyAV at `path`."""
    plan = plan or Plan()
    width, height = plan.size
    with av.open(str(path), "w", format=plan.container, container_options=plan.options) as file:
        stream = cast(VideoStream, file.add_stream(plan.codec, rate=plan.fps))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = 25
        stream.time_base = Fraction(1, plan.fps)
        if plan.rotation is not None:
            stream.set_display_rotation(plan.rotation)
        for index in range(plan.frames):
            image = draw(index) if draw else picture(index, plan.size)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = index if plan.ticks is None else plan.ticks[index]
            frame.time_base = Fraction(1, plan.fps)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def cut(source: Path, path: Path, share: float) -> Path:
    """A copy that ends after `share` of the bytes."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def cut_after_frames(source: Path, path: Path, frames: int) -> Path:
    """A copy that ends where the packet after that many frames begins."""
    with av.open(str(source)) as file:
        starts = [packet.pos for packet in file.demux(video=0) if packet.pos is not None]
    path.write_bytes(source.read_bytes()[: starts[frames]])
    return path


def mutated(data: bytes, seed: int) -> bytes:
    """The bytes with damage of one of four kinds: changed bytes, cut, changed structure, missing piece."""
    rng = np.random.default_rng(seed)
    damaged = bytearray(data)
    kind = seed % 4
    if kind == 1:
        return bytes(damaged[: rng.integers(1, len(damaged))])
    if kind == 3:
        start = int(rng.integers(len(damaged)))
        del damaged[start : start + int(rng.integers(1, 4000))]
        return bytes(damaged)
    last = len(damaged) if kind == 0 else min(3000, len(damaged))
    for _ in range(int(rng.choice([1, 5, 50, 500] if kind == 0 else [1, 3, 10]))):
        damaged[rng.integers(last)] = rng.integers(256)
    return bytes(damaged)


def write_audio(path: Path) -> Path:
    """An MP4 that holds sound only."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def png(width: int, height: int, rows: int | None = None) -> bytes:
    """A black PNG of any size in very few bytes; `rows`: how many of its rows it really holds."""
    packer = zlib.compressobj(9)
    row = bytes(1 + width * 3)
    pixels = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    name, data = chunk
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def write_bomb(path: Path, width: int, height: int) -> Path:
    """A MOV file of a few kB whose one picture (PNG) has width x height pixels."""
    with av.open(str(path), "w", format="mov") as file:
        stream = file.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "rgb24"
        packet = av.Packet(png(width, height, rows=8))
        packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 25)
        packet.is_keyframe = True
        file.mux(packet)
    return path


def jpeg(image: Image, orientation: int | None = None) -> bytes:
    """The image as JPEG, with an EXIF orientation (1 to 8) if given."""
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    if orientation is None:
        return data
    tiff = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)
    segment = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[2:]


def long_name(length: int, ending: str) -> str:
    """A file name of exactly `length` bytes in UTF-8, in Chinese."""
    stem = "实" * ((length - len(ending)) // 3)
    return stem + "x" * (length - len(os.fsencode(stem)) - len(ending)) + ending


def described(path: Path) -> Recording:
    return probe(path, settle_s=0)


def read(path: Path) -> tuple[FileSource, list[Frame]]:
    source = FileSource(described(path))
    return source, list(source.frames())


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def child_environment() -> dict[str, str]:
    """Of a Python process that imports as this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
