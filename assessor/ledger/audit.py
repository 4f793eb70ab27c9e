"""Adds entries to the audit chain in the transaction of what they tell of, and finds the first broken one.

Each entry's hash is over the entry and the hash before it. Whoever can write to the database can also compute
hashes, so the newest hash belongs outside of it: the yearly report prints it, `verify` compares with it.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessor.store import Store
from assessor.store.ledger_tables import AuditRow
from assessor.types import Text

BEFORE_THE_FIRST = "0" * 64
PRUNED = "audit.prune"  # its detail: `last_seq` and `sha256` of the last entry that is no longer kept
_CHAIN_LOCK = 7_235_081  # PostgreSQL: one writer of the chain at a time, among all processes
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `kind`: "person", "device" or "machine"."""

    kind: str
    id: str | None = None


MACHINE = Actor("machine")


@dataclass(frozen=True, slots=True)
class BadEntry:
    """The first entry at which the chain does not hold."""

    seq: int
    why: Text


@dataclass(frozen=True, slots=True)
class Chain:
    """What `verify` found. `head`: hash of the newest entry: keep it elsewhere, compare it later."""

    entries: int
    head: str
    bad: BadEntry | None


def append(  # noqa: PLR0913, PLR0917 - what an entry has
    session: Session,
    now: datetime,
    actor: Actor,
    action: str,
    object_kind: str | None = None,
    object_id: object | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AuditRow:
    """Add an entry in the session's transaction (one of `Store.write`). `action` like "clip.view"; `detail`
    holds ids and numbers, never names of people."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    last = session.execute(
        select(AuditRow.seq, AuditRow.sha256).order_by(AuditRow.seq.desc()).limit(1)
    ).one_or_none()
    row = AuditRow(
        seq=last.seq + 1 if last else 1,
        utc=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action,
        object_kind=object_kind,
        object_id=None if object_id is None else str(object_id),
        detail=json.loads(json.dumps(detail or {}, default=str)),
        previous_sha256=last.sha256 if last else BEFORE_THE_FIRST,
    )
    row.sha256 = _hash(row)
    session.add(row)
    session.flush()
    return row


def verify(store: Store, head: str | None = None) -> Chain:
    """Walk the whole chain. `head`: a hash that a report printed; it must still be that of an entry."""
    return store.read(lambda session: _verify(session, head))


def _verify(session: Session, head: str | None) -> Chain:
    query = select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=_AT_ONCE)
    first, last, entries, head_found = None, None, 0, head is None
    beginnings = {(0, BEFORE_THE_FIRST)}
    with closing(session.scalars(query)) as rows:
        for row in rows:
            if why := _fault(row, last):
                return Chain(entries, last.sha256 if last else BEFORE_THE_FIRST, BadEntry(row.seq, why))
            if row.action == PRUNED:
                beginnings.add((int(row.detail["last_seq"]), str(row.detail["sha256"])))
            head_found = head_found or row.sha256 == head
            first, last, entries = first or row, row, entries + 1
    return Chain(
        entries, last.sha256 if last else BEFORE_THE_FIRST, _cut_off(first, last, beginnings, head_found)
    )


def _cut_off(
    first: AuditRow | None, last: AuditRow | None, beginnings: set[tuple[int, str]], head_found: bool
) -> BadEntry | None:
    """Entries missing before the first or after the last one."""
    if first is not None and (first.seq - 1, first.previous_sha256) not in beginnings:
        return BadEntry(first.seq, _MISSING)
    return None if head_found else BadEntry(last.seq + 1 if last else 1, _CUT)


_EDITED = Text("内容已被改动，与其哈希不符", "was edited: it does not fit its hash")
_MISSING = Text("之前的记录缺失", "what stood before it is missing")
_CUT = Text(
    "找不到报告中的哈希：末尾的记录已被删除，或该报告早于保留期",
    "the reported hash is gone: the newest entries were removed, or the report is older than what is kept",
)


def _fault(row: AuditRow, before: AuditRow | None) -> Text | None:
    if row.sha256 != _hash(row):
        return _EDITED
    if before is not None and (row.seq, row.previous_sha256) != (before.seq + 1, before.sha256):
        return _MISSING
    return None


def _hash(row: AuditRow) -> str:
    what = [
        row.seq,
        row.utc.astimezone(UTC).isoformat(),
        row.actor_kind,
        row.actor_id,
        row.action,
        row.object_kind,
        row.object_id,
        row.detail,
        row.previous_sha256,
    ]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
