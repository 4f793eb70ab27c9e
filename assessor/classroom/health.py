"""Whether a bench can be seen: from what a camera's child tells, the camera's state and the gaps so far.

Knows no clock: every call says when it happens (`t_s`, seconds since the bench began). A state other than
`live` is a gap, from the last picture that was good to the first that is good again.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from assessor.camera.live import Look, Spoilt
from assessor.types import Gap
from assessor.vision.motion import DARK, FLAT

SILENT_S = 3.0  # without a picture though the camera is open
SPOILT_S = 1.0  # with damaged pictures only
COVERED_S = 2.0
FROZEN_S = 8.0
CHANGED = 0.0005  # share of points that differ in the next picture of a real sensor
WHITE = 0.85  # share of white points in an overexposed picture
RATE_S = 5.0  # over which pictures a second are counted
MOST_GAPS = 1000


class CameraState(StrEnum):
    """What is told of a camera; all but `live` are gaps."""

    STARTING = "starting"
    LIVE = "live"
    OFFLINE = "offline"
    STALLED = "stalled"
    CORRUPT = "corrupt"
    COVERED = "covered"
    OVEREXPOSED = "overexposed"
    FROZEN = "frozen"
    SLOW = "slow"
    MOVED = "moved"
    WRONG_CAMERA = "wrong_camera"
    FAULTED = "faulted"
    ENDED = "ended"


UNCOUNTED = (  # what comes after these is counted anew
    CameraState.STARTING,
    CameraState.OFFLINE,
    CameraState.FAULTED,
    CameraState.STALLED,
    CameraState.CORRUPT,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A state, since when, and what it is about: a fault's code, another bench, a size."""

    state: CameraState
    since_s: float
    about: str = ""


@dataclass(slots=True)
class Health:
    """The state of one camera. `min_fps`: below it the bench counts as not seen."""

    min_fps: float = 2.0
    spoilt: int = 0
    _lost: Condition | None = None
    _aim: Condition | None = None
    _opened_s: float | None = None
    _picture_s: float | None = None  # the last good picture
    _changed_s: float = 0.0  # the last that differed from the one before
    _spoilt_s: float | None = None  # the first damaged picture since the last good one
    _unfit: Condition | None = None  # covered or overexposed, since its first picture
    _counted_from_s: float = 0.0
    _times_s: deque[float] = field(default_factory=deque)
    _now: Condition = Condition(CameraState.STARTING, 0.0)
    _gaps: deque[Gap] = field(default_factory=lambda: deque(maxlen=MOST_GAPS))

    def opened(self, t_s: float) -> None:
        """The camera gives a stream."""
        self._opened_s, self._spoilt_s = t_s, None

    def saw(self, look: Look, t_s: float) -> None:
        """A whole picture came."""
        self.at(t_s)  # what was wrong until now ends here
        came_back = self._now.state in UNCOUNTED
        if came_back:
            self._times_s.clear()
            self._counted_from_s = t_s
        if came_back or look.changed > CHANGED:
            self._changed_s = t_s
        self._lost, self._spoilt_s, self._picture_s = None, None, t_s
        self._times_s.append(t_s)
        self._unfit = self._unfit_by(look, t_s)
        self.at(t_s)

    def saw_damaged(self, spoilt: Spoilt, t_s: float) -> None:
        """A picture came that is not whole."""
        self.spoilt += 1
        self._spoilt_s = t_s if self._spoilt_s is None else self._spoilt_s
        self.at(t_s)

    def lost(self, code: str, t_s: float, state: CameraState = CameraState.OFFLINE) -> None:
        """The camera is gone, or could not be opened."""
        since_s = self._lost.since_s if self._lost else self._picture_s or 0.0
        self._lost, self._opened_s = Condition(state, since_s, code), None
        self._unfit, self._spoilt_s = None, None  # nothing comes any more
        self.at(t_s)

    def aimed(self, state: CameraState, t_s: float, about: str = "") -> None:
        """Where the camera looks: `live`, `moved` or `wrong_camera`, as its pictures show."""
        if state is CameraState.LIVE:
            self._aim = None
        elif self._aim is None or self._aim.state is not state:
            self._aim = Condition(state, t_s, about)
        self.at(t_s)

    def at(self, t_s: float) -> Condition:
        """The state at a time that is not before the last call; a gap that ends now is noted."""
        found = self._found(t_s)
        if found.state is not self._now.state:
            self._close(found, t_s)
            self._now = found
        elif found.about != self._now.about:
            self._now = Condition(found.state, self._now.since_s, found.about)
        return self._now

    def fps_at(self, t_s: float) -> float:
        """Pictures a second of late."""
        while self._times_s and self._times_s[0] <= t_s - RATE_S:
            self._times_s.popleft()
        return len(self._times_s) / min(RATE_S, max(1.0, t_s - self._counted_from_s))

    def gaps(self, start_s: float, end_s: float) -> tuple[Gap, ...]:
        """The gaps within a stretch of time, cut to it; one that lasts reaches to its end."""
        now = self._now
        lasting = [] if now.state is CameraState.LIVE else [Gap(now.since_s, end_s, now.state.value)]
        within = (gap for gap in (*self._gaps, *lasting) if gap.start_s < end_s and gap.end_s > start_s)
        return tuple(Gap(max(gap.start_s, start_s), min(gap.end_s, end_s), gap.reason) for gap in within)

    def _found(self, t_s: float) -> Condition:
        return next(self._wrong(t_s), Condition(CameraState.LIVE, t_s))

    def _wrong(self, t_s: float) -> Iterator[Condition]:
        """What is the matter, the more certain before the less."""
        if self._spoilt_s is not None and t_s - self._spoilt_s >= SPOILT_S:
            yield Condition(CameraState.CORRUPT, self._picture_s or 0.0)
        if self._lost is not None:
            yield self._lost
        if self._picture_s is None:
            yield Condition(CameraState.STARTING, 0.0)
            return
        if self._is_silent(t_s):
            yield Condition(CameraState.STALLED, self._picture_s)
        if self._aim is not None and self._aim.state is CameraState.WRONG_CAMERA:
            yield self._aim
        if self._unfit is not None and t_s - self._unfit.since_s >= COVERED_S:
            yield self._unfit
        if t_s - self._changed_s >= FROZEN_S:
            yield Condition(CameraState.FROZEN, self._changed_s)
        if self._is_slow(t_s):
            yield Condition(CameraState.SLOW, max(0.0, t_s - RATE_S))
        if self._aim is not None:
            yield self._aim

    def _is_silent(self, t_s: float) -> bool:
        return t_s - max(self._picture_s or 0.0, self._opened_s or 0.0) >= SILENT_S

    def _is_slow(self, t_s: float) -> bool:
        return t_s - self._counted_from_s > RATE_S and self.fps_at(t_s) < self.min_fps

    def _unfit_by(self, look: Look, t_s: float) -> Condition | None:
        state = None
        if look.white >= WHITE:
            state = CameraState.OVEREXPOSED
        elif look.mean < DARK or look.spread < FLAT:
            state = CameraState.COVERED
        if state is None:
            return None
        return self._unfit if self._unfit and self._unfit.state is state else Condition(state, t_s)

    def _close(self, found: Condition, t_s: float) -> None:
        if self._now.state is CameraState.LIVE:
            return
        end_s = t_s if found.state is CameraState.LIVE else max(found.since_s, self._now.since_s)
        if end_s > self._now.since_s:
            self._gaps.append(Gap(self._now.since_s, end_s, self._now.state.value))
