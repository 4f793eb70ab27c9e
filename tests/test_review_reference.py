"""The clip to compare with and the board: only what the caller may see."""

from uuid import UUID

from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.review.board import board_of
from assessor.review.reference import reference_clip
from assessor.store import Store
from tests.attempts import build_record
from tests.school import School, add_school


def add_attempt(school: School, room: UUID, number: str) -> UUID:
    student = school.add_student(number, room)
    attempt = school.store.save_attempt(build_record(f"{number}.mp4", number, number))
    school.assign(attempt, student, room)
    return attempt


def test_the_reference_is_of_another_attempt_the_caller_may_see(store: Store) -> None:
    school = add_school(store)
    own, other = school.add_class("own"), school.add_class("other")
    teacher = school.caller(school.add_person("T1", Grant(Role.TEACHER, class_id=own)))
    head = school.caller(school.add_person("T2", Grant(Role.HEAD)))
    attempt = add_attempt(school, own, "1")
    assert reference_clip(store, teacher, attempt, ["wire_start"]) is None, "its own clip is no reference"
    add_attempt(school, other, "2")
    assert reference_clip(store, teacher, attempt, ["wire_start"]) is None
    found = reference_clip(store, head, attempt, ["wire_start"])
    assert found is not None and found.start_s == 14.6
    assert reference_clip(store, head, attempt, ["wire_coil"]) is None, "it was not met there"


def test_the_board_shows_a_class_with_what_is_left(store: Store) -> None:
    school = add_school(store)
    room = school.add_class("own")
    teacher = school.caller(school.add_person("T1", Grant(Role.TEACHER, class_id=room)))
    attempt = add_attempt(school, room, "1")
    school.add_student("2", room)
    first, second = board_of(store, teacher, room)
    assert [(one.id, one.left) for one in first.attempts] == [(attempt, 10)]
    assert second.attempts == ()
