"""What was acknowledged is there: after a kill, a full disk, a cut page, a restart, in any time zone."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from assessor.errors import StoreError
from assessor.ledger.audit import MACHINE, append, verify
from assessor.store import Store, engine, open_store
from assessor.store.engine import SQLITE_FILE, open_engine, sqlite_url
from tests.attempts import build_record
from tests.killed_server import Place, kill_once, moments, open_benches
from tests.postgres import own_cluster
from tests.stores import ALL_ON, place_of
from tests.stores import open_store as open_test_store

ROOT = Path(__file__).parents[1]


def run(code: str, *arguments: object, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | variables
    )


def tell(store: Store, text: str = "") -> int:
    now = store.now()
    return store.write(lambda session: append(session, now, MACHINE, "told", detail={"text": text}).seq)


# ---- killed ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.fault(19)
def test_server_killed_while_benches_write_loses_nothing(tmp_path: Path) -> None:
    """benchmarks/kill.py does it 50 times."""
    place = Place(tmp_path, str(place_of(tmp_path)) if ALL_ON else "")
    benches = open_benches(place, 4)
    for after_s in moments(3):
        done = kill_once(place, benches, after_s)
        assert done.acknowledged > 0
        assert (done.lost, done.twice, done.sound) == (0, 0, True)
    assert [bench.refused for bench in benches] == [[]] * 4


MIGRATE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from assessor.store import open_store
left = [int(sys.argv[2])]
@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *more):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
open_store(Path(sys.argv[1])).close()
"""


@pytest.mark.slow
@pytest.mark.fault(36)
@pytest.mark.sqlite("a schema changed statement by statement")
@pytest.mark.parametrize("statements", [12, 20, 40, 60])
def test_migration_killed_half_way_is_as_if_it_had_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statements: int
) -> None:
    old_database(tmp_path, monkeypatch)
    died = run(MIGRATE_AND_DIE, tmp_path, statements)
    assert died.returncode == -signal.SIGKILL, died.stderr
    with open_store(tmp_path) as store:
        assert [item.student for item in store.attempts().items] == ["old"]
        tell(store)


@pytest.mark.fault(36)
@pytest.mark.sqlite("the copy of its file")
def test_database_is_copied_before_its_schema_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_database(tmp_path, monkeypatch)
    open_store(tmp_path).close()
    (copy,) = tmp_path.glob("assessor.before_*.sqlite3")
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT student FROM attempt").fetchall() == [("old",)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0004",)]
    connection.close()
    open_store(tmp_path).close()
    assert len(list(tmp_path.glob("assessor.before_*"))) == 1  # nothing to change: no further copy


def old_database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As version 0004 of the schema left it."""
    from alembic import command

    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _head: upgrade(config, "0004"))
        old = open_engine(sqlite_url(folder))
    with Store(old, folder) as store:
        store.save_attempt(build_record(student="old"))


# ---- the disk --------------------------------------------------------------------------


OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]


def on_bad_disk(what: str, folder: Path, *before: str) -> dict[str, object]:
    command = [*before, sys.executable, "-m", "tests.bad_disk", what, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.fault(29)
@pytest.mark.sqlite("a disk under its file")
def test_full_disk_refuses_keeps_what_was_acknowledged_and_recovers_by_itself(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run([*OWN_MOUNTS, "true"], check=False).returncode:
        pytest.skip("needs a kernel that gives a process its own mounts")
    found = on_bad_disk("full", tmp_path, *OWN_MOUNTS)
    assert "full" in str(found["told"])
    assert (found["lost"], found["recovered"], found["sound"]) == (0, 1, True)


@pytest.mark.slow
@pytest.mark.fault(30)
@pytest.mark.sqlite("a disk under its file")
def test_disk_that_gives_errors_can_be_read_and_recovers(tmp_path: Path) -> None:
    found = on_bad_disk("broken", tmp_path)
    assert "disk I/O error" in str(found["told"])
    assert (found["stored"], found["read"], found["recovered"]) == (0, 1, 1)


@pytest.mark.fault(35)
@pytest.mark.sqlite("a page of its file")
@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_damaged_page_is_found_at_the_start(tmp_path: Path, damage: str) -> None:
    with open_store(tmp_path) as store:
        for n in range(20):
            store.save_attempt(build_record(content=f"recording {n}"))
    file = tmp_path / SQLITE_FILE
    content = bytearray(file.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    if damage == "cut":
        del content[middle:]
    else:
        content[middle : middle + 8192] = os.urandom(8192)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="restore the newest backup"):
        open_store(tmp_path)


@pytest.mark.fault(35)
@pytest.mark.sqlite("the size of its file")
def test_large_database_is_looked_at_after_a_crash_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(tmp_path).close()
    monkeypatch.setattr(engine, "_ALWAYS_CHECKED", 1000)
    looked: list[object] = []
    monkeypatch.setattr(engine, "check_sound", looked.append)
    open_store(tmp_path).close()
    assert looked == []
    journal = tmp_path / f"{SQLITE_FILE}-wal"
    journal.write_bytes(b"left behind")
    open_store(tmp_path).close()
    assert len(looked) == 1


# ---- several writers, restarts ---------------------------------------------------------

WRITE = """
import sys
from pathlib import Path
from assessor.store import open_store
from tests.test_durability import tell
with open_store(sys.argv[1], Path(sys.argv[2])) as store:
    print(sum(tell(store, str(n)) > 0 for n in range(150)))
"""


@pytest.mark.slow
@pytest.mark.fault(32)
def test_processes_that_write_at_once_wait_for_each_other(tmp_path: Path) -> None:
    open_test_store(tmp_path).close()
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: run(WRITE, place_of(tmp_path), tmp_path), range(3)))
    assert [one.stdout.strip() for one in done] == ["150"] * 3, [one.stderr for one in done]
    with open_test_store(tmp_path) as store:
        assert (verify(store).entries, verify(store).bad) == (450, None)


@pytest.mark.slow
@pytest.mark.fault(33)
def test_postgresql_that_restarts_at_once_costs_a_wait(tmp_path: Path) -> None:
    with own_cluster() as cluster, open_store(cluster.url, tmp_path) as store:
        stop, stored, failed = threading.Event(), list[int](), list[StoreError]()

        def write() -> None:
            while not stop.is_set():
                try:
                    stored.append(tell(store))
                except StoreError as error:
                    failed.append(error)

        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(write)
            for _ in range(3):
                time.sleep(0.5)
                cluster.stop_at_once()
                time.sleep(0.5)
                cluster.start()
            before = len(stored)
            time.sleep(1)
            stop.set()
        chain = verify(store)
        assert len(stored) > before  # it goes on
        assert (chain.bad, len(set(stored))) == (None, len(stored))
        # An entry whose commit lost its answer may be there: more entries than acknowledged, never fewer.
        assert len(stored) <= chain.entries <= len(stored) + len(failed)
        assert len(failed) <= 3 * 4


# ---- time zones ------------------------------------------------------------------------

AT = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from assessor.ledger.audit import MACHINE, append, verify
from assessor.store import open_store
with open_store(sys.argv[1], Path(sys.argv[2])) as store:
    now = datetime.fromtimestamp(float(sys.argv[3])).astimezone()
    store.write(lambda session: append(session, now, MACHINE, time.tzname[0]).seq)
    assert verify(store).bad is None
"""


@pytest.mark.slow
@pytest.mark.fault(42)
def test_moments_are_utc_whatever_the_zone_of_the_machine(tmp_path: Path) -> None:
    """The hour that a change of summer time repeats, a leap day, midnight of the year in Shanghai."""
    wanted = [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        datetime(2028, 2, 29, 12, tzinfo=UTC),
        datetime(2027, 12, 31, 16, tzinfo=UTC),
    ]
    for zone, moment in zip(
        ("Europe/Berlin", "Europe/Berlin", "America/New_York", "Asia/Shanghai"), wanted, strict=True
    ):
        done = run(AT, place_of(tmp_path), tmp_path, moment.timestamp(), TZ=zone)
        assert done.returncode == 0, done.stderr
    with open_test_store(tmp_path) as store:
        kept = store.read(
            lambda session: session.scalars(text("SELECT utc FROM audit_entry ORDER BY seq")).all()
        )
    assert [datetime.fromisoformat(str(utc)).replace(tzinfo=UTC) for utc in kept] == wanted
