"""An appeal with all that was decided about its item, for whoever may see to it (store -> appeals, views)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.appeal_state import MARKERS, AppealState, Step, state_of, steps_of
from assessor.review.desk import Desk, lock, read_desk, seen_attempt
from assessor.store import UnknownIdError
from assessor.store.decision_tables import AppealRow, AppealStepRow


@dataclass(frozen=True)
class Case:
    """An appeal with the attempt it is about."""

    row: AppealRow
    steps: Sequence[AppealStepRow]
    desk: Desk

    @property
    def state(self) -> AppealState:
        """Where it stands."""
        return state_of(self.steps)

    @property
    def markers(self) -> tuple[UUID, ...]:
        """Who marks it: whoever was assigned last."""
        assigned = [step.marker_id for step in self.steps if step.kind == Step.ASSIGNED]
        return tuple(marker for marker in assigned[-MARKERS:] if marker is not None)

    @property
    def marks(self) -> dict[UUID, float]:
        """Who gave what."""
        marked = (step for step in self.steps if step.kind == Step.MARKED)
        return {step.by_id: step.awarded for step in marked if step.awarded is not None}

    @property
    def authors(self) -> frozenset[UUID]:
        """Who has decided about the item before."""
        return frozenset(one.by_id for one in self.desk.opinions.get(self.row.item, ()))

    @property
    def tolerance(self) -> float:
        """How far the two marks may differ."""
        return self.desk.question(self.row.item).tolerance


def open_case(session: Session, caller: Caller, action: Action, appeal_id: UUID) -> Case:
    """An appeal that the caller may do this with. Raises UnknownIdError, NotAllowedError."""
    caller.must(action)
    row = session.scalar(select(AppealRow).where(AppealRow.id == appeal_id))
    if row is None:
        raise UnknownIdError("appeal", appeal_id)
    try:
        seen_attempt(session, caller, action, row.attempt_id)
    except UnknownIdError:
        raise UnknownIdError("appeal", appeal_id) from None
    return Case(row, steps_of(session, row.id), read_desk(session, row.attempt_id))


def sit_down(session: Session, caller: Caller, action: Action, appeal_id: UUID) -> Case:
    """The case, and nobody else at it."""
    attempt_id = session.scalar(select(AppealRow.attempt_id).where(AppealRow.id == appeal_id))
    if attempt_id is not None:
        lock(session, attempt_id)
    return open_case(session, caller, action, appeal_id)
