"""Reads the audit chain, the newest entry first (audit_entry -> console)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from assessor.ledger.audit_entries import Asked, entries_of
from assessor.store import Store


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


def newest_entries(
    store: Store, school_id: UUID, limit: int = 100, before: int | None = None
) -> tuple[Entry, ...]:
    """One page of what a school may see; `before`: the last `seq` of the page before."""
    found, _ = entries_of(store, Asked(school_id), limit, before)
    names = Entry.__slots__
    return tuple(Entry(**{name: one[name] for name in names}) for one in found)
