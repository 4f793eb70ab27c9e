"""Everything that is decided about one attempt, read in one go (store -> decide, release, appeal).

Takes a session and the attempt's id; gives the machine's sheet, the opinions and how each item stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.judge.vetoes import REFUSED
from assessor.marks import OVERTIME
from assessor.marks.vetoes import PROPOSED
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.procedure import Procedure
from assessor.procedure.rubric import Item, Veto
from assessor.review.scheme import Scheme, class_of, current_assignment, scheme_of
from assessor.review.standing import Decision, Opinion, Question, Round, Standing, standing_of
from assessor.review.subjects import is_flagged, is_subject, read_procedure
from assessor.store import ProcedureVersion, UnknownIdError, load
from assessor.store.decision_tables import AssignmentRow, ReviewRow
from assessor.store.tables import AttemptRow, ProcedureVersionRow
from assessor.types import MarkLine, MarkSheet, MarkVeto, Text

LEAST_OVERTIME = -1000.0


@dataclass(frozen=True)
class Desk:
    """One attempt as the people who decide have it before them. `sheet`: the machine's."""

    row: AttemptRow
    sheet: MarkSheet
    procedure: Procedure | None
    scheme: Scheme
    assignment: AssignmentRow | None
    opinions: dict[str, list[Opinion]]

    @property
    def version(self) -> int:
        """The newest decision on the attempt."""
        return max((one.seq for opinions in self.opinions.values() for one in opinions), default=0)

    @cached_property
    def lines(self) -> dict[str, MarkLine]:
        """The lines that are decided about, by item."""
        vetoes = {veto.id for veto in self.sheet.vetoes}
        return {line.item: line for line in self.sheet.lines if is_subject(line.item, vetoes)}

    @cached_property
    def vetoes(self) -> dict[str, MarkVeto]:
        """The vetoes on the sheet."""
        return {veto.id: veto for veto in self.sheet.vetoes}

    @cached_property
    def callable(self) -> dict[str, Veto]:
        """The vetoes that somebody may call, by the rubric."""
        return {} if self.procedure is None else {veto.id: veto for veto in self.procedure.rubric.vetoes}

    @cached_property
    def items(self) -> dict[str, Item]:
        """The rubric's items."""
        return {} if self.procedure is None else {item.id: item for item in self.procedure.rubric.items}

    @property
    def subjects(self) -> Iterator[str]:
        """What is decided about, in the order of the sheet."""
        yield from self.lines
        yield from self.vetoes
        yield from (item for item in self.opinions if item not in self.lines and item not in self.vetoes)

    def is_veto(self, item: str) -> bool:
        """Whether it is a veto, proposed or not."""
        return item in self.vetoes or item in self.callable

    def standing(self, item: str) -> Standing:
        """How it stands."""
        return standing_of(self.question(item), self.opinions.get(item, ()))

    def question(self, item: str) -> Question:
        """What is decided about it."""
        double = self.scheme.double
        if item not in self.lines:
            state = self.vetoes[item].state if item in self.vetoes else REFUSED
            return Question(0.0 if state == REFUSED else 1.0, state == PROPOSED, double)
        line = self.lines[item]
        flagged = is_flagged(line.awarded, line.points, line.outcome, line.confidence)
        return Question(line.awarded, flagged, double, self.scheme.apart(item, line.points))

    def range(self, item: str) -> tuple[float, float]:
        """The least and the most points a person may give; of a veto 0 and 1."""
        if item not in self.lines:
            return 0.0, 1.0
        line = self.lines[item]
        if item in self.items and self.procedure is not None:
            asked = self.items[item]
            return asked.floor * self.procedure.rubric.weight(asked), line.points
        return (LEAST_OVERTIME if item == OVERTIME else 0.0), line.points

    def again(self, session: Session) -> "Desk":
        """With the decisions that were taken since."""
        return replace(self, opinions=_opinions(session, self.row.id))

    def title(self, item: str) -> Text:
        """What the rubric calls it."""
        if item in self.lines:
            return self.lines[item].title
        return self.vetoes[item].title if item in self.vetoes else self.callable[item].title.text


def seen_attempt(session: Session, caller: Caller, action: Action, attempt_id: UUID) -> UUID:
    """The id, if the caller may do this with the attempt. Raises NotAllowedError, UnknownIdError."""
    caller.must(action)
    found = session.scalar(
        select(AttemptRow.id).where(AttemptRow.id == attempt_id, attempts_seen(caller, action))
    )
    if found is None:
        raise UnknownIdError("attempt", attempt_id)
    return found


def lock(session: Session, attempt_id: UUID) -> None:
    """Nobody else decides on the attempt until this transaction ends (SQLite has one writer anyhow)."""
    session.execute(select(AttemptRow.seq).where(AttemptRow.id == attempt_id).with_for_update())


def read_desk(session: Session, attempt_id: UUID) -> Desk:
    """The desk of an attempt whose id is known."""
    row = load.sheet_row(session, attempt_id)
    if row is None:
        raise UnknownIdError("attempt", attempt_id)
    assignment = current_assignment(session, attempt_id)
    return Desk(
        row=row,
        sheet=load.to_mark_sheet(row, [sheet for sheet in row.sheets if sheet.state == PROPOSED][-1]),
        procedure=read_procedure(to_version(row.procedure)),
        scheme=scheme_of(session, class_of(session, assignment)),
        assignment=assignment,
        opinions=_opinions(session, attempt_id),
    )


def to_version(row: ProcedureVersionRow) -> ProcedureVersion:
    """The procedure version of a row."""
    return ProcedureVersion(row.sha256, row.id, Text(row.title_zh, row.title_en), row.source, row.included)


def to_opinion(row: ReviewRow) -> Opinion:
    """The value of a row."""
    return Opinion(
        seq=row.seq,
        id=row.id,
        round=Round(row.round),
        decision=Decision(row.decision),
        awarded=row.awarded,
        by_id=row.by_id,
        created_utc=row.created_utc,
        seen_seq=row.seen_seq,
        undoes_id=row.undoes_id,
        value=row.value,
        reason_code=row.reason_code,
        reason=row.reason,
    )


def _opinions(session: Session, attempt_id: UUID) -> dict[str, list[Opinion]]:
    found: dict[str, list[Opinion]] = {}
    query = select(ReviewRow).where(ReviewRow.attempt_id == attempt_id).order_by(ReviewRow.seq)
    for row in session.scalars(query):
        found.setdefault(row.item, []).append(to_opinion(row))
    return found
