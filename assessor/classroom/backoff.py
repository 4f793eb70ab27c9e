"""When a lost camera is tried again: soon, then later, never in step with others; a crash loop is broken."""

from dataclasses import dataclass, field
from random import Random

STEPS_S = (1.0, 1.0, 2.0, 5.0, 10.0, 30.0)
JITTER = 0.2
SLOWLY = ("unauthorised", "not_allowed")  # trying on locks accounts
SLOW_S = 30.0
AT_ONCE = ("resized",)
CRASHES = ("crashed", "hung")
MOST_CRASHES = 5
OPEN_CIRCUIT_S = 60.0
STEADY_S = 10.0  # pictures for so long: what went wrong before is forgotten


@dataclass(slots=True)
class BackOff:
    """How long to wait after each failure. `is_open`: too many crashes in a row without a picture."""

    random: Random = field(default_factory=Random)
    is_open: bool = False
    _failures: int = 0
    _crashes: int = 0

    def wait_s(self, code: str, pictures: int, seen_for_s: float) -> float:
        """Seconds until the next try. `pictures`: how many came since the last one, over `seen_for_s`."""
        if pictures:
            self._crashes = 0
        if seen_for_s >= STEADY_S or (pictures and code in CRASHES):  # our own fault: soon again
            self._failures = 0
        self._crashes += code in CRASHES and not pictures
        self.is_open = self._crashes >= MOST_CRASHES
        failures, self._failures = self._failures, self._failures + 1
        if self.is_open:
            return self._spread(OPEN_CIRCUIT_S)
        if code in AT_ONCE and not failures:
            return 0.0
        return self._spread(SLOW_S if code in SLOWLY else STEPS_S[min(failures, len(STEPS_S) - 1)])

    def _spread(self, wait_s: float) -> float:
        return wait_s * (1 + JITTER * (2 * self.random.random() - 1))
