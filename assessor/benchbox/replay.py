"""Spool → server: in the order of the bench, each event until it is answered, for as long as it takes.

The next batch goes when the one before was acknowledged, so nothing overtakes; the server knows an event by
its number, so sending it again does no harm. While the server is away it is asked again after 1 s, then ever
more seldom, every bench at a time of its own. What the server will not take is found out, set aside and told.
"""

import json
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from assessor.benchbox.clock import BenchClock, utc_of
from assessor.benchbox.server_clock import ServerClock
from assessor.benchbox.server_line import Answer, AwayError, NotTakenError, ReportedEvent, ServerLine
from assessor.benchbox.spool import Noted, Spool
from assessor.benchbox.spool_file import Batch, SpooledEvent

log = logging.getLogger("assessor.benchbox")
MOST = 1000  # of one report, as the route takes them: 20 ms of the server's time
WAITS_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
TOGETHER_S = 0.1  # what happens within it goes in one report
REST = 0.5  # of the time that a full report took: so long the server is left to the others
SYNC_S = 1.0  # so much may be lost when the power fails
IDLE_S = 30.0  # without events the server is greeted so often: the clock is measured, and that it is there
CLOCK_OFF_S = 2.0  # from here on the clock of the bench is worth a warning
MOST_REFUSED = 20  # one after the other: then it is not the events
SET_ASIDE = "not_taken.jsonl"


@dataclass(frozen=True, slots=True)
class ReplayState:
    """For the health of a bench. `away`: why the server cannot be reached, None: it answered; `offset_s`: to
    be added to the clock of the bench; `set_aside`: events that the server did not take."""

    away: str | None = None
    offset_s: float | None = None
    set_aside: int = 0


class Replay:
    """Empties the spool of one bench; `run` in a thread of its own."""

    def __init__(
        self,
        spool: Spool,
        line: ServerLine,
        clock: BenchClock,
        folder: Path,
        chance: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._spool, self._line, self._clock, self._folder = spool, line, clock, folder
        self._chance = chance
        self._server = ServerClock(clock)
        self._greeted, self._failures, self._refused, self._size = False, 0, 0, MOST
        self._warned_s = 0.0
        self.state = ReplayState()

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; call `spool.wake()` after it, so that nobody waits."""
        while not stop.is_set():
            self._rest(stop, self.step())
            if not self._failures and not stop.is_set() and self._spool.wait(IDLE_S):
                stop.wait(TOGETHER_S if self._spool.state.waiting < self._size else 0.0)

    def _rest(self, stop: threading.Event, seconds: float) -> None:
        """Wait; what happens meanwhile is on the disk within a second, also while nobody can be reached."""
        until_s = self._clock.t_s() + seconds
        while (left_s := until_s - self._clock.t_s()) > 0 and not stop.wait(min(SYNC_S, left_s)):
            self._spool.sync()

    def step(self) -> float:
        """One exchange with the server; seconds until the next one makes sense."""
        began_s = self._clock.t_s()
        try:
            self._greet()
            batch = self._spool.batch(self._size)
            if not batch.events:
                return 0.0
            self._send(batch)
        except (AwayError, NotTakenError) as error:  # not taken: not even a report without events
            return self._away(str(error))
        except OSError as error:  # the disk is full at the very beginning: numbers cannot be agreed on
            return self._away(str(error))
        self._failures = 0
        self._note(away=None)
        return REST * (self._clock.t_s() - began_s) if len(batch.events) == self._size else 0.0

    def _greet(self) -> None:
        """Ask, without events, up to which number the server knows this bench; measures the clock too."""
        if not self._greeted or not self._spool.state.waiting:
            self._spool.meet(self._report(()).highest)
            self._greeted = True
            self._note(away=None)

    def _send(self, batch: Batch) -> None:
        self._spool.sync()
        try:
            self._report(batch.events)
            self._refused = 0
        except NotTakenError as error:
            if len(batch.events) > 1:
                self._size = len(batch.events) // 2
                return
            self._refuse(batch.events[0], error)
        self._spool.acknowledge(batch)
        self._size = min(MOST, self._size * 2)

    def _report(self, events: tuple[SpooledEvent, ...]) -> Answer:
        sent_t_s, sent_utc_s = self._clock.t_s(), self._clock.utc_s()
        told = [_reported(event, self._happened_s(event)) for event in events]
        answer = self._line.report(utc_of(sent_utc_s), self._server.offset_s, told)
        self._server.note(sent_t_s, sent_utc_s, answer.behind_s)
        self._warn()
        return answer

    def _happened_s(self, event: SpooledEvent) -> float:
        """By the wall clock as it is set now: what was set since then is no part of it."""
        return event.t_s + self._clock.ahead_s() if event.clock == self._clock.name else event.utc_s

    def _warn(self) -> None:
        offset_s = self._server.offset_s or 0.0
        if abs(offset_s) > CLOCK_OFF_S and abs(offset_s - self._warned_s) > CLOCK_OFF_S:
            log.warning("the clock of this bench is %.1f s behind the server's; set it (NTP)", offset_s)
        self._warned_s = offset_s if abs(offset_s) > CLOCK_OFF_S else 0.0
        self._note(offset_s=offset_s)

    def _refuse(self, event: SpooledEvent, error: NotTakenError) -> None:
        """Set the event aside, unless it is the server that takes nothing."""
        self._report(())
        self._refused += 1
        if self._refused > MOST_REFUSED:
            raise AwayError(f"the server takes no event: {error}")
        log.warning("the server did not take event %d (%s): %s", event.seq, event.kind, error)
        with (self._folder / SET_ASIDE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(event), "why": str(error)}, ensure_ascii=False) + "\n")
        self._spool.append(Noted("spool", "not_taken", str(event.seq)))
        self._note(set_aside=self.state.set_aside + 1)

    def _away(self, why: str) -> float:
        if self.state.away is None:
            log.warning("the server cannot be reached, events are kept here: %s", why)
        self._note(away=why)
        longest_s = WAITS_S[min(self._failures, len(WAITS_S) - 1)]
        self._failures, self._greeted = self._failures + 1, False
        return self._chance(longest_s / 2, longest_s)

    def _note(self, **changed: object) -> None:
        self.state = ReplayState(**{**asdict(self.state), **changed})


def _reported(event: SpooledEvent, happened_s: float) -> ReportedEvent:
    what = event.kind, event.subject, event.value, event.confidence
    return ReportedEvent(event.seq, utc_of(happened_s), *what)
