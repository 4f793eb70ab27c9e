"""A server in a process of its own that is killed while benches write, and what must be there afterwards."""

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assessor.store import open_store
from assessor.store.engine import SQLITE_FILE
from tests.school import add_school

ROOT = Path(__file__).parents[1]
BATCH = 5
START_S = 180.0
TOO_FAST = 429


@dataclass
class Bench:
    """A bench with its spool: it counts its events and sends the same again until it hears an answer."""

    number: int
    device: str
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


def open_benches(data: Path, count: int) -> list[Bench]:
    """Devices of a school, as the administrator made them."""
    with open_store(data) as store:
        school = add_school(store)
        made = [school.add_device(f"bench {n}") for n in range(count)]
    return [Bench(n, device.hex, key) for n, (device, key) in enumerate(made)]


def kill_once(data: Path, benches: list[Bench], after_s: float) -> Killed:
    """Serve, let all benches write for a while, kill -9, then look at what is there."""
    before = sum(bench.acknowledged for bench in benches)
    server, address = start_server(data)
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
    lost, twice, sound = look(data, benches)
    return Killed(sum(bench.acknowledged for bench in benches) - before, lost, twice, sound, ready_s)


def start_server(data: Path) -> tuple["subprocess.Popen[bytes]", str]:
    """The server's process and address; it may not listen yet."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.killed_server", str(data), str(port)]
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


def look(data: Path, benches: list[Bench]) -> tuple[int, int, bool]:
    """Acknowledged events that are not there, events that are there twice, whether the database is sound."""
    connection = sqlite3.connect(data / SQLITE_FILE)
    try:
        lost = twice = 0
        for bench in benches:
            found = connection.execute(
                "SELECT bench_seq, value FROM bench_event WHERE device_id = ?", [bench.device]
            ).fetchall()
            seqs = [seq for seq, value in found if value == str(seq)]
            lost += len(set(range(1, bench.acknowledged + 1)) - set(seqs))
            twice += len(seqs) - len(set(seqs))
        sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()
    return lost, twice, sound


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


def _serve(data: Path, port: int) -> None:
    import uvicorn

    from api.app import Settings, create_app

    with open_store(data) as store:
        app = create_app(Settings(store, console=False))
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
