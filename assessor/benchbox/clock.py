"""The clocks of a bench: one that never jumps and orders everything, and the wall clock, which may be wrong.

Seconds `t_s` of two moments can be compared while `name` is the same: on Linux from one start of the machine
to the next, elsewhere within one process.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class BenchClock:
    """`t_s`: seconds that only rise; `utc_s`: seconds of 1970 as the machine believes."""

    name: str
    t_s: Callable[[], float] = time.monotonic
    utc_s: Callable[[], float] = time.time

    def ahead_s(self) -> float:
        """How far the wall clock is ahead of `t_s`; it changes only when somebody sets the clock."""
        return self.utc_s() - self.t_s()


def own_clock() -> BenchClock:
    """The clock of this machine."""
    return BenchClock(_BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else uuid4().hex)


def utc_of(utc_s: float) -> datetime:
    """Seconds of 1970 as a moment."""
    return datetime.fromtimestamp(utc_s, UTC)
