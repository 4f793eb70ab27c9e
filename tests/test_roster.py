"""Class lists: what is read from Excel and CSV, every fault by its line, and what an import makes of it."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import NotAllowedError, RefusedError
from assessor.people import roster
from assessor.people.caller import Caller, Grant
from assessor.people.classes import list_classes, students_of
from assessor.people.roles import Role
from assessor.people.roster_file import COLUMNS, read_table, template, write_xlsx
from assessor.store import Store
from assessor.store.people_tables import PersonRow
from tests.attempts import build_record
from tests.school import School, add_school

TITLES = ["学号", "姓名", "班级", "工位", "出生日期"]


@pytest.fixture
def school(store: Store) -> School:
    return add_school(store)


def head_of(school: School) -> Caller:
    return school.caller(school.add_person("H", Grant(Role.HEAD)))


def table(*rows: list[str], titles: list[str] = TITLES) -> bytes:
    return write_xlsx([titles, *rows])


def test_the_template_holds_every_column_as_text() -> None:
    sheet = load_workbook(io.BytesIO(template())).worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    assert titles == [f"{one.zh} {one.en}" for one in COLUMNS.values()]
    assert {cell.number_format for cell in sheet[1]} == {"@"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("between", [",", "\t"])
def test_a_csv_is_read_as_a_spreadsheet_program_writes_it(encoding: str, between: str) -> None:
    text = "\r\n".join(between.join(row) for row in (TITLES[:3], ["007", "学生一", "一班"], []))
    assert read_table(text.encode(encoding)) == [(2, {"number": "007", "name": "学生一", "class": "一班"})]


def test_columns_go_by_their_titles_in_either_language_and_any_order() -> None:
    content = write_xlsx([["Class", "note", "姓名 Name", "STUDENT NUMBER"], ["A", "x", "学生", "1"]])
    assert read_table(content) == [(2, {"class": "A", "name": "学生", "number": "1"})]


def test_numbers_stay_text_whatever_the_cell_holds() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(TITLES)
    sheet.append([20260001.0, "学生", "一班", 3, date(2009, 3, 1)])
    packed = io.BytesIO()
    book.save(packed)
    ((_, row),) = read_table(packed.getvalue())
    assert (row["number"], row["seat"], row["born"]) == ("20260001", "3", "2009-03-01")


def test_an_import_makes_classes_students_and_seats(school: School) -> None:
    head = head_of(school)
    content = table(
        ["007", "学生一", "一班", "bench1", "2009-03-01"],
        ["008", "学生二", "一班", "", ""],
        ["009", "学生三", "二班", "", "2010/1/2"],
    )
    shown = roster.preview(school.store, head, content, "2026-1")
    assert (shown.faults, shown.new_classes) == (0, ("一班", "二班"))
    assert [line.change for line in shown.lines] == ["new"] * 3
    assert list_classes(school.store, head) == (), "a preview changes nothing"
    done = roster.take_in(school.store, head, content, "2026-1")
    assert (done.new, done.enrolled) == (3, 3)
    classes = list_classes(school.store, head)
    assert [(one.name, one.students) for one in classes] == [("一班", 2), ("二班", 1)]
    students = students_of(school.store, head, classes[0].id)
    assert [(one.number, one.name, one.seat) for one in students] == [
        ("007", "学生一", "bench1"),
        ("008", "学生二", None),
    ]


def test_an_import_twice_changes_nothing_and_a_new_name_is_told(school: School) -> None:
    head = head_of(school)
    roster.take_in(school.store, head, table(["007", "学生一", "一班", "", ""]), "2026-1")
    again = roster.take_in(school.store, head, table(["007", "学生一", "一班", "", ""]), "2026-1")
    assert (again.new, again.renamed, again.enrolled) == (0, 0, 0)
    renamed = roster.preview(school.store, head, table(["007", "学生乙", "一班", "", ""]), "2026-1")
    assert [line.change for line in renamed.lines] == ["renamed"]


def test_attempts_that_waited_for_their_student_are_assigned(school: School) -> None:
    attempt = school.store.save_attempt(build_record(student="007"))
    done = roster.take_in(school.store, head_of(school), table(["007", "学生一", "一班", "", ""]), "2026-1")
    assert done.assigned == 1
    (place,) = list_classes(school.store, head_of_more(school))
    teacher = school.caller(school.add_person("T", Grant(Role.TEACHER, place.id)))
    from assessor.people.scope import seen_by

    assert school.store.seen_as(seen_by(teacher)).attempt(attempt).id == attempt


def head_of_more(school: School) -> Caller:
    return school.caller(school.add_person("H2", Grant(Role.HEAD)))


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        pytest.param([["", "学生", "一班", "", ""]], ["Student number"], id="no number"),
        pytest.param([["1", "", "一班", "", ""]], ["Name"], id="no name"),
        pytest.param([["1", "学生", "", "", ""]], ["Class"], id="no class"),
        pytest.param([["1", "学\u202e生", "一班", "", ""]], ["direction"], id="turned"),
        pytest.param([["1", "学生", "一班", "", "31.02.2009"]], ["Date of birth"], id="date"),
        pytest.param([["1", "长" * 101, "一班", "", ""]], ["at most 100"], id="long"),
        pytest.param(
            [["1", "甲", "一班", "", ""], ["1", "乙", "一班", "", ""]], ["more than once"] * 2, id="twice"
        ),
        pytest.param([["S1", "甲", "一班", "", ""]], ["staff"], id="number of a teacher"),
    ],
)
def test_each_fault_is_told_with_its_line_and_nothing_is_taken_in(
    school: School, rows: list[list[str]], faults: list[str]
) -> None:
    school.add_person("S1", Grant(Role.TEACHER))
    head, content = head_of(school), table(*rows)
    shown = roster.preview(school.store, head, content, "2026-1")
    told = [(line.line, fault.en) for line in shown.lines for fault in line.faults]
    assert len(told) == len(faults)
    for (line, text), (place, words) in zip(told, enumerate(faults, 2), strict=True):
        assert (line, words in text) == (place, True), text
    with pytest.raises(RefusedError, match="nothing was taken in"):
        roster.take_in(school.store, head, content, "2026-1")
    assert list_classes(school.store, head) == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"PK\x03\x04 this is no table", "cannot be read", id="no zip"),
        pytest.param(b"\xff\xfe\x00\x01\x80", "cannot be read", id="bytes"),
        pytest.param("学号,姓名\n1,甲".encode(), "Class", id="a column is missing"),
        pytest.param(("学号,姓名,班级\n" + "1,甲,乙\n" * 5001).encode(), "at most 5000", id="many lines"),
        pytest.param(b"a" * 5_000_001, "at most 5 MB", id="large"),
    ],
)
def test_what_is_no_class_list_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        read_table(content)


@pytest.mark.fault(67)
def test_a_table_that_unpacks_to_a_mountain_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    with pytest.raises(RefusedError, match="cannot be read"):
        read_table(packed.getvalue())


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://evil.example")', "+1", "@SUM(A1)", "<script>alert(1)</script>"]
)
def test_a_name_like_a_formula_is_a_name(school: School, name: str) -> None:
    content = table(["1", name, "一班", "", ""])
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet.cell(2, 2).data_type == "s"
    roster.take_in(school.store, head_of(school), content, "2026-1")

    def kept(session: Session) -> str | None:
        return session.scalar(select(PersonRow.name).where(PersonRow.number == "1"))

    assert school.store.read(kept) == name


def test_a_teacher_does_not_import(school: School) -> None:
    teacher = school.caller(school.add_person("T", Grant(Role.TEACHER)))
    with pytest.raises(NotAllowedError):
        roster.preview(school.store, teacher, table(), "2026-1")
