"""The queue: the gravest first, filters, tabs and their numbers, pages, and what each person finds in it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from assessor.errors import NotAllowedError
from assessor.review.intake import rebuild
from assessor.review.queue import Filter, Page, review_queue
from assessor.review.queue_items import QueueItem
from assessor.review.scheme import Scheme
from assessor.review.standing import Decision, Tab
from assessor.review.subjects import Severity
from assessor.store import Store
from tests.review_cases import Classroom, build_classroom
from tests.school import Clock

FLAGGED = ["harm", "safe", "overtime", "tidy", "earth"]


@pytest.fixture
def room(store: Store) -> Classroom:
    return build_classroom(store)


def queue(room: Classroom, who: str = "teacher", wanted: Filter | None = None, limit: int = 50) -> Page:
    return review_queue(room.store, room.caller(who), wanted or Filter(), limit)


def items(page: Page) -> list[str]:
    return [one.item for one in page.items]


def test_vetoes_come_first_then_safety_lost_points_and_what_is_open(room: Classroom) -> None:
    page = queue(room)
    assert items(page) == FLAGGED
    assert [one.severity for one in page.items] == [
        Severity.VETO,
        Severity.SAFETY,
        Severity.LOST,
        Severity.REST,
        Severity.REST,
    ]


def test_an_item_says_what_its_reviewer_needs(room: Classroom) -> None:
    one = queue(room).items[1]
    assert (one.title.en, one.points, one.proposed, one.check) == ("safe", 20, 0, "video")
    assert "live_work" in one.reason.en
    assert (one.student, one.class_name, one.bench) == ("人员 student", "一班", "trainer_24v")
    assert one.evidence_id is not None
    assert (one.version, one.awaits) == (0, "first")


def test_tabs_count_what_is_left(room: Classroom) -> None:
    room.decide("safe", Decision.OVERTURN, awarded=4.0)
    room.decide("tidy", Decision.ENTER, awarded=4.0)
    room.decide("earth", Decision.DOUBT)
    for tab, found in {
        Tab.TO_REVIEW: ["harm", "overtime"],
        Tab.OVERTURNED: ["safe"],
        Tab.CONFIRMED: ["tidy"],
        Tab.DOUBT: ["earth"],
        Tab.CLEAR: ["isolated", "powered"],
    }.items():
        page = queue(room, wanted=Filter(tab=tab))
        assert items(page) == found
    assert page.left == {Tab.TO_REVIEW: 2, Tab.DOUBT: 1, Tab.CONFIRMED: 1, Tab.OVERTURNED: 1}


def test_everybody_finds_their_own_classes(room: Classroom) -> None:
    assert items(queue(room, "outsider")) == []
    assert queue(room, "outsider").left[Tab.TO_REVIEW] == 0
    assert items(queue(room, "head")) == FLAGGED
    with pytest.raises(NotAllowedError):
        queue(room, "student")


def test_filters(room: Classroom) -> None:
    clock = Clock(room.store.now() + timedelta(days=1))
    room.store.now = clock
    room.add_attempt("later", "classmate")
    mate, teacher = room.people["classmate"], room.people["teacher"]
    room.decide("safe", Decision.OVERTURN, awarded=4.0)
    for wanted, count in (
        (Filter(), 9),
        (Filter(class_id=room.class_id), 9),
        (Filter(class_id=uuid4()), 0),
        (Filter(student=mate), 5),
        (Filter(bench="trainer_24v"), 9),
        (Filter(bench="another"), 0),
        (Filter(procedure="made_for_a_test"), 9),
        (Filter(procedure="another"), 0),
        (Filter(item="tidy"), 2),
        (Filter(rule="live_work"), 1),
        (Filter(step="live"), 0),
        (Filter(attempt_id=room.attempt), 4),
        (Filter(since=clock.now), 5),
        (Filter(before=clock.now), 4),
        (Filter(less_sure_than=0.5), 4),
        (Filter(surer_than=0.5), 5),
        (Filter(tab=Tab.OVERTURNED, reviewer=teacher), 1),
        (Filter(tab=Tab.OVERTURNED, reviewer=mate), 0),
    ):
        page = queue(room, wanted=wanted)
        assert len(page.items) == count, wanted
        assert page.left[wanted.tab] == count, wanted


def test_pages_follow_each_other_without_a_gap(room: Classroom) -> None:
    for number in range(4):
        room.add_attempt(f"more {number}")
    whole = queue(room).items
    assert len(whole) == 25
    found: list[QueueItem] = []
    place = None
    while True:
        page = review_queue(room.store, room.caller("teacher"), Filter(), 4, place)
        found += page.items
        if (place := page.next) is None:
            break
    assert tuple(found) == whole


def test_what_waits_for_another_marker_is_nothing_for_the_first(room: Classroom) -> None:
    room.mark_by(Scheme(double=True))
    room.decide("tidy", Decision.ENTER, "referee 1", awarded=2.0)
    assert "tidy" not in items(queue(room, "referee 1"))
    seen = next(one for one in queue(room, "referee 2").items if one.item == "tidy")
    assert (seen.awaits, seen.version, seen.by_id) == ("second", 0, None)


def test_markers_of_a_contest_do_not_learn_whose_attempt_it_is(room: Classroom) -> None:
    room.mark_by(Scheme(double=True))
    seen = queue(room, "referee 1").items[0]
    assert (seen.student_id, seen.student, seen.class_name) == (None, "", "")
    assert queue(room, "head").items[0].student == "人员 student"


def test_the_queue_can_be_made_again_from_what_it_follows_from(room: Classroom) -> None:
    room.decide("safe", Decision.OVERTURN, awarded=4.0)
    room.decide("fire", Decision.CONFIRM)
    before = [queue(room, wanted=Filter(tab=tab)).items for tab in Tab]
    rebuild(room.store)
    assert [queue(room, wanted=Filter(tab=tab)).items for tab in Tab] == before
