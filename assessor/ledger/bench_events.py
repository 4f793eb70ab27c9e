"""Takes in what a bench reports (route -> rows): each event once, however often and in whatever order."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from assessor.benchbox.server_line import Answer, AwayError, ReportedEvent
from assessor.errors import StoreError
from assessor.ledger.audit import Actor, append
from assessor.store import Store
from assessor.store.ledger_tables import AuditRow, BenchEventRow

CLOCK_OFF = timedelta(seconds=2)  # from here on a bench's clock is corrected, and the chain says so
CLOCK = "bench.clock"


@dataclass(frozen=True, slots=True)
class BenchEvent:
    """One event. `seq` counts at the bench, from 1, and never twice for two events."""

    seq: int
    happened_utc: datetime
    kind: str
    subject: str
    value: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report. `highest`: the greatest number known of this device; `offset_s`: how old the
    report was by the server's clock: how far the bench's clock is behind, and how long it was on its way."""

    stored: int
    known: int
    highest: int
    offset_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a bench sends. `offset_s`: what it measured by itself of how far its clock is behind the server's;
    a report that was long on its way says nothing of the clock."""

    sent_utc: datetime
    events: Sequence[BenchEvent]
    offset_s: float | None = None


def take_events(store: Store, device_id: UUID, bench: str, report: Report) -> Taken:
    """Keep the events that are new; they are on disk when this returns. Raises StoreError."""
    now = store.now()
    age = now - report.sent_utc
    offset = age if report.offset_s is None else timedelta(seconds=report.offset_s)
    shift = offset if abs(offset) > CLOCK_OFF else timedelta()
    by_seq = {
        event.seq: event for event in reversed(report.events)
    }  # of two with one number the first counts

    def work(session: Session) -> Taken:
        own = BenchEventRow.device_id == device_id
        known = set(
            session.scalars(select(BenchEventRow.bench_seq).where(own, BenchEventRow.bench_seq.in_(by_seq)))
        )
        new = [event for seq, event in sorted(by_seq.items()) if seq not in known]
        rows = [
            {
                "device_id": device_id,
                "bench": bench,
                "bench_seq": event.seq,
                "happened_utc": event.happened_utc + shift,
                "received_utc": now,
                "kind": event.kind,
                "subject": event.subject,
                "value": event.value,
                "confidence": event.confidence,
            }
            for event in new
        ]
        if rows:
            session.execute(insert(BenchEventRow), rows)
        if rows:
            _note_clock(session, now, (device_id, bench), offset)
        highest = session.scalar(select(func.max(BenchEventRow.bench_seq)).where(own)) or 0
        return Taken(len(new), len(report.events) - len(new), highest, age.total_seconds())

    return store.write(work)


class StoreLine:
    """The way of a bench to a store that its own process opened; `api/bench_line.py` is the one over HTTP."""

    def __init__(self, store: Store, device_id: UUID, bench: str) -> None:
        self._store, self._device_id, self._bench = store, device_id, bench

    def report(self, sent_utc: datetime, offset_s: float | None, events: Sequence[ReportedEvent]) -> Answer:
        """Keep a report. Raises AwayError while the database cannot be written to."""
        told = [BenchEvent(**asdict(event)) for event in events]
        try:
            taken = take_events(self._store, self._device_id, self._bench, Report(sent_utc, told, offset_s))
        except StoreError as error:
            raise AwayError(str(error)) from error
        return Answer(taken.highest, taken.offset_s)


def _note_clock(session: Session, now: datetime, of: tuple[UUID, str], offset: timedelta) -> None:
    """Say in the chain how far the clock is off when it has become another clock, not with every report."""
    device, bench = str(of[0]), of[1]
    query = select(AuditRow.detail).where(AuditRow.action == CLOCK, AuditRow.actor_id == device)
    noted = session.scalar(query.order_by(AuditRow.seq.desc()).limit(1)) or {"offset_s": 0.0}
    if abs(offset - timedelta(seconds=noted["offset_s"])) > CLOCK_OFF:
        told = {"offset_s": round(offset.total_seconds(), 3)}
        append(session, now, Actor("device", device), CLOCK, "bench", bench, told)
