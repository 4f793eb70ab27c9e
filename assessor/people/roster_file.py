"""Reads and writes the tables of class lists: Excel or CSV (UTF-8 or GB 18030) <-> rows of text."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from assessor.errors import RefusedError
from assessor.text_tables import Sheet, xlsx_of
from assessor.types import Text

COLUMNS = {
    "number": Text("学号", "Student number"),
    "name": Text("姓名", "Name"),
    "class": Text("班级", "Class"),
    "seat": Text("工位", "Bench"),
    "born": Text("出生日期", "Date of birth"),
}
MOST_ROWS, MOST_BYTES = 5000, 5_000_000
_MOST_UNPACKED = 50_000_000
Row = dict[str, str]

_NOT_A_TABLE = Text(
    "无法读取：应为 Excel（.xlsx）或 CSV 表格，请使用模板。",
    "It cannot be read: expected an Excel (.xlsx) or CSV table; use the template.",
)


def template() -> bytes:
    """An empty Excel table whose columns are text, so that numbers keep their zeros."""
    return write_xlsx([[f"{title.zh} {title.en}" for title in COLUMNS.values()]])


def write_xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    """A table of text cells: nothing in it is ever a formula."""
    return xlsx_of([Sheet("roster", list(rows), text_columns=10)])


def read_table(content: bytes) -> list[tuple[int, Row]]:
    """The lines below the titles that hold something, with their place in the file. Raises RefusedError."""
    if len(content) > MOST_BYTES:
        raise RefusedError(
            Text(
                f"文件最大 {MOST_BYTES // 1_000_000} MB。", f"Expected at most {MOST_BYTES // 1_000_000} MB."
            )
        )
    rows = _xlsx_rows(content) if content.startswith(b"PK") else _csv_rows(content)
    lines = [(place, [_text(value) for value in row]) for place, row in enumerate(rows, 1)]
    filled = [(place, row) for place, row in lines if any(row)]
    if not filled:
        raise RefusedError(Text("表格是空的。", "The table is empty."))
    if len(filled) > MOST_ROWS + 1:
        raise RefusedError(Text(f"最多 {MOST_ROWS} 行。", f"Expected at most {MOST_ROWS} lines."))
    names = _columns(filled[0][1])
    return [
        (place, {name: row[at] for name, at in names.items() if at < len(row)}) for place, row in filled[1:]
    ]


def _columns(titles: list[str]) -> dict[str, int]:
    """Where each column stands; titles in Chinese, in English or both, in any order."""
    found: dict[str, int] = {}
    for at, title in enumerate(titles):
        for name, words in COLUMNS.items():
            known = {words.zh, words.en.casefold(), f"{words.zh} {words.en}".casefold(), name}
            if title.casefold() in known and name not in found:
                found[name] = at
    missing = [COLUMNS[name] for name in ("number", "name", "class") if name not in found]
    if missing:
        raise RefusedError(
            Text(
                "第一行缺少列：" + "、".join(one.zh for one in missing) + "；请使用模板。",
                "Columns are missing in the first line: "
                + ", ".join(one.en for one in missing)
                + "; use the template.",
            )
        )
    return found


def _xlsx_rows(content: bytes) -> list[tuple[Any, ...]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MOST_UNPACKED:
                raise RefusedError(_NOT_A_TABLE)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS * 2, max_col=20, values_only=True)
        return list(rows)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, TypeError) as error:
        raise RefusedError(_NOT_A_TABLE) from error


def _csv_rows(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise RefusedError(_NOT_A_TABLE)
    first = text.partition("\n")[0]
    try:
        return list(csv.reader(io.StringIO(text), delimiter="\t" if "\t" in first else ",", strict=True))
    except csv.Error as error:
        raise RefusedError(_NOT_A_TABLE) from error


def _text(value: object) -> str:
    """A cell as it was meant: 20260001 is a number of a student, not 20260001.0."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
