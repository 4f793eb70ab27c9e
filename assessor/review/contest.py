"""How far a contest is and how each marker marks: stages, score curves, what was flagged (store -> console).

Takes the decisions on attempts that two people mark and the caller may see. Who only marks learns how far it
is and what they gave themself; who arbitrates sees everybody.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.marks.vetoes import PROPOSED
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.review.desk import to_opinion
from assessor.review.intake import take_in
from assessor.review.queue import newest_assignment
from assessor.review.scheme import double_classes
from assessor.review.standing import Opinion, Round, Tab, chain_of
from assessor.review.wishes import ABNORMAL
from assessor.store import Store
from assessor.store.decision_tables import AssignmentRow, ReviewItemRow, ReviewRow
from assessor.store.people_tables import PersonRow
from assessor.store.tables import AttemptRow, MarkLineRow, MarkSheetRow
from assessor.types import Text

SETTLED = "settled"
STAGES = (Round.FIRST.value, Round.SECOND.value, Round.THIRD.value, Round.ARBITRATION.value, SETTLED)
MARKED_BY_MARKERS = (Round.FIRST, Round.SECOND, Round.THIRD)
BINS = 10  # of the score curve: tenths of an item's points, full marks with the last
Key = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class MarkerFigures:
    """One marker. `curve`: how many marks fell into each tenth of the item's points; `mean`, `spread`: of
    these shares; `apart`: mean share of points that the other marker gave less (only for an arbiter)."""

    person_id: UUID
    name: str
    count: int
    curve: tuple[int, ...]
    mean: float | None
    spread: float | None
    apart: float | None
    flagged: int
    took_s: float | None


@dataclass(frozen=True, slots=True)
class Abnormal:
    """Something a marker found out of order, for whoever arbitrates. `open`: nobody has decided yet."""

    attempt_id: UUID
    item: str
    title: Text
    note: str
    by: str
    created_utc: datetime
    open: bool


@dataclass(frozen=True, slots=True)
class ContestItem:
    """An item of the rubric that is marked. `check`: by what; people judge `person`."""

    item: str
    title: Text
    points: float
    check: str


@dataclass(frozen=True, slots=True)
class Contest:
    """`stages`: items by the round that they wait for, and those that are settled."""

    attempts: int
    items: tuple[ContestItem, ...]
    stages: Mapping[str, int]
    markers: tuple[MarkerFigures, ...]
    abnormal: tuple[Abnormal, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    """What one marker said of one item."""

    key: Key
    opinion: Opinion
    took_s: float | None


@dataclass(frozen=True, slots=True)
class _Marks:
    """Everything that was said, beside the items' titles and points."""

    items: Mapping[Key, ReviewItemRow]
    lines: Mapping[Key, ContestItem]
    given: Sequence[_Given]
    names: Mapping[UUID, str]

    def share(self, one: _Given) -> float | None:
        """Of the item's points; None for a doubt and for what has none."""
        points = self.lines[one.key].points if one.key in self.lines else 0.0
        return None if one.opinion.mark is None or points <= 0 else one.opinion.mark / points


def contest(store: Store, caller: Caller, class_id: UUID | None = None) -> Contest:
    """How far the classes are that two people mark, or one of them. Raises NotAllowedError."""
    caller.must(Action.REVIEW)
    take_in(store)
    return store.read(lambda session: _read(session, caller, class_id))


def _read(session: Session, caller: Caller, class_id: UUID | None) -> Contest:
    items = _items(session, caller, class_id)
    marks = _marks(session, items)
    sees_all = caller.may(Action.ARBITRATE)
    by_person: dict[UUID, list[_Given]] = defaultdict(list)
    for one in marks.given:
        if sees_all or one.opinion.by_id == caller.person_id:
            by_person[one.opinion.by_id].append(one)
    apart = _apart(marks) if sees_all else {}
    figures = [_figures(marks, id, given, apart.get(id)) for id, given in by_person.items()]
    stages = Counter(row.awaits or SETTLED for row in items.values() if row.awaits or row.tab != Tab.CLEAR)
    return Contest(
        attempts=len({attempt for attempt, _ in items}),
        items=tuple({key[1]: line for key, line in marks.lines.items() if key in items}.values()),
        stages={stage: stages.get(stage, 0) for stage in STAGES},
        markers=tuple(sorted(figures, key=lambda one: one.name)),
        abnormal=tuple(_abnormal(marks, (one for given in by_person.values() for one in given))),
    )


def _items(session: Session, caller: Caller, class_id: UUID | None) -> dict[Key, ReviewItemRow]:
    query = (
        select(ReviewItemRow, AssignmentRow.class_id)
        .join(AttemptRow, AttemptRow.id == ReviewItemRow.attempt_id)
        .outerjoin(AssignmentRow, AssignmentRow.seq == newest_assignment())
        .where(attempts_seen(caller, Action.REVIEW))
    )
    if class_id is not None:
        query = query.where(AssignmentRow.class_id == class_id)
    is_double = double_classes(session)
    return {(row.attempt_id, row.item): row for row, of in session.execute(query) if is_double(of)}


def _marks(session: Session, items: Mapping[Key, ReviewItemRow]) -> _Marks:
    attempts = {attempt for attempt, _ in items}
    query = select(ReviewRow).where(ReviewRow.attempt_id.in_(attempts)).order_by(ReviewRow.seq)
    said: dict[Key, list[ReviewRow]] = defaultdict(list)
    for row in session.scalars(query):
        said[row.attempt_id, row.item].append(row)
    given = [one for key, rows in said.items() if key in items for one in _given(key, rows)]
    people = session.execute(
        select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_({one.opinion.by_id for one in given}))
    )
    return _Marks(items, _lines(session, attempts), given, {row.id: row.name for row in people})


def _given(key: Key, rows: Sequence[ReviewRow]) -> Iterable[_Given]:
    """What counts of each round."""
    took = {row.id: row.took_s for row in rows}
    opinions = [to_opinion(row) for row in rows]
    for round_ in MARKED_BY_MARKERS:
        head = chain_of(one for one in opinions if one.round is round_).head
        if head is not None:
            yield _Given(key, head, took[head.id])


def _lines(session: Session, attempts: set[UUID]) -> dict[Key, ContestItem]:
    query = (
        select(MarkSheetRow.attempt_id, MarkLineRow)
        .join(MarkLineRow, MarkLineRow.sheet_id == MarkSheetRow.id)
        .where(MarkSheetRow.attempt_id.in_(attempts), MarkSheetRow.state == PROPOSED)
        .order_by(MarkLineRow.position)
    )
    return {
        (attempt, line.item): ContestItem(
            line.item, Text(line.title_zh, line.title_en), line.points, line.check
        )
        for attempt, line in session.execute(query)
    }


def _apart(marks: _Marks) -> dict[UUID, float]:
    """Mean share of points that each gave more than the other of the first two."""
    pairs: dict[Key, list[_Given]] = defaultdict(list)
    for one in marks.given:
        if one.opinion.round is not Round.THIRD and marks.share(one) is not None:
            pairs[one.key].append(one)
    found: dict[UUID, list[float]] = defaultdict(list)
    for pair in pairs.values():
        if len(pair) == 2:
            shares = [marks.share(one) or 0.0 for one in pair]
            found[pair[0].opinion.by_id].append(shares[0] - shares[1])
            found[pair[1].opinion.by_id].append(shares[1] - shares[0])
    return {id: math.fsum(all_) / len(all_) for id, all_ in found.items()}


def _figures(marks: _Marks, id: UUID, given: Sequence[_Given], apart: float | None) -> MarkerFigures:
    shares = [share for one in given if (share := marks.share(one)) is not None]
    took = [one.took_s for one in given if one.took_s is not None]
    bins = Counter(min(max(0, int(share * BINS + 1e-9)), BINS - 1) for share in shares)
    mean = math.fsum(shares) / len(shares) if shares else None
    spread = None if mean is None else math.sqrt(math.fsum((s - mean) ** 2 for s in shares) / len(shares))
    return MarkerFigures(
        person_id=id,
        name=marks.names.get(id, ""),
        count=len(given),
        curve=tuple(bins.get(number, 0) for number in range(BINS)),
        mean=mean,
        spread=spread,
        apart=apart,
        flagged=sum(one.opinion.reason_code == ABNORMAL for one in given),
        took_s=math.fsum(took) / len(took) if took else None,
    )


def _abnormal(marks: _Marks, given: Iterable[_Given]) -> Iterable[Abnormal]:
    found = [one for one in given if one.opinion.reason_code == ABNORMAL]
    for one in sorted(found, key=lambda one: -one.opinion.seq):
        yield Abnormal(
            attempt_id=one.key[0],
            item=one.key[1],
            title=marks.lines[one.key].title if one.key in marks.lines else Text(one.key[1], one.key[1]),
            note=one.opinion.reason or "",
            by=marks.names.get(one.opinion.by_id, ""),
            created_utc=one.opinion.created_utc,
            open=marks.items[one.key].awaits is not None,
        )
