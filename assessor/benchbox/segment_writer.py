"""Pictures → one segment of a ring: fragments of a second of MP4, and when each picture was taken beside it.

A fragment is with the operating system once it is complete: a killed process loses the second it was at. The
times are written before the pictures that they belong to.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING

from assessor.types import Image

if TYPE_CHECKING:
    from av.container import OutputContainer

FRAGMENT_S = 1.0
MAX_WIDTH = 1280
SYNC_S = 5.0  # so much may be lost when the power fails
TICKS = 90_000  # a second
# A third less processor time than "veryfast" for a quarter more bytes (benchmarks/ring.py).
X264 = {"preset": "superfast", "crf": "27", "tune": "zerolatency", "forced-idr": "1"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
BT709, LIMITED_RANGE = 1, 1


@dataclass(frozen=True, slots=True)
class Head:
    """The first line beside a segment. `utc_s`: the bench's wall clock at the first picture."""

    clock: str
    utc_s: float


class SegmentWriter:
    """One segment being written. OSError where the disk is full; then `abandon` it."""

    def __init__(self, video: Path, times: Path, head: Head) -> None:
        self._video = video
        self._times: IO[str] = times.open("w", encoding="utf-8")
        self._times.write(json.dumps(asdict(head)) + "\n")
        self._container: OutputContainer | None = None
        self._first_s = self._key_s = self._synced_s = 0.0
        self.size = (0, 0)  # width and height of the pictures that it takes
        self.pictures = 0

    def write(self, index: int, t_s: float, image: Image) -> None:
        """Add a picture; times rise. A new second begins a new fragment, which writes the one before."""
        if self._container is None:
            self._open(image, t_s)
        is_key = self.pictures == 0 or t_s >= self._key_s + FRAGMENT_S
        if is_key:
            self._times.flush()
            self._key_s = t_s
        self._times.write(f"[{index},{t_s:.4f}]\n")
        self.pictures += 1
        self._encode(image, t_s, is_key)
        if t_s >= self._synced_s + SYNC_S:
            self._synced_s = t_s
            self._sync()

    def close(self) -> None:
        """Write what is left, and that this is the end."""
        if self._container is not None:
            with _told_as_oserror():
                self._container.mux(self._stream.encode(None))
                self._container.close()
        self._times.write(json.dumps({"end": self.pictures}) + "\n")
        self._times.flush()
        self._sync()
        self._times.close()

    def abandon(self) -> None:
        """Let go of the files as they are; what is whole in them can be read (`segments.repair`)."""
        with suppress(OSError), _told_as_oserror():
            if self._container is not None:
                self._container.close()
        with suppress(OSError):
            self._times.close()

    def _open(self, image: Image, t_s: float) -> None:
        import av

        self._container = av.open(str(self._video), "w", format="mp4", container_options=FRAGMENTED)
        height, width = image.shape[:2]
        scale = min(1.0, MAX_WIDTH / width)
        self._stream = self._container.add_stream("libx264", rate=25, options=X264)
        self._stream.width, self._stream.height = round(width * scale / 2) * 2, round(height * scale / 2) * 2
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.time_base = self._stream.time_base = Fraction(1, TICKS)
        context.gop_size = 10_000  # key pictures come by the clock, whatever the camera's rate
        context.thread_count = 1
        context.color_range = LIMITED_RANGE
        context.colorspace = context.color_primaries = context.color_trc = BT709
        self.size = (width, height)
        self._first_s = self._synced_s = t_s

    def _encode(self, image: Image, t_s: float, is_key: bool) -> None:
        from av import VideoFrame
        from av.video.frame import PictureType

        assert self._container is not None
        picture = VideoFrame.from_ndarray(image, format="bgr24").reformat(
            self._stream.width,
            self._stream.height,
            "yuv420p",
            dst_colorspace="ITU709",
            dst_color_range="MPEG",
            threads=1,
        )
        picture.pts, picture.time_base = round((t_s - self._first_s) * TICKS), Fraction(1, TICKS)
        picture.pict_type = PictureType.I if is_key else PictureType.NONE
        with _told_as_oserror():
            self._container.mux(self._stream.encode(picture))

    def _sync(self) -> None:
        """To the disk itself, the times first."""
        os.fsync(self._times.fileno())
        with self._video.open("r+b") as written:
            os.fsync(written.fileno())


@contextmanager
def _told_as_oserror() -> Iterator[None]:
    """An encoder that fails ends a segment like a disk that fails: the work goes on without a recording."""
    from av.error import FFmpegError

    try:
        yield
    except FFmpegError as fault:
        if isinstance(fault, OSError):
            raise
        raise OSError(errno.EIO, str(fault)) from fault
