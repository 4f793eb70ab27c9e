"""Gives back what benches reported, in the order of the bench (device -> events the caller may see)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import devices_seen, events_seen
from assessor.store import Store, UnknownIdError
from assessor.store.ledger_tables import BenchEventRow
from assessor.store.people_tables import DeviceRow


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """What a bench saw. `seq` counts at the device; what came late stands in its place."""

    seq: int
    happened_utc: datetime
    received_utc: datetime
    kind: str
    subject: str
    value: str | None
    confidence: float


def events_of(
    store: Store, caller: Caller, device_id: UUID, from_seq: int = 0, limit: int = 200
) -> tuple[ReportedEvent, ...]:
    """What a device reported from this number on. Raises UnknownIdError."""
    caller.must(Action.READ_EVENTS)

    def read(session: Session) -> tuple[ReportedEvent, ...]:
        seen = devices_seen(caller, Action.READ_EVENTS)
        if session.scalar(select(DeviceRow.id).where(DeviceRow.id == device_id, seen)) is None:
            raise UnknownIdError("device", device_id)
        query = (
            select(BenchEventRow)
            .where(
                BenchEventRow.device_id == device_id, BenchEventRow.bench_seq >= from_seq, events_seen(caller)
            )
            .order_by(BenchEventRow.bench_seq)
            .limit(limit)
        )
        return tuple(_event(row) for row in session.scalars(query))

    return store.read(read)


def _event(row: BenchEventRow) -> ReportedEvent:
    return ReportedEvent(
        seq=row.bench_seq,
        happened_utc=row.happened_utc,
        received_utc=row.received_utc,
        kind=row.kind,
        subject=row.subject,
        value=row.value,
        confidence=row.confidence,
    )
