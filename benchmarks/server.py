"""Measures the server with its load client in the same run: events a second, then queries over many rows.

    python benchmarks/server.py [--benches 96] [--rate 200] [--seconds 600] [--rows 5000000] [--students 3000]
        [--store postgresql+psycopg://...]

First a fresh server takes events from all benches: each sends what happened since its last report, over one
connection, at times that do not depend on the answers (a slow answer does not slow the load down; the wait
counts from when the report was due). Then the same database is filled with rows and students, and the queries
of a class's board, of a student's history and of a bench's events are timed in this process, beside one
report of a bench. Server, client and whatever else runs here share the cores: the load average is printed.
"""

import argparse
import gc
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import select

from api.identity import COOKIE
from assessor.ledger.bench_events import BenchEvent, Report, take_events
from assessor.people.caller import Grant
from assessor.people.device_events import events_of
from assessor.people.roles import Role
from assessor.people.scope import seen_by
from assessor.review.board import board_of
from assessor.store import Store
from assessor.store.people_tables import SchoolRow
from benchmarks.filled_school import ATTEMPTS_EACH, Filled, fill_events, fill_school, size_mb
from tests.killed_server import Bench, Place, look, open_benches, start_server, wait_until_ready
from tests.school import School

EVENTS_A_REPORT = 2
TIMES = 100


@dataclass
class Sent:
    """What one bench measured, in milliseconds from when each report was due."""

    waits_ms: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Measures the server.")
    for name, usual in (
        ("benches", 96), ("rate", 200), ("seconds", 600), ("rows", 5_000_000), ("students", 3000),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--store", default="", help="URL of an empty database; SQLite without it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder) / "data", asked.store)
        say(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        measure_events(place, asked.benches, asked.rate, asked.seconds)
        measure_queries(place, asked.rows, asked.students)
        say(f"load average {os.getloadavg()[0]:.1f}")


def measure_events(place: Place, count: int, rate: int, seconds: int) -> None:
    """Events of all benches against a server in a process of its own."""
    benches = open_benches(place, count)
    server, address = start_server(place)
    try:
        wait_until_ready(server, address)
        period_s = count * EVENTS_A_REPORT / rate
        memory, stop = [resident_mb(server.pid)], threading.Event()
        watcher = threading.Thread(target=watch, args=(server.pid, memory, stop))
        watcher.start()
        with ThreadPoolExecutor(count) as pool:
            began = time.monotonic() + 1
            sent = list(pool.map(lambda b: report(b, address, period_s, (began, seconds)), benches))
        took_s, cpu_s = time.monotonic() - began, processor_s(server.pid)
        stop.set()
        watcher.join()
    finally:
        server.terminate()
        server.wait()
    lost, twice, sound = look(place, benches)
    waits = [wait for one in sent for wait in one.waits_ms]
    acknowledged = sum(bench.acknowledged for bench in benches)
    told = f"{count} benches, {acknowledged / took_s:.0f} events/s for {took_s:.0f} s (asked for {rate})"
    refused = Counter(why for one in sent for why in one.failed)
    say(f"{told}: {spread(waits)}; lost {lost}, twice {twice}, refused {dict(refused)}")
    half = memory[len(memory) // 2 :]
    say(f"memory of the server: {memory[0]:.0f} MB, {half[0]:.0f} half way, {half[-1]:.0f} at the end")
    each_ms = cpu_s / max(1, acknowledged / EVENTS_A_REPORT) * 1000
    say(f"processor time of the server: {each_ms:.1f} ms a report, start included; database sound: {sound}")


def report(bench: Bench, address: str, period_s: float, span: tuple[float, int]) -> Sent:
    """One bench: a report every `period_s`, over a connection that stays open."""
    began, seconds = span
    host = urlsplit(address)
    line = http.client.HTTPConnection(str(host.hostname), host.port, timeout=30)
    sent, number = Sent(), 0
    offset_s = period_s * (bench.number % 97) / 97  # not all at once
    while (due := began + offset_s + number * period_s) < began + seconds:
        number += 1
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            line.request("POST", "/v1/events", body_of(bench), headers_of(bench))
            answer = line.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException) as error:
            sent.failed.append(str(error))
            line.close()
            continue
        if answer.status == 200:
            bench.acknowledged += EVENTS_A_REPORT
            sent.waits_ms.append((time.monotonic() - due) * 1000)
        else:
            sent.failed.append(f"{answer.status} {told[:200]!r}")
    line.close()
    return sent


def body_of(bench: Bench) -> str:
    """The next events of a bench."""
    now = datetime.now(UTC).isoformat()
    first = bench.acknowledged + 1
    what = {"happened_utc": now, "kind": "switch", "subject": "Q1", "confidence": 1.0}
    events = [{"seq": seq, "value": str(seq), **what} for seq in range(first, first + EVENTS_A_REPORT)]
    return json.dumps({"sent_utc": now, "events": events})


def headers_of(bench: Bench) -> dict[str, str]:
    """As a device sends them."""
    return {"Authorization": f"Bearer {bench.key}", "Content-Type": "application/json"}


def measure_queries(place: Place, rows: int, students: int) -> None:
    """What pages ask for, over many rows; then the pages themselves."""
    with place.open() as store:
        school = School(store, store.read(lambda session: session.scalars(select(SchoolRow.id)).one()))
        began = time.monotonic()
        filled = fill_school(school, students)
        device = fill_events(store, rows)
        said = f"filled {rows} events, {students} students, {students * ATTEMPTS_EACH} attempts"
        say(f"{said} in {time.monotonic() - began:.0f} s; database {size_mb(store):.0f} MB")
        measure_services(school, filled, device, rows)
        teacher, student = school.session_of(filled.teacher), school.session_of(filled.student)
    board = f"/board?class={filled.class_id}"
    measure_pages(place, [(board, teacher), ("/", teacher), ("/review", teacher), ("/", student)])


def measure_services(school: School, filled: Filled, device: UUID, rows: int) -> None:
    """In this process, without the web."""
    store, teaches, learns = school.store, school.caller(filled.teacher), school.caller(filled.student)
    operates = school.caller(school.add_person("operator", Grant(Role.OPERATOR)))
    history = store.seen_as(seen_by(learns))
    numbers = iter(range(10**9, 10**9 + 10 * TIMES))
    began = time.monotonic()
    board = board_of(store, teaches, filled.class_id)  # takes the attempts into the queue
    say(f"taken into the queue in {time.monotonic() - began:.0f} s")
    assert sum(len(row.attempts) for row in board) == filled.class_size * ATTEMPTS_EACH
    assert len(history.attempts(50).items) == ATTEMPTS_EACH
    gc.collect()
    gc.freeze()  # what filling left behind is not part of a query
    for name, query in (
        ("a class's board", lambda: board_of(store, teaches, filled.class_id)),
        ("a student's history", lambda: history.attempts(50)),
        ("a bench's newest 200 events", lambda: events_of(store, operates, device, rows // 96 - 300)),
        (
            "a report of one event, stored",
            lambda: take_events(
                store, device, "bench 0", Report(store.now(), [event_at(store, next(numbers))])
            ),
        ),
    ):
        waits, cpu_ms = timed(query)
        say(f"{name}: {spread(waits)}; {cpu_ms:.0f} ms of processor time each")


def event_at(store: Store, number: int) -> BenchEvent:
    """The event of a bench with that number."""
    return BenchEvent(number, store.now(), "switch", "Q1", "on", 1.0)


def measure_pages(place: Place, pages: list[tuple[str, str]]) -> None:
    """Pages of the console over HTTP, each as somebody who is signed in; nobody keeps a page open."""
    for path, token in pages:
        server, address = start_server(place, console=True)
        try:
            wait_until_ready(server, address)
            line = http.client.HTTPConnection(str(urlsplit(address).hostname), urlsplit(address).port)
            get_page(line, path, token)
            before_mb = resident_mb(server.pid)
            waits, _ = timed(partial(get_page, line, path, token))
            each_mb = (resident_mb(server.pid) - before_mb) / (TIMES + 2)
            name = path.partition("=")[0]
            say(f"page {name}: {spread(waits)}; {each_mb:.1f} MB each, {before_mb:.0f} before")
        finally:
            server.terminate()
            server.wait()


def get_page(line: http.client.HTTPConnection, path: str, token: str) -> None:
    """One page, to its last byte."""
    line.request("GET", path, headers={"Cookie": f"{COOKIE}={token}"})
    answer = line.getresponse()
    text = answer.read()
    assert answer.status == 200 and len(text) > 5000, (answer.status, text[:300])


def timed(query: Callable[[], object]) -> tuple[list[float], float]:
    """Milliseconds of each of some calls, after two that warm up; mean processor time of one."""
    for _ in range(2):
        query()
    waits, computed = [], time.process_time()
    for _ in range(TIMES):
        began = time.perf_counter()
        query()
        waits.append((time.perf_counter() - began) * 1000)
    return waits, (time.process_time() - computed) * 1000 / TIMES


def spread(waits: list[float]) -> str:
    """Median, p95 and p99."""
    if not waits:
        return "no answer"
    at = sorted(waits)
    p50, p95, p99 = (at[min(len(at) - 1, int(len(at) * share))] for share in (0.5, 0.95, 0.99))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms"


def watch(process: int, memory: list[float], stop: threading.Event) -> None:
    """Note the memory of a process every second."""
    while not stop.wait(1):
        memory.append(resident_mb(process))


def processor_s(process: int) -> float:
    """Seconds that a process has computed for."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process: int) -> float:
    """Megabytes of memory that a process holds."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def say(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
