"""What a student sees: the newest released sheet, its evidence, how to win points back, whether to appeal.

Takes a caller who may read the attempt; gives nothing of who decided, and nothing that is not released.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.marks import OVERTIME, advice_of
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.procedure.rubric import Item
from assessor.review.appeal_state import AppealState, state_of, steps_of
from assessor.review.desk import Desk, read_desk, seen_attempt
from assessor.review.release import State
from assessor.store import Store, UnknownIdError, load
from assessor.store.decision_tables import AppealRow
from assessor.store.tables import MarkSheetRow
from assessor.types import Evidence, Gap, MarkLine, MarkSheet, MarkVeto, Outcome, Text

INTRODUCED = Text("如何得回这些分：", "To win it back: ")  # as the marks introduce their advice


@dataclass(frozen=True, slots=True)
class ReleasedLine:
    """One line. `machine`: what the camera made of it, before people decided; `evidence_ids`: what it shows,
    worst first; `win_back`: None for full points; `appeal`: how the appeal about it stands, None without one;
    `may_appeal`: the caller may appeal now."""

    item: str
    title: Text
    dimension: str
    points: float
    awarded: float | None
    reason: Text
    machine: Outcome
    win_back: Text | None
    evidence_ids: tuple[UUID, ...]
    appeal: AppealState | None
    may_appeal: bool


@dataclass(frozen=True, slots=True)
class ReleasedVeto:
    """A veto that was called."""

    item: str
    title: Text
    effect: str
    reason: Text
    evidence_id: UUID | None
    appeal: AppealState | None
    may_appeal: bool


@dataclass(frozen=True, slots=True)
class ReleasedSheet:
    """A released sheet. `appeal_until_utc`: until when an appeal may be made; `gaps`: when the bench was not
    seen; `partial`: how much of a cut recording was read."""

    attempt_id: UUID
    sheet_id: UUID
    released_utc: datetime
    procedure: str
    procedure_title: Text
    total: float
    possible: float
    passed: bool | None
    lines: tuple[ReleasedLine, ...]
    vetoes: tuple[ReleasedVeto, ...]
    appeal_until_utc: datetime
    gaps: tuple[Gap, ...] = ()
    partial: str | None = None


def released_sheet(store: Store, caller: Caller, attempt_id: UUID) -> ReleasedSheet:
    """The newest released sheet of an attempt. UnknownIdError where there is none for the caller."""
    now = store.now()

    def read(session: Session) -> ReleasedSheet:
        seen_attempt(session, caller, Action.READ_ATTEMPTS, attempt_id)
        return _read(session, caller, read_desk(session, attempt_id), now)

    return store.read(read)


def newest_released(desk: Desk) -> MarkSheetRow | None:
    """The sheet that the student sees."""
    released = [sheet for sheet in desk.row.sheets if sheet.state == State.RELEASED]
    return released[-1] if released else None


def appeal_until(desk: Desk, sheet: MarkSheetRow) -> datetime:
    """Until when an appeal about a sheet may be made."""
    return sheet.created_utc + timedelta(days=desk.scheme.appeal_days)


def win_back(line: MarkLine, item: Item | None, kinds: tuple[str, ...]) -> Text | None:
    """How to get the lost points next time, by the rule's own words; None where nothing was lost."""
    if line.awarded is None or line.awarded >= line.points:
        return None
    if item is not None:
        return advice_of(item, kinds)
    if line.item == OVERTIME:
        return Text("合理安排时间，在规定时间内完成。", "Plan the time, and finish within the time allowed.")
    return None


def appeal_states(session: Session, attempt_id: UUID) -> dict[str, AppealState]:
    """How each item's newest appeal stands."""
    query = select(AppealRow).where(AppealRow.attempt_id == attempt_id).order_by(AppealRow.seq)
    return {row.item: state_of(steps_of(session, row.id)) for row in session.scalars(query)}


def _read(session: Session, caller: Caller, desk: Desk, now: datetime) -> ReleasedSheet:
    row = newest_released(desk)
    if row is None:
        raise UnknownIdError("sheet", desk.row.id)
    sheet, until = load.to_mark_sheet(desk.row, row), appeal_until(desk, row)
    owner = None if desk.assignment is None else desk.assignment.person_id
    open_ = caller.may(Action.APPEAL) and owner == caller.person_id and now <= until
    appeals = appeal_states(session, desk.row.id)
    ids = {load.to_evidence(one): one.id for one in desk.row.evidence}
    called = tuple(veto for veto in sheet.vetoes if veto.state == "confirmed")
    return ReleasedSheet(
        attempt_id=desk.row.id,
        sheet_id=row.id,
        released_utc=row.created_utc,
        procedure=desk.row.procedure.id,
        procedure_title=Text(desk.row.procedure.title_zh, desk.row.procedure.title_en),
        total=sheet.total,
        possible=sheet.possible,
        passed=sheet.passed,
        lines=tuple(_line(desk, line, ids, appeals, open_) for line in sheet.lines),
        vetoes=tuple(_veto(veto, ids, appeals, open_) for veto in called),
        appeal_until_utc=until,
        gaps=sheet.gaps,
        partial=sheet.partial,
    )


def _line(
    desk: Desk,
    line: MarkLine,
    ids: Mapping[Evidence, UUID],
    appeals: Mapping[str, AppealState],
    open_: bool,
) -> ReleasedLine:
    advice = win_back(line, desk.items.get(line.item), _kinds(desk.sheet, line))
    return ReleasedLine(
        item=line.item,
        title=line.title,
        dimension=line.dimension,
        points=line.points,
        awarded=line.awarded,
        reason=line.reason if advice is None else _without(line.reason, advice),
        machine=desk.lines[line.item].outcome if line.item in desk.lines else line.outcome,
        win_back=advice,
        evidence_ids=tuple(ids[one] for one in line.evidence),
        appeal=appeals.get(line.item),
        may_appeal=open_ and line.item in desk.lines and line.item not in appeals,
    )


def _without(reason: Text, advice: Text) -> Text:
    """Why, without the advice that stands below it by itself."""
    zh = reason.zh.removesuffix(advice.zh).removesuffix(INTRODUCED.zh)
    return Text(zh, reason.en.removesuffix(advice.en).removesuffix(INTRODUCED.en).rstrip())


def _veto(
    veto: MarkVeto, ids: Mapping[Evidence, UUID], appeals: Mapping[str, AppealState], open_: bool
) -> ReleasedVeto:
    return ReleasedVeto(
        item=veto.id,
        title=veto.title,
        effect=veto.effect,
        reason=veto.reason,
        evidence_id=ids[veto.evidence] if veto.evidence else None,
        appeal=appeals.get(veto.id),
        may_appeal=open_ and veto.id not in appeals,
    )


def _kinds(sheet: MarkSheet, line: MarkLine) -> tuple[str, ...]:
    """The kinds of mistakes that the line rests on."""
    mistakes = (m for verdict in sheet.verdicts if verdict.id in line.verdict_ids for m in verdict.mistakes)
    return tuple(dict.fromkeys(mistake.kind for mistake in mistakes))
