"""A classroom that is watched: all its benches, what persons do there, what is kept (classroom file → store).

Every method for a person takes the `Caller`, checks the right and the bench, and writes what was done into
the audit chain. Pictures are masked before anybody sees them or they are recorded.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from assessor import models
from assessor.batch import Rules
from assessor.benchbox.clock import BenchClock, own_clock, utc_of
from assessor.benchbox.live_mask import LiveMask
from assessor.benchbox.ring import Ring, RingRecorder, budget_for
from assessor.classroom.aim import AimWatch
from assessor.classroom.asking import asking_for
from assessor.classroom.capture import Capture
from assessor.classroom.file import ClassBench, Classroom, benches_of
from assessor.classroom.health import Health
from assessor.errors import StoreError
from assessor.ledger import audit
from assessor.live.keep import Kept, Taped, keep
from assessor.live.log import SeatLog
from assessor.live.picture import tile_of
from assessor.live.seat import Ended, Seat, SeatView
from assessor.live.turns import Turns
from assessor.located_yaml.source import read_source
from assessor.people.assign import assign_by_number
from assessor.people.caller import Caller, as_now, is_student_numbered
from assessor.people.devices import school_of
from assessor.people.roles import Action
from assessor.store import Store, UnknownIdError
from assessor.types import Frame, Image, Observations

log = logging.getLogger("assessor.live")
RINGS = "rings"  # folder of the recordings, in the data folder
KEPT_FPS = 10.0
EARLY = 0.8  # of a period: a camera is not punctual
LOG_S = 0.2
AGAIN_S = 10.0  # between two tries to store an attempt
SEEN_AGAIN_S = 600.0  # a look at the same bench within this time is told once in the audit chain


@dataclass
class _Place:
    """A seat with what belongs to it in this process."""

    seat: Seat
    rules: Rules
    recorder: RingRecorder
    mask: LiveMask
    taped: Taped
    shown: Image | None = None
    kept_s: float = -1.0
    watched_by: dict[str, float] = field(default_factory=dict)
    holds: deque[str] = field(default_factory=deque)  # of attempts that are not stored yet, in their order

    def hold(self, t_s: float) -> None:
        """Nothing of the ring goes from now on, until the attempt is stored."""
        self.holds.append(f"attempt {t_s:.3f}")
        self.taped.ring.hold(self.holds[-1], self.taped.clock, t_s)

    def release(self) -> None:
        """The oldest attempt is stored, or nothing was seen of it."""
        if self.holds:
            self.taped.ring.release(self.holds.popleft())


class Room:
    """Opened by `start`, closed by `stop`. `folder` takes the rings; one room of a folder at a time."""

    def __init__(
        self, store: Store, classroom: Classroom, folder: Path, clock: BenchClock | None = None
    ) -> None:
        """RuleFileError for files that do not fit; ModelError without the models."""
        models.ensure(lambda told, share: None)
        self.name = classroom.classroom
        self._store, self._clock = store, clock or own_clock()
        benches = benches_of(classroom)
        self._places = {bench.id: self._place(bench, benches, classroom, folder) for bench in benches}
        self._turns: Turns | None = None
        self.on_ended: Callable[[Ended], None] = lambda ended: None  # for whoever wants to know besides
        self._keeping = ThreadPoolExecutor(1, "keep")
        self._log = SeatLog(store, folder, tuple(self._places), self._clock)
        self._school = school_of(store, self._log.device_of(next(iter(self._places))))
        self._stop, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write_log, name="live log", daemon=True)

    def __enter__(self) -> "Room":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Open the models, then the cameras. ModelError."""
        watched = [place.seat.watched for place in self._places.values()]
        self._turns = Turns(watched, max(1, os.cpu_count() or 1))
        for place in self._places.values():
            place.seat.start()
            place.taped = replace(place.taped, origin_s=self._clock.t_s() - place.seat.capture.now_s)
        self._thread.start()

    def stop(self) -> None:
        """End the attempts that run, keep them, close everything."""
        for place in self._places.values():
            if place.seat.view().state != "free":
                place.seat.end()
        self._wait_until_free()
        if self._turns is not None:
            self._turns.stop()
        for place in self._places.values():
            place.seat.stop()
        self._closing.set()
        self._keeping.shutdown()
        self._stop.set()
        self._thread.join()
        for place in self._places.values():
            place.recorder.close()
        self._log.close()

    # -- what a person sees and does ---------------------------------------------------------

    def views(self, caller: Caller) -> tuple[SeatView, ...]:
        """The benches that the caller may watch. Raises NotAllowedError."""
        caller = self._as_now(caller)
        caller.must(Action.WATCH_LIVE)
        return tuple(place.seat.view() for name, place in self._places.items() if self._sees(caller, name))

    def view(self, caller: Caller, name: str) -> SeatView:
        """One bench: for staff, and for the student who works there. Raises UnknownIdError."""
        caller = self._as_now(caller)
        caller.must(Action.READ_BENCH)
        return self._found(caller, name).seat.view()

    def picture(self, caller: Caller, name: str) -> bytes | None:
        """The newest masked picture as JPEG; None: there is none. Who looks stands in the audit chain."""
        caller.must(Action.WATCH_LIVE)
        place = self._found(caller, name)
        self._note_watching(caller, name, place)
        return None if place.shown is None else tile_of(place.shown)

    def begin(self, caller: Caller, name: str, student: str | None) -> None:
        """An attempt of the student with this number; None: nobody is named, as by the seat plan."""
        place = self._run(caller, name)
        place.seat.begin(student or place.seat.seat.student)
        place.hold(self._clock.t_s())
        self._audit(caller, "live.begin", name, {"student": student or place.seat.seat.student})

    def end(self, caller: Caller, name: str) -> None:
        """The attempt is over and is judged as a whole."""
        self._run(caller, name).seat.end()
        self._audit(caller, "live.end", name)

    def pause(self, caller: Caller, on: bool) -> None:
        """Stop the whole class, or let it go on; what is seen meanwhile is a gap."""
        caller = self._as_now(caller)
        caller.must(Action.RUN_LIVE)
        for name, place in self._places.items():
            if self._sees(caller, name) and place.seat.view().state in ("running", "paused"):
                place.seat.pause(on)
        self._audit(caller, "live.pause" if on else "live.go_on", self.name)

    def tell(self, caller: Caller, name: str, subject: str, value: str = "yes") -> None:
        """What a person decided, as that the power may be switched on: the judge takes it as a fact."""
        place = self._run(caller, name)
        place.seat.tell(subject, value)
        place.seat.raised = False
        self._audit(caller, "live.tell", name, {"subject": subject, "value": value})

    def raise_hand(self, caller: Caller, name: str, up: bool) -> None:
        """The student asks for the teacher, or no longer does."""
        caller.must(Action.READ_BENCH)
        self._found(caller, name).seat.raised = up

    def device_of(self, name: str) -> UUID:
        """In whose name the events of a bench are stored."""
        return self._log.device_of(name)

    # -- rights ------------------------------------------------------------------------------

    def _as_now(self, caller: Caller) -> Caller:
        now = self._store.now()
        return self._store.read(lambda session: as_now(session, caller, now))

    def _run(self, caller: Caller, name: str) -> _Place:
        caller = self._as_now(caller)
        caller.must(Action.RUN_LIVE)
        return self._found(caller, name)

    def _found(self, caller: Caller, name: str) -> _Place:
        place = self._places.get(name)
        if place is None or not (self._sees(caller, name) or self._sits_at(caller, place)):
            raise UnknownIdError("bench", name)
        return place

    def _sees(self, caller: Caller, name: str) -> bool:
        if caller.school_id != self._school:
            return False
        grants = caller.grants_for(Action.WATCH_LIVE)
        return any(grant.bench in (None, name) for grant in grants)

    def _sits_at(self, caller: Caller, place: _Place) -> bool:
        running = place.seat.view().student
        if running is None or caller.school_id != self._school:
            return False
        return self._store.read(lambda session: is_student_numbered(session, caller, running))

    def _note_watching(self, caller: Caller, name: str, place: _Place) -> None:
        now_s = time.monotonic()
        if now_s - place.watched_by.get(caller.id, -SEEN_AGAIN_S) >= SEEN_AGAIN_S:
            place.watched_by[caller.id] = now_s
            self._audit(caller, "live.watch", name)

    def _audit(
        self, caller: Caller, action: str, name: str, told: Mapping[str, str | None] | None = None
    ) -> None:
        now, actor = self._store.now(), audit.Actor(caller.kind, caller.id)
        self._store.write(
            lambda session: audit.append(session, now, actor, action, "bench", name, dict(told or {}))
        )

    # -- pictures and results ----------------------------------------------------------------

    def _place(
        self, bench: ClassBench, benches: Sequence[ClassBench], classroom: Classroom, folder: Path
    ) -> _Place:
        asking = asking_for(bench.camera, classroom)
        capture = Capture(asking, Health(bench.min_fps), clock=self._clock.t_s)
        ring = folder / bench.id
        recorder = RingRecorder(
            ring,
            self._clock,
            lambda frame: frame.image,
            budget_for(folder, len(benches)),
            lambda state: self._log.note(bench.id, "recording", "ring", state.value),
        )
        sources = read_source(Path(bench.bench.from_file)), read_source(Path(bench.procedure.from_file))
        others = {other.id: other.bench for other in benches if other is not bench}
        place = _Place(
            Seat(bench, capture, AimWatch(bench.id, bench.bench, others)),
            Rules(bench.bench, bench.procedure, *sources),
            recorder,
            LiveMask(bench.bench),
            Taped(Ring(ring), self._clock.name, 0.0),
        )
        place.seat.record = partial(self._record, place)
        place.seat.tell_pose = partial(_tell_pose, place.mask)
        place.seat.ended = partial(self._keep_later, place)
        place.seat.dropped = place.release
        return place

    def _record(self, place: _Place, frame: Frame) -> None:
        if frame.t_s - place.kept_s < EARLY / KEPT_FPS:
            return
        place.kept_s = frame.t_s
        place.shown = place.mask(frame)
        place.recorder.write(Frame(frame.index, round(place.taped.origin_s + frame.t_s, 3), place.shown))

    def _keep_later(self, place: _Place, ended: Ended) -> None:
        self.on_ended(ended)
        self._keeping.submit(self._keep, place, ended)

    def _keep(self, place: _Place, ended: Ended) -> None:
        began = utc_of(self._clock.ahead_s() + place.taped.origin_s + ended.from_s)
        while (kept := self._kept(place, ended, began)) is None:
            if self._closing.wait(AGAIN_S):
                return
        place.release()
        self._log.note(ended.seat.id, "attempt", str(kept.id), "kept")

    def _kept(self, place: _Place, ended: Ended, began: datetime) -> Kept | None:
        """None: the store does not take it now; what was seen lies in its folder meanwhile."""
        try:
            kept = keep(self._store, ended, place.rules, place.taped, began)
            assign_by_number(self._store)
        except StoreError as error:
            log.error("the attempt at %s waits to be kept: %s", ended.seat.id, error)
            return None
        return kept

    def _write_log(self) -> None:
        while not self._stop.wait(LOG_S):
            self._log.look([place.seat.view() for place in self._places.values()])

    def _wait_until_free(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and any(p.seat.view().state != "free" for p in self._places.values()):
            time.sleep(0.05)


def _tell_pose(mask: LiveMask, seen: Observations) -> None:
    mask.pose = seen.pose
