"""A clip of the same step done as it should be, to look at beside the one in question (store -> console)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.store import Store
from assessor.store.tables import AttemptRow, EvidenceRow, ProcedureVersionRow, VerdictRow
from assessor.types import Outcome


@dataclass(frozen=True, slots=True)
class Reference:
    """A clip that shows the step met, and the stretch of its recording that it shows."""

    evidence_id: UUID
    start_s: float
    end_s: float


def reference_clip(store: Store, caller: Caller, attempt_id: UUID, names: Sequence[str]) -> Reference | None:
    """The newest one from another attempt at the same procedure that the caller may look at."""

    def read(session: Session) -> Reference | None:
        own = select(ProcedureVersionRow.id).join(AttemptRow.procedure).where(AttemptRow.id == attempt_id)
        row = session.scalar(
            select(EvidenceRow)
            .join(VerdictRow, VerdictRow.evidence_id == EvidenceRow.id)
            .join(AttemptRow, AttemptRow.id == VerdictRow.attempt_id)
            .join(ProcedureVersionRow, ProcedureVersionRow.sha256 == AttemptRow.procedure_sha256)
            .where(
                VerdictRow.name.in_(names),
                VerdictRow.outcome == Outcome.MET.value,
                EvidenceRow.clip.is_not(None),
                AttemptRow.id != attempt_id,
                ProcedureVersionRow.id == own.scalar_subquery(),
                attempts_seen(caller, Action.READ_EVIDENCE),
            )
            .order_by(AttemptRow.seq.desc())
            .limit(1)
        )
        return None if row is None else Reference(row.id, row.start_s, row.end_s)

    return store.read(read)
