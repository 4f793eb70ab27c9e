"""What happened at the benches → bench events in the store: attempts, steps, alerts, gaps; none is lost.

Each bench has a spool on the disk of this machine: while the database cannot be written to, events wait
there, also over a restart, and are written in their order afterwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from assessor.benchbox.clock import BenchClock
from assessor.benchbox.replay import Replay
from assessor.benchbox.spool import Noted, Spool
from assessor.ledger.bench_events import StoreLine
from assessor.live.seat import SeatView
from assessor.people.devices import own_device
from assessor.store import Store

DEVICE = "assessor watch"
SPOOL = "spool"  # folder of a bench


class SeatLog:
    """Compares what is shown of each bench with what was shown before. A school must be set up first."""

    def __init__(self, store: Store, folder: Path, benches: Sequence[str], clock: BenchClock) -> None:
        """`folder` holds a folder for each bench. StoreError."""
        self._lines = {bench: _Line(store, bench, folder / bench / SPOOL, clock) for bench in benches}
        self._told: dict[tuple[str, str, str], str] = {}  # bench, kind, subject → value

    def look(self, views: Iterable[SeatView]) -> None:
        """Note what is new, and write what waits."""
        for view in views:
            for kind, subject, value in _facts(view):
                if self._told.get((view.name, kind, subject)) != value:
                    self._told[view.name, kind, subject] = value
                    self.note(view.name, kind, subject, value)
            self._lines[view.name].write()

    def note(self, bench: str, kind: str, subject: str, value: str) -> None:
        """One event."""
        self._lines[bench].add(kind, subject, value)

    def close(self) -> None:
        """Write what waits, if that can be; what cannot waits on the disk."""
        for line in self._lines.values():
            line.close()

    def device_of(self, bench: str) -> UUID:
        """In whose name the bench's events are stored."""
        return self._lines[bench].device


class _Line:
    """The events of one bench, numbered on from what the store knows."""

    def __init__(self, store: Store, bench: str, folder: Path, clock: BenchClock) -> None:
        self.device = own_device(store, bench, DEVICE)
        self._clock, self._due_s = clock, clock.t_s()
        self._spool = Spool(folder, clock)
        self._replay = Replay(self._spool, StoreLine(store, self.device, bench), clock, folder)

    def add(self, kind: str, subject: str, value: str) -> None:
        self._spool.append(Noted(kind, subject, value))

    def write(self) -> None:
        """What waits; it goes on waiting while the store cannot write."""
        if self._spool.state.waiting and self._clock.t_s() >= self._due_s:
            self._due_s = self._clock.t_s() + self._replay.step()

    def close(self) -> None:
        self.write()
        self._spool.close()


def _facts(view: SeatView) -> Iterator[tuple[str, str, str]]:
    """What an event is made of when it changes."""
    yield "attempt", "state", view.state.value
    yield "camera", "state", view.camera.state.value
    standing = view.standing
    if standing is None:
        return
    for step in standing.steps:
        yield "step", step.id, step.state.value
    for alert in standing.alerts:
        subject = f"{alert.key.rule} {alert.key.subject} {alert.key.number}"
        yield "alert", subject, "corrected" if alert.corrected else f"{alert.t_s:.1f}"
