"""Measures the store: rows per second with group commit and with a commit per row; whole attempts per second.

    python benchmarks/store.py [--rows 2000] [--threads 16]

Both ways write the same small row from the same number of threads to SQLite databases beside each other, in
turn, three times; every caller waits until its row is on disk. The ratio means something on any machine, rows
per second only on this one.
"""

import argparse
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import insert
from sqlalchemy.orm import Session

from assessor.store import open_store
from assessor.store.engine import for_writing, open_engine, sqlite_url
from assessor.store.tables import RecordingRow
from assessor.store.writer import GroupWriter
from tests.attempts import build_record

Write = Callable[[int], object]


@dataclass(frozen=True)
class Measured:
    """One run: rows per second and how long a caller waited."""

    per_s: float
    p50_ms: float
    p99_ms: float


def add_row(session: Session, _number: int = 0) -> None:
    """The smallest row there is: one recording."""
    sha256 = hashlib.sha256(uuid4().bytes).hexdigest()
    row = {"sha256": sha256, "size": 1, "duration_s": 1.0, "created_utc": datetime.now(UTC)}
    session.execute(insert(RecordingRow).values(row))


def measure(write: Write, rows: int, threads: int) -> Measured:
    """Write from many threads at once."""

    def timed(number: int) -> float:
        began = time.perf_counter()
        write(number)
        return (time.perf_counter() - began) * 1000

    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        waits = sorted(pool.map(timed, range(rows)))
        took = time.perf_counter() - began
    return Measured(rows / took, waits[rows // 2], waits[rows * 99 // 100])


def commit_per_row(folder: Path, rows: int, threads: int) -> Measured:
    """A session and a commit for each row, as a request handler of its own would do it."""
    engine = for_writing(open_engine(sqlite_url(folder)))

    def write(_number: int) -> None:
        with Session(engine) as session, session.begin():
            add_row(session)

    measured = measure(write, rows, threads)
    engine.dispose()
    return measured


def group_commit(folder: Path, rows: int, threads: int) -> Measured:
    """The store's own writer."""
    engine = open_engine(sqlite_url(folder))
    writer = GroupWriter(for_writing(engine))
    measured = measure(lambda _number: writer.write(add_row), rows, threads)
    writer.close()
    engine.dispose()
    return measured


def whole_attempts(folder: Path, rows: int, threads: int) -> Measured:
    """Attempts with 12 lines, 9 verdicts, 6 mistakes and their evidence."""
    records = [build_record(content=f"recording {number}") for number in range(rows)]
    with open_store(folder) as store:
        return measure(lambda number: store.save_attempt(records[number]), rows, threads)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=16)
    given = parser.parse_args()
    ways = {"a commit per row": commit_per_row, "group commit": group_commit}
    runs: dict[str, list[Measured]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(3):
            for number, (way, run) in enumerate(ways.items()):
                runs[way].append(run(_fresh(folder, f"{turn}-{number}"), given.rows, given.threads))
        attempts = whole_attempts(_fresh(folder, "attempts"), max(1, given.rows // 20), given.threads)
    say = partial(print, file=sys.stdout)
    say(f"{given.rows} rows from {given.threads} threads, median of 3 runs")
    for way, measured in runs.items():
        say(f"{way:<18}{_row(measured)}")
    ratio = _median(runs["group commit"], "per_s") / _median(runs["a commit per row"], "per_s")
    say(f"group commit writes {ratio:.1f} times as many rows per second")
    say(f"{'whole attempts':<18}{_row([attempts])}")


def _fresh(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir()
    return path


def _median(runs: list[Measured], field: str) -> float:
    return float(statistics.median(getattr(run, field) for run in runs))


def _row(runs: list[Measured]) -> str:
    per_s, p50, p99 = (_median(runs, field) for field in ("per_s", "p50_ms", "p99_ms"))
    return f"{per_s:8.0f}/s   p50 {p50:7.1f} ms   p99 {p99:7.1f} ms"


if __name__ == "__main__":
    main()
