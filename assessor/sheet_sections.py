"""A mark sheet put in order: its lines by group or dimension, with subtotals (after `marks`).

Takes a `MarkSheet` and the rubric it was given by, where that can still be read; gives `Section`s.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from assessor.procedure.parts import Procedure
from assessor.procedure.rubric import Item
from assessor.procedure.scoring import PLACE_SEPARATOR
from assessor.types import MarkLine, MarkSheet, Text

OTHERS = Text("其他", "Others")


@dataclass(frozen=True, slots=True)
class Subtotal:
    """Points of some lines: earned, at stake in what is judged, and still open."""

    awarded: float
    possible: float
    open: float


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that belong together, in the order of the rubric. `id` None: those of no group."""

    id: str | None
    title: Text
    lines: tuple[MarkLine, ...]
    weight: float = 1.0

    @property
    def subtotal(self) -> Subtotal:
        """What its lines come to."""
        return subtotal_of(self.lines)


def subtotal_of(lines: Iterable[MarkLine]) -> Subtotal:
    """What some lines come to."""
    lines = tuple(lines)
    judged = [line for line in lines if line.awarded is not None]
    return Subtotal(
        awarded=_sum(line.awarded for line in judged if line.awarded is not None),
        possible=_sum(line.points for line in judged),
        open=_sum(line.points for line in lines if line.awarded is None),
    )


def sections_of(sheet: MarkSheet, procedure: Procedure | None) -> tuple[Section, ...]:
    """The lines by group where the rubric has groups, else by dimension."""
    if procedure is None or not procedure.rubric.groups:
        return by_dimension(sheet, procedure)
    groups = procedure.rubric.groups
    items = items_of(procedure)
    found: dict[str | None, list[MarkLine]] = {id: [] for id in (*groups, None)}
    for line in sheet.lines:
        found[_group_of(line, items, groups)].append(line)
    return tuple(
        Section(id, OTHERS, tuple(lines))
        if id is None
        else Section(id, groups[id].title.text, tuple(lines), groups[id].weight)
        for id, lines in found.items()
        if lines
    )


def by_dimension(sheet: MarkSheet, procedure: Procedure | None) -> tuple[Section, ...]:
    """The lines by dimension."""
    titles = {} if procedure is None else procedure.rubric.dimensions
    found: dict[str, list[MarkLine]] = {}
    for line in sheet.lines:
        found.setdefault(line.dimension, []).append(line)
    return tuple(
        Section(id, titles[id].text if id in titles else Text(id, id), tuple(lines))
        for id, lines in found.items()
    )


def items_of(procedure: Procedure | None) -> dict[str, Item]:
    """The rubric's items by id."""
    return {} if procedure is None else {item.id: item for item in procedure.rubric.items}


def _group_of(line: MarkLine, items: Mapping[str, Item], groups: Collection[str]) -> str | None:
    """An item's group; the line of a group's limit is named `GROUP/limit`."""
    group = items[line.item].group if line.item in items else line.item.partition(PLACE_SEPARATOR)[0]
    return group if group is not None and group in groups else None


def _sum(points: Iterable[float]) -> float:
    return round(math.fsum(points), 2)
