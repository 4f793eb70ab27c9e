"""The filter of the list of attempts: what each of its words finds, and that it never finds more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from api.console.attempts_filter import asked_of, filter_of
from assessor.people.attempt_filter import AttemptFilter, looked_for
from assessor.people.caller import Caller, Grant
from assessor.people.roles import Role
from assessor.store import Store
from tests.attempts import build_record, by_shipped
from tests.school import School, add_school


def found(store: Store, caller: Caller, wanted: AttemptFilter) -> list[UUID]:
    return [one.id for one in store.seen_as(looked_for(caller, wanted)).attempts().items]


@pytest.fixture
def place(store: Store) -> School:
    return add_school(store)


def test_each_word_narrows_and_none_widens(store: Store, place: School) -> None:
    mine, other = place.add_class("电气 1"), place.add_class("电气 2")
    first = store.save_attempt(build_record("1", "1"))
    second = store.save_attempt(by_shipped(build_record("2", "2", "typed 77"), "reversing_interlock"))
    third = store.save_attempt(build_record("3", "3"))
    student = place.add_person("20260101", Grant(Role.STUDENT), name="学生 甲")
    place.assign(first, student, mine)
    place.assign(second, None, mine)
    place.assign(third, place.add_student("20260199", other), other)
    place.release(first)
    teacher = place.caller(place.add_person("T1", Grant(Role.TEACHER, class_id=mine)))
    bench = store.attempt(first).bench
    for wanted, expected in (
        (AttemptFilter(), [second, first]),
        (AttemptFilter(class_id=mine), [second, first]),
        (AttemptFilter(class_id=other), []),
        (AttemptFilter(student="甲"), []),  # not enrolled: the teacher does not see the person
        (AttemptFilter(student="d 7"), [second]),
        (AttemptFilter(student="%"), []),
        (AttemptFilter(procedure="reversing_interlock"), [second]),
        (AttemptFilter(bench=bench), [second, first]),
        (AttemptFilter(bench="none"), []),
        (AttemptFilter(state="released"), [first]),
        (AttemptFilter(state="proposed"), [second]),
        (AttemptFilter(since=store.now() + timedelta(days=1)), []),
        (AttemptFilter(before=store.now() + timedelta(days=1)), [second, first]),
    ):
        assert found(store, teacher, wanted) == expected, wanted
    head = place.caller(place.add_person("H1", Grant(Role.HEAD)))
    assert found(store, head, AttemptFilter(student="甲")) == [first]
    assert found(store, head, AttemptFilter(class_id=other)) == [third]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        pytest.param(
            {"student": " 107 ", "state": "released"}, {"student": "107", "state": "released"}, id="some"
        ),
        pytest.param({"student": "", "none": "x"}, {}, id="nothing"),
    ],
)
def test_the_address_carries_the_filter_to_the_next_page(
    query: Mapping[str, str], values: Mapping[str, str]
) -> None:
    asked = asked_of({**query, "before": "41"})
    assert (asked.values, asked.before) == (values, 41)
    again = asked.address(7)
    assert again.startswith("/?") and again.endswith("before=7")
    assert all(f"{key}={value}" in again for key, value in values.items())
    assert asked.address().count("before") == 0


def test_nonsense_in_the_address_counts_as_not_asked() -> None:
    asked = asked_of({"before": "9" * 30, "since": "yesterday", "state": "x", "class": "x"})
    assert asked.before is None
    assert filter_of(asked) == AttemptFilter(class_id=UUID(int=0))


def test_a_day_is_the_whole_day_of_the_servers_clock() -> None:
    wanted = filter_of(asked_of({"since": "2026-03-02", "until": "2026-03-02"}))
    assert wanted.since == datetime(2026, 3, 2).astimezone()
    assert wanted.before == wanted.since + timedelta(days=1)
