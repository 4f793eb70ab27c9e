"""The child process of a live camera: opens it with ffmpeg and lays each picture into memory shared with us.

It runs alone, so that a camera that crashes or hangs the decoder ends this process and nothing else; it
imports nothing of ours. stdin: a line with the `Request` as JSON (no argument: it may hold a password).
stdout: a line of JSON for each happening: {"opened": [width, height]}, {"picture": ...} (`_Taker.give`),
{"spoilt": why}, {"beat": monotonic time}; last {"fault": code, "detail": text}: without it the process died.
The shelf has `PLACES`; each begins with the number of the picture in it and is locked while it is used.
"""

import contextlib
import errno
import fcntl
import json
import mmap
import os
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

PLACES = 3
MAX_PIXELS = 1920 * 1440
MAX_DECODED_PIXELS = 4096 * 2304
MAX_WIDTH = 1920
NUMBER = struct.Struct("<q")
HEADER = 64
PLACE_BYTES = HEADER + MAX_PIXELS * 3
SHELF_BYTES = PLACES * PLACE_BYTES
MAX_MEMORY_BYTES = 1_500_000_000
TIMES = (4.0, 3.0)  # seconds: for opening, for each piece
BEAT_S = 1.0
SAMPLES = 90  # points along the shorter side that are looked at
CHANGED = 2  # levels by which a point differs in another picture of a real sensor
GREY_ROWS = 0.15  # so much of the lower end in one tone of grey: the decoder had no more data
RTSP_OPTIONS = {
    "rtsp_transport": "tcp",
    "fflags": "nobuffer",
    "flags": "low_delay",
    "analyzeduration": "500000",
}
CODES = {
    errno.ECONNREFUSED: "refused",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENOENT: "no_device",
    errno.ENODEV: "no_device",
    errno.ENXIO: "no_device",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EBUSY: "busy",
    errno.ENOSPC: "no_bandwidth",
    errno.ETIMEDOUT: "silent",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be opened. `kind`: usb | rtsp | mjpeg | file; `target`: path or address; `host`: the name
    that an MJPEG address had before it was pinned; `container`: of a file; `shelf`: file descriptor."""

    kind: str
    target: str
    shelf: int
    fps: float = 15.0
    size: tuple[int, int] | None = None
    host: str = ""
    container: str = ""
    loop: bool = False


class LostError(Exception):
    """The camera cannot be opened or gives no more pictures: a code, and what may be told about it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def say(happening: dict[str, Any]) -> None:
    """One line to whoever started us."""
    sys.stdout.write(json.dumps(happening) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve the request and report why it ended."""
    _limit_memory()
    request = Request(**json.loads(sys.stdin.readline()))
    try:
        serve(request)
    except LostError as lost:
        with contextlib.suppress(BrokenPipeError):
            say({"fault": lost.code, "detail": lost.detail})
    except BrokenPipeError:
        os._exit(0)  # nobody listens any more


def serve(request: Request) -> None:
    """Give pictures until the camera is lost."""
    import av

    try:
        with _opened(request) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1  # each thread would hold back a picture
            stream.codec_context.options = {
                "max_pixels": str(MAX_DECODED_PIXELS),
                **({"err_detect": "explode"} if _is_jpeg(stream) else {}),
            }
            say({"opened": [stream.width, stream.height]})
            _watch(container, stream, request)
    except av.error.FFmpegError as fault:
        raise LostError(code_of(fault)) from None
    raise LostError("ended")


def code_of(fault: BaseException) -> str:
    """Why a camera cannot be read, from what ffmpeg or the system says."""
    import av

    named = {
        av.error.HTTPUnauthorizedError: "unauthorised",
        av.error.HTTPForbiddenError: "unauthorised",
        av.error.HTTPNotFoundError: "not_found",
        av.error.ExitError: "silent",
        av.error.InvalidDataError: "no_video",
    }
    found = (code for kind, code in named.items() if isinstance(fault, kind))
    return next(found, CODES.get(getattr(fault, "errno", 0) or 0, "ended"))


def _limit_memory() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


@contextlib.contextmanager
def _opened(request: Request) -> "Iterator[InputContainer]":
    import av

    if request.kind == "usb":
        opened = _opened_usb(request)
    elif request.kind == "rtsp":
        opened = av.open(request.target, "r", options=RTSP_OPTIONS, timeout=TIMES)
    elif request.kind == "mjpeg":
        options = {"max_redirects": "0", "headers": f"Host: {request.host}\r\n"}
        opened = av.open(request.target, "r", format="mpjpeg", options=options, timeout=TIMES)
    else:
        file = open(request.target, "rb")  # noqa: SIM115 (closed with this process)
        options = {"protocol_whitelist": "none"}
        opened = av.open(file, "r", format=request.container, options=options)
    with opened as container:
        if not container.streams.video:
            raise LostError("no_video")
        yield container


def _opened_usb(request: Request) -> "InputContainer":
    """As Motion JPEG where the webcam has it: uncompressed pictures of several take all of a USB bus."""
    import av

    width, height = request.size or (1280, 720)
    options = {"video_size": f"{width}x{height}", "framerate": f"{request.fps:g}"}
    compressed = {**options, "input_format": "mjpeg"}
    try:
        return av.open(request.target, "r", "v4l2", options=compressed, timeout=TIMES)
    except av.error.ArgumentError:
        return av.open(request.target, "r", "v4l2", options=options, timeout=TIMES)


def _is_jpeg(stream: "VideoStream") -> bool:
    return stream.codec_context.name == "mjpeg"


def _watch(container: "InputContainer", stream: "VideoStream", request: Request) -> None:
    taker = _Taker(request, mmap.mmap(request.shelf, SHELF_BYTES))
    while True:
        for packet in container.demux(stream):
            taker.beat()
            if not _is_jpeg(stream) or (packet.size and taker.wants()):
                for frame in _decoded(
                    packet, stream
                ):  # the last packet is empty: the decoder's last pictures
                    taker.take(frame)
        if not request.loop:
            return
        stream.codec_context.flush_buffers()
        container.seek(0)
        taker.begin_again()


def _decoded(packet: "Packet[VideoStream]", stream: "VideoStream") -> "Iterator[VideoFrame]":
    """The whole pictures of a packet; one that is damaged is told and passed over."""
    import av

    if packet.is_corrupt or (_is_jpeg(stream) and not bytes(packet).rstrip(b"\0").endswith(b"\xff\xd9")):
        say({"spoilt": "cut"})
        return
    try:
        frames = stream.decode(packet)
    except av.error.FFmpegError:
        say({"spoilt": "undecodable"})
        return
    for frame in frames:
        if frame.is_corrupt:
            say({"spoilt": "damaged"})
        else:
            yield frame


class Clock:
    """Our own time of each picture: whole milliseconds, strictly rising; counts what had to be repaired."""

    def __init__(self) -> None:
        self.repaired = 0
        self._pts_s: float | None = None
        self._stamp_s = 0.0

    def begin_again(self) -> None:
        """The camera's times begin anew."""
        self._pts_s = None

    def stamp(self, pts_s: float | None, wanted_s: float) -> float:
        """The time of a picture that came at `wanted_s`; `pts_s`: as the camera says, None: it does not."""
        if pts_s is None or (self._pts_s is not None and pts_s <= self._pts_s):
            self.repaired += 1
        else:
            self._pts_s = pts_s
        self._stamp_s = max(round(wanted_s, 3), round(self._stamp_s + 0.001, 3))
        return self._stamp_s


class _Taker:
    """Stamps pictures, chooses those that are due, measures them and lays them on the shelf."""

    def __init__(self, request: Request, shelf: mmap.mmap) -> None:
        self._request, self._shelf, self._place = request, shelf, 0
        self._index, self._clock = 0, Clock()
        self._size: tuple[int, int] | None = None
        self._due_s, self._beat_s = 0.0, 0.0
        self._offset_s: float | None = None  # of a file: when its time 0 was
        self._before: NDArray[np.int16] | None = None

    def beat(self) -> None:
        """Show that we live, though no picture is due."""
        now_s = time.monotonic()
        if now_s - self._beat_s >= BEAT_S:
            self._beat_s = now_s
            say({"beat": round(now_s, 3)})

    def wants(self) -> bool:
        """Whether a picture that came now would be given."""
        return self._request.kind == "file" or time.monotonic() >= self._due_s

    def begin_again(self) -> None:
        """A file that is played again goes on in time."""
        self._offset_s = None
        self._clock.begin_again()

    def take(self, frame: "VideoFrame") -> None:
        """Give a picture if it is due."""
        size = frame.width, frame.height
        if self._size not in (None, size):
            raise LostError("resized", f"{size[0]}x{size[1]}")
        self._size = size
        stamp_s = self._stamped(frame)
        if stamp_s < self._due_s:
            return
        period_s = 1 / self._request.fps
        self._due_s = max(self._due_s + period_s, stamp_s + period_s / 2)
        self.give(frame, stamp_s)

    def _stamped(self, frame: "VideoFrame") -> float:
        """When the picture came, by our own clock, strictly rising; a file's pictures wait for their time."""
        pts_s = None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)
        now_s = time.monotonic()
        if self._request.kind != "file" or pts_s is None:
            return self._clock.stamp(pts_s, now_s)
        self._offset_s = now_s - pts_s if self._offset_s is None else self._offset_s
        time.sleep(max(0.0, self._offset_s + pts_s - now_s))
        return self._clock.stamp(pts_s, self._offset_s + pts_s)

    def give(self, frame: "VideoFrame", stamp_s: float) -> None:
        """Lay it on the shelf and tell: index, stamp, size, place, repaired timestamps, how it looks."""
        import numpy as np

        width, height = _fitting(frame.width, frame.height)
        plane = frame.reformat(width, height, "bgr24").planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(height, plane.line_size)[:, : width * 3]
        look = self._look(rows.reshape(height, width, 3))
        if look is None:
            say({"spoilt": "grey"})
            return
        place = self._laid(rows)
        told = {"index": self._index, "s": stamp_s, "size": [width, height], "place": place}
        say({"picture": {**told, "repaired": self._clock.repaired, "look": look}})
        self._index += 1

    def _laid(self, rows: "NDArray[np.uint8]") -> int:
        """The place that the picture got: not the last one's, and none that is being read."""
        import numpy as np

        for place in ((self._place + 1) % PLACES, (self._place + 2) % PLACES):
            at = place * PLACE_BYTES
            try:
                fcntl.lockf(self._request.shelf, fcntl.LOCK_EX | fcntl.LOCK_NB, PLACE_BYTES, at)
            except OSError:
                continue
            self._shelf[at : at + NUMBER.size] = NUMBER.pack(self._index)
            np.frombuffer(self._shelf, np.uint8, rows.size, at + HEADER).reshape(rows.shape)[:] = rows
            fcntl.lockf(self._request.shelf, fcntl.LOCK_UN, PLACE_BYTES, at)
            self._place = place
            return place
        raise LostError("ended", "shelf")  # two readers: never meant

    def _look(self, image: "NDArray[np.uint8]") -> list[float] | None:
        """Mean, spread, share of white, share of points that changed; None: the lower end is not decoded."""
        import numpy as np

        step = max(1, min(image.shape[:2]) // SAMPLES)
        points = image[step // 2 :: step, step // 2 :: step].astype(np.int16)
        tail = points[-max(1, int(len(points) * GREY_ROWS)) :]
        if float(tail.std()) < 1.0 and abs(float(tail.mean()) - 128) < 4 and float(points.std()) > 8:
            return None
        grey = points[..., 1]
        before, self._before = self._before, grey
        again = before is not None and before.shape == grey.shape
        moved = 1.0 if before is None or not again else float((np.abs(grey - before) >= CHANGED).mean())
        look = (float(grey.mean()), float(grey.std()), float((grey >= 250).mean()), moved)
        return [round(value, 5) for value in look]


def _fitting(width: int, height: int) -> tuple[int, int]:
    """The size within what a place holds, no wider than is looked at."""
    share = min(1.0, MAX_WIDTH / width, (MAX_PIXELS / (width * height)) ** 0.5)
    return max(1, int(width * share)), max(1, int(height * share))


if __name__ == "__main__":
    main()
