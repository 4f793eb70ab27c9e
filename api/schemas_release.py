"""What the API takes and gives about confirming and releasing sheets; unknown fields are refused."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas import In, MarkSheetOut, Out
from api.schemas_review import Version
from assessor.review.queue import MOST
from assessor.review.release import LeftToDecide, State


class OutcomeOut(Out):
    """The sheet as the decisions make it now. `state`: of the newest stored sheet; `stale`: it does not take
    in the newest decisions."""

    attempt_id: UUID
    sheet: MarkSheetOut
    left: tuple[LeftToDecide, ...]
    version: int
    state: State
    stale: bool


class FinishIn(In):
    """An attempt with its newest decision as the caller saw it."""

    attempt_id: UUID
    version: Version


class ReleasesIn(In):
    """Confirmed sheets to be released."""

    attempts: Annotated[tuple[FinishIn, ...], Field(max_length=MOST)]
