"""Which bench is looked at next: gives each its share of the machine, and tells what share that is.

Each looker (a process) serves some of the benches. Of those with a new picture, the one that was looked at
longest ago is next; when the machine is too slow, all of them are looked at less often. Nothing else is shed.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from assessor.bench import Bench
from assessor.live.looker import Looker, LookerLostError
from assessor.types import Frame, Observations

PERIOD_S = 0.1  # a bench is not looked at more often: as recordings are
RATE_S = 5.0  # over which looks a second are counted
IDLE_S = 0.005


@dataclass(slots=True)
class Watched:
    """A bench in the scheduler: `take` gives its newest picture or None at once, `saw` takes what was seen,
    `lost` hears that a picture was passed over. All are called by the looker's thread, and so is what is put
    into `jobs`, before the next look."""

    name: str
    bench: Bench
    take: Callable[[], Frame | None]
    saw: Callable[[Frame, Observations], None]
    lost: Callable[[str], None] = lambda why: None
    looks_s: deque[float] = field(default_factory=lambda: deque(maxlen=100))  # by the monotonic clock
    passed_over: int = 0
    jobs: SimpleQueue[Callable[[Looker], None]] = field(default_factory=SimpleQueue)

    def rate(self) -> float:
        """Looks a second of late."""
        since = time.monotonic() - RATE_S
        return sum(at > since for at in list(self.looks_s)) / RATE_S


class Turns:
    """Lookers and their threads. `lookers`: one for each core that may be used."""

    def __init__(self, watched: Sequence[Watched], lookers: int) -> None:
        self._stop = threading.Event()
        shares = [watched[number::lookers] for number in range(min(lookers, len(watched)))]
        self._lookers = [Looker({one.name: one.bench for one in share}) for share in shares]
        self._threads = [
            threading.Thread(target=self._serve, args=(looker, share), name="looker", daemon=True)
            for looker, share in zip(self._lookers, shares, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads and the lookers; what is being looked at is finished."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for looker in self._lookers:
            looker.close()

    @property
    def restarts(self) -> int:
        """How often a looker had to be started again."""
        return sum(looker.restarts for looker in self._lookers)

    @property
    def children(self) -> tuple[int, ...]:
        """Process ids of the lookers."""
        return tuple(looker.pid for looker in self._lookers if looker.pid is not None)

    def _serve(self, looker: Looker, share: Sequence[Watched]) -> None:
        while not self._stop.is_set():
            if not self._one_turn(looker, share):
                self._stop.wait(IDLE_S)

    def _one_turn(self, looker: Looker, share: Sequence[Watched]) -> bool:
        """Do what was asked for and look at one picture; False: there is none."""
        for one in share:
            self._do_jobs(looker, one)
        now_s = time.monotonic()
        for one in sorted(share, key=lambda one: one.looks_s[-1] if one.looks_s else 0.0):
            if one.looks_s and now_s - one.looks_s[-1] < PERIOD_S:
                return False  # those after it were looked at even later
            frame = one.take()
            if frame is not None:
                self._look(looker, one, frame)
                return True
        return False

    def _do_jobs(self, looker: Looker, one: Watched) -> None:
        while not one.jobs.empty():
            try:
                one.jobs.get()(looker)
            except LookerLostError as lost:
                one.lost(str(lost))

    def _look(self, looker: Looker, one: Watched, frame: Frame) -> None:
        one.looks_s.append(time.monotonic())
        try:
            seen = looker.look(one.name, frame)
        except LookerLostError as lost:
            one.passed_over += 1
            one.lost(str(lost))
        else:
            one.saw(frame, seen)
