"""Whoever heads a school says how its classes are marked; what waits in the queue follows (api -> scheme)."""

from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.ledger.audit import Actor, append
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.desk import read_desk
from assessor.review.intake import refresh_all
from assessor.review.scheme import Scheme, class_of, current_assignment, keep_scheme, scheme_of
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import ReviewItemRow
from assessor.store.people_tables import ClassRow


def marking(store: Store, caller: Caller, class_id: UUID | None = None) -> Scheme:
    """How a class, or the school, is marked. Raises UnknownIdError, NotAllowedError."""
    caller.must(Action.REVIEW)

    def read(session: Session) -> Scheme:
        _check_class(session, caller, class_id)
        return scheme_of(session, class_id)

    return store.read(read)


def set_marking(store: Store, caller: Caller, scheme: Scheme, class_id: UUID | None = None) -> None:
    """From now on a class, or every class that says nothing else, is marked like this."""
    caller.must(Action.ARBITRATE)
    now = store.now()

    def write(session: Session) -> list[UUID]:
        _check_class(session, caller, class_id)
        keep_scheme(session, scheme, class_id, caller.person, now)
        detail = {"double": scheme.double, "tolerance": scheme.tolerance}
        append(session, now, Actor(caller.kind, caller.id), "marking.set", "class", class_id, detail)
        return _in_queue(session, class_id)

    for attempt_id in store.write(write):
        store.write(partial(_refresh, attempt_id=attempt_id))


def _check_class(session: Session, caller: Caller, class_id: UUID | None) -> None:
    if class_id is None:
        return
    found = session.get(ClassRow, class_id)
    if found is None or found.school_id != caller.school_id:
        raise UnknownIdError("class", class_id)


def _in_queue(session: Session, class_id: UUID | None) -> list[UUID]:
    ids = session.scalars(select(ReviewItemRow.attempt_id).distinct()).all()
    return [
        id for id in ids if class_id is None or class_of(session, current_assignment(session, id)) == class_id
    ]


def _refresh(session: Session, attempt_id: UUID) -> None:
    refresh_all(session, read_desk(session, attempt_id))
