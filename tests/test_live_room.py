"""A watched classroom from camera to store: two benches whose cameras are recordings played as live."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pytest

from assessor.classroom.file import load_classroom
from assessor.errors import NotAllowedError, RefusedError
from assessor.ledger.audit import verify
from assessor.live.room import Room
from assessor.live.seat import SeatState, SeatView
from assessor.people.caller import Caller, Grant
from assessor.people.device_events import events_of
from assessor.people.roles import Role
from assessor.store import Store, UnknownIdError
from assessor.types import Image
from tests.school import School, add_school
from tests.stores import open_store
from tests.watched_room import write_classroom

pytestmark = pytest.mark.slow
WAIT_S = 90.0


@dataclass
class Watched:
    """The room and the people who look in."""

    room: Room
    store: Store
    school: School
    people: dict[str, Caller]

    def view(self, name: str = "bench_1", who: str = "teacher") -> SeatView:
        return self.room.view(self.people[who], name)

    def until(self, holds: Callable[[SeatView], bool], name: str = "bench_1") -> SeatView:
        until = time.monotonic() + WAIT_S
        while not holds(view := self.view(name)):
            assert time.monotonic() < until, view
            time.sleep(0.05)
        return view


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, models_cache: Path) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("room")
    file = write_classroom(folder)
    with open_store(folder / "data") as store:
        school = add_school(store)
        place = school.add_class("class")
        people = {
            "teacher": school.add_person("teacher", Grant(Role.TEACHER, class_id=place)),
            "mentor": school.add_person("mentor", Grant(Role.MENTOR, bench="bench_2")),
            "student": school.add_student("S1", place),
            "other": school.add_student("S2", place),
        }
        elsewhere = add_school(store, "另一所学校")
        strangers = {
            "stranger": elsewhere.add_person("stranger", Grant(Role.HEAD)),
            "namesake": elsewhere.add_person("S1", Grant(Role.STUDENT)),
        }
        callers = {name: school.caller(person) for name, person in (people | strangers).items()}
        with Room(store, load_classroom(file), folder / "ring") as room:
            room.begin(callers["teacher"], "bench_1", None)
            yield Watched(room, store, school, callers)


def test_steps_are_told_while_they_are_done(watched: Watched) -> None:
    view = watched.until(lambda view: view.standing is not None and view.standing.done >= 1)
    assert view.standing is not None
    assert view.standing.steps[0].id == "isolate" and view.standing.steps[0].state.value == "done"
    assert (view.state, view.student, view.mode) == (SeatState.RUNNING, "S1", "practice")
    assert view.rate > 0 and view.camera.state.value == "live"


def test_who_sees_what(watched: Watched) -> None:
    room, people = watched.room, watched.people
    assert [view.name for view in room.views(people["teacher"])] == ["bench_1", "bench_2"]
    assert [view.name for view in room.views(people["mentor"])] == ["bench_2"]
    assert watched.view("bench_1", "student").student == "S1"
    assert room.views(people["stranger"]) == ()
    outside = (("stranger", "bench_1"), ("namesake", "bench_1"))
    within = (("other", "bench_1"), ("student", "bench_2"), ("mentor", "bench_1"), ("teacher", "no"))
    for who, name in (*outside, *within):
        with pytest.raises(UnknownIdError):
            room.view(people[who], name)
    for forbidden in (room.end, lambda caller, name: room.begin(caller, name, None), room.picture):
        with pytest.raises(NotAllowedError):
            forbidden(people["student"], "bench_1")
    with pytest.raises(NotAllowedError):
        room.views(people["student"])


def test_pictures_are_masked_before_anybody_sees_them(watched: Watched) -> None:
    watched.until(lambda view: view.standing is not None)
    until = time.monotonic() + WAIT_S
    while (shown := watched.room.picture(watched.people["teacher"], "bench_1")) is None or _is_blank(shown):
        assert time.monotonic() < until
        time.sleep(0.1)
    image = _decoded(shown)
    assert image.shape[1] == 640
    assert int(np.ptp(image[:8, :8])) < 16  # outside of the bench nothing is left


def test_a_raised_hand_and_what_the_teacher_says(watched: Watched) -> None:
    watched.until(lambda view: view.standing is not None)
    watched.room.raise_hand(watched.people["student"], "bench_1", True)
    assert watched.view().raised
    watched.room.tell(watched.people["teacher"], "bench_1", "hand_raised")
    assert not watched.view().raised
    with pytest.raises(RefusedError, match="bench_2"):
        watched.room.tell(watched.people["teacher"], "bench_2", "hand_raised")


def test_an_attempt_ends_in_the_store_with_its_pause_as_a_gap(watched: Watched) -> None:
    room, teacher = watched.room, watched.people["teacher"]
    watched.until(lambda view: view.standing is not None and view.standing.done >= 1)
    room.pause(teacher, True)
    assert watched.view().state is SeatState.PAUSED
    at_s = watched.view().at_s
    watched.until(lambda view: view.at_s > at_s + 1.5)
    room.pause(teacher, False)
    at_s = watched.view().at_s
    watched.until(lambda view: view.at_s > at_s + 1.0)
    with pytest.raises(RefusedError):
        room.begin(teacher, "bench_1", None)
    room.end(teacher, "bench_1")
    watched.until(lambda view: view.state is SeatState.FREE)
    until = time.monotonic() + WAIT_S
    while not (found := watched.store.attempts().items):
        assert time.monotonic() < until
        time.sleep(0.1)
    sheet = watched.store.mark_sheet(found[0].id)
    steps = {verdict.id: verdict.outcome.value for verdict in sheet.verdicts if verdict.kind == "step"}
    assert found[0].student == "S1" and steps["isolate"] == "met"
    assert "paused" in {gap.reason for gap in sheet.gaps}
    assert watched.store.evidence_ids(found[0].id)
    assert verify(watched.store).bad is None
    device = watched.room.device_of("bench_1")
    until = time.monotonic() + WAIT_S
    while "kept" not in (told := _told(watched, device)).values():
        assert time.monotonic() < until, told
        time.sleep(0.1)
    assert told["step", "isolate"] == "done" and told["attempt", "state"] == "free"


def _told(watched: Watched, device: UUID) -> dict[tuple[str, str], str | None]:
    head = watched.school.caller(watched.school.add_person(f"h{time.monotonic_ns()}", Grant(Role.HEAD)))
    return {(one.kind, one.subject): one.value for one in events_of(watched.store, head, device)}


def _decoded(jpeg: bytes) -> Image:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8)


def _is_blank(jpeg: bytes) -> bool:
    return float(_decoded(jpeg).std()) < 5
