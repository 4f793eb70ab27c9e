"""What lies beyond single items: the limits of groups, and overtime. Each is a line of its own on the sheet.

Takes the lines of the items; gives the lines that make their sum what the rubric says.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assessor.marks import wording
from assessor.procedure.rubric import Group, Item, Overtime, Rubric
from assessor.types import Evidence, MarkLine, Outcome, Verdict


def group_lines(rubric: Rubric, lines: Sequence[MarkLine]) -> Iterator[MarkLine]:
    """For each group that loses more, or gives less, than it may: what that adds again."""
    items = {item.id: item for item in rubric.items}
    for id, group in rubric.groups.items():
        own = [line for line in lines if line.item in items and items[line.item].group == id]
        judged = [line for line in own if line.awarded is not None]
        if not judged:
            continue
        lost = math.fsum(line.points - (line.awarded or 0.0) for line in judged)
        given = math.fsum(line.awarded or 0.0 for line in judged)
        if group.most is not None and lost > (most := group.most * group.weight) + 1e-9:
            yield _limit(id, group, items[own[0].item], lost - most)
            given += lost - most
        if group.least is not None and given < (least := group.least * group.weight) - 1e-9:
            yield _limit(id, group, items[own[0].item], least - given)


def overtime_line(overtime: Overtime, verdicts: Mapping[str, Verdict], end_s: float) -> MarkLine:
    """What the time beyond the allowed costs."""
    done = verdicts.get(overtime.until) if overtime.until is not None else None
    took_s = done.t_s if done is not None and done.t_s is not None else end_s
    if overtime.stop_s is not None:
        took_s = min(took_s, overtime.allowed_s + overtime.stop_s)
    late_s = max(0.0, took_s - overtime.allowed_s)
    parts = late_s / overtime.every_s
    count = math.ceil(parts) if overtime.begun else math.floor(parts)
    cost = overtime.each * count
    if overtime.cap is not None:
        cost = min(cost, overtime.cap)
    return MarkLine(
        item="overtime",
        title=wording.OVERTIME,
        check="video",
        dimension=overtime.dimension,
        points=0.0,
        awarded=0.0 - round(cost, 2) if cost else 0.0,
        outcome=Outcome.NOT_MET if cost else Outcome.MET,
        confidence=1.0,
        reason=wording.overtime(overtime, took_s, cost),
        verdict_ids=(),
        evidence=(Evidence(round(overtime.allowed_s, 3), round(took_s, 3)),) if cost else (),
        line=overtime.line,
    )


def sum_of(points: Iterable[float]) -> float:
    """A sum of points, to two decimals."""
    return round(math.fsum(points), 2)


def _limit(id: str, group: Group, item: Item, added: float) -> MarkLine:
    return MarkLine(
        item=f"{id}/limit",
        title=wording.limit_title(group),
        check=item.check,
        dimension=item.dimension,
        points=0.0,
        awarded=round(added, 2),
        outcome=Outcome.MET,
        confidence=1.0,
        reason=wording.limit(group),
        verdict_ids=(),
        evidence=(),
        line=group.line,
    )
