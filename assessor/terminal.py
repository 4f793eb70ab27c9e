"""What the commands write: tables for people, JSON for machines, progress beside both (end of the flow).

Results go to standard output, progress and errors to standard error, so `--json` can be piped.
"""

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from assessor import settings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from rich.console import Console
    from rich.text import Text as Cell

    from assessor.accuracy_tables import Table
    from assessor.doctor import Finding
    from assessor.errors import Fault
    from assessor.types import MarkLine, MarkSheet, MarkVeto, Text

_STDERR = 2
_MARKS = {"ok": "[green]✓[/]", "note": "[yellow]•[/]", "fault": "[red]✗[/]"}
_COLOURS = {"met": "green", "not_met": "red", "unsure": "yellow", "not_observed": "dim"}
_HEADS = {
    "zh": ("得分 / 分值", "判定", "评分项与理由", "时间"),
    "en": ("points", "", "item and reason", "at"),
}

_LOST = {
    "zh": "磁盘空间不足，{count} 个证据片段或静帧未能保存：{names}。评分结果已保存，不受影响；"
    "请释放空间后再次评定该录像，届时只补存缺少的证据。",
    "en": "The disk has too little room: {count} clips and stills were not kept: {names}. The marks "
    "are stored and not changed by it; free some space, then score the recording again: only what is "
    "missing is cut.",
}


def console(stderr: bool = False) -> "Console":
    """A rich console on standard output or standard error."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)


def write_json(value: "DataclassInstance | Sequence[DataclassInstance] | Mapping[str, object]") -> None:
    """One JSON document on standard output; dataclasses become objects."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, indent=2, allow_nan=False)
    console().print(text, markup=False)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return str(value)


def language() -> str:
    """ "zh" where the system speaks Chinese, else "en"."""
    spoken = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "zh" if spoken.lower().startswith("zh") else "en"


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on standard error; yields the function that moves it: what is being done, share done 0 to 1."""
    from rich.console import Console
    from rich.progress import Progress

    with _own_stderr() as stderr, Progress(console=Console(file=stderr), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda doing, share: bar.update(task, description=doing, completed=share)


@contextmanager
def _own_stderr() -> Iterator[TextIO]:
    """Standard error for us alone; what vendors' native libraries write there goes to the log meanwhile."""
    sys.stderr.flush()
    with os.fdopen(os.dup(_STDERR), "w", encoding="utf-8") as stderr:
        with _log() as log:
            os.dup2(log.fileno(), _STDERR)
        try:
            yield stderr
        finally:
            os.dup2(stderr.fileno(), _STDERR)


def _log() -> BinaryIO:
    try:
        settings.data_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        return settings.log_file().open("ab")
    except OSError:  # a full or read-only disk is told by what needs it
        return Path(os.devnull).open("wb")


def show_findings(findings: "Iterator[Finding]") -> "list[Finding]":
    """Print each finding of the doctor as it comes."""
    out, shown = console(), []
    for finding in findings:
        out.print(f"{_MARKS[finding.state]} {finding.name}: ", end="")
        out.print(finding.found, markup=False)
        if finding.mend:
            out.print(f"    → {finding.mend}", markup=False, style="bold")
        shown.append(finding)
    return shown


def show_faults(faults: "Sequence[Fault]") -> None:
    """Print one line per fault of a rule file, then how many there are."""
    lang, out = language(), console()
    for fault in faults:
        out.print(fault.render(lang), markup=False, style="red" if fault.severity == "error" else "yellow")
    errors = sum(fault.severity == "error" for fault in faults)
    told = f"{errors} 个错误，{len(faults) - errors} 个警告" if lang == "zh" else ""
    out.print(told or f"{errors} errors, {len(faults) - errors} warnings", style="bold")


def show_tables(tables: "Sequence[Table]") -> None:
    """Print the tables of `evaluate`."""
    from rich.table import Table as Grid
    from rich.text import Text as Cell

    out = console()
    for table in tables:
        grid = Grid(title=Cell(table.title), title_justify="left")
        for head in table.heads:
            grid.add_column(Cell(head), overflow="fold")
        for row in table.rows:
            grid.add_row(*(Cell(cell) for cell in row))
        out.print(grid)
        if table.note:
            out.print(table.note, markup=False, style="dim")


def show_mark_sheet(sheet: "MarkSheet", title: str) -> None:
    """Print the mark sheet line by line with its reasons, then the total and what is still open."""
    from rich.table import Table
    from rich.text import Text as Cell

    lang, out = language(), console()
    table = Table(title=Cell(title), title_justify="left", show_lines=True)
    points, outcome, item, at = _HEADS[lang]
    table.add_column(points, no_wrap=True)
    table.add_column(outcome, no_wrap=True)
    table.add_column(item, overflow="fold")
    table.add_column(at, no_wrap=True)
    for line in sheet.lines:
        table.add_row(*_cells(line, _moment(line, sheet), lang))
    out.print(table)
    for veto in sheet.vetoes:
        out.print(_veto(veto, lang), markup=False, style="dim" if veto.state == "refused" else "red")
    out.print(_summary(sheet, lang), markup=False, style="bold")


def show_lost_evidence(lost: "Sequence[str]") -> None:
    """Print which clips and stills the disk had no room for, and that the marks stand without them."""
    if lost:
        told = _LOST[language()].format(count=len(lost), names=", ".join(lost))
        console(stderr=True).print(told, markup=False, style="red")


def _moment(line: "MarkLine", sheet: "MarkSheet") -> str:
    """When it happened, as the reason says: the first mistake, else where the evidence begins."""
    if not line.evidence:
        return ""
    mistakes = (m for verdict in sheet.verdicts if verdict.id in line.verdict_ids for m in verdict.mistakes)
    return f"{min((mistake.t_s for mistake in mistakes), default=line.evidence[0].start_s):.1f} s"


def _cells(line: "MarkLine", moment: str, lang: str) -> "list[Cell]":
    from rich.text import Text as Cell

    from assessor.sheet_words import outcome_word

    awarded = "–" if line.awarded is None else f"{line.awarded:g}"
    takes_only = not line.points and line.awarded is not None  # overtime, a limit, a veto
    return [
        Cell(f"{line.awarded:+g}" if takes_only else f"{awarded} / {line.points:g}"),
        Cell(
            _said(outcome_word(line), lang).lower(),
            style=_COLOURS[line.outcome] if line.awarded is not None else "dim",
        ),
        Cell.assemble((_said(line.title, lang), "bold"), "\n", _said(line.reason, lang)),
        Cell(moment, style="dim"),
    ]


def _veto(veto: "MarkVeto", lang: str) -> str:
    from assessor.sheet_words import word

    state, effect = (_said(word(*of), lang) for of in (("veto", veto.state), ("effect", veto.effect)))
    named = f"{_said(word('line', 'veto'), lang)}: {_said(veto.title, lang)}"
    return f"{named} · {state} · {effect} · {_said(veto.reason, lang)}"


def _said(text: "Text", lang: str) -> str:
    return text.zh if lang == "zh" else text.en


def _summary(sheet: "MarkSheet", lang: str) -> str:
    from assessor.sheet_words import passed_word

    waiting = sum(line.points for line in sheet.lines if line.awarded is None)
    passed = [] if sheet.passed is None else [_said(passed_word(sheet.passed), lang).lower()]
    if lang == "zh":
        parts = [f"机器建议 {sheet.total:g} / {sheet.possible:g} 分（由教师确认）", *passed]
        parts += [f"{waiting:g} 分待评"] if waiting else []
        parts += [f"录像不完整：{sheet.partial}"] if sheet.partial else []
        return "；".join(parts)
    parts = [f"proposed {sheet.total:g} of {sheet.possible:g} points (a teacher confirms)", *passed]
    parts += [f"{waiting:g} points open"] if waiting else []
    parts += [f"recording is partial: {sheet.partial}"] if sheet.partial else []
    return "; ".join(parts)


def show_profile(stages_s: "Mapping[str, float]", wall_s: float) -> None:
    """Print the seconds of each stage and their share of the wall time."""
    if not stages_s:
        console().print("scored before, nothing was measured; --out FOLDER scores it again", style="dim")
        return
    rows = [*sorted(stages_s.items(), key=lambda row: -row[1]), ("the rest", wall_s - sum(stages_s.values()))]
    for name, seconds in [*rows, ("all", wall_s)]:
        console().print(f"{name:14} {seconds:7.2f} s {seconds / wall_s:6.1%}")
