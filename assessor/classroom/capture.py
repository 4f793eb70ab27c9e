"""Keeps one bench's camera open: its newest picture as a `Frame`, its state, its gaps (the live `camera`).

A thread hears the camera's child process, ends it when it hangs and opens it anew when it is lost. Pictures
that nobody took before the next came are counted and gone.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from assessor.camera import grabber
from assessor.camera.live import Beat, Grabbing, Lost, Opened, Picture, Spoilt, grabbing
from assessor.classroom.backoff import BackOff
from assessor.classroom.health import CameraState, Condition, Health
from assessor.classroom.words import said, what_to_do
from assessor.types import Frame, Gap, Text

HEAR_S = 0.25
HUNG_S = 5.0  # a child that is open and says nothing for so long is ended
PICTURES_S = 15.0  # and so is one that lives and gives no picture: some send a whole one every 10 s only
OPENING_S = 8.0  # the same before it is open
KNOCK_S = 3.0  # while waiting long, so often it is asked whether the camera is back
OPENED_AT_ONCE = 4
TURNSTILE = threading.Semaphore(OPENED_AT_ONCE)  # cameras are opened a few at a time, whoever asks
KNOCKED = ("no_device", "refused", "unreachable")

Ask = Callable[[], grabber.Request]
Knock = Callable[[], bool]


class NotNowError(Exception):
    """The camera cannot be asked now: a code of `words.LOST`, and what else is told."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asking:
    """How a camera is asked for. `request`: made anew for each try, NotNowError if it cannot be; `is_back`:
    whether something answers there; `explained`: the code of a fault, with what can be found out about it."""

    request: Ask
    is_back: Knock = lambda: False
    explained: Callable[[str], str] = lambda code: code


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """What is told of a camera at one moment. `fps`: pictures a second of late; `overwritten`: pictures that
    nobody took; `repaired`: timestamps that were missing or did not rise; `reopened`: how often."""

    state: CameraState
    since_s: float
    said: Text
    what_to_do: Text
    size: tuple[int, int] | None
    fps: float
    pictures: int
    overwritten: int
    spoilt: int
    repaired: int
    reopened: int


@dataclass(slots=True)
class _Counts:
    pictures: int = 0
    taken: int = 0
    repaired: int = 0
    opened: int = 0


@dataclass(slots=True)
class _Watch:
    """One child's time: how many pictures it gave, from when to when, and why it ended."""

    code: str = "ended"
    detail: str = ""
    pictures: int = 0
    first_s: float = 0.0
    last_s: float = 0.0

    def saw(self, t_s: float) -> None:
        self.first_s = self.first_s if self.pictures else t_s
        self.pictures, self.last_s = self.pictures + 1, t_s


class Capture:
    """One bench's camera. `t_s` of frames, states and gaps: from `start`, by `clock` (never set back)."""

    def __init__(
        self,
        asking: Asking,
        health: Health | None = None,
        turnstile: threading.Semaphore = TURNSTILE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._asking, self._health, self._clock = asking, health or Health(), clock
        self._backoff, self._turnstile = BackOff(), turnstile
        self._stop, self._news = threading.Event(), threading.Condition()
        self._thread = threading.Thread(target=self._keep_open, name="capture", daemon=True)
        self._origin_s = self._ahead_s = 0.0
        self._source: Grabbing | None = None
        self._newest: tuple[Picture, int, float] | None = None  # with the number and time that a frame gets
        self._last: Frame | None = None  # of a child that has ended
        self._last_s = 0.0
        self._size: tuple[int, int] | None = None
        self._counts = _Counts()
        self._repaired_before = 0

    def start(self) -> None:
        """Open the camera, in the background."""
        self._origin_s = self._clock()
        self._ahead_s = self._origin_s - time.monotonic()  # of the clock that the child stamps with
        self._thread.start()

    def stop(self) -> None:
        """Close the camera and end its child."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def now_s(self) -> float:
        """Seconds since `start`."""
        return self._clock() - self._origin_s

    def take(self, timeout_s: float = 0.0) -> Frame | None:
        """The newest picture that was not taken yet, waiting for one; None: none came."""
        with self._news:
            frame = None
            while frame is None and self._news.wait_for(self._has_news, timeout_s):
                frame = self._copied()
            self._counts.taken += frame is not None
            return frame

    def frames(self) -> Iterator[Frame]:
        """The newest pictures one after another, until `stop` or the end of a file; who is too slow for all
        of them gets fewer."""
        while not self._stop.is_set():
            frame = self.take(HEAR_S)
            if frame is not None:
                yield frame
            elif self.state().state is CameraState.ENDED:
                return

    def aimed(self, state: CameraState, about: str = "") -> None:
        """Note what the pictures say about where the camera looks: `live`, `moved` or `wrong_camera`."""
        with self._news:
            self._health.aimed(state, self.now_s, about)

    def state(self) -> Condition:
        """The state now."""
        with self._news:
            return self._health.at(self.now_s)

    def gaps(self, start_s: float, end_s: float) -> tuple[Gap, ...]:
        """When the bench could not be seen, within a stretch of time."""
        with self._news:
            self._health.at(self.now_s)
            return self._health.gaps(start_s, end_s)

    def status(self) -> CameraStatus:
        """Everything about the camera now."""
        with self._news:
            found, counts = self._health.at(self.now_s), self._counts
            return CameraStatus(
                state=found.state,
                since_s=found.since_s,
                said=said(found.state, found.about),
                what_to_do=what_to_do(found.state, found.about),
                size=self._size,
                fps=self._health.fps_at(self.now_s),
                pictures=counts.pictures,
                overwritten=counts.pictures - counts.taken - self._has_news(),
                spoilt=self._health.spoilt,
                repaired=counts.repaired,
                reopened=max(0, counts.opened - 1),
            )

    @property
    def child(self) -> int | None:
        """Process id of the child; None: there is none now."""
        with self._news:
            return self._source.pid if self._source else None

    # -- the thread ------------------------------------------------------------------------

    def _keep_open(self) -> None:
        while not self._stop.is_set():
            watch = self._watch_once()
            if self._stop.is_set():
                return
            if watch.code == "played":
                self._note_lost(watch.code, CameraState.ENDED)
                return
            wait_s = self._backoff.wait_s(watch.code, watch.pictures, watch.last_s - watch.first_s)
            state = CameraState.FAULTED if self._backoff.is_open else CameraState.OFFLINE
            self._note_lost(f"{self._asking.explained(watch.code)} {watch.detail}".strip(), state)
            self._wait(wait_s, watch.code)

    def _watch_once(self) -> _Watch:
        """Open the camera and hear it until it is lost."""
        watch = _Watch()
        try:
            request = self._asking.request()
            watch.code = self._grabbed(request, watch)
            if watch.code == "ended" and request.kind == "file":
                watch.code = "played"
        except NotNowError as refused:
            watch.code = refused.code
        except (OSError, ValueError, KeyError):  # no child can be made, or what it says is no sense
            watch.code = "crashed"
        return watch

    def _grabbed(self, request: grabber.Request, watch: _Watch) -> str:
        """The code of what ended its child."""
        with ExitStack() as opening:
            opening.enter_context(self._turnstile)
            with grabbing(request) as source:
                self._begin(source)
                try:
                    return self._hear(source, watch, opening, max(PICTURES_S, 3 / request.fps))
                finally:
                    self._begin(None)

    def _hear(self, source: Grabbing, watch: _Watch, opening: ExitStack, without_s: float) -> str:
        """The code of what ended it; `without_s`: how long it may live without any picture."""
        heard_s = shown_s = time.monotonic()
        patience_s = OPENING_S
        while not self._stop.is_set():
            happenings = source.happenings(HEAR_S)
            now_s = time.monotonic()
            if not happenings and now_s - heard_s >= patience_s:
                return "hung"
            heard_s = now_s if happenings else heard_s
            if any(isinstance(one, Picture | Spoilt) for one in happenings):
                shown_s = now_s
            elif now_s - shown_s >= without_s:
                return "no_pictures"
            for one in happenings:
                if isinstance(one, Lost):
                    watch.detail = one.detail
                    return one.code
                if isinstance(one, Opened):
                    opening.close()
                    patience_s, shown_s = HUNG_S, now_s
                self._note(one, watch)
        return "ended"

    def _begin(self, source: Grabbing | None) -> None:
        with self._news:
            self._last = self._copied()  # what a child gave last is still seen
            self._source, self._newest = source, None
            self._counts.opened += source is not None
            self._repaired_before = self._counts.repaired

    def _note(self, happening: Opened | Picture | Spoilt | Beat, watch: _Watch) -> None:
        with self._news:
            match happening:
                case Picture():
                    self._note_picture(happening, watch)
                case Opened():
                    self._health.opened(self.now_s)
                case Spoilt():
                    self._health.saw_damaged(happening, self.now_s)

    def _note_picture(self, picture: Picture, watch: _Watch) -> None:
        t_s = round(picture.stamp_s + self._ahead_s - self._origin_s, 3)
        self._last_s = t_s = max(t_s, round(self._last_s + 0.001, 3))
        watch.saw(t_s)
        self._health.saw(picture.look, t_s)
        self._newest, self._last = (picture, self._counts.pictures, t_s), None
        self._size = picture.size
        self._counts.pictures += 1
        self._counts.repaired = self._repaired_before + picture.repaired
        self._news.notify_all()

    def _copied(self) -> Frame | None:
        """The newest picture as a frame; None: it was overwritten just now, its successor will be told."""
        if self._newest is None:
            last, self._last = self._last, None
            return last
        newest, self._newest = self._newest, None
        image = self._source.image_of(newest[0]) if self._source else None
        if image is None:
            return None
        return Frame(newest[1], newest[2], image)

    def _has_news(self) -> bool:
        return self._newest is not None or self._last is not None

    def _note_lost(self, code: str, state: CameraState) -> None:
        with self._news:
            self._health.lost(code, self.now_s, state)

    def _wait(self, wait_s: float, code: str) -> None:
        """Until the next try; not so long if something answers again."""
        end_s = time.monotonic() + wait_s
        knock_s = time.monotonic() + KNOCK_S
        while (left_s := end_s - time.monotonic()) > 0 and not self._stop.wait(min(left_s, HEAR_S)):
            if code in KNOCKED and time.monotonic() >= knock_s:
                if self._asking.is_back():
                    return
                knock_s = time.monotonic() + KNOCK_S
