"""A bench that is watched: its camera, its recording, the attempt that runs there, and how it stands.

Pictures go from the camera to the recording (all of them) and to the lookers (the newest). An attempt begins
and ends when a person says so; who works there, a person says too. While the camera gives no picture of the
bench, facts become unknown and a gap is noted: nothing is anybody's mistake.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from assessor.classroom.aim import AimWatch
from assessor.classroom.capture import CameraStatus, Capture
from assessor.classroom.file import ClassBench
from assessor.classroom.health import CameraState
from assessor.errors import RefusedError
from assessor.live.attempt import LiveAttempt
from assessor.live.looker import Looker, LookerLostError
from assessor.live.standing import Standing
from assessor.live.turns import Watched
from assessor.procedure import Procedure
from assessor.procedure.conditions import keys_of
from assessor.types import Fact, FactKey, Frame, Observations, Text

HEAR_S = 0.25
SEEN = "ok"
PERSON = "person"


def taps_of(procedure: Procedure) -> tuple[str, ...]:
    """What steps and standing rules ask a person for."""
    asked = [condition for step in procedure.steps for condition in (step.done, step.requires) if condition]
    asked += [condition for rule in procedure.rules for condition in (rule.while_, rule.except_) if condition]
    keys = {key for condition in asked for key in keys_of(condition)}
    return tuple(sorted(key.subject for key in keys if key.kind == PERSON))


class SeatState(StrEnum):
    """What happens at a bench."""

    FREE = "free"
    RUNNING = "running"
    PAUSED = "paused"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that is over: what was seen and told, when it began and ended by the camera's clock."""

    seat: ClassBench
    student: str | None
    size: tuple[int, int]
    observations: tuple[Observations, ...]
    told: tuple[Fact, ...]
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class SeatView:
    """What is shown of a bench at one moment. `rate`: looks a second; `at_s`: seconds of the attempt;
    `raised`: somebody asks for the teacher; `taps`: what a person may say that the procedure asks for;
    `lag_s`: from the newest picture that was looked at until its standing was known."""

    name: str
    title: Text
    state: SeatState
    mode: str
    student: str | None
    camera: CameraStatus
    rate: float
    passed_over: int
    at_s: float
    standing: Standing | None
    raised: bool
    taps: tuple[str, ...] = ()
    lag_s: float = 0.0


@dataclass(slots=True)
class _Running:
    """An attempt that runs. Times of the camera's clock less `begun_s` are the attempt's."""

    student: str | None
    begun_s: float
    attempt: LiveAttempt | None = None  # from the first picture on
    index: int = 0
    last_s: float = -1.0
    state: SeatState = SeatState.RUNNING


@dataclass
class Seat:
    """`record` keeps a picture; `tell_pose` is told each look for the mask; `ended` takes what
    is over, `dropped` hears that nothing was seen of it."""

    seat: ClassBench
    capture: Capture
    aim: AimWatch
    record: Callable[[Frame], None] = lambda frame: None
    tell_pose: Callable[[Observations], None] = lambda seen: None
    ended: Callable[[Ended], None] = lambda ended: None
    dropped: Callable[[], None] = lambda: None
    watched: Watched = field(init=False)
    raised: bool = False
    _running: _Running | None = None
    _newest: Frame | None = None
    _size: tuple[int, int] = (0, 0)
    _lag_s: float = 0.0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._taps = taps_of(self.seat.procedure)
        self.watched = Watched(self.seat.id, self.seat.bench, self._take, self._saw)
        self._thread = threading.Thread(target=self._keep, name=f"seat {self.seat.id}", daemon=True)

    def start(self) -> None:
        """Open the camera and keep its pictures."""
        self.capture.start()
        self._thread.start()

    def stop(self) -> None:
        """Close the camera; a running attempt must have ended before."""
        self._stop.set()
        self._thread.join()
        self.capture.stop()

    # -- what persons do -------------------------------------------------------------------

    def begin(self, student: str | None) -> None:
        """An attempt begins with the next picture. RefusedError while one runs."""
        with self._lock:
            if self._running is not None:
                raise RefusedError(
                    Text(
                        f"{self.seat.id}：应为空闲工位，现有作答进行中；请先结束它",
                        f"{self.seat.id}: expected a free bench, but an attempt is running; end it first",
                    )
                )
            running = self._running = _Running(student, float("inf"))
        self.watched.jobs.put(lambda looker: self._begin(looker, running))

    def end(self) -> None:
        """No more pictures count; `ended` gets the attempt. RefusedError if none runs."""
        running = self._must_run()
        running.state = SeatState.CLOSING
        self.watched.jobs.put(lambda looker: self._end(looker, running))

    def pause(self, on: bool) -> None:
        """The class is stopped: what is seen meanwhile is a gap. RefusedError if no attempt runs."""
        self._must_run().state = SeatState.PAUSED if on else SeatState.RUNNING

    def tell(self, subject: str, value: str = "yes") -> None:
        """What a person says, as that the power may be switched on. RefusedError if no attempt runs."""
        running = self._must_run()
        with self._lock:
            if running.attempt is not None:
                t_s = self._time(running)
                running.attempt.tell(Fact(t_s, FactKey(PERSON, subject), value, 1.0, t_s, source=PERSON))

    def view(self) -> SeatView:
        """Everything that is shown."""
        with self._lock:
            running, status = self._running, self.capture.status()
            attempt = running.attempt if running else None
            return SeatView(
                name=self.seat.id,
                title=self.seat.procedure.title.text,
                state=running.state if running else SeatState.FREE,
                mode=self.seat.mode,
                student=running.student if running else None,
                camera=status,
                rate=self.watched.rate(),
                passed_over=self.watched.passed_over,
                at_s=self._time(running) if running and attempt else 0.0,
                standing=attempt.standing if attempt else None,
                raised=self.raised,
                taps=self._taps,
                lag_s=self._lag_s,
            )

    # -- pictures --------------------------------------------------------------------------

    def _keep(self) -> None:
        """Every picture is recorded, the newest is looked at; without pictures the gap is noted."""
        while not self._stop.is_set():
            frame = self.capture.take(HEAR_S)
            if frame is not None:
                aim = self.aim.look(frame)
                self.capture.aimed(aim.state, aim.about)
                self.record(frame)
                with self._lock:
                    self._newest = frame
            else:
                self._note_gap()

    def _take(self) -> Frame | None:
        with self._lock:
            frame, self._newest = self._newest, None
            return frame

    def _note_gap(self) -> None:
        state = self.capture.state().state
        if state is not CameraState.LIVE:
            with self._lock:
                running = self._running
                if running is not None and running.attempt is not None:
                    self._see(running, Observations(0, self._time(running), state.value, None))

    # -- in the looker's thread ------------------------------------------------------------

    def _begin(self, looker: Looker, running: _Running) -> None:
        looker.forget(self.seat.id)
        with self._lock:
            running.begun_s = self.capture.now_s

    def _saw(self, frame: Frame, seen: Observations) -> None:
        self.tell_pose(seen)
        with self._lock:
            running = self._running
            self._size = frame.image.shape[1], frame.image.shape[0]
            if running is not None and frame.t_s >= running.begun_s:
                self._see(running, replace(seen, t_s=frame.t_s - running.begun_s))
            self._lag_s = round(self.capture.now_s - frame.t_s, 3)

    def _see(self, running: _Running, seen: Observations) -> None:
        """Of the attempt that runs; what the camera's state or a pause says comes before what is seen."""
        if running.attempt is None:
            running.attempt = LiveAttempt(self.seat.bench, self.seat.procedure, self._size)
        if seen.t_s <= running.last_s or running.state is SeatState.CLOSING:
            return
        state = self.capture.state().state
        if running.state is SeatState.PAUSED:
            seen = replace(seen, scene=SeatState.PAUSED.value)
        elif state is not CameraState.LIVE:
            seen = replace(seen, scene=state.value)
        running.last_s = seen.t_s
        running.attempt.see(replace(seen, frame=running.index))
        running.index += 1

    def _end(self, looker: Looker, running: _Running) -> None:
        with self._lock:
            self._running, attempt = None, running.attempt
        if attempt is None or not attempt.observations:
            self.dropped()
            return
        *before, last = attempt.observations
        with suppress(LookerLostError):  # then the last look is left out, the attempt is not
            last = looker.last_look(self.seat.id, last) if last.scene == SEEN else last
        until_s = running.begun_s + last.t_s
        told = tuple(attempt.told)
        self.ended(
            Ended(self.seat, running.student, attempt.size, (*before, last), told, running.begun_s, until_s)
        )

    # --------------------------------------------------------------------------------------

    def _time(self, running: _Running) -> float:
        return max(0.0, round(self.capture.now_s - running.begun_s, 3))

    def _must_run(self) -> _Running:
        running = self._running
        if running is None or running.state is SeatState.CLOSING:
            raise RefusedError(
                Text(
                    f"{self.seat.id}：应有作答进行中，实际没有；请先开始",
                    f"{self.seat.id}: expected a running attempt, there is none; begin one first",
                )
            )
        return running
