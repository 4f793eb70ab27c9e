"""The clip to compare with, what was seen over a clip, and the board: only what the caller may see."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from assessor.overlay import seen_between
from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.recording import RecordingHeader, write_observations
from assessor.review.board import board_of
from assessor.review.reference import reference_clip
from assessor.store import Store
from assessor.types import HandObservation, ObjectObservation, Observations
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


def test_what_was_seen_is_told_as_shares_of_the_picture(tmp_path: Path) -> None:
    hand = HandObservation(1, "left", 0.9, tuple((64.0, 36.0) for _ in range(21)))
    box = ObjectObservation("pliers", 0.9, (0.0, 0.0, 320.0, 180.0))
    one = Observations(0, 0.0, "ok", None, hands=(hand,), objects=(box,))
    header = RecordingHeader("a" * 64, "b" * 64, {}, 3, None, 3.0, 640, 360)
    file = tmp_path / "seen.jsonl.gz"
    write_observations(file, header, [replace(one, frame=n, t_s=float(n)) for n in range(3)])
    (frame,) = seen_between(file, 0.5, 1.5)
    assert frame.t_s == 1.0
    assert frame.boxes == (("pliers", 0.0, 0.0, 0.5, 0.5),)
    assert frame.hands[0][0] == (0.1, 0.1)
