"""Masked pictures of one bench → a ring of segments on disk, within a budget and above the disk's reserve.

Faces are blurred and what is not the bench is taken away before anything is encoded. The oldest segment goes
when the budget is used up, one that is held never. Without room on the disk the recording stops, says so,
and goes on by itself when there is room again; nothing is deleted for it.
"""

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from assessor.benchbox.clock import BenchClock
from assessor.benchbox.only_one import only_one
from assessor.benchbox.segment_writer import Head, SegmentWriter
from assessor.benchbox.segments import TIMES, VIDEO, Segment, read_segment, repair, segments_in
from assessor.errors import StoreError
from assessor.evidence import Outline
from assessor.free_space import free_bytes, has_room, is_full
from assessor.recording import whole_file
from assessor.settings import reserve_bytes
from assessor.types import Frame

log = logging.getLogger("assessor.benchbox")
HOLDS = "holds.json"
Hold = tuple[str, float, float | None]  # clock, from, until
DAY_S, MOST_BYTES = 24 * 3600.0, 20_000_000_000
OLDEST_S = 7 * DAY_S  # by the wall clock: what nobody holds is not kept longer, however little it is
LOOK_S = 1.0  # between two looks at the free space
EARLY = 0.8  # of a period: a camera is not punctual
AGAIN_S = 10.0  # after writing failed
SHARE = 0.9  # of what is free above the reserve, for all rings of a disk


class RingState(StrEnum):
    """Whether pictures are kept: less is free than the reserve, or the disk gives errors."""

    RECORDING = "recording"
    NO_ROOM = "no_room"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is kept of what nobody holds, whatever is reached first; how long a segment is; how many
    pictures a second are kept of a faster camera."""

    seconds: float = DAY_S
    size_bytes: int = MOST_BYTES
    segment_s: float = 60.0
    most_fps: float = 15.0


def budget_for(folder: Path, benches: int, seconds: float = DAY_S) -> Budget:
    """An equal share of the disk for each of so many rings in `folder`, which leave the reserve free."""
    own = sum(path.stat().st_size for path in folder.rglob(f"*{VIDEO}"))
    room = SHARE * (own + free_bytes(folder) - reserve_bytes()) / benches
    return Budget(seconds, min(MOST_BYTES, max(0, int(room))))


class Ring:
    """The recording of one bench as others see it: what there is of it, and what must not go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def segments(self, clock: str, start_s: float, end_s: float) -> list[Segment]:
        """Those that may hold pictures of this time, in the order of time."""
        found = [one for one in segments_in(self.folder) if one.head.clock == clock and one.start_s <= end_s]
        return sorted(
            (one for one in found if one.end_s is None or one.end_s >= start_s), key=lambda one: one.start_s
        )

    def hold(self, name: str, clock: str, start_s: float, end_s: float | None = None) -> None:
        """Keep this time until `release`; without an end, everything from then on. One hold for each name."""
        self._write_holds({**self._holds(), name: (clock, start_s, end_s)})

    def release(self, name: str) -> None:
        """It need not be kept for this any more."""
        self._write_holds({other: what for other, what in self._holds().items() if other != name})

    def unheld(self, segments: Sequence[Segment]) -> list[Segment]:
        """Those that no hold touches."""
        holds = self._holds().values()
        return [segment for segment in segments if not any(_touches(hold, segment) for hold in holds)]

    def _holds(self) -> dict[str, Hold]:
        path = self.folder / HOLDS
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def _write_holds(self, holds: dict[str, Hold]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self.folder / HOLDS) as part:
            part.write_text(json.dumps(holds), encoding="utf-8")


def _touches(hold: Hold, segment: Segment) -> bool:
    clock, start_s, end_s = hold
    is_before = segment.end_s is not None and segment.end_s < start_s
    return clock == segment.head.clock and not is_before and (end_s is None or segment.start_s <= end_s)


class RingRecorder:
    """Writes the ring of one bench; one process at a time. What the process before left is mended first.

    `mask` gives what may be kept of a picture; `on_state` is told whenever recording stops or goes on. `lost`
    counts pictures that were not kept. Once it runs nothing is raised: work goes on without a recording.
    """

    def __init__(
        self,
        folder: Path,
        clock: BenchClock,
        mask: Outline,
        budget: Budget | None = None,
        on_state: Callable[[RingState], None] = lambda state: None,
    ) -> None:
        self.ring, self.state, self.lost = Ring(folder), RingState.RECORDING, 0
        self._clock, self._mask, self._budget = clock, mask, budget or Budget()
        self._on_state = on_state
        self._writer: SegmentWriter | None = None
        self._begun_s, self._look_s, self._last_s = 0.0, -1e18, -1e18
        self._has_room = True
        self._alone = ExitStack()
        self._alone.enter_context(only_one(folder))
        self.mended = repair(folder)
        self._kept = segments_in(folder)
        self._number = max((int(path.stem) for path in folder.glob(f"*{TIMES}")), default=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, frame: Frame) -> None:
        """Keep a picture; one that is not later than the last, or has no room, is counted in `lost`."""
        if self._last_s < frame.t_s < self._last_s + EARLY / self._budget.most_fps:
            return
        if frame.t_s <= self._last_s or not self._may_write(frame.t_s):
            self.lost += 1
            return
        self._last_s = frame.t_s
        image = self._mask(frame)
        try:
            writer = self._writer_for(frame.t_s, (image.shape[1], image.shape[0]))
            writer.write(frame.index, frame.t_s, image)
            self._tell(RingState.RECORDING)
        except OSError as error:
            self.lost += 1
            self._look_s = frame.t_s + AGAIN_S - LOOK_S
            self._give_up(error)

    def close(self) -> None:
        """Complete what is being written; nobody can write after it."""
        self.close_segment()
        self._alone.close()

    def close_segment(self) -> None:
        """Complete what is being written, as far as that can be."""
        try:
            self._finish()
        except OSError as error:
            self._give_up(error)

    def _may_write(self, t_s: float) -> bool:
        """Looks at the free space once a second, or when it is time to try again."""
        if t_s >= self._look_s + LOOK_S:
            self._look_s = t_s
            self._has_room = has_room(self.ring.folder)
            if not self._has_room:
                self.close_segment()
                self._tell(RingState.NO_ROOM)
        return self._has_room

    def _writer_for(self, t_s: float, size: tuple[int, int]) -> SegmentWriter:
        is_over = t_s >= self._begun_s + self._budget.segment_s
        if self._writer is not None and (is_over or self._writer.size != size):
            self._finish()
        if self._writer is None:
            self._prune()
            self._number += 1
            video = self.ring.folder / f"{self._number:08d}{VIDEO}"
            head = Head(self._clock.name, self._clock.utc_s())
            self._writer, self._begun_s = SegmentWriter(video, video.with_suffix(TIMES), head), t_s
        return self._writer

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._note()

    def _note(self) -> None:
        """Count the newest segment among those that are kept."""
        segment = read_segment(self.ring.folder / f"{self._number:08d}{TIMES}")
        self._kept += [segment] if segment is not None else []

    def _prune(self) -> None:
        """Take the oldest away that nobody holds, until the others and a new one are within the budget.
        OSError."""
        free = self.ring.unheld(self._kept)
        size = sum(one.size_bytes for one in free)
        seconds = sum((one.end_s or one.start_s) - one.start_s for one in free) + self._budget.segment_s
        for one in free:
            is_old = self._clock.utc_s() - one.head.utc_s > OLDEST_S
            if size <= self._budget.size_bytes and seconds <= self._budget.seconds and not is_old:
                return
            size, seconds = size - one.size_bytes, seconds - ((one.end_s or one.start_s) - one.start_s)
            one.delete()
            self._kept.remove(one)

    def _give_up(self, error: OSError) -> None:
        """End the segment with what is whole of it; it is tried again after a while."""
        writer, self._writer, self._has_room = self._writer, None, False
        if writer is not None:
            writer.abandon()
            with suppress(StoreError):  # then the next process mends it
                repair(self.ring.folder)
            self._note()
        log.warning("%s: %s", self.ring.folder, error)
        self._tell(RingState.NO_ROOM if is_full(error) else RingState.FAILED)

    def _tell(self, state: RingState) -> None:
        if state is not self.state:
            self.state = state
            log.warning(_TOLD[state], self.ring.folder)
            self._on_state(state)


_TOLD = {
    RingState.RECORDING: "recording into %s again",
    RingState.NO_ROOM: "too little room on the disk of %s: recording stops, scoring goes on; free some space",
    RingState.FAILED: "cannot write to %s: recording stops, scoring goes on; look at the disk",
}
