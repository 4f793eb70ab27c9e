"""Which events of benches a caller may read: a teacher those of benches where a class of theirs worked."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from assessor.errors import NotAllowedError
from assessor.people.caller import Caller, Grant
from assessor.people.device_events import events_of
from assessor.people.roles import Role
from assessor.store import UnknownIdError
from assessor.store.ledger_tables import BenchEventRow
from tests.test_scope import Place, place  # noqa: F401 - the fixture

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
BENCHES = ("bench1", "bench2", "bench3", "trainer_24v", "bench9")


@pytest.fixture
def devices(place: Place) -> dict[str, UUID]:  # noqa: F811
    """A device at each bench, which reported one event of no attempt."""
    made = {bench: place.school.add_device(bench)[0] for bench in BENCHES}
    for bench, device in made.items():
        add_event(place, device, bench, 1)
    return made


def add_event(place: Place, device: UUID, bench: str, seq: int, attempt: str = "") -> None:  # noqa: F811
    row = {
        **{"device_id": device, "bench": bench, "bench_seq": seq, "kind": "switch", "subject": "Q1"},
        **{"happened_utc": NOW, "received_utc": NOW, "confidence": 1.0},
        "attempt_id": place.attempts.get(attempt),
    }
    place.school.store.write(lambda session: session.add(BenchEventRow(**row)))


def read(place: Place, caller: Caller, devices: dict[str, UUID]) -> dict[str, list[int]]:  # noqa: F811
    """The numbers of the events that the caller gets, by bench; none for a device that is not there."""
    found = {}
    for bench, device in devices.items():
        try:
            found[bench] = [one.seq for one in events_of(place.school.store, caller, device)]
        except UnknownIdError:
            continue
    return found


def test_a_teacher_reads_the_benches_where_own_classes_worked(
    place: Place,  # noqa: F811
    devices: dict[str, UUID],
) -> None:
    first = place.one(Grant(Role.TEACHER, place.first_class))
    second = place.one(Grant(Role.TEACHER, place.second_class))
    both = place.one(Grant(Role.TEACHER, place.first_class), Grant(Role.TEACHER, place.second_class))
    assert set(read(place, first, devices)) == {"bench1", "bench3"}, "as the newest word on each attempt says"
    assert set(read(place, second, devices)) == {"bench2"}
    assert set(read(place, both, devices)) == {"bench1", "bench2", "bench3"}


def test_an_attempt_without_a_bench_of_its_own_was_made_at_that_of_its_file(
    place: Place,  # noqa: F811
    devices: dict[str, UUID],
) -> None:
    place.school.assign(place.attempts["second"], place.second, place.second_class)
    second = place.one(Grant(Role.TEACHER, place.second_class))
    assert set(read(place, second, devices)) == {"trainer_24v"}


def test_the_seat_plan_opens_a_bench_before_anything_was_done_there(
    place: Place,  # noqa: F811
    devices: dict[str, UUID],
) -> None:
    place.school.add_student("009", place.first_class, seat="bench9")
    first = place.one(Grant(Role.TEACHER, place.first_class))
    assert set(read(place, first, devices)) == {"bench1", "bench3", "bench9"}


def test_events_of_an_attempt_are_for_whoever_may_see_the_attempt(
    place: Place,  # noqa: F811
    devices: dict[str, UUID],
) -> None:
    add_event(place, devices["bench1"], "bench1", 2, "first")
    add_event(place, devices["bench1"], "bench1", 3, "second")  # another class at the same bench
    first = place.one(Grant(Role.TEACHER, place.first_class))
    assert read(place, first, devices)["bench1"] == [1, 2]
    assert read(place, place.one(Grant(Role.HEAD)), devices)["bench1"] == [1, 2, 3]


@pytest.mark.parametrize("role", [Role.HEAD, Role.OPERATOR])
def test_who_holds_the_role_everywhere_reads_all_benches(
    place: Place,  # noqa: F811
    devices: dict[str, UUID],
    role: Role,
) -> None:
    assert set(read(place, place.one(Grant(role)), devices)) == set(BENCHES)


@pytest.mark.parametrize("role", [Role.STUDENT, Role.REFEREE, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_read_none(
    place: Place,  # noqa: F811
    devices: dict[str, UUID],
    role: Role,
) -> None:
    with pytest.raises(NotAllowedError):
        read(place, place.one(Grant(role)), devices)
