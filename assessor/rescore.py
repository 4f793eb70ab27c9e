"""Stored attempts under another procedure version: what would change, item by item.

Takes the store, attempts and a procedure; gives the differences. Nothing that is stored is edited.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assessor.accuracy_tables import Table
from assessor.errors import AssessorError, RuleFileError
from assessor.procedure import Procedure
from assessor.reopen import reopen
from assessor.store import Store
from assessor.types import MarkLine, MarkSheet, Text


@dataclass(frozen=True, slots=True)
class Difference:
    """An item whose points or outcome are not what they were. `old`, `new`: what was awarded (None = open);
    `old_points`, `new_points`: what the item is worth (None = not in that version)."""

    item: str
    title: Text
    old: float | None
    old_points: float | None
    new: float | None
    new_points: float | None
    reason: Text


@dataclass(frozen=True, slots=True)
class Rescored:
    """An attempt, its stored sheet and what the other procedure would give."""

    attempt: UUID
    recording: str
    student: str | None
    old: MarkSheet
    new: MarkSheet
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class NotRescored:
    """An attempt that could not be scored again, and why."""

    attempt: UUID
    fault: AssessorError


def rescore(store: Store, attempts: Iterable[UUID], procedure: Procedure) -> Iterator[Rescored | NotRescored]:
    """Each attempt as the procedure would mark it now; one that cannot be marked does not stop the rest."""
    for attempt in attempts:
        try:
            yield _rescored(store, attempt, procedure)
        except AssessorError as fault:
            yield NotRescored(attempt, fault)


def differences_of(old: MarkSheet, new: MarkSheet) -> tuple[Difference, ...]:
    """The items that differ, in the order of the new sheet, then those that are gone."""
    before = {line.item: line for line in old.lines}
    after = {line.item: line for line in new.lines}
    pairs = [(before.get(item), after.get(item)) for item in dict.fromkeys([*after, *before])]
    return tuple(_difference(a, b) for a, b in pairs if _what_counts(a) != _what_counts(b))


def _rescored(store: Store, attempt: UUID, procedure: Procedure) -> Rescored:
    summary, old = store.attempt(attempt), store.mark_sheet(attempt)
    new = reopen(store, attempt, procedure).sheet
    names = ", ".join(summary.recording_names)
    return Rescored(attempt, names, summary.student, old, new, differences_of(old, new))


def _what_counts(line: MarkLine | None) -> tuple[object, ...]:
    return () if line is None else (line.awarded, line.points, line.outcome)


def _difference(old: MarkLine | None, new: MarkLine | None) -> Difference:
    line = new or old
    if line is None:
        raise TypeError("expected a line of at least one sheet")
    return Difference(
        line.item,
        line.title,
        old.awarded if old else None,
        old.points if old else None,
        new.awarded if new else None,
        new.points if new else None,
        _reason(old, new),
    )


def _reason(old: MarkLine | None, new: MarkLine | None) -> Text:
    if new is None:
        return Text("新版本中没有此项。", "The new version has no such item.")
    if old is None:
        return Text(f"新增的评分项。{new.reason.zh}", f"A new item. {new.reason.en}")
    if old.outcome is new.outcome and old.points != new.points:
        return Text(
            f"分值由 {old.points:g} 改为 {new.points:g}。{new.reason.zh}",
            f"The item was worth {old.points:g} and is now worth {new.points:g}. {new.reason.en}",
        )
    return new.reason


def table_of(result: Rescored | NotRescored, language: str) -> Table:
    """The differences of one attempt as a table, zh or en."""
    zh = language == "zh"
    if isinstance(result, NotRescored):
        told = result.fault.render(language) if isinstance(result.fault, RuleFileError) else str(result.fault)
        return Table(f"{result.attempt}", ("未能重评" if zh else "not scored again",), ((told,),))
    rows = tuple(
        (
            _points(one.old, one.old_points),
            _points(one.new, one.new_points),
            f"{one.item}: {one.title.zh if zh else one.title.en}",
            one.reason.zh if zh else one.reason.en,
        )
        for one in result.differences
    )
    heads = ("原得分", "新得分", "评分项", "理由") if zh else ("was", "would be", "item", "reason")
    title = " · ".join(filter(None, (str(result.attempt), result.recording, result.student)))
    return Table(title, heads, rows, _totals(result, zh))


def document_of(result: Rescored | NotRescored) -> dict[str, Any]:
    """One attempt for machines."""
    if isinstance(result, NotRescored):
        return {"attempt": result.attempt, "fault": str(result.fault)}
    return {
        "attempt": result.attempt,
        "recording": result.recording,
        "student": result.student,
        "old": {"procedure_sha256": result.old.procedure_sha256, **_sums(result.old)},
        "new": {"procedure_sha256": result.new.procedure_sha256, **_sums(result.new)},
        "differences": result.differences,
    }


def _sums(sheet: MarkSheet) -> dict[str, float]:
    return {"total": sheet.total, "possible": sheet.possible}


def _points(awarded: float | None, points: float | None) -> str:
    if points is None:
        return ""
    return f"{'–' if awarded is None else format(awarded, 'g')} / {points:g}"


def _totals(result: Rescored, zh: bool) -> str:
    old, new = (f"{sheet.total:g} / {sheet.possible:g}" for sheet in (result.old, result.new))
    if zh:
        return f"共 {old} 分，重评 {new} 分，{len(result.differences)} 项不同；已存结果未改动。"
    changed = len(result.differences)
    return f"{old} points, now {new}; items that differ: {changed}; nothing stored was changed."
