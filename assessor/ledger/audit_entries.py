"""Reads the audit chain page by page, for whoever may (rows -> entries of one school)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from assessor.store import Store
from assessor.store.ledger_tables import AuditRow
from assessor.store.people_tables import DeviceRow, PersonRow


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose entries: a school's people's, its devices' and the machine's; of one action, of one actor."""

    school_id: UUID
    action: str | None = None
    actor_id: str | None = None


def entries_of(
    store: Store, asked: Asked, limit: int, before: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Entries, newest first, and where the next page begins."""

    def read(session: Session) -> list[dict[str, Any]]:
        others = _others(session, asked.school_id)
        query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit + 1)
        if others:
            query = query.where(or_(AuditRow.actor_id.is_(None), AuditRow.actor_id.not_in(others)))
        if asked.action is not None:
            query = query.where(AuditRow.action == asked.action)
        if asked.actor_id is not None:
            query = query.where(AuditRow.actor_id == asked.actor_id)
        if before is not None:
            query = query.where(AuditRow.seq < before)
        return [_values(row) for row in session.scalars(query)]

    found = store.read(read)
    return found[:limit], found[limit - 1]["seq"] if len(found) > limit else None


def _others(session: Session, school_id: UUID) -> list[str]:
    """Everybody of other schools; nobody in the only school."""
    found: list[str] = []
    for row in (PersonRow, DeviceRow):
        found += [str(one) for one in session.scalars(select(row.id).where(row.school_id != school_id))]
    return found


def _values(row: AuditRow) -> dict[str, Any]:
    return {
        column.key: getattr(row, column.key)
        for column in row.__mapper__.column_attrs
        if column.key != _PREVIOUS
    }


_PREVIOUS = "previous_sha256"
