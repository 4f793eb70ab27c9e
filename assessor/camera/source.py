"""Turns a probed recording into upright `Frame`s with real timestamps (the first arrow of the flow)."""

from collections.abc import Generator, Iterator, Sequence

import cv2
import numpy as np

from assessor.camera import decoder
from assessor.camera.child import Delivery, decoding, read_report
from assessor.camera.probe import Recording
from assessor.errors import InputError
from assessor.types import Frame, Image

SHORT_S = 0.5  # a recording that ends so much before its promised duration was cut
TURN = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


class FileSource:
    """Frames of a recording, in order, every one of them.

    `max_width`: scale down to this width while decoding; `size`: the (width, height) that the frames get.
    `wanted`: (start, end) in seconds; only frames shown then are given (the rest is decoded and passed over).
    `period_s`: leave frames out, as long as no two are further apart than this (the last one is given).
    After `frames()`, `frames_read` counts the decoded frames, `repaired_timestamps` those whose time
    was missing or did not rise, `partial` says what was read of a cut or damaged recording: "40/100 frames"
    (None: it is whole, or `wanted` was given).
    """

    def __init__(
        self,
        recording: Recording,
        max_width: int | None = None,
        wanted: Sequence[tuple[float, float]] = (),
        period_s: float = 0.0,
    ) -> None:
        self.recording = recording
        self.frames_read = 0
        self.repaired_timestamps = 0
        self.partial: str | None = None
        self._size = _stored_size(recording, max_width)
        self._wanted = _merged(wanted)
        self._period_s = period_s

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the frames."""
        return self._size if self.recording.rotation % 180 == 0 else (self._size[1], self._size[0])

    def frames(self) -> Iterator[Frame]:
        """Decode from the beginning. Raises InputError if not one picture can be read."""
        try:
            end = yield from self._decoded()
        except InputError as fault:
            raise fault.about(self.recording.name) from None
        self.frames_read = end.frames
        self.repaired_timestamps = end.repaired
        self.partial = None if self._wanted else _partial(self.recording, end)

    def _decoded(self) -> Generator[Frame, None, decoder.End]:
        asked = (self._size, self.recording.fps, self._wanted, self._period_s)
        request = decoder.Request(self.recording.container, *asked)
        seen = decoder.End(stopped="the decoder crashed, hung or ran out of memory")
        with decoding(self.recording.path, request) as delivery:
            for frame in self._received(delivery):
                seen.frames, seen.last_s = frame.index + 1, frame.t_s
                yield frame
            report = read_report(delivery.pipe)
        end = report if isinstance(report, decoder.End) else seen
        if end.frames == 0:
            raise InputError(
                f"expected pictures, got none that can be decoded (codec {self.recording.codec}); "
                "copy the file again, or convert it to H.264"
            )
        return end

    def _received(self, delivery: Delivery) -> Iterator[Frame]:
        width, height = self._size
        while len(record := delivery.pipe.read(decoder.RECORD.size)) == decoder.RECORD.size:
            index, t_s, row_bytes = decoder.RECORD.unpack(record)
            if index < 0:
                return
            rows = np.empty((height, row_bytes), np.uint8)
            if not delivery.fill(rows.data):
                return
            stored = rows[:, : width * 3].reshape(height, width, 3)
            yield Frame(index, t_s, _upright(stored, self.recording.rotation))


def _stored_size(recording: Recording, max_width: int | None) -> tuple[int, int]:
    """(width, height) of the pictures before they are turned upright."""
    width, height = recording.width, recording.height
    if max_width is not None and width > max_width:
        width, height = max_width, max(1, round(height * max_width / width))
    return (width, height) if recording.rotation % 180 == 0 else (height, width)


def _upright(image: Image, rotation: int) -> Image:
    return image if rotation == 0 else np.asarray(cv2.rotate(image, TURN[rotation]), np.uint8)


def _merged(intervals: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    merged: list[tuple[float, float]] = []
    for start_s, end_s in sorted(intervals):
        if merged and start_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return tuple(merged)


def _partial(recording: Recording, end: decoder.End) -> str | None:
    """What was read of how much, if that is not everything.

    Fewer frames than claimed is no proof of a cut: a trimmed recording (edit list) claims frames it hides.
    """
    claimed = recording.claimed_frames
    short = recording.duration_s - end.last_s - 1 / recording.fps > SHORT_S
    whole = claimed is not None and end.frames >= claimed
    if end.stopped is None and (whole or not (short or end.damaged or recording.cut)):
        return None
    expected = claimed or (round(recording.duration_s * recording.fps) if short else None)
    text = f"{end.frames}/{expected} frames" if expected else f"{end.frames} frames, the end is missing"
    return f"{text} ({end.stopped})" if end.stopped else text
