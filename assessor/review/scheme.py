"""How a class is marked: by one or two markers, how far they may differ, how long a student may appeal.

Takes and gives the setting `marking` of the school, or of one class (`marking/CLASS`), which goes before it.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.store.decision_tables import AssignmentRow
from assessor.store.ledger_tables import SettingRow
from assessor.store.people_tables import EnrolmentRow

SETTING = "marking"
Share = Annotated[float, Field(ge=0, le=1)]
ItemId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Tolerance = Annotated[float, Field(ge=0, le=1000)]


@dataclass(
    frozen=True,
    config=ConfigDict(extra="forbid", allow_inf_nan=False, json_schema_serialization_defaults_required=True),
)
class Scheme:
    """How a class is marked. `double`: two markers who do not see each other. They may differ by `tolerance`
    of an item's points, or by so many points (`items`). `appeal_days`: how long after a release a student may
    appeal."""

    double: bool = False
    tolerance: Share = 0.1
    items: dict[ItemId, Tolerance] = Field(default_factory=dict, max_length=500)
    appeal_days: Annotated[int, Field(ge=0, le=366)] = 14

    def apart(self, item: str, points: float) -> float:
        """By how many points two marks of an item may differ."""
        return self.items.get(item, round(self.tolerance * points, 4))


def scheme_of(session: Session, class_id: UUID | None) -> Scheme:
    """How the class is marked: by its own setting, else the school's, else as usual."""
    names = [SETTING] if class_id is None else [f"{SETTING}/{class_id}", SETTING]
    rows = {row.name: row for row in session.scalars(select(SettingRow).where(SettingRow.name.in_(names)))}
    found = next((rows[name] for name in names if name in rows), None)
    return Scheme() if found is None else Scheme(**found.value)


def double_classes(session: Session) -> Callable[[UUID | None], bool]:
    """Tells of a class whether it is marked by two."""
    rows = session.scalars(select(SettingRow).where(SettingRow.name.startswith(SETTING, autoescape=True)))
    double = {row.name: Scheme(**row.value).double for row in rows}
    usual = double.get(SETTING, False)
    return lambda class_id: double.get(f"{SETTING}/{class_id}", usual)


def keep_scheme(session: Session, scheme: Scheme, class_id: UUID | None, by_id: UUID, now: datetime) -> None:
    """From now on the class, or the school, is marked like this."""
    name = SETTING if class_id is None else f"{SETTING}/{class_id}"
    row = session.get(SettingRow, name)
    if row is None:
        row = SettingRow(name=name)
        session.add(row)
    row.value, row.by_id, row.updated_utc = asdict(scheme), by_id, now


def current_assignment(session: Session, attempt_id: UUID) -> AssignmentRow | None:
    """Whose the attempt is now."""
    return session.scalar(
        select(AssignmentRow)
        .where(AssignmentRow.attempt_id == attempt_id)
        .order_by(AssignmentRow.seq.desc())
        .limit(1)
    )


def class_of(session: Session, assignment: AssignmentRow | None) -> UUID | None:
    """The class it was assigned in, else the newest one its student is in."""
    if assignment is None or assignment.class_id is not None or assignment.person_id is None:
        return None if assignment is None else assignment.class_id
    return session.scalar(
        select(EnrolmentRow.class_id)
        .where(EnrolmentRow.person_id == assignment.person_id, EnrolmentRow.ended_utc.is_(None))
        .order_by(EnrolmentRow.created_utc.desc(), EnrolmentRow.id)
        .limit(1)
    )
