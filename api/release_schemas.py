"""What the API takes and gives about confirming and releasing sheets; unknown fields are refused."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.review_schemas import Version
from api.schemas import MarkSheetOut, Out, TextOut
from api.schemas_people import In
from assessor.review.appeal_state import AppealState
from assessor.review.queue import MOST
from assessor.review.release import State


class LeftToDecideOut(Out):
    """An item that still has to be decided."""

    item: str
    title: TextOut


class OutcomeOut(Out):
    """The sheet as the decisions make it now. `state`: of the newest stored sheet; `stale`: it does not take
    in the newest decisions."""

    attempt_id: UUID
    sheet: MarkSheetOut
    left: tuple[LeftToDecideOut, ...]
    version: int
    state: State
    stale: bool


class KeptSheetOut(Out):
    """A sheet that was confirmed or released."""

    attempt_id: UUID
    sheet_id: UUID
    state: State
    total: float
    possible: float
    passed: bool | None
    version: int


class FinishIn(In):
    """An attempt with its newest decision as the caller saw it."""

    attempt_id: UUID
    version: Version


class ReleasesIn(In):
    """Confirmed sheets to be released."""

    attempts: Annotated[tuple[FinishIn, ...], Field(max_length=MOST)]


class NotReleasedOut(Out):
    """What was not released, and why."""

    attempt_id: UUID
    why: TextOut


class ReleasesOut(Out):
    """What was released and what was not."""

    released: tuple[KeptSheetOut, ...]
    left: tuple[NotReleasedOut, ...]


class ReleasedLineOut(Out):
    """One line of a released sheet. `win_back`: how to get the lost points next time."""

    item: str
    title: TextOut
    dimension: str
    points: float
    awarded: float | None
    reason: TextOut
    win_back: TextOut | None
    evidence_ids: tuple[UUID, ...]
    appeal: AppealState | None
    may_appeal: bool


class ReleasedVetoOut(Out):
    """A veto that was called."""

    item: str
    title: TextOut
    effect: str
    reason: TextOut
    evidence_id: UUID | None
    appeal: AppealState | None
    may_appeal: bool


class ReleasedSheetOut(Out):
    """A released sheet, as its student sees it."""

    attempt_id: UUID
    sheet_id: UUID
    released_utc: datetime
    procedure: str
    procedure_title: TextOut
    total: float
    possible: float
    passed: bool | None
    lines: tuple[ReleasedLineOut, ...]
    vetoes: tuple[ReleasedVetoOut, ...]
    appeal_until_utc: datetime
