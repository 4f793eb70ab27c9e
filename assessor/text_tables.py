"""Writes tables for Excel in which no text is ever a formula (rows -> .xlsx).

A name may begin with `=`, `+`, `-` or `@`: it stays as it is, in a cell of text. There is no .csv: it has no
such cells.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

Cell = str | int | float | None
# What XML cannot hold, and halves of characters.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_767  # characters of a cell in Excel
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name and its rows, the titles first. `text_columns`: so many stay text below the rows
    too, for whoever fills them in."""

    name: str
    rows: Sequence[Sequence[Cell]]
    text_columns: int = 0


def xlsx_of(sheets: Sequence[Sheet]) -> bytes:
    """A workbook; text is text, numbers are numbers, the titles stay in sight."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, given in zip(_names(sheets), sheets, strict=True):
        sheet = book.create_sheet(name)
        for place, row in enumerate(given.rows, 1):
            for column, value in enumerate(row, 1):
                cell = sheet.cell(place, column)
                if isinstance(value, str):
                    cell.value, cell.data_type, cell.number_format = _writable(value), "s", "@"
                else:
                    cell.value = value
        for column in range(1, given.text_columns + 1):
            sheet.column_dimensions[get_column_letter(column)].number_format = "@"
        for cell in sheet[1] if given.rows else ():
            cell.font = Font(bold=True)
            width = min(_WIDEST, 12 + len(str(cell.value or "")))
            sheet.column_dimensions[get_column_letter(cell.column)].width = width
        sheet.freeze_panes = "A2"
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)[:_LONGEST]


def _names(sheets: Sequence[Sheet]) -> list[str]:
    """As Excel allows them: 31 characters, none of []:*?/\\, none twice."""
    found: list[str] = []
    for place, sheet in enumerate(sheets, 1):
        name = re.sub(r"[\[\]:*?/\\']", " ", _writable(sheet.name)).strip()[:31] or str(place)
        taken = {one.casefold() for one in found}
        found.append(name if name.casefold() not in taken else f"{name[:26]} {place}")
    return found
