"""Reads the audit chain, the newest entry first (audit_entry -> console)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from assessor.store import Store
from assessor.store.ledger_tables import AuditRow


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is shown; ids, never names."""

    seq: int
    utc: datetime
    actor_kind: str
    actor_id: str | None
    action: str
    object_kind: str | None
    object_id: str | None
    detail: Mapping[str, Any]


def newest_entries(store: Store, limit: int = 100, before: int | None = None) -> tuple[Entry, ...]:
    """One page; `before`: the last `seq` of the page before."""
    query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRow.seq < before)
    return store.read(
        lambda session: tuple(
            Entry(
                row.seq,
                row.utc,
                row.actor_kind,
                row.actor_id,
                row.action,
                row.object_kind,
                row.object_id,
                dict(row.detail),
            )
            for row in session.scalars(query)
        )
    )
