"""docs/faults.md names every row of the fault matrix and exactly the tests that are marked with it."""

from tests.fault_rows import NONE, PAGE, listed_tests, marked_tests, write_page

ROWS = range(1, 87)
RESOLVED = (25, *range(43, 53), 56, *range(57, 61), 62)  # rows whose issues are resolved: each has its test


def test_every_row_stands_in_the_page_once() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert sorted(listed_tests(text)) == list(ROWS)
    assert sum(line.split(" | ")[0].removeprefix("| ").isdigit() for line in text.splitlines()) == len(ROWS)


def test_no_test_is_marked_with_a_row_that_is_none() -> None:
    assert set(marked_tests()) <= set(ROWS)


def test_the_page_names_the_tests_of_each_row() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert write_page(text) == text, "run: python -m tests.fault_rows"


def test_rows_of_what_is_finished_have_tests() -> None:
    listed = listed_tests(PAGE.read_text(encoding="utf-8"))
    assert [row for row in RESOLVED if listed[row] == NONE] == []
