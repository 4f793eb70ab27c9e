"""What happened at the benches → bench events in the store: attempts, steps, alerts, gaps; none is lost.

While the database cannot be written to, events wait here and are written in their order afterwards.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.ledger.bench_events import BenchEvent, Report, take_events
from assessor.live.seat import SeatView
from assessor.people.secrets import DEVICE_KEY, hash_of, new_token
from assessor.store import Store
from assessor.store.ledger_tables import BenchEventRow
from assessor.store.people_tables import DeviceRow, SchoolRow

log = logging.getLogger("assessor.live")
DEVICE = "assessor watch"
AT_ONCE = 200


class SeatLog:
    """Compares what is shown of each bench with what was shown before. A school must be set up first."""

    def __init__(self, store: Store, benches: Sequence[str]) -> None:
        self._store = store
        self._lines = {bench: _Line(store, bench) for bench in benches}
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

    def device_of(self, bench: str) -> UUID:
        """In whose name the bench's events are stored."""
        return self._lines[bench].device


class _Line:
    """The events of one bench, numbered on from what the store knows."""

    def __init__(self, store: Store, bench: str) -> None:
        self._store, self._bench = store, bench
        self.device = store.write(lambda session: _device_of(session, store, bench))
        self._seq = store.read(lambda session: _highest(session, self.device))
        self._waiting: list[BenchEvent] = []
        self._lock = threading.Lock()

    def add(self, kind: str, subject: str, value: str) -> None:
        with self._lock:
            self._seq += 1
            self._waiting.append(BenchEvent(self._seq, self._store.now(), kind, subject, value, 1.0))

    def write(self) -> None:
        """What waits; it goes on waiting while the store cannot write."""
        with self._lock:
            events = self._waiting[:AT_ONCE]
        if not events:
            return
        try:
            report = Report(self._store.now(), events, offset_s=0.0)  # the same clock
            take_events(self._store, self.device, self._bench, report)
        except StoreError as error:
            log.warning("events of %s wait: %s", self._bench, error)
            return
        with self._lock:
            del self._waiting[: len(events)]


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


def _device_of(session: Session, store: Store, bench: str) -> UUID:
    """The device in whose name this process reports; nobody holds its key."""
    named = DeviceRow.bench == bench, DeviceRow.name == DEVICE
    known = session.scalar(select(DeviceRow.id).where(*named))
    if known is not None:
        return known
    school = session.scalars(select(SchoolRow.id)).first()
    if school is None:
        raise StoreError("expected a school, but none is set up; open the console's set-up link first")
    key = hash_of(new_token(DEVICE_KEY))
    row = DeviceRow(school_id=school, bench=bench, name=DEVICE, key_sha256=key, created_utc=store.now())
    session.add(row)
    session.flush()
    return row.id


def _highest(session: Session, device: UUID) -> int:
    query = select(func.max(BenchEventRow.bench_seq)).where(BenchEventRow.device_id == device)
    return session.scalar(query) or 0
