"""What benches report: each event once, in whatever order and however often it comes."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from assessor.ledger.audit import verify
from assessor.ledger.bench_events import BenchEvent, Report, Taken, take_events
from assessor.store import Store
from assessor.store.ledger_tables import AuditRow, BenchEventRow
from tests.school import START, Clock, add_school


@pytest.fixture
def device(store: Store) -> UUID:
    store.now = Clock()
    return add_school(store).add_device("bench 7")[0]


def event(seq: int, happened_utc: datetime = START) -> BenchEvent:
    return BenchEvent(seq, happened_utc, "switch", "Q1", str(seq), 1.0)


def take(store: Store, device: UUID, *seqs: int, late: timedelta = timedelta()) -> Taken:
    report = Report(START - late, [event(seq, START - late) for seq in seqs])
    return take_events(store, device, "bench 7", report)


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


@pytest.mark.fault(41)
def test_what_the_bench_measured_counts_more_than_how_long_the_report_took(
    store: Store, device: UUID
) -> None:
    late = Report(START - timedelta(seconds=83), [event(1, START - timedelta(seconds=100))], offset_s=0.2)
    assert take_events(store, device, "bench 7", late).offset_s == 83
    slow = Report(START - timedelta(seconds=600), [event(2, START - timedelta(seconds=601))], offset_s=599.5)
    take_events(store, device, "bench 7", slow)
    happened = store.read(lambda session: session.scalars(select(BenchEventRow.happened_utc)).all())
    assert sorted((moment - START).total_seconds() for moment in happened) == [-100, -1.5]


@pytest.mark.fault(41)
def test_the_chain_tells_of_a_clock_once_and_when_it_was_set(store: Store, device: UUID) -> None:
    for seq, offset_s in enumerate((600.0, 600.1, 600.4, 0.1, 0.0, -3600.0), start=1):
        take_events(store, device, "bench 7", Report(START, [event(seq)], offset_s))
    noted = store.read(lambda session: session.scalars(select(AuditRow.detail).order_by(AuditRow.seq)).all())
    assert [one["offset_s"] for one in noted] == [600.0, 0.1, -3600.0]


def test_two_devices_count_for_themselves(store: Store, device: UUID) -> None:
    other = add_school(store, "other").add_device("bench 8")[0]
    take(store, device, 1)
    assert take_events(store, other, "bench 8", Report(START, [event(1)])).stored == 1
