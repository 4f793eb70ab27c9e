"""Tables for Excel: what a name holds comes back as text, whatever it begins with."""

import io
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from openpyxl import load_workbook
from openpyxl.cell.cell import TYPE_STRING

from assessor.errors import NotAllowedError
from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.people.roster_file import read_table, template
from assessor.review.class_marks import marks_xlsx
from assessor.store import Store, UnknownIdError
from assessor.text_tables import Cell, Sheet, xlsx_of
from tests.attempts import build_record
from tests.school import School, add_school

FORMULAS = (
    "=1+1", "=HYPERLINK(\"http://x\",\"a\")", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1",
    "=cmd|' /C calc'!A0", "'=1", " =1", "001", "1e5", "2026-01-02", "TRUE", "张三", "a,b\"c", "",
)  # fmt: skip


@pytest.mark.fault(72)
@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_in_a_workbook_comes_back_as_that_text(text: str) -> None:
    book = load_workbook(io.BytesIO(xlsx_of([Sheet("a", [["Name"], [text]])])))
    cell = book.worksheets[0]["A2"]
    assert (cell.value or "").replace("\r", "\n") == text.replace("\r", "\n")
    assert cell.data_type in (TYPE_STRING, "s") if text else cell.value is None or cell.value == ""
    assert cell.number_format == "@"


def test_numbers_stay_numbers_and_what_xml_cannot_hold_is_replaced() -> None:
    rows: list[list[Cell]] = [["Name", "Points"], ["a\x00b\x0bc\ud800", -1.5]]
    sheet = load_workbook(io.BytesIO(xlsx_of([Sheet("a", rows)]))).worksheets[0]
    assert (sheet["A2"].value, sheet["B2"].value) == ("a\ufffdb\ufffdc\ufffd", -1.5)


def test_sheets_are_named_as_excel_allows_it() -> None:
    long = "x" * 40
    given = [Sheet(name, [["a"]]) for name in ("[a]:*?/\\", "a", "A", "", "'", long, long)]
    names = load_workbook(io.BytesIO(xlsx_of(given))).sheetnames
    assert len({name.casefold() for name in names}) == len(names) == 7
    assert all(0 < len(name) <= 31 for name in names)


def test_the_template_keeps_the_zeros_of_what_is_typed_into_it() -> None:
    sheet = load_workbook(io.BytesIO(template())).worksheets[0]
    assert sheet.column_dimensions["A"].number_format == "@"
    assert read_table(template()) == []


@dataclass(frozen=True)
class Class:
    """A class of three: one with a released attempt, one with a proposal, one without any."""

    school: School
    id: UUID
    teacher: UUID

    def marks(self, person: UUID | None = None, language: str = "en") -> list[list[object]]:
        caller = self.school.caller(person or self.teacher)
        book = load_workbook(io.BytesIO(marks_xlsx(self.school.store, caller, self.id, language)))
        return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


@pytest.fixture
def marked(store: Store, tmp_path: Path) -> Class:
    school = add_school(store)
    own = school.add_class("一班")
    for number in ("=1+1", "002", "003"):
        student = school.add_student(number, own, "bench3")
        if number != "003":
            attempt = store.save_attempt(build_record(f"{number}.mp4", number, number))
            school.assign(attempt, student, own)
        if number == "=1+1":
            school.release_as_proposed(attempt)
    return Class(school, own, school.add_person("T", Grant(Role.TEACHER, own)))


@pytest.mark.fault(72)
def test_the_marks_of_a_class_are_a_table_of_what_people_confirmed(marked: Class) -> None:
    titles, *rows = marked.marks()
    by_number = {str(row[0]): row for row in rows}
    assert titles[:9] == [
        "Student number",
        "Name",
        "Bench",
        "Attempt",
        "Time",
        "State",
        "Passed",
        "Points",
        "Of",
    ]
    released, proposed, none = by_number["=1+1"], by_number["002"], by_number["003"]
    sheet = build_record().sheet
    assert released[1:4] == ["人员 =1+1", "bench3", 1]
    assert (released[5], released[7], released[8]) == ("Released", sheet.total, sheet.possible)
    assert [one for one in released[9:] if one is not None] == [
        line.awarded for line in sheet.lines if line.awarded is not None
    ]
    assert titles[9:] == [f"{line.title.en} ({line.points:g})" for line in sheet.lines]
    assert proposed[5] == "Not confirmed" and not any(one is not None for one in proposed[6:])
    assert none[3:] == [None] * (len(titles) - 3)
    assert marked.marks(language="zh")[0][:3] == ["学号", "姓名", "工位"]


def test_only_who_releases_marks_takes_them(marked: Class) -> None:
    school = marked.school
    other = school.add_person("T2", Grant(Role.TEACHER, school.add_class("二班")))
    with pytest.raises(UnknownIdError):
        marked.marks(other)
    with pytest.raises(NotAllowedError):
        marked.marks(school.add_person("R", Grant(Role.REFEREE, marked.id)))
