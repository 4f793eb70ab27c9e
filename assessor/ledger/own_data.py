"""What is kept of a person, for themselves to see (rows -> one dict, the same as in their export)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.ledger.audit import Actor, append
from assessor.ledger.export import told_of
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import persons_seen
from assessor.store import Store, UnknownIdError
from assessor.store.people_tables import PersonRow

SEEN = "person.read"


def data_of(store: Store, caller: Caller, person_id: UUID) -> dict[str, Any]:
    """Person, classes, consents, reviews, appeals, requests, and who looked. Raises UnknownIdError."""
    caller.must(Action.EXPORT_PERSON)
    now = store.now()

    def read(session: Session) -> dict[str, Any]:
        seen = persons_seen(caller, Action.EXPORT_PERSON)
        person = session.scalar(select(PersonRow).where(PersonRow.id == person_id, seen))
        if person is None:
            raise UnknownIdError("person", person_id)
        return told_of(session, person, released_only=caller.person_id == person_id)

    told = store.read(read)
    if caller.person_id != person_id:
        actor = Actor(caller.kind, caller.id)
        store.write(lambda session: append(session, now, actor, SEEN, "person", person_id).seq)
    return told
