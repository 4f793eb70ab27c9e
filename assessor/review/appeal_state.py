"""How far an appeal has come, from its steps (store -> appeals, decide, student's page)."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from assessor.store.decision_tables import AppealRow, AppealStepRow


class Step(StrEnum):
    """What happens to an appeal; `decided` and `withdrawn` end it."""

    ASSIGNED = "assigned"
    MARKED = "marked"
    DECIDED = "decided"
    ARBITRATED = "arbitrated"
    WITHDRAWN = "withdrawn"


class AppealState(StrEnum):
    """Where it stands."""

    OPEN = "open"
    MARKING = "marking"
    ARBITRATION = "arbitration"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


ENDS = (Step.DECIDED.value, Step.ARBITRATED.value, Step.WITHDRAWN.value)
MARKERS = 2


def state_of(steps: Sequence[AppealStepRow]) -> AppealState:
    """Where an appeal with these steps stands."""
    kinds = [step.kind for step in steps]
    if Step.WITHDRAWN in kinds:
        return AppealState.WITHDRAWN
    if Step.DECIDED in kinds or Step.ARBITRATED in kinds:
        return AppealState.DECIDED
    if kinds.count(Step.MARKED) >= MARKERS:
        return AppealState.ARBITRATION
    return AppealState.MARKING if kinds else AppealState.OPEN


def steps_of(session: Session, appeal_id: UUID) -> Sequence[AppealStepRow]:
    """What happened to an appeal, in its order."""
    query = select(AppealStepRow).where(AppealStepRow.appeal_id == appeal_id)
    return session.scalars(query.order_by(AppealStepRow.seq)).all()


def is_under_appeal(session: Session, attempt_id: UUID, item: str) -> bool:
    """Whether an appeal about the item has not ended."""
    ended = exists().where(AppealStepRow.appeal_id == AppealRow.id, AppealStepRow.kind.in_(ENDS))
    found = select(AppealRow.id).where(AppealRow.attempt_id == attempt_id, AppealRow.item == item, ~ended)
    return session.scalar(found.limit(1)) is not None
