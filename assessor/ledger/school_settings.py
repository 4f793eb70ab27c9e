"""Reads and changes what the school set (`setting` rows), and keeps this installation's own secret there."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from assessor.ledger.audit import Actor, append
from assessor.store.ledger_tables import SettingRow

_SECRET = "installation_secret"


def read_setting(session: Session, name: str) -> dict[str, Any]:
    """Its value; empty if the school has not set it."""
    row = session.get(SettingRow, name)
    return {} if row is None else dict(row.value)


def change_setting(
    session: Session, now: datetime, actor: Actor, name: str, value: Mapping[str, Any]
) -> None:
    """Set it, and say in the audit chain who set it to what."""
    by_id = UUID(actor.id) if actor.kind == "person" and actor.id else None
    row = session.get(SettingRow, name)
    if row is None:
        session.add(SettingRow(name=name, value=dict(value), updated_utc=now, by_id=by_id))
    else:
        row.value, row.updated_utc, row.by_id = dict(value), now, by_id
    append(session, now, actor, "setting.change", "setting", name, value)


def installation_secret(session: Session, now: datetime) -> bytes:
    """32 random bytes of this installation, the key of hashes of erased numbers and of receipts."""
    row = session.get(SettingRow, _SECRET)
    if row is None:
        row = SettingRow(name=_SECRET, value={"hex": secrets.token_hex(32)}, updated_utc=now)
        session.add(row)
        session.flush()
    return bytes.fromhex(row.value["hex"])
