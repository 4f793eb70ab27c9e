"""Removes what has been kept long enough (daily, `assessor retention`): a hold or an open appeal wins.

Days are counted from the newest mark sheet of the attempt. Until one is released its clips are kept for
`undecided` days, so that nobody loses a clip to a slow review.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger.audit import MACHINE, PRUNED, Actor, append
from assessor.ledger.kept_files import KeptFile, Kind, delete_files, files_of, held, note_removals
from assessor.ledger.school_settings import change_setting, read_setting
from assessor.store import Store
from assessor.store.ledger_tables import AnsweredRequestRow, AuditRow
from assessor.store.people_tables import FailedSignInRow, SignInRow
from assessor.store.tables import AttemptRow, MarkSheetRow
from assessor.types import Text

SETTING = "retention"
WHY = "retention"
LEAST_AUDIT_DAYS = 183  # an automatic log is kept for half a year at least (EU AI Act, article 26(6))
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Policy:
    """Days that each kind is kept."""

    clips: int = 30
    undecided: int = 180
    observations: int = 365
    supplied: int = 365
    audit: int = 3 * 365
    sign_ins: int = 90
    answers: int = 1


@dataclass(frozen=True, slots=True)
class Removed:
    """What one run took away, and what a hold or an appeal kept."""

    files: int
    rows: int
    held: int


def policy(session: Session) -> Policy:
    """What the school set, else the defaults."""
    return Policy(**read_setting(session, SETTING))


def change_policy(store: Store, actor: Actor, wanted: Policy) -> None:
    """Raises RefusedError for less than a day, or less than half a year of the audit chain."""
    least = {"audit": LEAST_AUDIT_DAYS}
    for field in fields(wanted):
        if getattr(wanted, field.name) < least.get(field.name, 1):
            days = least.get(field.name, 1)
            raise RefusedError(
                Text(f"{field.name} 至少保留 {days} 天。", f"{field.name} is kept {days} days at least.")
            )
    now = store.now()
    store.write(lambda session: change_setting(session, now, actor, SETTING, asdict(wanted)))


def retain(store: Store) -> Removed:
    """Remove everything that is past its days, some attempts at a time so that others can write between."""
    now, files, kept = store.now(), 0, 0
    after: int | None = 0
    while after is not None:
        gone, held_here, after = _retain_some(store, now, after)
        delete_files(store.data, gone)
        files, kept = files + len(gone), kept + held_here
    rows = store.write(lambda session: _prune(session, now))
    return Removed(files, rows, kept)


def _retain_some(store: Store, now: datetime, after: int) -> tuple[list[KeptFile], int, int | None]:
    """Files that go, attempts that a hold kept, and where to go on."""

    def work(session: Session) -> tuple[list[KeptFile], int, int | None]:
        rows = _some(session, after)
        gone: list[KeptFile] = []
        kept = 0
        for attempt, decided, newest, is_held in rows:
            due = _due(session, store.data, attempt, decided, (now - newest).days)
            kept += bool(due) and is_held
            gone += [] if is_held else due
        note_removals(session, gone, WHY, now)
        if gone:
            append(session, now, MACHINE, "file.remove", detail={"why": WHY, "files": len(gone)})
        return gone, kept, rows[-1][0].seq if len(rows) == _AT_ONCE else None

    return store.write(work)


def _some(session: Session, after: int) -> Sequence[tuple[AttemptRow, bool, datetime, bool]]:
    newest = (
        select(MarkSheetRow.attempt_id, func.max(MarkSheetRow.created_utc).label("newest"))
        .group_by(MarkSheetRow.attempt_id)
        .subquery()
    )
    released = (
        select(MarkSheetRow.id)
        .where(MarkSheetRow.attempt_id == AttemptRow.id, MarkSheetRow.state == "released")
        .exists()
    )
    query = (
        select(AttemptRow, released, newest.c.newest, held())
        .join(newest, newest.c.attempt_id == AttemptRow.id)
        .where(AttemptRow.seq > after)
        .order_by(AttemptRow.seq)
        .limit(_AT_ONCE)
    )
    return [(attempt, out, when, kept) for attempt, out, when, kept in session.execute(query)]


def _due(session: Session, data: Path, attempt: AttemptRow, decided: bool, age_days: int) -> list[KeptFile]:
    set_days = policy(session)
    days = {
        Kind.CLIPS: set_days.clips if decided else set_days.undecided,
        Kind.OBSERVATIONS: set_days.observations,
        Kind.SUPPLIED: set_days.supplied,
    }
    if age_days < min(days.values()):
        return []
    return [file for file in files_of(session, data, attempt) if age_days >= days[file.kind]]


def _prune(session: Session, now: datetime) -> int:
    """Rows that serve nobody any more; of the audit chain its beginning, which an entry then says."""
    days = policy(session)
    answers, sign_ins = (now - timedelta(days=n) for n in (days.answers, days.sign_ins))
    gone = 0
    for statement in (
        delete(AnsweredRequestRow).where(AnsweredRequestRow.created_utc < answers),
        delete(FailedSignInRow).where(FailedSignInRow.created_utc < sign_ins),
        delete(SignInRow).where(SignInRow.expires_utc < sign_ins),
    ):
        result = session.execute(statement)
        gone += result.rowcount if isinstance(result, CursorResult) else 0
    return gone + _prune_audit(session, now, now - timedelta(days=days.audit))


def _prune_audit(session: Session, now: datetime, until: datetime) -> int:
    last = session.scalar(select(AuditRow).where(AuditRow.utc < until).order_by(AuditRow.seq.desc()).limit(1))
    if last is None:
        return 0
    append(session, now, MACHINE, PRUNED, detail={"last_seq": last.seq, "sha256": last.sha256})
    result = session.execute(delete(AuditRow).where(AuditRow.seq <= last.seq))
    return result.rowcount if isinstance(result, CursorResult) else 0
