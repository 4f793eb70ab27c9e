"""Agreement: measures against published and hand-computed examples, then from stored decisions."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from assessor.errors import NotAllowedError
from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.review.agreement import Between, agreement, drift, monday
from assessor.review.agreement_measures import Pair, icc_2_1, quadratic_kappa
from assessor.review.marking import marking, set_marking
from assessor.review.queue import Filter, review_queue
from assessor.review.scheme import Scheme
from assessor.review.standing import Decision, Tab
from assessor.store import Store, UnknownIdError
from tests.review_cases import Classroom, build_classroom
from tests.school import Clock

# Shrout and Fleiss (1979), table 2: six targets, four judges; table 4 gives ICC(2,1) = .29
PUBLISHED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_icc_is_that_of_its_authors() -> None:
    found = icc_2_1(PUBLISHED)
    assert found is not None
    assert round(found, 2) == 0.29


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        pytest.param([(0, 0), (1, 1), (2, 2), (3, 3)], 1.0, id="all the same"),
        pytest.param([(0, 3), (3, 0)], -1.0, id="the opposite"),
        # by hand: observed (0 + 1 + 0 + 1) / 4; expected 1.25 + 0.75 - 2 * 0.75 * 0.75 = 0.875
        pytest.param([(0, 0), (0, 1), (1, 1), (2, 1)], 1 - 0.5 / 0.875, id="by hand"),
        pytest.param([(0, 0), (0, 4), (4, 0), (4, 4)], 0.0, id="by chance"),
        pytest.param([(5, 5), (5, 5)], None, id="never anything else"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_kappa_by_hand(pairs: list[Pair], kappa: float | None) -> None:
    assert quadratic_kappa(pairs) == (None if kappa is None else pytest.approx(kappa))


def test_kappa_is_the_weighted_one_of_a_table_of_counts() -> None:
    """Three grades, 25 pairs: from the definition, over the table of counts."""
    counts = {(0, 0): 8, (0, 1): 2, (1, 0): 1, (1, 1): 6, (1, 2): 2, (2, 0): 1, (2, 2): 5}
    pairs = [(float(a), float(b)) for (a, b), count in counts.items() for _ in range(count)]
    total = sum(counts.values())
    rows = [sum(n for (a, _), n in counts.items() if a == grade) for grade in range(3)]
    columns = [sum(n for (_, b), n in counts.items() if b == grade) for grade in range(3)]
    observed = sum(n * (a - b) ** 2 for (a, b), n in counts.items()) / total
    expected = sum(rows[a] * columns[b] * (a - b) ** 2 for a in range(3) for b in range(3)) / total**2
    assert quadratic_kappa(pairs) == pytest.approx(1 - observed / expected)


@pytest.mark.parametrize(
    ("table", "icc"),
    [
        pytest.param([[1, 1], [2, 2], [5, 5]], 1.0, id="all the same"),
        pytest.param([[1, 2]], None, id="one subject"),
        pytest.param([[1], [2]], None, id="one marker"),
        pytest.param([[3, 3], [3, 3]], None, id="no differences"),
        # by hand, a marker 1 point milder: BMS 2 * 1 = 2, JMS 3 * 0.5 = 1.5, EMS 0 -> 2 / (2 + 2 * 1.5 / 3)
        pytest.param([[1, 2], [2, 3], [3, 4]], 2 / 3, id="a milder marker"),
    ],
)
def test_icc_by_hand(table: list[list[float]], icc: float | None) -> None:
    assert icc_2_1(table) == (None if icc is None else pytest.approx(icc))


@pytest.fixture
def room(store: Store) -> Classroom:
    return build_classroom(store, attempts=3)


def test_machine_and_person_item_by_item(room: Classroom) -> None:
    for attempt, points in zip(room.attempts, (8.0, 10.0, None), strict=True):
        if points is None:
            room.decide("isolated", Decision.ACCEPT, attempt=attempt)
        else:
            room.decide("isolated", Decision.OVERTURN, awarded=points, attempt=attempt)
        room.decide("tidy", Decision.ENTER, awarded=1.0, attempt=attempt)  # the machine had left it open
    (row,) = agreement(room.store, room.caller("teacher"))
    assert (row.procedure, row.item, row.between) == (
        "made_for_a_test",
        "isolated",
        Between.MACHINE_AND_PERSON,
    )
    assert (row.count, row.points) == (3, 10)
    assert row.same == pytest.approx(2 / 3)
    assert row.difference == pytest.approx(-2 / 3)
    assert agreement(room.store, room.caller("outsider")) == ()
    assert agreement(room.store, room.caller("head"), "another") == ()
    with pytest.raises(NotAllowedError):
        agreement(room.store, room.caller("referee 1"))


def test_two_markers_item_by_item(room: Classroom) -> None:
    room.mark_by(Scheme(double=True))
    given = ((2.0, 3.0), (5.0, 5.0), (9.0, 8.0))
    for attempt, pair in zip(room.attempts, given, strict=True):
        for who, points in zip(("referee 1", "referee 2"), pair, strict=True):
            room.decide("tidy", Decision.ENTER, who, awarded=points, attempt=attempt)
    (row,) = agreement(room.store, room.caller("head"))
    assert (row.between, row.count) == (Between.PEOPLE, 3)
    assert row.kappa == pytest.approx(quadratic_kappa(given))
    assert row.icc == pytest.approx(icc_2_1(given))


def test_drift_of_each_marker_week_by_week(room: Classroom) -> None:
    clock = Clock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    room.store.now = clock
    room.decide("isolated", Decision.OVERTURN, awarded=5.0, took_s=10.0)
    room.decide("powered", Decision.ACCEPT, took_s=20.0)
    clock.forward(days=7)
    room.decide("isolated", Decision.OVERTURN, awarded=9.0, attempt=room.attempts[1])
    room.decide("isolated", Decision.ACCEPT, "colleague", attempt=room.attempts[2])
    found = drift(room.store, room.caller("teacher"))
    assert [(one.person, one.week, one.count) for one in found] == [
        ("人员 teacher", date(2026, 3, 2), 2),
        ("人员 teacher", date(2026, 3, 9), 1),
    ]
    assert [one.difference for one in found] == [pytest.approx(-0.25), pytest.approx(-0.1)]
    assert [(one.overturned, one.took_s) for one in found] == [(0.5, 15.0), (1.0, None)]
    auditor = room.school.caller(room.school.add_person("auditor", Grant(Role.AUDITOR)))
    assert len(drift(room.store, auditor)) == len(drift(room.store, room.caller("head"))) == 3


@pytest.mark.fault(42)
def test_week_begins_by_the_clock_of_the_school() -> None:
    late_sunday = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert monday(late_sunday, ZoneInfo("Asia/Shanghai")) == date(2026, 3, 2)
    assert monday(late_sunday, UTC) == date(2026, 2, 23)
    assert monday(datetime(2028, 2, 29, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin")) == date(2028, 2, 28)


def test_head_says_how_a_class_is_marked_and_the_queue_follows(room: Classroom) -> None:
    store, head = room.store, room.caller("head")
    room.decide("tidy", Decision.ENTER, "referee 1", awarded=4.0)
    assert marking(store, room.caller("teacher"), room.class_id) == Scheme()
    set_marking(store, head, Scheme(double=True, tolerance=0.2), room.class_id)
    assert marking(store, head, room.class_id).double
    assert not marking(store, head).double
    wanted = Filter(item="tidy", attempt_id=room.attempt)
    assert [one.awaits for one in review_queue(store, head, wanted).items] == ["second"]
    set_marking(store, head, Scheme(), room.class_id)
    page = review_queue(store, head, Filter(Tab.CONFIRMED, item="tidy", attempt_id=room.attempt))
    assert len(page.items) == 1
    with pytest.raises(NotAllowedError):
        set_marking(store, room.caller("teacher"), Scheme(), room.class_id)
    with pytest.raises(UnknownIdError):
        marking(store, head, room.attempt)
