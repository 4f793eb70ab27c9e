"""Says whose attempt it is: by the number it was scored with, or by a teacher (attempt + person -> row)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from assessor.errors import NotAllowedError
from assessor.ledger import audit, consent
from assessor.people.caller import Caller
from assessor.people.roles import Action, Role
from assessor.people.scope import attempts_seen, classes_seen, persons_seen
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import AssignmentRow
from assessor.store.people_tables import ClassRow, EnrolmentRow, GrantRow, PersonRow
from assessor.store.tables import AttemptRow
from assessor.types import Text

BY_NUMBER = "number"  # the reason of an assignment that nobody made


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose attempt it is from now on. `person_id` None: nobody's; `bench`: where it was done."""

    person_id: UUID | None
    class_id: UUID | None = None
    bench: str | None = None


def assign(store: Store, caller: Caller, attempt_id: UUID, owner: Owner, reason: str) -> None:
    """A further row, the newest counts. Raises UnknownIdError for what the caller may not assign or to."""
    caller.must(Action.ASSIGN)
    now = store.now()

    def add(session: Session) -> None:
        _check_seen(session, caller, attempt_id, owner)
        class_id = owner.class_id or (owner.person_id and _only_class(session, owner.person_id))
        if class_id is None and not _everywhere(caller):
            raise NotAllowedError(
                Text(
                    "请指定您任教的班级。",
                    "Name one of your classes: else it is out of your sight.",
                )
            )
        add_assignment(
            session, attempt_id, Owner(owner.person_id, class_id, owner.bench), now, (caller.person, reason)
        )
        actor = audit.Actor(caller.kind, caller.id)
        told = {"person": owner.person_id, "class": class_id}
        audit.append(session, now, actor, "attempt.assign", "attempt", attempt_id, told)

    store.write(add)
    if owner.person_id is not None:
        consent.enforce(store, owner.person_id)


def assign_by_number(store: Store) -> int:
    """Assign what was scored with a number that one student has, and is nobody's yet; gives how many."""
    now = store.now()

    def add(session: Session) -> list[tuple[UUID, UUID]]:
        found = list(_unassigned(session))
        for attempt_id, person_id in found:
            owner = Owner(person_id, _only_class(session, person_id))
            add_assignment(session, attempt_id, owner, now, (None, BY_NUMBER))
        return found

    found = store.write(add)
    for person_id in {person_id for _, person_id in found}:
        consent.enforce(store, person_id)
    return len(found)


def _unassigned(session: Session) -> "list[tuple[UUID, UUID]]":
    student = exists().where(GrantRow.person_id == PersonRow.id, GrantRow.role == Role.STUDENT.value)
    query = (
        select(AttemptRow.id, PersonRow.id)
        .join(PersonRow, PersonRow.number == AttemptRow.student)
        .where(student, ~exists().where(AssignmentRow.attempt_id == AttemptRow.id))
    )
    pairs = [(attempt, person) for attempt, person in session.execute(query)]
    attempts = [attempt for attempt, _ in pairs]
    return [pair for pair in pairs if attempts.count(pair[0]) == 1]  # not where two schools have the number


def _check_seen(session: Session, caller: Caller, attempt_id: UUID, owner: Owner) -> None:
    asked = (
        ("attempt", attempt_id, AttemptRow.id, attempts_seen(caller, Action.ASSIGN)),
        ("person", owner.person_id, PersonRow.id, persons_seen(caller, Action.ASSIGN)),
        ("class", owner.class_id, ClassRow.id, classes_seen(caller, Action.ASSIGN)),
    )
    for what, key, column, seen in asked:
        if key is not None and session.scalar(select(column).where(column == key, seen)) is None:
            raise UnknownIdError(what, key)


def _everywhere(caller: Caller) -> bool:
    return any(grant.class_id is None for grant in caller.grants_for(Action.ASSIGN))


def _only_class(session: Session, person_id: UUID) -> UUID | None:
    query = select(EnrolmentRow.class_id).where(
        EnrolmentRow.person_id == person_id, EnrolmentRow.ended_utc.is_(None)
    )
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def add_assignment(
    session: Session, attempt_id: UUID, owner: Owner, now: datetime, by: tuple[UUID | None, str]
) -> None:
    """A further row about an attempt; `by`: who, and why."""
    session.add(
        AssignmentRow(
            attempt_id=attempt_id,
            person_id=owner.person_id,
            class_id=owner.class_id,
            bench=owner.bench,
            by_id=by[0],
            reason=by[1],
            created_utc=now,
        )
    )
    session.flush()
