"""What the camera of a bench can and cannot see of a rubric, item by item (bench + procedure -> statement).

A statement about the files, not about a picture: the smallest terminals are judged by the best place that a
camera could have.
"""

from dataclasses import dataclass
from enum import StrEnum

from assessor.bench import Bench
from assessor.procedure import Procedure, faults_against
from assessor.procedure.rubric import Item
from assessor.rubric_rows import CHECKERS
from assessor.types import Text
from assessor.unseen import blind_parts, is_shown, why_blind


class Sight(StrEnum):
    """How far the camera sees what an item asks."""

    SEEN = "seen"
    PARTLY = "partly"
    UNSEEN = "unseen"
    ELSEWHERE = "elsewhere"  # asked for by photo, reading or person, not by video


@dataclass(frozen=True, slots=True)
class ItemSight:
    """One item of a rubric on a bench; `why`: what is not seen, or who tells it instead."""

    id: str
    title: Text
    points: float
    sight: Sight
    why: tuple[Text, ...] = ()


def sight_of(procedure: Procedure, bench: Bench) -> tuple[ItemSight, ...]:
    """Every item, in the order of the rubric."""
    return tuple(_sight(procedure, bench, item) for item in procedure.rubric.items)


def fits(procedure: Procedure, bench: Bench) -> bool:
    """Whether the bench has everything the procedure names."""
    return not faults_against(procedure, bench)


def _sight(procedure: Procedure, bench: Bench, item: Item) -> ItemSight:
    if item.check != "video":
        why = CHECKERS.get(item.check, Text(item.check, item.check))
        return ItemSight(item.id, item.title.text, item.points, Sight.ELSEWHERE, (why,))
    blind = blind_parts(procedure, bench, item)
    if not blind:
        return ItemSight(item.id, item.title.text, item.points, Sight.SEEN)
    sight = Sight.PARTLY if is_shown(procedure, bench, item) else Sight.UNSEEN
    return ItemSight(
        item.id, item.title.text, item.points, sight, tuple(why_blind(part, bench) for part in blind)
    )
