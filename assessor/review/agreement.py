"""How far machine and people, and two people, agree by item; how markers drift (store -> api, console).

Takes the decisions in the caller's scope. A person who reviews sees the machine's proposal: their agreement
with it is an upper bound of what they would have given without.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.review.agreement_measures import Pair, icc_2_1, quadratic_kappa
from assessor.review.appeal_state import Step
from assessor.review.desk import to_opinion
from assessor.review.standing import Opinion, Round, chain_of
from assessor.store import Store
from assessor.store.decision_tables import AppealRow, AppealStepRow, ReviewRow
from assessor.store.people_tables import PersonRow, SchoolRow
from assessor.store.tables import AttemptRow, MarkLineRow, MarkSheetRow, ProcedureVersionRow
from assessor.types import Text


class Between(StrEnum):
    """Whose marks are compared."""

    MACHINE_AND_PERSON = "machine_and_person"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One item of one procedure. `same`: share of equal marks; `difference`: mean of the second minus the
    first (person minus machine); `kappa`, `icc`: None where they say nothing (too few, or all the same)."""

    procedure: str
    item: str
    title: Text
    points: float
    between: Between
    count: int
    same: float
    difference: float
    kappa: float | None
    icc: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """A marker in one week (its Monday, in the school's time zone). `difference`: mean share of an item's
    points that they gave above the machine; `overturned`: share of decisions that changed its points."""

    person_id: UUID
    person: str
    week: date
    count: int
    difference: float
    overturned: float
    took_s: float | None


@dataclass(frozen=True, slots=True)
class _Line:
    """What the machine proposed."""

    procedure: str
    item: str
    title: Text
    points: float
    awarded: float | None


@dataclass(frozen=True, slots=True)
class _Marked:
    """A line and what people decided about it."""

    line: _Line
    opinions: list[Opinion]
    took_s: Mapping[UUID, float | None]


def agreement(store: Store, caller: Caller, procedure: str | None = None) -> tuple[Agreement, ...]:
    """Item by item, machine and person first. Raises NotAllowedError."""
    caller.must(Action.READ_AGREEMENT)

    def read(session: Session) -> tuple[Agreement, ...]:
        marked = list(_marked(session, caller, procedure).values())
        rows = [*_rows(Between.MACHINE_AND_PERSON, ((one.line, _with_machine(one)) for one in marked))]
        pairs = [(one.line, _of_rounds(one)) for one in marked] + _of_appeals(session, caller, procedure)
        return (*rows, *_rows(Between.PEOPLE, pairs))

    return store.read(read)


def drift(store: Store, caller: Caller) -> tuple[Drift, ...]:
    """Week by week; each sees themself, whoever arbitrates or audits sees all."""
    caller.must(Action.READ_AGREEMENT)
    sees_all = caller.may(Action.ARBITRATE) or not caller.may(Action.REVIEW)

    def read(session: Session) -> tuple[Drift, ...]:
        zone = ZoneInfo(session.get_one(SchoolRow, caller.school_id).time_zone)
        found: dict[tuple[UUID, date], list[tuple[float, float | None]]] = defaultdict(list)
        for one in _marked(session, caller, None).values():
            for opinion in _counting(one.opinions):
                if opinion.mark is None or one.line.awarded is None or not one.line.points:
                    continue
                if sees_all or opinion.by_id == caller.person_id:
                    share = (opinion.mark - one.line.awarded) / one.line.points
                    week = monday(opinion.created_utc, zone)
                    found[opinion.by_id, week].append((share, one.took_s[opinion.id]))
        return _drifts(session, found)

    return store.read(read)


def monday(moment: datetime, zone: tzinfo) -> date:
    """The first day of the week it is in that time zone."""
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def _rows(between: Between, found: Iterable[tuple[_Line, Pair | None]]) -> Iterable[Agreement]:
    by_item: dict[tuple[str, str], list[tuple[_Line, Pair]]] = defaultdict(list)
    for line, pair in found:
        if pair is not None:
            by_item[line.procedure, line.item].append((line, pair))
    for (procedure, item), of_item in sorted(by_item.items()):
        line, pairs = of_item[-1][0], [pair for _, pair in of_item]
        yield Agreement(
            procedure=procedure,
            item=item,
            title=line.title,
            points=line.points,
            between=between,
            count=len(pairs),
            same=sum(one == other for one, other in pairs) / len(pairs),
            difference=sum(other - one for one, other in pairs) / len(pairs),
            kappa=quadratic_kappa(pairs),
            icc=icc_2_1(pairs),
        )


def _with_machine(one: _Marked) -> Pair | None:
    head = chain_of(opinion for opinion in one.opinions if opinion.round is Round.FIRST).head
    if head is None or head.mark is None or one.line.awarded is None:
        return None
    return one.line.awarded, head.mark


def _of_rounds(one: _Marked) -> Pair | None:
    heads = [
        chain_of(opinion for opinion in one.opinions if opinion.round is round_).head
        for round_ in (Round.FIRST, Round.SECOND)
    ]
    marks = [head.mark for head in heads if head is not None and head.mark is not None]
    return (marks[0], marks[1]) if len(marks) == 2 else None


def _of_appeals(session: Session, caller: Caller, procedure: str | None) -> list[tuple[_Line, Pair | None]]:
    query = (
        select(AppealRow, AppealStepRow.awarded)
        .join(AppealStepRow, AppealStepRow.appeal_id == AppealRow.id)
        .join(AttemptRow, AttemptRow.id == AppealRow.attempt_id)
        .where(AppealStepRow.kind == Step.MARKED.value, attempts_seen(caller, Action.READ_AGREEMENT))
        .order_by(AppealStepRow.seq)
    )
    marks: dict[tuple[UUID, str], list[float]] = defaultdict(list)
    for appeal, awarded in session.execute(query):
        marks[appeal.attempt_id, appeal.item].append(awarded or 0.0)
    lines = _lines(session, caller, procedure, {attempt_id for attempt_id, _ in marks})
    return [
        (lines[key], (given[0], given[1])) for key, given in marks.items() if len(given) == 2 and key in lines
    ]


def _marked(session: Session, caller: Caller, procedure: str | None) -> dict[tuple[UUID, str], _Marked]:
    query = (
        select(ReviewRow)
        .join(AttemptRow, AttemptRow.id == ReviewRow.attempt_id)
        .where(attempts_seen(caller, Action.READ_AGREEMENT))
        .order_by(ReviewRow.seq)
    )
    rows: dict[tuple[UUID, str], list[ReviewRow]] = defaultdict(list)
    for row in session.scalars(query):
        rows[row.attempt_id, row.item].append(row)
    lines = _lines(session, caller, procedure, {attempt_id for attempt_id, _ in rows})
    return {
        key: _Marked(lines[key], [to_opinion(row) for row in found], {row.id: row.took_s for row in found})
        for key, found in rows.items()
        if key in lines
    }


def _lines(
    session: Session, caller: Caller, procedure: str | None, attempt_ids: set[UUID]
) -> dict[tuple[UUID, str], _Line]:
    """The machine's lines of attempts in scope; all of a procedure's versions count as one."""
    query = (
        select(
            AttemptRow.id,
            ProcedureVersionRow.id.label("procedure"),
            MarkLineRow.item,
            MarkLineRow.title_zh,
            MarkLineRow.title_en,
            MarkLineRow.points,
            MarkLineRow.awarded,
        )
        .join(ProcedureVersionRow, ProcedureVersionRow.sha256 == AttemptRow.procedure_sha256)
        .join(MarkSheetRow, MarkSheetRow.attempt_id == AttemptRow.id)
        .join(MarkLineRow, MarkLineRow.sheet_id == MarkSheetRow.id)
        .where(MarkSheetRow.state == "proposed", attempts_seen(caller, Action.READ_AGREEMENT))
    )
    if procedure is not None:
        query = query.where(ProcedureVersionRow.id == procedure)
    return {
        (row.id, row.item): _Line(
            row.procedure, row.item, Text(row.title_zh, row.title_en), row.points, row.awarded
        )
        for row in session.execute(query)
        if row.id in attempt_ids
    }


def _counting(opinions: list[Opinion]) -> list[Opinion]:
    """The newest decision of each round of markers."""
    rounds = (Round.FIRST, Round.SECOND, Round.THIRD)
    chains = (chain_of(one for one in opinions if one.round is round_) for round_ in rounds)
    return [chain.head for chain in chains if chain.head is not None]


def _drifts(
    session: Session, found: Mapping[tuple[UUID, date], list[tuple[float, float | None]]]
) -> tuple[Drift, ...]:
    people = session.scalars(select(PersonRow).where(PersonRow.id.in_({id for id, _ in found})))
    names = {person.id: person.name for person in people}
    made = []
    for (person_id, week), of_week in found.items():
        shares = [share for share, _ in of_week]
        took = [took_s for _, took_s in of_week if took_s is not None]
        made.append(
            Drift(
                person_id=person_id,
                person=names.get(person_id, ""),
                week=week,
                count=len(shares),
                difference=sum(shares) / len(shares),
                overturned=sum(share != 0 for share in shares) / len(shares),
                took_s=sum(took) / len(took) if took else None,
            )
        )
    return tuple(sorted(made, key=lambda one: (one.person, str(one.person_id), one.week)))
