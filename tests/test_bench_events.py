"""What benches report: each event once, in whatever order and however often it comes."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from assessor.ledger.audit import verify
from assessor.ledger.bench_events import BenchEvent, Taken, take_events
from assessor.store import Store
from assessor.store.ledger_tables import BenchEventRow
from tests.school import START, Clock, add_school


@pytest.fixture
def device(store: Store) -> UUID:
    store.now = Clock()
    return add_school(store).add_device("bench 7")[0]


def event(seq: int, happened_utc: datetime = START) -> BenchEvent:
    return BenchEvent(seq, happened_utc, "switch", "Q1", str(seq), 1.0)


def take(store: Store, device: UUID, *seqs: int, late: timedelta = timedelta()) -> Taken:
    return take_events(store, device, "bench 7", START - late, [event(seq, START - late) for seq in seqs])


def kept(store: Store) -> list[tuple[int, str | None]]:
    query = select(BenchEventRow.bench_seq, BenchEventRow.value).order_by(BenchEventRow.bench_seq)
    return store.read(lambda session: [(seq, value) for seq, value in session.execute(query)])


@pytest.mark.fault(74)
def test_duplicate_late_and_replayed_events_are_kept_once(store: Store, device: UUID) -> None:
    assert take(store, device, 1, 2, 5) == Taken(stored=3, known=0, highest=5, offset_s=0.0)
    assert take(store, device, 1, 2, 5) == Taken(stored=0, known=3, highest=5, offset_s=0.0)
    assert take(store, device, 4, 3, 3) == Taken(stored=2, known=1, highest=5, offset_s=0.0)
    assert kept(store) == [(n, str(n)) for n in range(1, 6)]


@pytest.mark.fault(74)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 30))
def test_any_order_and_any_repetition_gives_the_same_rows(
    store: Store, device: UUID, seed: int, count: int
) -> None:
    chance, before = random.Random(seed), len(kept(store))
    seqs = list(range(before + 1, before + count + 1))
    sent = seqs + chance.choices(seqs, k=count)
    chance.shuffle(sent)
    while sent:
        size = chance.randint(1, 7)
        take(store, device, *sent[:size])
        del sent[:size]
    assert kept(store) == [(n, str(n)) for n in range(1, before + count + 1)]


@pytest.mark.fault(41)
@pytest.mark.parametrize(
    ("late", "corrected"),
    [
        pytest.param(timedelta(minutes=10), True, id="ten minutes slow"),
        pytest.param(timedelta(minutes=-10), True, id="ten minutes fast"),
        pytest.param(timedelta(seconds=1), False, id="a second"),
    ],
)
def test_clock_of_a_bench_is_measured_corrected_and_noted(
    store: Store, device: UUID, late: timedelta, corrected: bool
) -> None:
    taken = take(store, device, 1, late=late)
    assert taken.offset_s == late.total_seconds()
    happened = store.read(lambda session: session.scalars(select(BenchEventRow.happened_utc)).one())
    assert happened == (START if corrected else START - late)
    assert happened.tzinfo is UTC
    assert verify(store).entries == int(corrected)


def test_two_devices_count_for_themselves(store: Store, device: UUID) -> None:
    other = add_school(store, "other").add_device("bench 8")[0]
    take(store, device, 1)
    assert take_events(store, other, "bench 8", START, [event(1)]).stored == 1
