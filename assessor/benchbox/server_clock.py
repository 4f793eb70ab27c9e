"""How far the bench's wall clock is behind the server's: from when a report left, arrived and was answered.

As in NTP (RFC 5905, section 8) the exchange that took the shortest is believed: what was on its way for long
may have waited on either side. It is kept against the clock that never jumps, so that setting the wall clock
of the bench does not spoil it.
"""

from collections import deque
from dataclasses import dataclass, field

from assessor.benchbox.clock import BenchClock

EXCHANGES = 8  # a quartz drifts by some milliseconds while so many are made


@dataclass
class ServerClock:
    """The server's time, told by the bench's clock."""

    clock: BenchClock
    _exchanges: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=EXCHANGES))

    def note(self, sent_t_s: float, sent_utc_s: float, behind_s: float) -> None:
        """A report that left then was answered now; on arrival the server found it `behind_s` old."""
        took_s = self.clock.t_s() - sent_t_s
        arrived_t_s = sent_t_s + took_s / 2
        self._exchanges.append((took_s, sent_utc_s + behind_s - arrived_t_s))

    @property
    def offset_s(self) -> float | None:
        """Seconds to add to the bench's wall clock; None: nothing is known."""
        if not self._exchanges:
            return None
        _, ahead_s = min(self._exchanges)
        return ahead_s - self.clock.ahead_s()
