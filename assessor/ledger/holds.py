"""Puts a hold on an attempt and lifts it: nothing of the attempt is removed while one lasts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger.audit import Actor, append
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import HoldRow
from assessor.store.pages import WHOLE, By, Page, Part, page_of
from assessor.store.tables import AttemptRow
from assessor.types import Text

ANY = true()


def list_holds(store: Store, seen: ColumnElement[bool] = ANY) -> list[dict[str, Any]]:
    """All of `holds_page`."""
    return list(holds_page(store, seen, WHOLE).items)


def holds_page(store: Store, seen: ColumnElement[bool], part: Part) -> Page[dict[str, Any]]:
    """Holds that last on attempts that are `seen` (a condition on `AttemptRow`), newest first."""
    query = (
        select(HoldRow)
        .join(AttemptRow, AttemptRow.id == HoldRow.attempt_id)
        .where(HoldRow.released_utc.is_(None), seen)
    )
    order = (By(HoldRow.created_utc, falling=True), By(HoldRow.id))
    return store.read(lambda session: page_of(session, query, order, part, _values))


def _values(row: HoldRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "attempt_id", "reason", "created_utc")}


def put_hold(
    store: Store, actor: Actor, attempt_id: UUID, reason: str, seen: ColumnElement[bool] = ANY
) -> UUID:
    """Keep everything of the attempt from now on; id of the hold. RefusedError without a reason,
    UnknownIdError for an attempt that is not seen."""
    if not reason.strip():
        raise RefusedError(Text("请说明保全的原因。", "Say why it is to be kept."))
    now = store.now()

    def work(session: Session) -> UUID:
        if session.scalar(select(AttemptRow.id).where(AttemptRow.id == attempt_id, seen)) is None:
            raise UnknownIdError("attempt", attempt_id)
        hold = HoldRow(attempt_id=attempt_id, reason=reason, by_id=_person(actor), created_utc=now)
        session.add(hold)
        session.flush()
        append(session, now, actor, "hold.put", "attempt", attempt_id, {"hold": hold.id})
        return hold.id

    return store.write(work)


def lift_hold(store: Store, actor: Actor, hold_id: UUID, seen: ColumnElement[bool] = ANY) -> None:
    """The attempt's files follow their days again. UnknownIdError for one that is lifted or not seen."""
    now = store.now()
    if hold_id not in {one["id"] for one in list_holds(store, seen)}:
        raise UnknownIdError("hold", hold_id)
    store.write(lambda session: _lift(session, actor, hold_id, now))


def _lift(session: Session, actor: Actor, hold_id: UUID, now: datetime) -> None:
    hold = session.get(HoldRow, hold_id)
    if hold is None or hold.released_utc is not None:
        raise UnknownIdError("hold", hold_id)
    hold.released_utc, hold.released_by_id = now, _person(actor)
    append(session, now, actor, "hold.lift", "attempt", hold.attempt_id, {"hold": hold.id})


def _person(actor: Actor) -> UUID | None:
    return UUID(actor.id) if actor.kind == "person" and actor.id else None
