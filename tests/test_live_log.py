"""What happened at the benches reaches the store, also when a process was killed before it could write."""

from pathlib import Path

import pytest
from sqlalchemy import select

from assessor.benchbox.clock import own_clock
from assessor.live.log import SeatLog
from assessor.store import Store
from assessor.store.ledger_tables import BenchEventRow
from tests.school import add_school
from tests.stores import open_store


def kept(store: Store) -> list[tuple[str, int, str | None]]:
    query = select(BenchEventRow.bench, BenchEventRow.bench_seq, BenchEventRow.value)
    rows = query.order_by(BenchEventRow.bench, BenchEventRow.bench_seq)
    return store.read(lambda session: [(bench, seq, value) for bench, seq, value in session.execute(rows)])


def open_log(store: Store, folder: Path) -> SeatLog:
    return SeatLog(store, folder, ("bench_1", "bench_2"), own_clock())


def test_events_are_numbered_on_from_run_to_run(tmp_path: Path) -> None:
    with open_store(tmp_path / "data") as store:
        add_school(store)
        for value in ("first", "second"):
            log = open_log(store, tmp_path / "rings")
            log.note("bench_1", "attempt", "state", value)
            log.note("bench_2", "attempt", "state", value)
            log.close()
        assert kept(store) == [
            *[("bench_1", 1, "first"), ("bench_1", 2, "second")],
            *[("bench_2", 1, "first"), ("bench_2", 2, "second")],
        ]


@pytest.mark.fault(34)
def test_what_a_killed_process_did_not_write_is_written_by_the_next(tmp_path: Path) -> None:
    with open_store(tmp_path / "data") as store:
        add_school(store)
        killed = open_log(store, tmp_path / "rings")
        for number in range(3):
            killed.note("bench_1", "step", "isolate", str(number))
        killed._lines["bench_1"]._spool.close()  # as its death would: nothing was sent
        killed._lines["bench_2"]._spool.close()
        again = open_log(store, tmp_path / "rings")
        again.note("bench_1", "step", "isolate", "3")
        again.close()
        assert kept(store) == [("bench_1", n + 1, str(n)) for n in range(4)]
