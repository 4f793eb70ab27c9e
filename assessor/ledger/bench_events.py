"""Takes in what a bench reports (route -> rows): each event once, however often and in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from assessor.ledger.audit import Actor, append
from assessor.store import Store
from assessor.store.ledger_tables import BenchEventRow

CLOCK_OFF = timedelta(seconds=2)  # from here on a bench's clock is corrected, and the chain says so


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
    """What became of a report. `highest`: the greatest number known of this device; `offset_s`: how far the
    bench's clock is behind the server's."""

    stored: int
    known: int
    highest: int
    offset_s: float


def take_events(
    store: Store, device_id: UUID, bench: str, sent_utc: datetime, events: Sequence[BenchEvent]
) -> Taken:
    """Keep the events that are new; they are on disk when this returns. Raises StoreError."""
    now = store.now()
    offset = now - sent_utc
    shift = offset if abs(offset) > CLOCK_OFF else timedelta()
    by_seq = {event.seq: event for event in reversed(events)}  # of two with one number the first counts

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
        if shift and rows:
            told = {"offset_s": round(offset.total_seconds(), 3)}
            append(session, now, Actor("device", str(device_id)), "bench.clock", "bench", bench, told)
        highest = session.scalar(select(func.max(BenchEventRow.bench_seq)).where(own)) or 0
        return Taken(len(new), len(events) - len(new), highest, offset.total_seconds())

    return store.write(work)
