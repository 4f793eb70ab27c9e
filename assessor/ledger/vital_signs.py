"""Counts what tells an operator that something goes wrong (store -> numbers for Prometheus)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessor.store import Store
from assessor.store.ledger_tables import AuditRow, BenchEventRow
from assessor.store.people_tables import FailedSignInRow
from assessor.store.rights_tables import DataRequestEndRow, DataRequestRow

BACKUP = "backup.make"
_HOUR = timedelta(hours=1)
LOCKED_FROM = 20  # refused tries of a login within an hour, as people/sign_in.py counts them


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """As they are now. `last_backup_s`: Unix time, 0 where none was ever made; `logins_locked`: names that
    have to wait up to an hour for their next try."""

    waiting_writes: int
    events: int
    failed_sign_ins: int
    logins_locked: int
    open_data_requests: int
    last_backup_s: float


def vital_signs(store: Store) -> VitalSigns:
    """Cheap enough to be asked every few seconds. Raises StoreError."""
    now = store.now()
    return store.read(lambda session: _signs(session, store, now))


def _signs(session: Session, store: Store, now: datetime) -> VitalSigns:
    tries = (
        select(func.count().label("tries"))
        .select_from(FailedSignInRow)
        .where(FailedSignInRow.created_utc > now - _HOUR)
        .group_by(FailedSignInRow.login)
        .subquery()
    )
    failed, locked = session.execute(
        select(func.sum(tries.c.tries), func.count().filter(tries.c.tries >= LOCKED_FROM)).select_from(tries)
    ).one()
    backup = session.scalar(select(func.max(AuditRow.utc)).where(AuditRow.action == BACKUP))
    asked = session.scalar(select(func.count()).select_from(DataRequestRow)) or 0
    ended = session.scalar(select(func.count()).select_from(DataRequestEndRow)) or 0
    return VitalSigns(
        waiting_writes=store.waiting,
        events=session.scalar(select(func.max(BenchEventRow.seq))) or 0,  # none is ever removed
        failed_sign_ins=failed or 0,
        logins_locked=locked,
        open_data_requests=asked - ended,
        last_backup_s=backup.timestamp() if backup else 0.0,
    )
