"""Which attempts, sheets, persons and rules a caller sees: a school full of people, on both databases."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller, Grant
from assessor.people.roles import Action, Role, allows
from assessor.people.scope import attempts_seen, classes_seen, persons_seen, seen_by
from assessor.store import Store, UnknownIdError
from assessor.store.people_tables import ClassRow, PersonRow
from assessor.store.tables import AttemptRow
from tests.attempts import build_record, by_shipped
from tests.school import School, add_school


@dataclass(frozen=True)
class Place:
    """Two classes with a student each, an attempt of each, one released, one that is nobody's."""

    school: School
    first_class: UUID
    second_class: UUID
    first: UUID
    second: UUID
    attempts: dict[str, UUID]

    def sees(self, caller: Caller, action: Action = Action.READ_ATTEMPTS) -> set[str]:
        query = select(AttemptRow.id).where(attempts_seen(caller, action))
        found = self.school.store.read(lambda session: set(session.scalars(query)))
        return {name for name, id in self.attempts.items() if id in found}

    def one(self, *grants: Grant) -> Caller:
        """A member of staff with these roles."""
        number = f"S{len(grants)}{grants[0].role}{grants[0].class_id}{grants[0].bench}" if grants else "S"
        return self.school.caller(self.school.add_person(number, *grants))


@pytest.fixture
def place(store: Store) -> Place:
    return build_place(store)


def build_place(store: Store) -> Place:
    school = add_school(store)
    first_class, second_class = school.add_class("一班"), school.add_class("二班")
    first, second = school.add_student("001", first_class), school.add_student("002", second_class)
    names = ("first", "second", "released", "nobodys")
    ids = {name: store.save_attempt(build_record(content=name)) for name in names}
    school.assign(ids["first"], first, first_class, "bench1")
    school.assign(ids["second"], second, second_class, "bench2")
    school.assign(ids["released"], second, first_class)
    school.assign(ids["released"], first, first_class, "bench3")  # the newest counts
    school.release(ids["released"])
    return Place(school, first_class, second_class, first, second, ids)


ALL = {"first", "second", "released", "nobodys"}


def test_a_student_sees_their_own_attempt_once_it_is_released(place: Place) -> None:
    assert place.sees(place.school.caller(place.first)) == {"released"}
    assert place.sees(place.school.caller(place.second)) == set()


def test_a_teacher_sees_their_classes_released_or_not(place: Place) -> None:
    assert place.sees(place.one(Grant(Role.TEACHER, place.first_class))) == {"first", "released"}
    assert place.sees(place.one(Grant(Role.TEACHER, place.second_class))) == {"second"}
    both = (Grant(Role.TEACHER, place.first_class), Grant(Role.TEACHER, place.second_class))
    assert place.sees(place.one(*both)) == ALL - {"nobodys"}


def test_an_attempt_without_a_class_is_of_the_classes_of_its_student(place: Place) -> None:
    place.school.assign(place.attempts["nobodys"], place.second)
    assert "nobodys" in place.sees(place.one(Grant(Role.TEACHER, place.second_class)))
    assert "nobodys" not in place.sees(place.one(Grant(Role.TEACHER, place.first_class)))


@pytest.mark.parametrize("role", [Role.HEAD, Role.TEACHER, Role.REFEREE])
def test_a_role_everywhere_sees_all_and_what_is_nobodys(place: Place, role: Role) -> None:
    assert place.sees(place.one(Grant(role))) == ALL


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.MENTOR])
def test_other_roles_see_none(place: Place, role: Role) -> None:
    assert place.sees(place.one(Grant(role))) == set()


def test_a_mentor_sees_what_was_done_at_their_bench(place: Place) -> None:
    until = place.school.store.now() + timedelta(days=1)
    assert place.sees(place.one(Grant(Role.MENTOR, bench="bench1", until_utc=until))) == {"first"}
    assert place.sees(place.one(Grant(Role.MENTOR, bench="trainer_24v", until_utc=until))) == {"nobodys"}


def test_nobody_sees_into_another_school(place: Place) -> None:
    other = add_school(place.school.store, "另一所学校")
    head = other.caller(other.add_person("H", Grant(Role.HEAD)))
    until = place.school.store.now() + timedelta(days=1)
    mentor = other.caller(other.add_person("M", Grant(Role.MENTOR, bench="bench1", until_utc=until)))
    assert place.sees(head) == set()
    assert place.sees(mentor) == set()
    assert place.sees(place.one(Grant(Role.HEAD))) == ALL - {"nobodys"}, "nobody's, in either school"


def test_the_scope_of_an_action_is_made_of_the_grants_that_allow_it(place: Place) -> None:
    grants = (Grant(Role.REFEREE), Grant(Role.TEACHER, place.second_class))
    caller = place.one(*grants)
    assert place.sees(caller) == ALL
    assert place.sees(caller, Action.RELEASE) == {"second"}
    assert place.sees(caller, Action.ERASE) == set()


def test_a_person_may_be_a_student_here_and_a_teacher_there(place: Place) -> None:
    caller = place.school.caller(place.first)
    both = replace(caller, grants=(*caller.grants, Grant(Role.TEACHER, place.second_class)))
    assert place.sees(both) == {"released", "second"}
    results = place.school.store.seen_as(seen_by(both))
    assert results.attempt(place.attempts["second"]).state == "proposed"
    assert results.attempt(place.attempts["released"]).state == "released"


def test_whoever_must_set_a_password_sees_nothing(place: Place) -> None:
    head = place.one(Grant(Role.HEAD))
    assert place.sees(replace(head, must_change=True)) == set()


def test_a_student_is_shown_the_released_sheet_and_no_later_draft(place: Place) -> None:
    student = place.school.store.seen_as(seen_by(place.school.caller(place.first)))
    attempt = place.attempts["released"]
    place.school.add_sheet(attempt, "confirmed", 99, after_s=2)
    assert (student.mark_sheet(attempt).total, student.attempt(attempt).total) == (50, 50)
    assert [one.total for one in student.attempts().items] == [50]
    head = place.school.store.seen_as(seen_by(place.one(Grant(Role.HEAD))))
    assert (head.mark_sheet(attempt).total, head.attempt(attempt).total) == (99, 99)


@pytest.mark.fault(63)
def test_what_is_out_of_scope_is_not_there(place: Place) -> None:
    store = place.school.store
    teacher = store.seen_as(seen_by(place.one(Grant(Role.TEACHER, place.second_class))))
    attempt = place.attempts["first"]
    (evidence, *_) = store.evidence_ids(attempt).values()
    for read in (
        lambda: teacher.attempt(attempt),
        lambda: teacher.mark_sheet(attempt),
        lambda: teacher.evidence(evidence),
    ):
        with pytest.raises(UnknownIdError):
            read()
    assert teacher.evidence_ids(attempt) == {}
    assert [one.id for one in teacher.attempts().items] == [place.attempts["second"]]


def test_a_student_reads_the_rules_of_their_own_attempts(place: Place) -> None:
    store = place.school.store
    record = by_shipped(build_record(content="other"), "reversing_interlock")
    store.save_attempt(record)
    student = store.seen_as(seen_by(place.school.caller(place.first)))
    assert [one.id for one in student.procedures()] == ["motor_start_stop"]
    with pytest.raises(UnknownIdError):
        student.procedure(record.procedure.sha256)
    staff = store.seen_as(seen_by(place.one(Grant(Role.OPERATOR))))
    assert len(staff.procedures()) == 2


def test_persons_and_classes_are_seen_by_whoever_works_with_them(place: Place) -> None:
    def numbers(caller: Caller) -> set[str]:
        def read(session: Session) -> set[str]:
            found = session.scalars(select(PersonRow.number).where(persons_seen(caller)))
            classes = session.scalars(select(ClassRow.name).where(classes_seen(caller)))
            return {*found, *classes}

        return place.school.store.read(read)

    assert numbers(place.one(Grant(Role.TEACHER, place.first_class))) == {"001", "一班"}
    assert numbers(place.one(Grant(Role.HEAD))) > {"001", "002", "一班", "二班"}
    assert numbers(place.school.caller(place.first)) == set()
    assert numbers(place.one(Grant(Role.REFEREE))) == set()


def test_every_role_has_rights_and_nobody_has_all() -> None:
    for role in Role:
        held = {action for action in Action if allows(role, action)}
        assert held and held < set(Action), role
