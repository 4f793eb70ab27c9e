"""Measures the server with its load client in the same run: events a second, then queries over many rows.

    python benchmarks/server.py [--benches 96] [--rate 200] [--seconds 600] [--rows 5000000] [--students 3000]

First a fresh server takes events from all benches: each sends what happened since its last report, over one
connection, at times that do not depend on the answers (a slow answer does not slow the load down; the wait
counts from when the report was due). Then the same database is filled with rows and students, and the queries
of a class's board, of a student's history and of a bench's events are timed in this process, beside one
report of a bench. Server, client and whatever else runs here share the cores: the load average is printed.
"""

import argparse
import http.client
import json
import os
import sqlite3
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
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from assessor.ledger.bench_events import BenchEvent, take_events
from assessor.people.caller import Grant
from assessor.people.device_events import events_of
from assessor.people.roles import Role
from assessor.people.scope import seen_by
from assessor.store import Store, open_store
from assessor.store.decision_tables import AssignmentRow
from assessor.store.engine import SQLITE_FILE
from assessor.store.people_tables import EnrolmentRow, GrantRow, PersonRow, SchoolRow
from assessor.store.tables import AttemptRow, MarkLineRow, MarkSheetRow
from tests.attempts import build_record
from tests.killed_server import Bench, look, open_benches, start_server, wait_until_ready
from tests.school import School

EVENTS_A_REPORT = 2
CLASS_SIZE = 40
ATTEMPTS_EACH = 4
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
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        say(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        measure_events(data, asked.benches, asked.rate, asked.seconds)
        measure_queries(data, asked.rows, asked.students)
        say(f"load average {os.getloadavg()[0]:.1f}")


def measure_events(data: Path, count: int, rate: int, seconds: int) -> None:
    """Events of all benches against a server in a process of its own."""
    benches = open_benches(data, count)
    server, address = start_server(data)
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
    lost, twice, sound = look(data, benches)
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


def measure_queries(data: Path, rows: int, students: int) -> None:
    """What pages ask for, over many rows."""
    with open_store(data) as store:
        school = School(store, store.read(lambda session: session.scalars(select(SchoolRow.id)).one()))
        began = time.monotonic()
        teacher, student = fill_school(school, students)
        device = fill_events(store, data, rows)
        size_mb = (data / SQLITE_FILE).stat().st_size / 1e6
        filled = f"filled {rows} events, {students} students, {students * ATTEMPTS_EACH} attempts"
        say(f"{filled} in {time.monotonic() - began:.0f} s; database {size_mb:.0f} MB")
        teaches, learns = school.caller(teacher), school.caller(student)
        board, history = store.seen_as(seen_by(teaches)), store.seen_as(seen_by(learns))
        assert len(board.attempts(50).items) == 50 and len(history.attempts(50).items) == ATTEMPTS_EACH
        number = iter(range(10**9, 10**9 + 10 * TIMES))
        event = BenchEvent(1, store.now(), "switch", "Q1", "on", 1.0)
        for name, query in (
            ("a class's board, 50 attempts", lambda: board.attempts(50)),
            ("a student's history", lambda: history.attempts(50)),
            ("a bench's newest 200 events", lambda: events_of(store, teaches, device, rows // 96 - 300)),
            ("a report of one event, stored", lambda: take_events(
                store, device, "bench 0", store.now(), [event.__class__(next(number), *_rest(event))])),
        ):  # fmt: skip
            waits, cpu_ms = timed(query)
            say(f"{name}: {spread(waits)}; {cpu_ms:.0f} ms of processor time each")


def _rest(event: BenchEvent) -> tuple[datetime, str, str, str | None, float]:
    return event.happened_utc, event.kind, event.subject, event.value, event.confidence


def fill_school(school: School, students: int) -> tuple[UUID, UUID]:
    """Classes of students with released attempts; a teacher of one class and a student of it."""
    store, now = school.store, school.store.now()
    first = store.save_attempt(build_record())
    classes = [school.add_class(f"class {n}") for n in range(max(1, students // CLASS_SIZE))]
    people = [uuid4() for _ in range(students)]
    place = {person: classes[n % len(classes)] for n, person in enumerate(people)}
    number = {person: f"{n:08d}" for n, person in enumerate(people)}
    made = [(uuid4(), person) for _ in range(ATTEMPTS_EACH) for person in people]
    sheets = {attempt: uuid4() for attempt, _ in made}
    with store.engine.connect() as connection:
        attempt = dict(connection.execute(select(AttemptRow.__table__)).mappings().first() or {})
        sheet = dict(connection.execute(select(MarkSheetRow.__table__)).mappings().first() or {})
        lines = [dict(row) for row in connection.execute(select(MarkLineRow.__table__)).mappings()]
    assert attempt["id"] == first
    common = {"school_id": school.id, "created_utc": now, "must_change": False}
    new = {"created_utc": now}
    numbered = enumerate(made, 10)
    tables = (
        (PersonRow, [{"id": p, "number": number[p], "name": number[p], **common} for p in people]),
        (EnrolmentRow, [{"id": uuid4(), "class_id": place[p], "person_id": p, **new} for p in people]),
        (GrantRow, [{"id": uuid4(), "person_id": p, "role": "student", **new} for p in people]),
        (AttemptRow, [attempt | {"id": a, "seq": n, "fingerprint": a.hex * 2} for n, (a, _) in numbered]),
        (MarkSheetRow, [sheet | {"id": s, "attempt_id": a, "state": "released"} for a, s in sheets.items()]),
        (MarkLineRow, [line | {"id": uuid4(), "sheet_id": s} for s in sheets.values() for line in lines]),
        (AssignmentRow, [
            {"attempt_id": a, "person_id": p, "class_id": place[p], "reason": "roster", **new}
            for a, p in made
        ]),
    )  # fmt: skip
    for table, rows in tables:
        store.write(partial(Session.execute, statement=insert(table.__table__), params=rows))
    teacher = school.add_person("teacher", Grant(Role.TEACHER, class_id=classes[0]))
    return teacher, people[0]


def fill_events(store: Store, data: Path, rows: int) -> UUID:
    """So many events of 96 devices; the first device's id."""
    connection = sqlite3.connect(data / SQLITE_FILE)
    devices = [row[0] for row in connection.execute("SELECT id FROM device")]
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    highest = connection.execute("SELECT coalesce(max(bench_seq), 0) FROM bench_event").fetchone()[0]
    connection.execute("CREATE TEMP TABLE one (place INTEGER PRIMARY KEY, id TEXT)")
    connection.executemany("INSERT INTO one VALUES (?, ?)", enumerate(devices))
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "
        "INSERT INTO bench_event "
        "(device_id, bench, bench_seq, happened_utc, received_utc, kind, subject, value, confidence) "
        "SELECT one.id, 'bench ' || one.place, ? + 1 + i / ?, ?, ?, 'switch', 'Q1', 'on', 1.0 "
        "FROM n JOIN one ON one.place = i % ?",
        [rows, highest, len(devices), moment, moment, len(devices)],
    )
    connection.commit()
    connection.close()
    return UUID(devices[0])


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
