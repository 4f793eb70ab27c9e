"""Puts a hold on an attempt and lifts it: nothing of the attempt is removed while one lasts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger.audit import Actor, append
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import HoldRow
from assessor.store.tables import AttemptRow
from assessor.types import Text


def put_hold(store: Store, actor: Actor, attempt_id: UUID, reason: str) -> UUID:
    """Keep everything of the attempt from now on; id of the hold. RefusedError without a reason."""
    if not reason.strip():
        raise RefusedError(Text("请说明保全的原因。", "Say why it is to be kept."))
    now = store.now()

    def work(session: Session) -> UUID:
        if session.scalar(select(AttemptRow.id).where(AttemptRow.id == attempt_id)) is None:
            raise UnknownIdError("attempt", attempt_id)
        hold = HoldRow(attempt_id=attempt_id, reason=reason, by_id=_person(actor), created_utc=now)
        session.add(hold)
        session.flush()
        append(session, now, actor, "hold.put", "attempt", attempt_id, {"hold": hold.id})
        return hold.id

    return store.write(work)


def lift_hold(store: Store, actor: Actor, hold_id: UUID) -> None:
    """The attempt's files follow their days again. Lifting twice is refused (RefusedError)."""
    now = store.now()
    store.write(lambda session: _lift(session, actor, hold_id, now))


def _lift(session: Session, actor: Actor, hold_id: UUID, now: datetime) -> None:
    hold = session.get(HoldRow, hold_id)
    if hold is None or hold.released_utc is not None:
        raise RefusedError(Text("没有这项保全，或已解除。", "There is no such hold, or it was lifted."))
    hold.released_utc, hold.released_by_id = now, _person(actor)
    append(session, now, actor, "hold.lift", "attempt", hold.attempt_id, {"hold": hold.id})


def _person(actor: Actor) -> UUID | None:
    return UUID(actor.id) if actor.kind == "person" and actor.id else None
