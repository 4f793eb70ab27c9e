"""One bench with all that it keeps: its recording, its events, the thread that sends them (→ disk, server).

    with BenchBox(folder, clock, mask, line) as box:
        box.record(frame)                                # every picture of the camera
        box.note(Noted("switch", "Q1", "on", t_s=12.3))  # every event, at once and at no wait
        cut_clips(box.pictures(9.0, 15.0), [Cut(...)])   # evidence
        box.health                                       # for the wall

What stops the recording is noted as an event too: kind `recording`, subject `ring`, value `no_room`, `failed`
or `recording`. Leaving the block completes the segment that is written and brings every event to the disk.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from assessor.benchbox.clock import BenchClock
from assessor.benchbox.replay import Replay, ReplayState
from assessor.benchbox.ring import Budget, Ring, RingRecorder, RingState
from assessor.benchbox.ring_pictures import RingPictures
from assessor.benchbox.server_line import ServerLine
from assessor.benchbox.spool import Noted, Spool, SpoolState
from assessor.evidence import Outline
from assessor.free_space import free_bytes
from assessor.types import Frame

RING, SPOOL = "ring", "spool"  # folders of a bench
END_S = 5.0  # for a report that is on its way when the box is closed


@dataclass(frozen=True, slots=True)
class BoxHealth:
    """How a bench stands. `pictures_lost`: that were not kept, for want of room or of order."""

    recording: RingState
    pictures_lost: int
    free_bytes: int
    spool: SpoolState
    server: ReplayState


class BenchBox:
    """`record` from one thread, the rest from any. StoreError where the folder cannot be used."""

    def __init__(
        self, folder: Path, clock: BenchClock, mask: Outline, line: ServerLine, budget: Budget | None = None
    ) -> None:
        self._folder, self._clock = folder, clock
        self.ring = Ring(folder / RING)
        self._spool = Spool(folder / SPOOL, clock)
        try:
            self._recorder = RingRecorder(folder / RING, clock, mask, budget, self._tell)
        except BaseException:
            self._spool.close()
            raise
        self._replay = Replay(self._spool, line, clock, folder / SPOOL)
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._replay.run, args=[self._stop], name=f"replay {folder.name}", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def health(self) -> BoxHealth:
        """How it stands now."""
        recorder = self._recorder
        room = free_bytes(self._folder)
        return BoxHealth(recorder.state, recorder.lost, room, self._spool.state, self._replay.state)

    def record(self, frame: Frame) -> None:
        """Keep a picture, masked."""
        self._recorder.write(frame)

    def note(self, noted: Noted) -> int | None:
        """Keep an event until the server has it; its number, None where there is no room."""
        return self._spool.append(noted)

    def pictures(self, start_s: float, end_s: float) -> RingPictures:
        """What was recorded from then to then."""
        return RingPictures(self.ring, self._clock.name, start_s, end_s)

    def close(self) -> None:
        """Complete everything."""
        self._recorder.close()
        self._stop.set()
        self._spool.wake()
        self._thread.join(END_S)
        if self._thread.is_alive():  # the server does not answer: the process may end, the thread with it
            self._spool.sync()
        else:
            self._spool.close()

    def _tell(self, state: RingState) -> None:
        self._spool.append(Noted("recording", "ring", state.value))
