"""The segments of a ring on disk: which there are, their times, what a killed process left of one."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from assessor.benchbox.segment_writer import Head
from assessor.errors import StoreError
from assessor.recording import whole_file
from assessor.types import Frame

log = logging.getLogger("assessor.benchbox")
VIDEO, TIMES = ".mp4", ".times"
_TAIL = 120  # bytes that hold the last two lines of times
_BOX = 8  # bytes of a box's head in MP4: its length and its name

Taken = tuple[int, float]  # index of a picture at the camera, and when it was taken


@dataclass(frozen=True)
class Segment:
    """One segment. `end_s` is None where it is being written, or was when the process died."""

    folder: Path
    number: int
    head: Head
    start_s: float
    end_s: float | None

    @property
    def video(self) -> Path:
        """The pictures."""
        return self.folder / f"{self.number:08d}{VIDEO}"

    @property
    def times(self) -> Path:
        """When they were taken."""
        return self.folder / f"{self.number:08d}{TIMES}"

    @cached_property
    def size_bytes(self) -> int:
        """On the disk."""
        return sum(path.stat().st_size for path in (self.video, self.times) if path.exists())

    def delete(self) -> None:
        """The pictures first: times alone are taken away by the next repair."""
        self.video.unlink(missing_ok=True)
        self.times.unlink(missing_ok=True)


def segments_in(folder: Path) -> list[Segment]:
    """By number, which is the order in which they were begun; what is no segment is passed over."""
    found = (read_segment(path) for path in sorted(folder.glob(f"*{TIMES}")))
    return [segment for segment in found if segment is not None]


def read_segment(times: Path) -> Segment | None:
    """What the file beside a segment says; None where not even its first picture was noted."""
    try:
        with times.open("rb") as file:
            head, first = json.loads(file.readline()), _taken(file.readline())
            if first is None:
                return None
            return Segment(times.parent, int(times.stem), Head(**head), first[1], _end_s(file))
    except (OSError, ValueError, TypeError):
        return None  # removed meanwhile, or not ours


def _end_s(file: BinaryIO) -> float | None:
    """When the last picture was taken, if the segment was closed."""
    file.seek(max(0, file.seek(0, 2) - _TAIL))
    *_, last, end = [b"", b"", *file.read().splitlines()]
    taken = _taken(last)
    return taken[1] if taken is not None and end.startswith(b'{"end"') and end.endswith(b"}") else None


def times_of(segment: Segment) -> list[Taken]:
    """When each picture was taken, as far as the lines are whole."""
    lines = segment.times.read_bytes().split(b"\n")[1:-1]
    return [taken for line in lines if (taken := _taken(line)) is not None]


def _taken(line: bytes) -> Taken | None:
    try:
        index, t_s = json.loads(line)
        return int(index), float(t_s)
    except (ValueError, TypeError):
        return None


def whole_video(segment: Segment) -> bytes:
    """The video up to its last whole fragment, also while it is being written."""
    data = segment.video.read_bytes() if segment.video.exists() else b""
    return data[: _whole_length(data)]


def _whole_length(data: bytes) -> int:
    """Where the last box ends that holds pictures (`mdat`), or what follows when the file is closed."""
    at = whole = 0
    while at + _BOX <= len(data):
        length, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + _BOX]
        if length < _BOX or at + length > len(data):
            break
        at += length
        whole = at if name in (b"mdat", b"mfra") else whole
    return whole


def _keys(video: bytes) -> list[bool]:
    """Of each picture, in the order in which they were taken, whether decoding can begin with it."""
    import av

    if not video:
        return []
    try:
        with av.open(BytesIO(video), "r", format="mp4", metadata_errors="replace") as container:
            # None where the codec is unknown, whatever its type says
            streams = [one for one in container.streams.video if getattr(one, "codec_context", None)]
            packets = container.demux(*streams) if streams else ()
            return [packet.is_keyframe for packet in packets if packet.size]
    except av.error.FFmpegError as fault:  # the disk gave back other bytes than it was given
        log.warning("a segment of a recording is damaged: %s", fault)
        return []


def pictures_of(segment: Segment, start_s: float, end_s: float) -> Iterator[Frame]:
    """The pictures taken in the interval, up to where a damaged segment can be decoded."""
    import av

    video, taken = whole_video(segment), times_of(segment)
    keys = _keys(video)[: len(taken)]
    numbers = [n for n, (_, t_s) in enumerate(taken[: len(keys)]) if start_s <= t_s <= end_s]
    if not numbers:
        return
    begin = max((n for n in range(numbers[0] + 1) if keys[n]), default=0)
    with av.open(BytesIO(video), "r", format="mp4", metadata_errors="replace") as container:
        container.streams.video[0].codec_context.thread_count = 1
        packets = islice(
            (packet for packet in container.demux(video=0) if packet.size), begin, numbers[-1] + 1
        )
        decoded = chain.from_iterable(packet.decode() for packet in packets)
        try:
            for number, picture in enumerate(decoded, begin):
                if number >= numbers[0] and isinstance(picture, av.VideoFrame):
                    yield Frame(*taken[number], np.asarray(picture.to_ndarray(format="bgr24"), np.uint8))
        except av.error.FFmpegError as fault:
            log.warning("%s is damaged: %s", segment.video, fault)


def repair(folder: Path) -> int:
    """Complete what a killed process left: each segment ends with its last whole fragment, and its times too.
    How many had to be mended. StoreError."""
    mended = 0
    try:
        for times in sorted(folder.glob(f"*{TIMES}")):
            segment = read_segment(times)
            if segment is None:
                times.unlink()
                times.with_suffix(VIDEO).unlink(missing_ok=True)
            elif segment.end_s is None or not segment.video.exists():
                mended += 1
                _mend(segment)
        for video in set(folder.glob(f"*{VIDEO}")) - {s.video for s in segments_in(folder)}:
            video.unlink()
    except OSError as error:
        raise StoreError(
            f"expected to mend the recording in {folder}, got '{error.strerror}'; "
            "check the rights of the folder and the disk"
        ) from error
    return mended


def _mend(segment: Segment) -> None:
    video = whole_video(segment)
    there = len(_keys(video))
    kept = times_of(segment)[:there]
    if not kept:
        segment.delete()
        return
    with segment.video.open("r+b") as file:
        file.truncate(len(video))
    with whole_file(segment.times) as part, segment.times.open("rb") as old:
        lines = [old.readline().decode().rstrip("\n"), *(f"[{index},{t_s:.4f}]" for index, t_s in kept)]
        part.write_text("\n".join([*lines, json.dumps({"end": len(kept)})]) + "\n", encoding="utf-8")
