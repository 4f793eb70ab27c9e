"""What is to be reviewed, the gravest first (review_item -> api, console), with how much is left in each tab.

Takes the caller and a filter; gives a page of items with what their reviewer needs to choose among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, load_only

from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.review.intake import take_in
from assessor.review.queue_items import QueueItem, to_items
from assessor.review.standing import Round, Tab
from assessor.store import Store
from assessor.store.decision_tables import AssignmentRow, ReviewItemRow, ReviewRow
from assessor.store.people_tables import ClassRow, PersonRow
from assessor.store.tables import AttemptRow, BenchVersionRow, ProcedureVersionRow

MOST = 200
ORDER = (
    ReviewItemRow.severity,
    ReviewItemRow.confidence,
    ReviewItemRow.attempt_seq,
    ReviewItemRow.position,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order an item stands; the next page begins after it."""

    severity: int
    confidence: float
    attempt_seq: int
    position: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items. `step`, `rule`: ids that an item rests on; `student`: person; `before`, `since`: when the
    attempt was scored; `surer_than`, `less_sure_than`: the machine's confidence."""

    tab: Tab = Tab.TO_REVIEW
    class_id: UUID | None = None
    bench: str | None = None
    procedure: str | None = None
    item: str | None = None
    step: str | None = None
    rule: str | None = None
    student: UUID | None = None
    reviewer: UUID | None = None
    attempt_id: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None
    surer_than: float | None = None
    less_sure_than: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `left`: how many items each tab has with the same filter; `next`: where to go on."""

    items: tuple[QueueItem, ...]
    left: Mapping[Tab, int]
    next: Place | None


def review_queue(
    store: Store, caller: Caller, wanted: Filter, limit: int = 50, after: Place | None = None
) -> Page:
    """One page of the queue. Raises NotAllowedError."""
    caller.must(Action.REVIEW)
    take_in(store)
    limit = max(1, min(limit, MOST))

    def read(session: Session) -> Page:
        found = session.execute(_page(caller, wanted, after).limit(limit + 1)).all()
        items = to_items(session, caller, found[:limit])
        following = _place(found[limit - 1][0]) if len(found) > limit else None
        return Page(items, _left(session, caller, wanted), following)

    return store.read(read)


def _page(caller: Caller, wanted: Filter, after: Place | None) -> Select[*tuple[Any, ...]]:
    owner = aliased(AssignmentRow)
    query = (
        select(
            ReviewItemRow,
            AttemptRow,
            BenchVersionRow.name,
            ProcedureVersionRow,
            PersonRow,
            owner.class_id,
            ClassRow,
        )
        .join(AttemptRow, AttemptRow.id == ReviewItemRow.attempt_id)
        .join(BenchVersionRow, BenchVersionRow.sha256 == AttemptRow.bench_sha256)
        .join(ProcedureVersionRow, ProcedureVersionRow.sha256 == AttemptRow.procedure_sha256)
        .outerjoin(owner, owner.seq == newest_assignment())
        .outerjoin(PersonRow, PersonRow.id == owner.person_id)
        .outerjoin(ClassRow, ClassRow.id == owner.class_id)
        .options(
            load_only(AttemptRow.created_utc),
            load_only(ProcedureVersionRow.id, ProcedureVersionRow.title_zh, ProcedureVersionRow.title_en),
            load_only(PersonRow.name),
            load_only(ClassRow.name),
        )
        .where(ReviewItemRow.tab == wanted.tab.value, *conditions_of(caller, wanted))
        .order_by(*ORDER)
    )
    return query if after is None else query.where(_after(after))


def _place(row: ReviewItemRow) -> Place:
    return Place(row.severity, row.confidence, row.attempt_seq, row.position)


def _after(place: Place) -> ColumnElement[bool]:
    values = (place.severity, place.confidence, place.attempt_seq, place.position)
    return tuple_(*ORDER) > tuple_(*values)


def _left(session: Session, caller: Caller, wanted: Filter) -> dict[Tab, int]:
    query = (
        select(ReviewItemRow.tab, func.count().label("number"))
        .join(AttemptRow, AttemptRow.id == ReviewItemRow.attempt_id)
        .where(ReviewItemRow.tab != Tab.CLEAR.value, *conditions_of(caller, wanted))
        .group_by(ReviewItemRow.tab)
    )
    counts = {row.tab: row.number for row in session.execute(query)}
    return {tab: counts.get(tab.value, 0) for tab in Tab if tab is not Tab.CLEAR}


def conditions_of(caller: Caller, wanted: Filter) -> list[ColumnElement[bool]]:
    """What the filter and the caller's scope come to, for a query over items and their attempts."""
    row = ReviewItemRow
    asked: list[ColumnElement[bool] | None] = [
        attempts_seen(caller, Action.REVIEW),
        _not_marked_yet(caller),
        None if wanted.attempt_id is None else row.attempt_id == wanted.attempt_id,
        None if wanted.item is None else row.item == wanted.item,
        None if wanted.step is None else row.rests_on.contains(f" {wanted.step} ", autoescape=True),
        None if wanted.rule is None else row.rests_on.contains(f" {wanted.rule} ", autoescape=True),
        None if wanted.reviewer is None else row.by_id == wanted.reviewer,
        None if wanted.surer_than is None else row.confidence >= wanted.surer_than,
        None if wanted.less_sure_than is None else row.confidence < wanted.less_sure_than,
        None if wanted.since is None else AttemptRow.created_utc >= wanted.since,
        None if wanted.before is None else AttemptRow.created_utc < wanted.before,
        None if wanted.bench is None else AttemptRow.bench.has(BenchVersionRow.name == wanted.bench),
        None if wanted.procedure is None else AttemptRow.procedure.has(id=wanted.procedure),
        None if wanted.class_id is None else _owned(AssignmentRow.class_id == wanted.class_id),
        None if wanted.student is None else _owned(AssignmentRow.person_id == wanted.student),
    ]
    return [condition for condition in asked if condition is not None]


def _not_marked_yet(caller: Caller) -> ColumnElement[bool]:
    """What waits for another marker is nothing for the one who has marked it."""
    row = ReviewItemRow
    own = exists().where(
        ReviewRow.attempt_id == row.attempt_id, ReviewRow.item == row.item, ReviewRow.by_id == caller.person
    )
    return or_(row.awaits.is_(None), row.awaits.not_in((Round.SECOND, Round.THIRD)), ~own)


def _owned(holds: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of the newest assignment."""
    later = aliased(AssignmentRow)
    newest = select(func.max(later.seq)).group_by(later.attempt_id)
    owned = select(AssignmentRow.attempt_id).where(AssignmentRow.seq.in_(newest), holds)
    return AttemptRow.id.in_(owned)


def newest_assignment() -> ColumnElement[Any]:
    """The number of the row that says whose the attempt is now."""
    later = aliased(AssignmentRow)
    newest = select(func.max(later.seq)).where(later.attempt_id == AttemptRow.id).correlate(AttemptRow)
    return newest.scalar_subquery()
