"""Replays a full spool while the other benches report live, and says how long both take.

    python benchmarks/spool.py [--events 100000] [--benches 95] [--every 1.0] [--floor 20]

A server in a process of its own; one bench that was cut off has its events in a spool and replays them with
the `Replay` of the product, in a process of its own. Each of the other benches reports two events every so
many seconds, at times that do not depend on the answers; a wait counts from when the report was due. First
the live benches are measured alone for `--floor` seconds: that is what this machine gives at this moment
without a replay. All of it shares the cores with whatever else runs: the load average is printed.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from api.bench_line import HttpLine
from assessor.benchbox.clock import own_clock
from assessor.benchbox.replay import MOST, Replay
from assessor.benchbox.spool import Noted, Spool
from benchmarks.server import EVENTS_A_REPORT, body_of, headers_of, processor_s, spread
from tests.killed_server import Bench, Place, look, open_benches, start_server, wait_until_ready

PROMISED_S, PROMISED_MS = 60, 250


@dataclass
class Live:
    """What a bench that reports live measured, in milliseconds from when each report was due."""

    waits_ms: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def main() -> None:
    """Print the waits without and with the replay, and how long it took."""
    parser = argparse.ArgumentParser(description="Replays a full spool beside live benches.")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--benches", type=int, default=95)
    parser.add_argument("--every", type=float, default=1.0)
    parser.add_argument("--floor", type=float, default=20.0)
    parser.add_argument("--replay", nargs=3, help=argparse.SUPPRESS)  # how the other process is started
    asked = parser.parse_args()
    if asked.replay:
        replay(*asked.replay)
        return
    with tempfile.TemporaryDirectory() as folder:
        say(
            f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, reports of up to {MOST} events"
        )
        measure(Path(folder), asked)
        say(f"load average {os.getloadavg()[0]:.1f}")


def measure(folder: Path, asked: argparse.Namespace) -> None:
    """Live benches alone, then beside the replay."""
    place, kept = Place(folder / "server"), folder / "bench"
    late, *live = open_benches(place, asked.benches + 1)
    fill(kept, asked.events)
    server, address = start_server(place)
    try:
        wait_until_ready(server, address)
        stop = threading.Event()
        with ThreadPoolExecutor(asked.benches) as pool:
            alone = list(pool.map(lambda b: report(b, address, asked.every, until(asked.floor)), live))
        tell("live benches alone", alone)
        before_s, began = processor_s(server.pid), time.monotonic()
        with ThreadPoolExecutor(asked.benches + 1) as pool:
            beside = pool.submit(run_replay, (kept, address, late.key), stop)
            waits = list(pool.map(lambda b: report(b, address, asked.every, stop.is_set), live))
            took_s = beside.result()
        tell("live benches beside the replay", waits)
        rate, spent_s = asked.events / took_s, processor_s(server.pid) - before_s
        say(
            f"{asked.events} spooled events replayed in {took_s:.1f} s ({rate:.0f}/s; promise {PROMISED_S} s)"
        )
        say(f"processor time of the server meanwhile: {spent_s:.1f} s of {time.monotonic() - began:.1f} s")
    finally:
        server.terminate()
        server.wait()
    lost, twice, sound = look(place, live)
    say(f"live events lost {lost}, twice {twice}; database sound: {sound}; {count(place, late)} spooled ones")


def fill(folder: Path, events: int) -> None:
    """A spool as an outage leaves it."""
    began = time.monotonic()
    with Spool(folder, own_clock()) as spool:
        for number in range(events):
            spool.append(Noted("switch", "Q1", str(number + 1)))
        size = spool.state.size_bytes
    each_us = (time.monotonic() - began) / events * 1e6
    say(f"{events} events spooled: {each_us:.0f} us each, {size / events:.0f} bytes each")


def run_replay(of: tuple[Path, str, str], stop: threading.Event) -> float:
    """In another process, as a bench is; how long it took."""
    command = [sys.executable, __file__, "--replay", *map(str, of)]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout)
    finally:
        stop.set()


def replay(folder: str, address: str, key: str) -> None:
    """Empty the spool and say how long it took."""
    with Spool(Path(folder), own_clock()) as spool, HttpLine(address, key) as line:
        began = time.monotonic()
        sending = Replay(spool, line, own_clock(), Path(folder))
        while spool.state.waiting:
            time.sleep(sending.step())
        say(f"{time.monotonic() - began}")


def until(seconds: float) -> "Until":
    """Whether so many seconds have passed."""
    return Until(time.monotonic() + seconds)


@dataclass(frozen=True)
class Until:
    """A moment."""

    t_s: float

    def __call__(self) -> bool:
        """Whether it has passed."""
        return time.monotonic() >= self.t_s


def report(bench: Bench, address: str, period_s: float, over: Callable[[], bool]) -> Live:
    """One bench that reports live."""
    live, began, number = Live(), time.monotonic() + period_s * (bench.number % 97) / 97, 0
    host = urlsplit(address)
    line = http.client.HTTPConnection(str(host.hostname), host.port, timeout=30)  # lighter than ours
    while not over():
        due, number = began + number * period_s, number + 1
        time.sleep(max(0.0, due - time.monotonic()))
        line.request("POST", "/v1/events", body_of(bench), headers_of(bench))
        answer = line.getresponse()
        told = answer.read()
        if answer.status == 200:
            bench.acknowledged += EVENTS_A_REPORT
            live.waits_ms.append((time.monotonic() - due) * 1000)
        else:
            live.failed.append(f"{answer.status} {told[:200]!r}")
    line.close()
    return live


def tell(name: str, found: list[Live]) -> None:
    """How long the live reports took."""
    waits = [wait for one in found for wait in one.waits_ms]
    failed = [why for one in found for why in one.failed]
    say(f"{name}: {len(waits)} reports, {spread(waits)} (promise p95 {PROMISED_MS} ms); failed {len(failed)}")


def count(place: Place, bench: Bench) -> int:
    """Events of a bench that are stored."""
    from sqlalchemy import func, select

    from assessor.store.ledger_tables import BenchEventRow

    query = select(func.count()).where(BenchEventRow.device_id == bench.device)
    with place.open() as store:
        return store.read(lambda session: session.scalar(query)) or 0


def say(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
