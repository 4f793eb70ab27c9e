"""Cuts intervals out of pictures with times: clips that browsers play, stills (before `sheet_files`)."""

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import cv2

from assessor.camera import FileSource, Recording
from assessor.camera.decoder import LAST_SHOWN_S
from assessor.errors import StoreError
from assessor.free_space import has_room, is_full
from assessor.recording import whole_file
from assessor.types import Frame, Image

PRE_S = 3.0
POST_S = 2.0
MAX_CLIP_WIDTH = 960
LOWEST_FPS, HIGHEST_FPS = 10.0, 30.0  # of a clip
# mbtree: its assembly code (x264 core 165) gives other bytes in one of ten runs
X264 = {"preset": "veryfast", "crf": "26", "sc_threshold": "0", "mbtree": "0"}
BT709 = 1  # ffmpeg's number for the colours of HD television: primaries, transfer and matrix
LIMITED_RANGE = 1
JPEG_QUALITY = 92
SAME_TIME_S = 0.001

Outline = Callable[[Frame], Image]


@dataclass(frozen=True, slots=True)
class Cut:
    """One piece of evidence: a clip of [start_s - pre_s, end_s + post_s], and a still at `still_s` if wanted.

    `outline` gets each frame (full size, upright; vision may see it smaller), gives the picture to keep.
    It must not draw into the frame itself: other cuts share it.
    """

    start_s: float
    end_s: float
    clip: Path
    still: Path | None = None
    still_s: float | None = None  # None: start_s
    pre_s: float = PRE_S
    post_s: float = POST_S
    outline: Outline | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """Seconds of the recording that the clip shows."""
        return max(0.0, self.start_s - self.pre_s), self.end_s + self.post_s

    @property
    def files(self) -> list[Path]:
        """Everything that is written of it."""
        return [self.clip, self.clip.with_suffix(".json"), *([self.still] if self.still else [])]

    @property
    def still_at_s(self) -> float:
        """Second of the recording that the still shows."""
        return self.start_s if self.still_s is None else self.still_s


class Pictures(Protocol):
    """What clips are cut from. `origin`: what is said of it beside each clip; `fps`: pictures a second."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def fps(self) -> float:
        """Pictures a second."""

    @property
    def origin(self) -> Mapping[str, object]:
        """Plain values."""

    def shown(self, wanted: Sequence[tuple[float, float]]) -> Iterator[Frame]:
        """The pictures that are shown in these intervals, seconds, in the order of time."""


@dataclass(frozen=True, slots=True)
class OfRecording:
    """The pictures of a recording."""

    recording: Recording

    @property
    def name(self) -> str:
        """As the user called it."""
        return self.recording.name

    @property
    def fps(self) -> float:
        """As its container says."""
        return self.recording.fps

    @property
    def origin(self) -> Mapping[str, object]:
        """By which the recording is known."""
        return {"recording_sha256": self.recording.sha256}

    def shown(self, wanted: Sequence[tuple[float, float]]) -> Iterator[Frame]:
        """Decoded once, whatever is wanted of them."""
        return FileSource(self.recording, wanted=wanted).frames()


@dataclass(frozen=True, slots=True)
class Done:
    """Clips and stills that were written, and those the disk had no room for."""

    written: tuple[Path, ...]
    lost: tuple[Path, ...] = ()


def cut_clips(recording: Recording | Pictures, cuts: Sequence[Cut]) -> Done:
    """Write every clip and still in one pass over the pictures.

    A clip is H.264, at most 960 pixels wide, at a constant frame rate; `<clip>.json` beside it says which
    frame of the recording each picture is. Files appear whole or not at all; the same recording and cuts give
    the same bytes. An interval that the recording does not reach gives no file. What has no room on the disk
    (`free_space`) is left out, the rest goes on. StoreError if writing fails for another reason.
    """
    pictures = OfRecording(recording) if isinstance(recording, Recording) else recording
    stills = [_Still(cut.still, cut.still_at_s, cut.outline) for cut in cuts if cut.still]
    wanted = [*(cut.interval for cut in cuts), *((still.t_s, still.t_s) for still in stills)]
    with storing(), ExitStack() as unfinished:
        clips = [unfinished.enter_context(_Clip(cut, pictures)) for cut in cuts]
        parts: list[_Clip | _Still] = [*clips, *stills]
        for frame in pictures.shown(wanted) if wanted else ():
            for part in parts:
                part.add(frame)
        written = tuple(path for part in parts if (path := part.finish()))
        return Done(written, tuple(part.path for part in parts if part.lost))


class _Clip:
    """A clip being written: each picture of the recording stays until the next one comes.

    The encoder is open only from the clip's first picture to its last. Leaving the block before `finish`
    drops the clip.
    """

    def __init__(self, cut: Cut, pictures: Pictures) -> None:
        self._cut, self._pictures = cut, pictures
        self._fps = Fraction(min(max(pictures.fps, LOWEST_FPS), HIGHEST_FPS)).limit_denominator(1001)
        self._shown: Frame | None = None
        self._sources: list[tuple[int, float]] = []  # frame index and t_s of each picture written
        self._encoder: _Encoder | None = None
        self._files = ExitStack()
        self._finished = False
        self.path = cut.clip
        self.lost = False  # there was no room

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, fault, trace)

    def add(self, frame: Frame) -> None:
        """Write the pictures up to this frame; finish when it comes after the clip's end."""
        if not self._finished:
            with self._giving_up():
                self._write_until(frame.t_s)
            self._shown = frame
            if self._next_s() > self._cut.interval[1]:
                self.finish()

    def finish(self) -> Path | None:
        """Complete the files; the clip's path, or None if the recording does not reach its interval."""
        if not self._finished:
            self._finished = True
            with self._giving_up():
                self._complete()
        return self._cut.clip if self._sources else None

    def _complete(self) -> None:
        if self._shown is not None:
            self._write_until(self._shown.t_s + 1 / self._pictures.fps)
            if not self._sources and self._next_s() < self._shown.t_s + LAST_SHOWN_S:
                self._write(self._shown)
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None  # frees its memory now, not with the last clip
            self._write_sources()
        self._files.close()

    @contextmanager
    def _giving_up(self) -> Iterator[None]:
        """Without room the clip is dropped, and the others go on."""
        try:
            yield
        except OSError as error:
            if not is_full(error):
                raise
            self.lost = self._finished = True
            self._encoder, self._sources = None, []
            self._files.__exit__(type(error), error, error.__traceback__)  # takes away what was begun

    def _next_s(self) -> float:
        """Time in the recording of the next picture of the clip."""
        return self._cut.interval[0] + float(len(self._sources) / self._fps)

    def _write_until(self, t_s: float) -> None:
        while self._shown and self._next_s() <= self._cut.interval[1] and self._next_s() + SAME_TIME_S < t_s:
            self._write(self._shown)

    def _write(self, frame: Frame) -> None:
        image = self._cut.outline(frame) if self._cut.outline else frame.image
        if self._encoder is None:
            _make_room(self._cut.clip)
            part = self._files.enter_context(whole_file(self._cut.clip))
            self._encoder = _Encoder(part, image, self._fps)
            self._files.callback(self._encoder.drop)
        self._encoder.write(image, len(self._sources))
        self._sources.append((frame.index, frame.t_s))

    def _write_sources(self) -> None:
        content = {
            **self._pictures.origin,
            "start_s": self._cut.interval[0],
            "fps": float(self._fps),
            "frames": self._sources,
        }
        with whole_file(self._cut.clip.with_suffix(".json")) as part:
            part.write_text(json.dumps(content), encoding="utf-8")


class _Encoder:
    """H.264 in an MP4 that a browser can start to play before it has all of it."""

    def __init__(self, path: Path, first: Image, fps: Fraction) -> None:
        import av

        height, width = first.shape[:2]
        scale = min(1.0, MAX_CLIP_WIDTH / width)
        self._file = av.open(
            str(path.resolve()), "w", format="mp4", container_options={"movflags": "+faststart"}
        )
        self._stream = self._file.add_stream("libx264", rate=fps, options=X264)
        self._stream.width, self._stream.height = round(width * scale / 2) * 2, round(height * scale / 2) * 2
        self._stream.pix_fmt = "yuv420p"
        self._period = 1 / fps
        context = self._stream.codec_context
        context.gop_size = round(fps)
        context.thread_count = 1  # another number gives other bytes
        context.color_range = LIMITED_RANGE
        context.colorspace = context.color_primaries = context.color_trc = BT709

    def write(self, image: Image, index: int) -> None:
        """Encode `image` as picture number `index`."""
        import av

        picture = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(
            self._stream.width,
            self._stream.height,
            "yuv420p",
            dst_colorspace="ITU709",
            dst_color_range="MPEG",
            threads=1,
        )
        picture.pts, picture.time_base = index, self._period
        self._file.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Write what the encoder still holds, and the index."""
        self._file.mux(self._stream.encode(None))
        self._file.close()

    def drop(self) -> None:
        """Let go of the file, whatever is in it."""
        import av

        with suppress(av.error.FFmpegError):
            self._file.close()


class _Still:
    """The last picture that came no later than `t_s` (the first one, if none did)."""

    def __init__(self, path: Path, t_s: float, outline: Outline | None) -> None:
        self.t_s, self.path = t_s, path
        self._outline = outline
        self.lost = False  # there was no room
        self._shown: Frame | None = None

    def add(self, frame: Frame) -> None:
        """Keep the frame if it is shown at `t_s`."""
        if self._shown is None or frame.t_s <= self.t_s + SAME_TIME_S:
            self._shown = frame

    def finish(self) -> Path | None:
        """Write the picture; its path, or None if the recording does not reach `t_s`."""
        if self._shown is None or self._shown.t_s + LAST_SHOWN_S <= self.t_s:
            return None
        image = self._outline(self._shown) if self._outline else self._shown.image
        try:
            _make_room(self.path)
            write_still(self.path, image)
        except OSError as error:
            if not is_full(error):
                raise
            self.lost = True
            return None
        return self.path


def write_still(path: Path, image: Image) -> None:
    """Keep a picture as JPEG; a half one is never left behind."""
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        part.write_bytes(jpeg.tobytes())


def _make_room(path: Path) -> None:
    """The folder of a picture that is to be written. OSError where the disk has no room for pictures."""
    if not has_room(path.parent):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    path.parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def storing() -> Iterator[None]:
    """Errors of the disk become StoreErrors."""
    try:
        yield
    except OSError as fault:
        raise StoreError(
            f"expected to write evidence files, got '{fault.strerror}' ({fault.filename}); "
            "free some space or check the rights of the folder, then cut the evidence again"
        ) from fault
