"""Says what is kept against its days and why, and what was removed (holds, appeals, removals -> console)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from assessor.ledger.kept_files import APPEAL_ENDS
from assessor.store import Store
from assessor.store.decision_tables import AppealRow, AppealStepRow, HoldRow
from assessor.store.ledger_tables import RemovalRow
from assessor.store.tables import AttemptRow


@dataclass(frozen=True, slots=True)
class KeptAttempt:
    """An attempt of which nothing is removed. `hold_id`: of the hold that keeps it, None: an open appeal."""

    attempt_id: UUID
    reason: str
    since_utc: datetime
    hold_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """One run that removed something. `why`: "retention", "consent" or "erasure"."""

    created_utc: datetime
    why: str
    files: int
    attempts: int


def kept_attempts(store: Store, seen: ColumnElement[bool]) -> tuple[KeptAttempt, ...]:
    """What holds and open appeals keep of the attempts that are `seen` (on `AttemptRow`), newest first."""
    holds = (
        select(HoldRow)
        .join(AttemptRow, AttemptRow.id == HoldRow.attempt_id)
        .where(HoldRow.released_utc.is_(None), seen)
    )
    ended = exists().where(AppealStepRow.appeal_id == AppealRow.id, AppealStepRow.kind.in_(APPEAL_ENDS))
    appeals = select(AppealRow).join(AttemptRow, AttemptRow.id == AppealRow.attempt_id).where(~ended, seen)
    found: Sequence[KeptAttempt] = store.read(
        lambda session: [
            *(
                KeptAttempt(row.attempt_id, row.reason, row.created_utc, row.id)
                for row in session.scalars(holds)
            ),
            *(KeptAttempt(row.attempt_id, row.item, row.created_utc) for row in session.scalars(appeals)),
        ]
    )
    return tuple(sorted(found, key=lambda one: one.since_utc, reverse=True))


def removals(store: Store, seen: ColumnElement[bool], limit: int = 20) -> tuple[Removal, ...]:
    """The newest runs that removed something of the attempts that are `seen`: how much each took."""
    files, attempts = func.count(), func.count(RemovalRow.attempt_id.distinct())
    query = (
        select(RemovalRow.created_utc, RemovalRow.why, files, attempts)
        .join(AttemptRow, AttemptRow.id == RemovalRow.attempt_id)
        .where(seen)
        .group_by(RemovalRow.created_utc, RemovalRow.why)
        .order_by(RemovalRow.created_utc.desc(), RemovalRow.why)
        .limit(limit)
    )
    return store.read(lambda session: tuple(Removal(*row) for row in session.execute(query)))
