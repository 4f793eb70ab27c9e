"""Spools for tests: a served school that takes events, a clock that can be set."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from api.app import Settings, create_app
from assessor.benchbox.clock import BenchClock
from assessor.benchbox.spool import Noted, Spool
from assessor.store import Store
from assessor.store.ledger_tables import BenchEventRow
from tests.api_site import serving_app
from tests.school import add_school
from tests.stores import open_store


@dataclass(frozen=True)
class Site:
    """A served school with one device."""

    store: Store
    address: str
    device: UUID
    key: str


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    with open_store(folder) as store:
        device, key = add_school(store).add_device("bench 7")
        with serving_app(create_app(Settings(store, console=False))) as http:
            yield Site(store, str(http.base_url), device, key)


def kept(store: Store) -> list[tuple[int, str, str | None]]:
    """Number, kind and value of each event of the server, in the order of the bench."""
    query = select(BenchEventRow.bench_seq, BenchEventRow.kind, BenchEventRow.value)
    return store.read(lambda s: [(n, k, v) for n, k, v in s.execute(query.order_by(BenchEventRow.bench_seq))])


def happened(store: Store) -> list[datetime]:
    query = select(BenchEventRow.happened_utc).order_by(BenchEventRow.bench_seq)
    return store.read(lambda session: list(session.scalars(query)))


def note(spool: Spool, count: int, first: int = 0) -> list[int | None]:
    """Numbered events; the numbers that the spool gives them."""
    return [spool.append(Noted("switch", "Q1", str(n))) for n in range(first, first + count)]


def wait_until(reached: Callable[[], bool], within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not reached():
        assert time.monotonic() < until, "not reached in time"
        time.sleep(0.02)


@dataclass
class SetClock:
    """A clock that the test moves: `t_s` only forward, the wall clock as it likes."""

    t: float = 100.0
    utc: float = 1_800_000_000.0
    name: str = "boot"
    clock: BenchClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = BenchClock(self.name, lambda: self.t, lambda: self.utc)

    def pass_s(self, seconds: float) -> None:
        self.t += seconds
        self.utc += seconds
