"""Which rows a caller may see, as conditions for the query itself (caller + action -> SQL).

What is out of scope is not there: a query with its condition finds nothing, and the answer is 404.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased

from assessor.people.caller import Caller, Grant
from assessor.people.roles import Action, Role
from assessor.store.decision_tables import AssignmentRow
from assessor.store.ledger_tables import BenchEventRow
from assessor.store.people_tables import ClassRow, DeviceRow, EnrolmentRow, PersonRow, SchoolRow
from assessor.store.seen import Seen
from assessor.store.tables import (
    AttemptRow,
    BenchVersionRow,
    MarkSheetRow,
    ProcedureVersionRow,
)

Condition = ColumnElement[bool]


def seen_by(caller: Caller, action: Action = Action.READ_ATTEMPTS) -> Seen:
    """For the store's own queries: the attempts in scope, and of which the unreleased sheets are too."""
    staff = [grant for grant in caller.grants_for(action) if grant.role is not Role.STUDENT]
    return Seen(
        attempts=attempts_seen(caller, action),
        drafts=or_(false(), *(_attempts_of(caller, grant) for grant in staff)),
        procedures=procedures_seen(caller),
        benches=benches_seen(caller),
    )


def attempts_seen(caller: Caller, action: Action = Action.READ_ATTEMPTS) -> Condition:
    """On `AttemptRow`. Students: their own once released; teachers, referees: their classes; mentors: their
    bench; who holds a role everywhere: all of the school and, in the only school, what is nobody's yet."""
    return or_(false(), *(_attempts_of(caller, grant) for grant in caller.grants_for(action)))


def classes_seen(caller: Caller, action: Action = Action.READ_PEOPLE) -> Condition:
    """On `ClassRow`."""
    own = [
        ClassRow.id == grant.class_id if grant.class_id else ClassRow.school_id == caller.school_id
        for grant in caller.grants_for(action)
        if grant.role not in (Role.STUDENT, Role.MENTOR)
    ]
    return and_(ClassRow.school_id == caller.school_id, or_(false(), *own))


def persons_seen(caller: Caller, action: Action = Action.READ_PEOPLE) -> Condition:
    """On `PersonRow`: whoever holds a role everywhere sees the school, others their classes' students, a
    student nobody but themself."""
    return and_(
        PersonRow.school_id == caller.school_id,
        or_(false(), *(_persons_of(caller, grant) for grant in caller.grants_for(action))),
    )


def devices_seen(caller: Caller, action: Action = Action.EDIT_DEVICES) -> Condition:
    """On `DeviceRow`: all of the school for whoever holds a role everywhere; for a teacher those of the
    benches where their classes sit (seat plan) or an attempt of them was made; for a mentor their bench's."""
    own = (_devices_of(grant) for grant in caller.grants_for(action))
    return and_(DeviceRow.school_id == caller.school_id, or_(false(), *own))


def events_seen(caller: Caller) -> Condition:
    """On `BenchEventRow` of a device in scope: what belongs to no attempt, or to one that may be seen."""
    seen = select(AttemptRow.id).where(attempts_seen(caller, Action.READ_EVENTS))
    return or_(BenchEventRow.attempt_id.is_(None), BenchEventRow.attempt_id.in_(seen))


def procedures_seen(caller: Caller) -> Condition:
    """On `ProcedureVersionRow`: all for staff, for a student those of the attempts they may see."""
    if _reads_all_rules(caller):
        return ProcedureVersionRow.sha256.is_not(None)
    return ProcedureVersionRow.sha256.in_(select(AttemptRow.procedure_sha256).where(attempts_seen(caller)))


def benches_seen(caller: Caller) -> Condition:
    """On `BenchVersionRow`, likewise; a mentor's are the benches of the attempts they may see."""
    if _reads_all_rules(caller):
        return BenchVersionRow.sha256.is_not(None)
    return BenchVersionRow.sha256.in_(select(AttemptRow.bench_sha256).where(attempts_seen(caller)))


def _reads_all_rules(caller: Caller) -> bool:
    grants = caller.grants_for(Action.READ_RULES)
    return any(grant.role not in (Role.STUDENT, Role.MENTOR) for grant in grants)


def _attempts_of(caller: Caller, grant: Grant) -> Condition:
    newest = aliased(AssignmentRow)
    if grant.role is Role.STUDENT:
        return and_(_assigned(newest, newest.person_id == caller.person_id), released())
    if grant.class_id is not None:
        return _assigned(newest, _in_class(newest, grant.class_id))
    if grant.bench is not None:
        there = AttemptRow.bench.has(BenchVersionRow.name == grant.bench)
        elsewhere = _assigned(newest, and_(newest.bench.is_not(None), newest.bench != grant.bench))
        named = aliased(AssignmentRow)
        here = or_(_assigned(named, named.bench == grant.bench), and_(there, ~elsewhere))
        return and_(here, _in_school(caller.school_id))
    return false() if grant.role is Role.MENTOR else _in_school(caller.school_id)


def class_is(class_id: UUID) -> Condition:
    """On `AttemptRow`: it belongs to this class now."""
    newest = aliased(AssignmentRow)
    return _assigned(newest, _in_class(newest, class_id))


def owner_is(people: Select[UUID]) -> Condition:
    """On `AttemptRow`: it is one of these people's now."""
    newest = aliased(AssignmentRow)
    return _assigned(newest, newest.person_id.in_(people))


def released() -> Condition:
    """On `AttemptRow`: there is a released sheet."""
    return exists().where(MarkSheetRow.attempt_id == AttemptRow.id, MarkSheetRow.state == "released")


def _assigned(newest: type[AssignmentRow], holds: Condition) -> Condition:
    return (
        exists()
        .where(newest.attempt_id == AttemptRow.id, newest.seq == _last().scalar_subquery(), holds)
        .correlate(AttemptRow)
    )


def _last() -> Select[int]:
    """Which of an attempt's assignments counts."""
    later = aliased(AssignmentRow)
    return select(func.max(later.seq)).where(later.attempt_id == AttemptRow.id).correlate(AttemptRow)


def _in_class(newest: type[AssignmentRow], class_id: UUID) -> Condition:
    enrolled = select(EnrolmentRow.person_id).where(
        EnrolmentRow.class_id == class_id, EnrolmentRow.ended_utc.is_(None)
    )
    return or_(newest.class_id == class_id, and_(newest.class_id.is_(None), newest.person_id.in_(enrolled)))


def _in_school(school_id: UUID) -> Condition:
    newest, owned = aliased(AssignmentRow), aliased(AssignmentRow)
    classes = select(ClassRow.id).where(ClassRow.school_id == school_id)
    persons = select(PersonRow.id).where(PersonRow.school_id == school_id)
    ours = or_(newest.class_id.in_(classes), newest.person_id.in_(persons))
    somebodys = _assigned(owned, or_(owned.class_id.is_not(None), owned.person_id.is_not(None)))
    other = aliased(SchoolRow)
    only_school = ~exists().where(other.id != school_id).correlate(None)
    return or_(_assigned(newest, ours), and_(~somebodys, only_school))


def _devices_of(grant: Grant) -> Condition:
    if grant.class_id is None:
        return true() if grant.bench is None else DeviceRow.bench == grant.bench
    newest = aliased(AssignmentRow)
    seats = select(EnrolmentRow.seat).where(
        EnrolmentRow.class_id == grant.class_id, EnrolmentRow.ended_utc.is_(None)
    )
    worked_at = (
        select(func.coalesce(newest.bench, BenchVersionRow.name))
        .select_from(AttemptRow)
        .join(BenchVersionRow, BenchVersionRow.sha256 == AttemptRow.bench_sha256)
        .join(newest, newest.attempt_id == AttemptRow.id)
        .where(newest.seq == _last().scalar_subquery(), _in_class(newest, grant.class_id))
    )
    return or_(DeviceRow.bench.in_(seats), DeviceRow.bench.in_(worked_at))


def _persons_of(caller: Caller, grant: Grant) -> Condition:
    if grant.role is Role.STUDENT:
        return PersonRow.id == caller.person_id
    if grant.class_id is not None:
        enrolled = select(EnrolmentRow.person_id).where(
            EnrolmentRow.class_id == grant.class_id, EnrolmentRow.ended_utc.is_(None)
        )
        return PersonRow.id.in_(enrolled)
    return false() if grant.bench is not None else PersonRow.school_id == caller.school_id
