"""A server in a process of its own that is killed while benches write, and what must be there afterwards."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.store import Store, open_store
from assessor.store.ledger_tables import BenchEventRow
from tests.school import add_school

ROOT = Path(__file__).parents[1]
BATCH = 5
START_S = 180.0
TOO_FAST = 429


@dataclass
class Bench:
    """A bench with its spool: it counts its events and sends the same again until it hears an answer."""

    number: int
    device: UUID
    key: str
    acknowledged: int = 0  # every event up to this number was answered with 200
    refused: list[str] = field(default_factory=list)

    def send(self, address: str) -> bool:
        """The next events; whether they were acknowledged."""
        sent = datetime.now(UTC).isoformat()
        first = self.acknowledged + 1
        events = [
            {
                "seq": seq,
                "happened_utc": sent,
                "kind": "switch",
                "subject": "Q1",
                "value": str(seq),
                "confidence": 1.0,
            }
            for seq in range(first, first + BATCH)
        ]
        request = urllib.request.Request(
            f"{address}v1/events",
            json.dumps({"sent_utc": sent, "events": events}).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            if error.code == TOO_FAST:
                time.sleep(0.1)
                return False
            self.refused.append(f"{error.code} {error.read(300)!r}")
            return False
        except (OSError, http.client.HTTPException):
            return False  # killed in the middle: nobody knows whether it was stored
        self.acknowledged += BATCH
        return True


@dataclass
class Killed:
    """What happened in one round."""

    acknowledged: int
    lost: int
    twice: int
    sound: bool
    ready_s: float


@dataclass(frozen=True)
class Place:
    """A data folder and, where it is not SQLite in that folder, the URL of the database."""

    data: Path
    url: str = ""

    def open(self) -> Store:
        return open_store(self.url or self.data, self.data)


def open_benches(place: Place, count: int) -> list[Bench]:
    """Devices of a school, as the administrator made them."""
    with place.open() as store:
        school = add_school(store)
        made = [school.add_device(f"bench {n}") for n in range(count)]
    return [Bench(n, device, key) for n, (device, key) in enumerate(made)]


def kill_once(place: Place, benches: list[Bench], after_s: float) -> Killed:
    """Serve, let all benches write for a while, kill -9, then look at what is there."""
    before = sum(bench.acknowledged for bench in benches)
    server, address = start_server(place)
    began = time.monotonic()
    try:
        wait_until_ready(server, address)
        ready_s, stop = time.monotonic() - began, threading.Event()
        threads = [threading.Thread(target=_write_until, args=(bench, address, stop)) for bench in benches]
        for thread in threads:
            thread.start()
        _wait_for_writes(benches, before)
        time.sleep(after_s)
        os.kill(server.pid, signal.SIGKILL)
        stop.set()
        for thread in threads:
            thread.join()
    finally:
        server.kill()
        server.wait()
    lost, twice, sound = look(place, benches)
    return Killed(sum(bench.acknowledged for bench in benches) - before, lost, twice, sound, ready_s)


def start_server(place: Place, *, console: bool = False) -> tuple["subprocess.Popen[bytes]", str]:
    """The server's process and address; it may not listen yet."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    carried = ("console",) if console else ()
    command = [sys.executable, "-m", "tests.killed_server", place.url, str(place.data), str(port), *carried]
    return subprocess.Popen(command, cwd=ROOT), f"http://127.0.0.1:{port}/"


def wait_until_ready(server: "subprocess.Popen[bytes]", address: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}v1/health", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server was not ready in {START_S} s (exit code {server.poll()})")


def look(place: Place, benches: list[Bench]) -> tuple[int, int, bool]:
    """Acknowledged events that are not there, events that are there twice, whether the database is sound."""
    with place.open() as store:
        counts = [store.read(partial(_lost_and_twice, bench=bench)) for bench in benches]
        sound = store.engine.dialect.name != "sqlite" or store.read(_is_sound)
    return sum(lost for lost, _ in counts), sum(twice for _, twice in counts), sound


def _lost_and_twice(session: Session, bench: Bench) -> tuple[int, int]:
    query = select(BenchEventRow.bench_seq, BenchEventRow.value).where(
        BenchEventRow.device_id == bench.device
    )
    seqs = [seq for seq, value in session.execute(query) if value == str(seq)]
    return len(set(range(1, bench.acknowledged + 1)) - set(seqs)), len(seqs) - len(set(seqs))


def _is_sound(session: Session) -> bool:
    return session.connection().exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]


def moments(rounds: int, seed: int = 19) -> list[float]:
    """After how many seconds of writing the server is killed each time."""
    chance = random.Random(seed)
    return [chance.uniform(0.05, 1.5) for _ in range(rounds)]


def _wait_for_writes(benches: list[Bench], before: int) -> None:
    until = time.monotonic() + START_S
    while sum(bench.acknowledged for bench in benches) == before and time.monotonic() < until:
        time.sleep(0.01)


def _write_until(bench: Bench, address: str, stop: threading.Event) -> None:
    while not stop.is_set() and not bench.refused:
        bench.send(address)


def _serve(place: Place, port: int, *, console: bool) -> None:
    import uvicorn

    from api.app import Settings, config_of, create_app

    with place.open() as store:
        config = config_of(create_app(Settings(store, console=console)))
        with socket.create_server(("127.0.0.1", port), backlog=128) as listening:
            uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    url, data, port, *carried = sys.argv[1:]
    _serve(Place(Path(data), url), int(port), console="console" in carried)
