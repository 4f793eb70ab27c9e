"""Rubrics as tables: the share of points by who checks them, and item by item what is asked and how.

Takes `Procedure`s; gives tables for the terminal, Markdown for docs/rubrics.md, and one JSON document.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assessor.accuracy_tables import Table
from assessor.check import read_paths
from assessor.errors import Fault, RuleFileError
from assessor.procedure.parts import Procedure
from assessor.rubric_rows import CHECKERS, SHORT, RubricRow, Share, extra_rows, item_rows, share_of, sum_of
from assessor.shown import points, share
from assessor.types import Text

_HEADS = (
    Text("条款", "clause"),
    Text("评分项", "item"),
    Text("分值", "points"),
    Text("由谁检查", "checked by"),
    Text("检查什么", "what is asked"),
    Text("用到的键和词", "keys and words"),
)
_SHARES = Text("各类证据的分值", "Points by kind of evidence")
_PAGE = Text("评分标准一览", "Rubrics")
_MADE_BY = Text(
    "本页由 `assessor rubrics --items --markdown --lang zh` 生成；“照片（机器）”由系统从成品照片读出。",
    "Made by `assessor rubrics --items --markdown --lang en`; `photo (machine)` is read by assessor itself.",
)
_DRAWN = Text(
    "抽签项按各题平均计；加权项按权重折算；多类缺陷共扣的分值按类别均分。",
    "Of drawn items the mean counts; weighted points are as weighted; "
    "a pool of faults is split evenly by their kinds.",
)


def read_procedures(paths: Sequence[Path]) -> list[Procedure]:
    """The procedures among the files named and below the folders named. RuleFileError for any fault."""
    checked = read_paths(paths)
    faults = [fault for file in checked for fault in file.faults if fault.severity == "error"]
    procedures = [file.read for file in checked if isinstance(file.read, Procedure)]
    if not faults and not procedures:
        named = ", ".join(map(str, paths))
        expected = Text("含有作业流程的文件或文件夹", "a procedure file, or a folder with some")
        faults = [Fault(named, 1, 1, "", expected, Text("没有作业流程", "no procedure"))]
    if faults:
        raise RuleFileError(faults)
    return procedures


def share_table(procedures: Sequence[Procedure], language: str) -> Table:
    """Points and share of each checker, by procedure and in all."""
    shares = [share_of(procedure) for procedure in procedures]
    heads = [Text("作业流程", "procedure"), Text("分值", "points"), *SHORT.values()]
    rows = [_share_row(one, language) for one in (*shares, sum_of(shares))]
    return Table(
        _in(_SHARES, language),
        tuple(_in(head, language) for head in heads),
        tuple(rows),
        _in(_DRAWN, language),
    )


def item_tables(procedures: Iterable[Procedure], language: str) -> list[Table]:
    """Item by item, one table for each procedure; overtime and vetoes below."""
    heads = tuple(_in(head, language) for head in _HEADS)
    return [
        Table(
            f"{procedure.procedure} · {_in(procedure.title.text, language)}",
            heads,
            tuple(_row(row, language) for row in (*item_rows(procedure), *extra_rows(procedure))),
        )
        for procedure in procedures
    ]


def document_of(procedures: Sequence[Procedure], items: bool) -> dict[str, Any]:
    """The same for machines; both languages."""
    shares = [share_of(procedure) for procedure in procedures]
    told = [_document(one) for one in shares]
    if items:
        for document, procedure in zip(told, procedures, strict=True):
            document |= {"items": item_rows(procedure), "overtime_and_vetoes": extra_rows(procedure)}
    return {"procedures": told, "all": _document(sum_of(shares))}


def markdown(tables: Iterable[Table], language: str) -> str:
    """Tables as a page; what a rule file wrote cannot break out of its cell."""
    head = [f"# {_in(_PAGE, language)}", "", _in(_MADE_BY, language), ""]
    return "\n".join([*head, *(line for table in tables for line in _markdown_lines(table))])


def _markdown_lines(table: Table) -> list[str]:
    rows = [table.heads, ("---",) * len(table.heads), *table.rows]
    lines = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return [f"## {_cell(table.title)}", "", *lines, "", *((table.note, "") if table.note else ())]


def _cell(text: str) -> str:
    for letter in "\\|<>&*`[":
        text = text.replace(letter, f"\\{letter}")
    return " ".join(text.split())


def _share_row(one: Share, language: str) -> tuple[str, ...]:
    shown = [
        f"{points(one.points[checker])} ({share(one.of(checker))})" if one.points[checker] else ""
        for checker in CHECKERS
    ]
    return (one.procedure or _in(one.title, language), points(one.total), *shown)


def _row(row: RubricRow, language: str) -> tuple[str, ...]:
    return (
        row.section or "",
        _in(row.title, language),
        points(row.points) if row.points else "",
        _in(SHORT[row.checker], language),
        _in(row.asks, language),
        row.construct,
    )


def _document(one: Share) -> dict[str, Any]:
    shares = {checker: round(one.of(checker), 4) for checker in CHECKERS}
    return {
        "procedure": one.procedure,
        "title": one.title,
        "total": one.total,
        "points": one.points,
        "shares": shares,
    }


def _in(text: Text, language: str) -> str:
    return text.zh if language == "zh" else text.en
