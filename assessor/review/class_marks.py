"""The marks of a class as an Excel workbook: a sheet for each procedure, items as columns (store -> .xlsx).

Only what a person has confirmed stands there as points; of a proposal there is its state alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from assessor.ledger import audit
from assessor.people.caller import Caller
from assessor.people.classes import Student, students_of
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.review.release import State
from assessor.store import Store
from assessor.store.decision_tables import AssignmentRow
from assessor.store.people_tables import SchoolRow
from assessor.store.tables import AttemptRow, MarkSheetRow
from assessor.text_tables import Cell, Sheet, xlsx_of
from assessor.types import Text


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt of a student. `sheet`: the newest; its points count if a person made it."""

    person: UUID
    procedure: str
    title: Text
    created_utc: datetime
    sheet: MarkSheetRow


def marks_xlsx(store: Store, caller: Caller, class_id: UUID, language: str) -> bytes:
    """The workbook, titles in "zh" or "en"; who took it is in the audit chain. Raises UnknownIdError."""
    caller.must(Action.RELEASE)
    students, now = students_of(store, caller, class_id), store.now()
    attempts, zone = store.read(lambda session: _attempts(session, caller, students))
    procedures = dict.fromkeys(one.procedure for one in attempts)
    sheets = [
        _sheet(students, [one for one in attempts if one.procedure == name], zone, language)
        for name in procedures
    ]
    told = {"students": len(students), "attempts": len(attempts)}
    actor = audit.Actor(caller.kind, caller.id)
    store.write(
        lambda session: audit.append(session, now, actor, "marks.export", "class", class_id, told).seq
    )
    return xlsx_of(sheets or [_sheet(students, [], zone, language)])


def _attempts(
    session: Session, caller: Caller, students: Sequence[Student]
) -> tuple[list[_Attempt], ZoneInfo]:
    """Of these students, oldest first."""
    later = aliased(AssignmentRow)
    newest = select(func.max(later.seq)).where(later.attempt_id == AttemptRow.id).correlate(AttemptRow)
    query = (
        select(AttemptRow, AssignmentRow.person_id)
        .join(AssignmentRow, AssignmentRow.seq == newest.scalar_subquery())
        .where(
            AssignmentRow.person_id.in_([one.id for one in students]), attempts_seen(caller, Action.RELEASE)
        )
        .order_by(AttemptRow.seq)
        .options(
            joinedload(AttemptRow.procedure),
            selectinload(AttemptRow.sheets).selectinload(MarkSheetRow.lines),
        )
    )
    found = [
        _Attempt(
            person,
            row.procedure.id,
            Text(row.procedure.title_zh, row.procedure.title_en),
            row.created_utc,
            row.sheets[-1],
        )
        for row, person in session.execute(query)
        if person is not None and row.sheets
    ]
    return found, ZoneInfo(session.get_one(SchoolRow, caller.school_id).time_zone)


def _sheet(students: Sequence[Student], attempts: Sequence[_Attempt], zone: ZoneInfo, language: str) -> Sheet:
    items = {line.item: line for one in attempts for line in one.sheet.lines}
    titles: list[Cell] = [getattr(title, language) for title in _TITLES]
    for line in items.values():
        title = line.title_zh if language == "zh" else line.title_en
        titles.append(f"{title} ({line.points:g})")
    rows = [titles]
    for student in students:
        known: list[Cell] = [student.number, student.name, student.seat]
        own = [one for one in attempts if one.person == student.id]
        rows += [
            [*known, place, *_told(one, zone, language), *_points(one, items, language)]
            for place, one in enumerate(own, 1)
        ] or [known]
    name = attempts[-1].title if attempts else _NO_MARKS
    return Sheet(getattr(name, language), rows)


def _told(attempt: _Attempt, zone: ZoneInfo, language: str) -> tuple[str, str]:
    """When, and how far it is."""
    state = getattr(_STATES[State(attempt.sheet.state)], language)
    return f"{attempt.created_utc.astimezone(zone):%Y-%m-%d %H:%M}", state


def _points(attempt: _Attempt, items: Iterable[str], language: str) -> list[Cell]:
    sheet = attempt.sheet
    if State(sheet.state) is State.PROPOSED:
        return []
    passed = "" if sheet.passed is None else getattr(_PASSED[sheet.passed], language)
    awarded = {line.item: line.awarded for line in sheet.lines}
    return [passed, sheet.total, sheet.possible, *(awarded.get(item) for item in items)]


_NO_MARKS = Text("成绩", "Marks")
_TITLES = (
    *(Text("学号", "Student number"), Text("姓名", "Name"), Text("工位", "Bench"), Text("第几次", "Attempt")),
    *(Text("时间", "Time"), Text("状态", "State"), Text("是否合格", "Passed")),
    *(Text("得分", "Points"), Text("满分", "Of")),
)
_STATES = {
    State.PROPOSED: Text("待教师确认", "Not confirmed"),
    State.CONFIRMED: Text("已确认", "Confirmed"),
    State.RELEASED: Text("已发布", "Released"),
}
_PASSED = {True: Text("合格", "Passed"), False: Text("不合格", "Not passed")}
