"""Says whose data was seen or taken in a stretch of time, and by whom: what a school must know after a leak.

From the audit chain: clips and stills that were looked at, data that was read or given out. What somebody
saw of points in a list stands in no entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session, aliased

from assessor.errors import RefusedError
from assessor.ledger.audit import Actor, append
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import persons_seen
from assessor.store import Store
from assessor.store.decision_tables import AssignmentRow
from assessor.store.ledger_tables import AuditRow
from assessor.store.people_tables import PersonRow
from assessor.store.tables import AttemptRow, EvidenceRow
from assessor.text_tables import Cell, Sheet, xlsx_of
from assessor.types import Text

OF_EVIDENCE = ("clip.view", "still.view")
OF_ATTEMPT = ("sheet.print",)  # the printed sheet shows stills
OF_PERSON = ("person.export", "person.read")


@dataclass(frozen=True, slots=True)
class Period:
    """From `since_utc` until before `until_utc`; `actor_id`: what this person or device saw alone."""

    since_utc: datetime
    until_utc: datetime
    actor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one actor saw or took of one person. `person_id` None: an attempt that is nobody's yet."""

    person_id: UUID | None
    number: str
    name: str
    by_id: str
    by_name: str
    action: str
    times: int
    first_utc: datetime
    last_utc: datetime


def whose_data(store: Store, caller: Caller, period: Period) -> tuple[Seen, ...]:
    """By number, action and actor. Raises NotAllowedError, RefusedError; the look itself is audited."""
    caller.must(Action.READ_BREACH)
    if period.since_utc >= period.until_utc:
        raise RefusedError(Text("起始时间应早于结束时间。", "Expected a beginning before the end."))
    now = store.now()
    found = store.read(lambda session: tuple(_seen(session, caller, period)))
    told = {"since": period.since_utc, "until": period.until_utc, "rows": len(found)}
    actor = Actor(caller.kind, caller.id)
    store.write(
        lambda session: append(session, now, actor, "audit.breach", "actor", period.actor_id, told).seq
    )
    return found


def breach_xlsx(found: tuple[Seen, ...], language: str) -> bytes:
    """As a table, in "zh" or "en"; times in UTC."""
    rows: list[list[Cell]] = [[getattr(title, language) for title in _TITLES]]
    for one in found:
        action = getattr(_WORDS.get(one.action, Text(one.action, one.action)), language)
        first, last = (at.isoformat(" ", "seconds") for at in (one.first_utc, one.last_utc))
        rows.append([one.number, one.name, action, one.times, first, last, one.by_name, one.by_id])
    return xlsx_of([Sheet(getattr(_NAME, language), rows)])


_NAME = Text("数据查看情况", "Whose data was seen")
_TITLES = (
    *(Text("学号", "Number"), Text("姓名", "Name"), Text("行为", "What")),
    *(Text("次数", "Times"), Text("首次（UTC）", "First (UTC)"), Text("末次（UTC）", "Last (UTC)")),
    *(Text("操作者", "By"), Text("操作者编号", "By, id")),
)
_WORDS = {
    "clip.view": Text("查看片段", "Clip seen"),
    "still.view": Text("查看截图", "Still seen"),
    "sheet.print": Text("打印评分表（含截图）", "Mark sheet with stills printed"),
    "person.export": Text("导出全部数据", "Data given out"),
    "person.read": Text("查看全部数据", "Data read"),
}


def _seen(session: Session, caller: Caller, period: Period) -> Iterator[Seen]:
    whose = _owners(session, period)
    grouped: dict[tuple[UUID | None, str, str], list[datetime]] = {}
    for row in session.scalars(select(AuditRow).where(*_within(period)).order_by(AuditRow.seq)):
        owner = _uuid(row.object_id) if row.action in OF_PERSON else whose.get(row.object_id or "")
        grouped.setdefault((owner, row.action, row.actor_id or ""), []).append(row.utc)
    people = _people(session, caller, {owner for owner, _, _ in grouped if owner is not None})
    actors = _people(session, caller, {known for _, _, by in grouped if (known := _uuid(by)) is not None})
    for (owner, action, by), times in sorted(grouped.items(), key=lambda one: (str(one[0][0]), one[0][1:])):
        if owner in people or (owner is None and _uuid(by) in actors):
            number, name = people.get(owner, ("", "")) if owner else ("", "")
            by_name = actors.get(_uuid(by), ("", ""))[1]
            yield Seen(owner, number, name, by, by_name, action, len(times), times[0], times[-1])


def _within(period: Period) -> list[ColumnElement[bool]]:
    where = [
        AuditRow.action.in_(OF_EVIDENCE + OF_ATTEMPT + OF_PERSON),
        AuditRow.utc >= period.since_utc,
        AuditRow.utc < period.until_utc,
    ]
    return [*where, AuditRow.actor_id == str(period.actor_id)] if period.actor_id else where


def _owners(session: Session, period: Period) -> dict[str, UUID | None]:
    """Whose the evidence or the attempt is that was looked at, by its id as the chain has it."""
    looked = session.scalars(
        select(AuditRow.object_id)
        .where(*_within(period), AuditRow.action.in_(OF_EVIDENCE + OF_ATTEMPT))
        .distinct()
    )
    ids = [known for one in looked if (known := _uuid(one)) is not None]
    later = aliased(AssignmentRow)
    newest = select(func.max(later.seq)).where(later.attempt_id == AttemptRow.id).correlate(AttemptRow)
    found: dict[str, UUID | None] = {}
    for at in range(0, len(ids), _AT_ONCE):
        some = ids[at : at + _AT_ONCE]
        query = (
            select(EvidenceRow.id, AttemptRow.id, AssignmentRow.person_id)
            .select_from(AttemptRow)
            .outerjoin(EvidenceRow, EvidenceRow.attempt_id == AttemptRow.id)
            .outerjoin(AssignmentRow, AssignmentRow.seq == newest.scalar_subquery())
            .where(EvidenceRow.id.in_(some) | AttemptRow.id.in_(some))
        )
        for evidence, attempt, person in session.execute(query):
            found |= {str(evidence): person, str(attempt): person}
    return found


def _people(session: Session, caller: Caller, ids: set[UUID]) -> dict[UUID | None, tuple[str, str]]:
    wanted = PersonRow.id.in_(ids) if ids else false()
    query = select(PersonRow).where(wanted, persons_seen(caller, Action.READ_BREACH))
    return {row.id: (row.number, row.name) for row in session.scalars(query)}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


_AT_ONCE = 500
