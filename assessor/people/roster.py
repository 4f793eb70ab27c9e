"""Takes a class list in: table -> lines with their faults -> persons and enrolments, all of them or none."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger import audit
from assessor.ledger.erase import was_erased
from assessor.people.assign import assign_by_number
from assessor.people.caller import Caller, Grant
from assessor.people.grants import add_grant
from assessor.people.names import check_name
from assessor.people.roles import Action, Role
from assessor.people.roster_file import COLUMNS, Row, read_table
from assessor.store import Store
from assessor.store.ledger_tables import ErasureRow
from assessor.store.people_tables import ClassRow, EnrolmentRow, GrantRow, PersonRow
from assessor.types import Text


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A student as a line of the table says. `change`: "new", "known" or "renamed"; nothing is taken in while
    there are faults."""

    line: int
    number: str
    name: str
    class_name: str
    seat: str | None
    born: date | None
    change: str
    faults: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """A table as it would be taken in. `new_classes`: those that would be made."""

    term: str
    lines: tuple[RosterLine, ...]
    new_classes: tuple[str, ...]

    @property
    def faults(self) -> int:
        """How many lines have some."""
        return sum(bool(line.faults) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken in. `assigned`: attempts scored with one of the numbers, nobody's before."""

    new: int
    renamed: int
    enrolled: int
    assigned: int


def preview(store: Store, caller: Caller, content: bytes, term: str) -> Roster:
    """What an import would do, fault by fault. Raises RefusedError for what is no table."""
    caller.must(Action.IMPORT_ROSTER)
    rows, term, now = read_table(content), check_name(term), store.now()
    return store.read(lambda session: _roster(session, caller, rows, term, now))


def take_in(store: Store, caller: Caller, content: bytes, term: str) -> Imported:
    """Take the table in; twice changes nothing. Raises RefusedError while a line has a fault."""
    caller.must(Action.IMPORT_ROSTER)
    rows, term, now = read_table(content), check_name(term), store.now()

    def work(session: Session) -> Imported:
        roster = _roster(session, caller, rows, term, now)
        if roster.faults:
            raise RefusedError(
                Text(
                    f"有 {roster.faults} 行有错误，未导入任何内容。",
                    f"{roster.faults} lines have faults: nothing was taken in.",
                )
            )
        names = sorted({line.class_name for line in roster.lines})
        classes = {name: _class(session, caller, name, term, now) for name in names}
        enrolled = sum(_enrol(session, caller, line, classes[line.class_name], now) for line in roster.lines)
        kinds = Counter(line.change for line in roster.lines)
        told = {"lines": len(roster.lines), "new": kinds["new"], "classes": [*classes.values()]}
        audit.append(session, now, audit.Actor(caller.kind, caller.id), "roster.import", detail=told)
        return Imported(kinds["new"], kinds["renamed"], enrolled, 0)

    done = store.write(work)
    return Imported(done.new, done.renamed, done.enrolled, assign_by_number(store))


def _roster(
    session: Session, caller: Caller, rows: list[tuple[int, Row]], term: str, now: datetime
) -> Roster:
    numbers = Counter(row.get("number", "") for _, row in rows)
    known = _known(session, caller, set(numbers))
    read = [_line(place, row, numbers, known) for place, row in rows]
    lines = tuple(_erased(session, caller, line, now) for line in read)
    here = select(ClassRow.name).where(ClassRow.school_id == caller.school_id, ClassRow.term == term)
    classes = set(session.scalars(here))
    return Roster(term, lines, tuple(sorted({line.class_name for line in lines} - classes - {""})))


def _erased(session: Session, caller: Caller, line: RosterLine, now: datetime) -> RosterLine:
    """Somebody who asked to be forgotten is not taken in again by an old list."""
    somebody = session.scalar(select(ErasureRow.id).limit(1)) is not None
    if line.change != "new" or not somebody or not was_erased(session, caller.school_id, line.number, now):
        return line
    fault = Text(
        "此人的数据已按要求删除，不能再次导入。", "This student was erased on request; take the line out."
    )
    return replace(line, faults=(*line.faults, fault))


@dataclass(frozen=True, slots=True)
class _Known:
    name: str
    student: bool


def _known(session: Session, caller: Caller, numbers: set[str]) -> dict[str, _Known]:
    students = set(session.scalars(select(GrantRow.person_id).where(GrantRow.role == Role.STUDENT.value)))
    query = select(PersonRow).where(PersonRow.school_id == caller.school_id)
    found = (row for row in session.scalars(query) if row.number in numbers)
    return {row.number: _Known(row.name, row.id in students) for row in found}


def _line(place: int, row: Row, numbers: Counter[str], known: dict[str, _Known]) -> RosterLine:
    faults: list[Text] = []
    texts = {name: _checked(name, row.get(name, ""), faults) for name in ("number", "name", "class", "seat")}
    number = texts["number"]
    if number and numbers[row["number"]] > 1:
        faults.append(Text("学号在表中重复。", "The student number stands in the table more than once."))
    before = known.get(number)
    if before is not None and not before.student:
        faults.append(Text("此编号属于教职工。", "This number belongs to a member of staff."))
    change = "new" if before is None else "known" if before.name == texts["name"] else "renamed"
    born = _born(row.get("born", ""), faults)
    return RosterLine(
        place, number, texts["name"], texts["class"], texts["seat"] or None, born, change, tuple(faults)
    )


def _checked(name: str, text: str, faults: list[Text]) -> str:
    if not text and name == "seat":
        return ""
    try:
        return check_name(text)
    except RefusedError as error:
        title = COLUMNS[name]
        faults.append(Text(f"{title.zh}：{error.text.zh}", f"{title.en}: {error.text.en}"))
        return ""


def _born(text: str, faults: list[Text]) -> date | None:
    if not text:
        return None
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    faults.append(
        Text("出生日期：应为 2009-03-01 这样的日期。", "Date of birth: expected a date such as 2009-03-01.")
    )
    return None


def _class(session: Session, caller: Caller, name: str, term: str, now: datetime) -> UUID:
    query = select(ClassRow).where(
        ClassRow.school_id == caller.school_id, ClassRow.name == name, ClassRow.term == term
    )
    row = session.scalar(query)
    if row is None:
        row = ClassRow(school_id=caller.school_id, name=name, term=term, created_utc=now)
        session.add(row)
        session.flush()
    return row.id


def _enrol(session: Session, caller: Caller, line: RosterLine, class_id: UUID, now: datetime) -> bool:
    """Whether the student is new in the class."""
    person = session.scalar(
        select(PersonRow).where(PersonRow.school_id == caller.school_id, PersonRow.number == line.number)
    )
    if person is None:
        person = PersonRow(
            school_id=caller.school_id, number=line.number, name=line.name, born=line.born, created_utc=now
        )
        session.add(person)
        session.flush()
        add_grant(session, person.id, Grant(Role.STUDENT), caller.person_id, now)
    person.name, person.born = line.name, line.born or person.born
    here = session.scalar(
        select(EnrolmentRow).where(EnrolmentRow.class_id == class_id, EnrolmentRow.person_id == person.id)
    )
    if here is None:
        session.add(EnrolmentRow(class_id=class_id, person_id=person.id, seat=line.seat, created_utc=now))
        return True
    here.seat, here.ended_utc = line.seat or here.seat, None
    return False
