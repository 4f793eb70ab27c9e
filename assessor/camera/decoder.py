"""The child process of `camera`: opens one video with ffmpeg, describes it and writes its pictures to a pipe.

It runs alone, so that a file that crashes, hangs or bloats the decoder ends this process and nothing else; it
imports nothing of ours. stdin: the video itself (ffmpeg sees no name and opens no other file). argv[1]: the
`Request` as JSON. stdout: `RECORD` + rows for each wanted picture; then `RECORD` with index -1 and a line of
JSON: {"video": Video} or {"end": End} or {"fault": message}. No such line = the process was stopped or died.
With a shelf the rows lie in memory that both processes share, and only the `RECORD` goes through the pipe.
"""

import contextlib
import faulthandler
import json
import math
import mmap
import os
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

MAX_PIXELS = 4096 * 2304
MAX_FPS = 240
MAX_DURATION_S = 4 * 3600
MAX_MEMORY_BYTES = 1_500_000_000
STALL_S = 30.0  # no picture for so long: the decoder hangs
CLOCK_S = 0.0015  # timestamps are whole milliseconds: so much longer than a period is no longer
LAST_SHOWN_S = 1.0  # the last picture may be asked for until so long after it came
THREADS = 2
PLACES = 3  # for pictures in shared memory: one is filled, one is taken, one is between
CODEC_IN_LOG = r"Video: \w+ \((.{4}) / 0x"
SIZE_IN_LOG = r"Picture size (\d+x\d+) exceeds"
RECORD = struct.Struct("<qdi")  # index (-1: the last record), t_s, bytes per row


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is to do. `size`: stored (width, height) that the pictures get; None: describe only.

    `wanted`: ascending, separate intervals in seconds; empty = everything. `period_s`: what can be left out
    without two pictures being further apart than this, is. `shelf`: memory with `PLACES` that pictures
    fill in turn, one for each byte read from `free` (file descriptors); None: they go through the pipe.
    """

    container: str
    size: tuple[int, int] | None = None
    fps: float = 25.0
    wanted: tuple[tuple[float, float], ...] = ()
    period_s: float = 0.0
    shelf: int | None = None
    free: int = -1

    def wants(self, start_s: float, end_s: float) -> bool:
        """Whether a picture that is shown in [start_s, end_s) is wanted."""
        return not self.wanted or any(first < end_s and start_s <= last for first, last in self.wanted)

    def wants_nothing_from(self, t_s: float) -> bool:
        """Whether every wanted interval ends before `t_s`."""
        return bool(self.wanted) and self.wanted[-1][1] < t_s


@dataclass(frozen=True, slots=True)
class Video:
    """What the container says. Size as stored; `rotation`: degrees counter-clockwise that make it upright."""

    codec: str
    width: int
    height: int
    fps: float
    claimed_frames: int | None
    duration_s: float
    rotation: int


@dataclass(slots=True)
class End:
    """How reading ended: frames decoded, time of the last one, timestamps repaired, packets or frames lost.

    `stopped`: why reading ended before the end of the file, None if it did not.
    """

    frames: int = 0
    last_s: float = 0.0
    repaired: int = 0
    damaged: int = 0
    stopped: str | None = None


class RefusedError(Exception):
    """The video cannot be used; the message is for the user."""


class Clock:
    """Gives seconds since the first picture, in whole milliseconds and strictly rising; counts repairs."""

    def __init__(self, period_s: float) -> None:
        self.repaired = 0
        self._period_s = period_s
        self._first_s: float | None = None
        self._last_s: float | None = None

    def stamp(self, pts_s: float | None) -> float:
        """Time of the next picture: a missing, equal or earlier one becomes a period after the last."""
        if self._first_s is None:
            self._first_s = pts_s
        t_s = None if pts_s is None or self._first_s is None else round(pts_s - self._first_s, 3)
        if t_s is None or (self._last_s is not None and t_s <= self._last_s):
            self.repaired += 1
            t_s = 0.0 if self._last_s is None else round(self._last_s + self._period_s, 3)
        self._last_s = t_s
        return t_s


def main() -> None:
    """Serve the request in argv[1] and report how it ended."""
    _limit_memory()
    asked = json.loads(sys.argv[1])
    request = Request(**{**asked, "wanted": tuple(map(tuple, asked["wanted"]))})
    try:
        with _opened(request.container) as container:
            report = _serve(container, request)
    except RefusedError as refused:
        report = {"fault": str(refused)}
    sys.stdout.buffer.write(RECORD.pack(-1, 0.0, 0) + json.dumps(report).encode() + b"\n")
    sys.stdout.buffer.flush()


def _serve(container: "InputContainer", request: Request) -> dict[str, Any]:
    stream = _video_stream(container, request)
    if request.size is None:
        return {"video": asdict(_describe(container, stream, request))}
    return {"end": asdict(_write_pictures(container, stream, request))}


def _limit_memory() -> None:
    with contextlib.suppress(ImportError):  # Windows has no resource module
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


@contextlib.contextmanager
def _watched() -> Iterator[None]:
    """End the process when the block takes longer than STALL_S, even inside ffmpeg."""
    faulthandler.dump_traceback_later(STALL_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _opened(container: str) -> "InputContainer":
    import av

    sys.stdin.buffer.seek(0)
    try:
        with _watched():
            return av.open(
                sys.stdin.buffer,
                "r",
                format=container,
                options={"max_pixels": str(MAX_PIXELS), "protocol_whitelist": "none"},
                metadata_errors="replace",
                buffer_size=1 << 18,
            )
    except av.error.FFmpegError as fault:
        raise RefusedError(
            f"expected a readable {container} file, got one that cannot be opened ({fault.strerror}); "
            "it is damaged or not complete: copy it again from the camera or export it again"
        ) from None


def _video_stream(container: "InputContainer", request: Request) -> "VideoStream":
    from av.stream import Disposition

    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        found = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
        raise RefusedError(
            f"expected a video, got a file that holds {found} only; choose the recording with the picture"
        )
    stream = streams[0]
    if stream.codec_context is None:
        raise RefusedError(
            "expected a codec that this program can decode, "
            f"got {_logged(request, CODEC_IN_LOG)}; convert the recording to H.264"
        )
    stream.codec_context.thread_count = THREADS
    stream.codec_context.thread_type = "AUTO"
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return stream


def _logged(request: Request, pattern: str) -> str:
    """What ffmpeg says about a codec or size that it refuses: only its log tells."""
    import av

    av.logging.set_level(av.logging.WARNING)
    with av.logging.Capture() as logs, _opened(request.container):
        found = re.search(pattern, " ".join(message for _, _, message in logs))
    return found[1] if found else "an unknown one"


def _describe(container: "InputContainer", stream: "VideoStream", request: Request) -> Video:
    """Check the limits before the first picture is decoded, then decode one: it carries the rotation."""
    fps = float(stream.average_rate or stream.guessed_rate or stream.base_rate or Fraction(25))
    if not 0 < stream.width * stream.height <= MAX_PIXELS:
        size = f"{stream.width}x{stream.height}" if stream.width else _logged(request, SIZE_IN_LOG)
        raise RefusedError(
            f"expected a picture size of at most {MAX_PIXELS / 1e6:.1f} megapixels, got {size}; "
            "record or convert with a lower resolution"
        )
    _refuse_beyond("frame rate of", fps, MAX_FPS, "frames per second")
    duration_s = _duration_s(container, stream, request)
    _refuse_beyond("length of", duration_s / 3600, MAX_DURATION_S / 3600, "hours")
    codec = stream.codec_context.codec.canonical_name
    first = next(_usable(_decoded(container, stream, End()), End()), None)
    if first is None:
        raise RefusedError(
            f"expected pictures, got none that can be decoded (codec {codec}); "
            "the file is damaged: copy it again, or convert it to H.264"
        )
    claimed, rotation = stream.frames or None, round(first.rotation / 90) * 90 % 360
    return Video(codec, first.width, first.height, fps, claimed, duration_s, rotation)


def _refuse_beyond(what: str, value: float, limit: float, unit: str) -> None:
    if not 0 <= value <= limit:
        raise RefusedError(
            f"expected a {what} at most {limit:.4g} {unit}, got {value:.4g}; convert or split the recording"
        )


def _duration_s(container: "InputContainer", stream: "VideoStream", request: Request) -> float:
    """Length of the video; a file that does not say it is read through once, without decoding."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / 1e6
    position = sys.stdin.buffer.tell()
    with _opened(request.container) as again:
        packets = _packets(again, _video_stream(again, request), End())
        stamps = [packet.pts for packet in packets if packet is not None and packet.pts is not None]
    sys.stdin.buffer.seek(position)
    return _seconds(max(stamps) - min(stamps), stream) or 0.0 if stamps else 0.0


def _seconds(stamp: int | None, stream: "VideoStream") -> float | None:
    return None if stamp is None or stream.time_base is None else float(stamp * stream.time_base)


def _packets(
    container: "InputContainer", stream: "VideoStream", end: End
) -> Iterator["Packet[VideoStream] | None"]:
    """Every whole packet that can be read, then None: the decoder may give its last pictures."""
    import av

    packets = container.demux(stream)
    packet: Packet[VideoStream] | None
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            end.damaged += 1
            packet = None
        if packet is None or packet.size == 0:
            yield None
            return
        if packet.is_corrupt:  # one half packet would make the decoder drop the whole pictures that it holds
            end.damaged += 1
        else:
            yield packet


def _decoded(container: "InputContainer", stream: "VideoStream", end: End) -> Iterator["VideoFrame"]:
    """Every picture that can be decoded; a packet that cannot is counted and passed over."""
    import av

    for packet in _packets(container, stream, end):
        try:
            yield from stream.decode(packet)
        except av.error.FFmpegError:
            end.damaged += 1


def _usable(frames: Iterator["VideoFrame"], end: End) -> Iterator["VideoFrame"]:
    """The undamaged pictures, until their size changes."""
    size: tuple[int, int] | None = None
    while True:
        with _watched():
            frame = next(frames, None)
        if frame is None:
            return
        if frame.is_corrupt:
            end.damaged += 1
            continue
        size = size or (frame.width, frame.height)
        if size != (frame.width, frame.height):
            end.stopped = f"picture size changed from {size[0]}x{size[1]} to {frame.width}x{frame.height}"
            return
        yield frame


def _write_pictures(container: "InputContainer", stream: "VideoStream", request: Request) -> End:
    """Write each picture that is shown (until the next one comes) at a wanted time, and the last one."""
    end, given, given_s = End(), 0, -math.inf
    clock = Clock(1 / request.fps)
    places = None if request.shelf is None else mmap.mmap(request.shelf, 0)
    last: VideoFrame | None = None
    for frame in _usable(_decoded(container, stream, end), end):
        t_s = clock.stamp(_seconds(frame.dts if request.container == "avi" else frame.pts, stream))
        if t_s > MAX_DURATION_S:
            end.stopped = f"longer than {MAX_DURATION_S / 3600:g} hours"
            break
        due = t_s - given_s > request.period_s + CLOCK_S
        if last is not None and due and request.wants(end.last_s, t_s):
            _write(last, end, request, places, given)
            given, given_s = given + 1, end.last_s
        last, end.frames, end.last_s = frame, end.frames + 1, t_s
        if request.wants_nothing_from(t_s):
            break
    if last is not None and request.wants(end.last_s, end.last_s + LAST_SHOWN_S):
        _write(last, end, request, places, given)
    end.repaired = clock.repaired
    return end


def _write(frame: "VideoFrame", at: End, request: Request, places: mmap.mmap | None, nth: int) -> None:
    width, height = request.size or (frame.width, frame.height)
    rows = frame.reformat(width, height, "bgr24", threads=THREADS).planes[0]
    if places is not None:
        if not os.read(request.free, 1):
            raise SystemExit  # nobody takes pictures any more
        first = nth % PLACES * (len(places) // PLACES)
        places[first : first + rows.buffer_size] = memoryview(rows)
    sys.stdout.buffer.write(RECORD.pack(at.frames - 1, at.last_s, rows.line_size))
    if places is None:
        sys.stdout.buffer.write(memoryview(rows))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
