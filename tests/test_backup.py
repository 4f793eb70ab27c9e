"""Backup and restore: one moment of database and files, taken while others write, brought back whole."""

import hashlib
import json
import threading
from pathlib import Path

import pytest

from assessor.errors import StoreError
from assessor.ledger.audit import MACHINE, append, verify
from assessor.ledger.backup import FILES, MANIFEST, back_up, count_rows, restore
from assessor.store import Store
from assessor.store import open_store as open_at
from assessor.store.engine import SQLITE_FILE
from tests.attempts import build_record
from tests.stores import databases, open_store, place_of
from tests.test_ledger import Lesson, keep_attempt, lesson  # noqa: F401 - a fixture


def write_until(store: Store, stop: threading.Event, stored: list[int]) -> None:
    """What a class does meanwhile: every acknowledged entry is counted."""
    while not stop.is_set():
        stored.append(store.write(lambda session: append(session, store.now(), MACHINE, "load").seq))


@pytest.mark.fault(38)
def test_backup_during_load_restores_with_equal_counts(lesson: Lesson, tmp_path: Path) -> None:  # noqa: F811
    store, stop, stored = lesson.store, threading.Event(), list[int]()
    writers = [threading.Thread(target=write_until, args=(store, stop, stored)) for _ in range(4)]
    for writer in writers:
        writer.start()
    try:
        while len(stored) < 50:
            stop.wait(0.01)
        before = len(stored)
        made = back_up(store, tmp_path / "backup")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert made.missing == 0
    assert made.rows["audit_entry"] >= before
    elsewhere = tmp_path / "elsewhere"
    arrived = restore(tmp_path / "backup", place_of(elsewhere), elsewhere)
    assert arrived.rows == made.rows
    with open_store(tmp_path / "elsewhere") as there:
        assert verify(there).bad is None
        for attempt in lesson.attempts:
            assert there.mark_sheet(attempt) == store.mark_sheet(attempt)
        there.save_attempt(build_record("after.mp4", "after the restore"))
    for path in (lesson.store.data / "attempts").rglob("*"):
        if path.is_file():
            copy = tmp_path / "elsewhere" / path.relative_to(store.data)
            assert copy.read_bytes() == path.read_bytes()


@pytest.mark.fault(38)
def test_restore_from_sqlite_into_postgresql_counts_on(lesson: Lesson, tmp_path: Path) -> None:  # noqa: F811
    made = back_up(lesson.store, tmp_path / "backup")
    elsewhere = tmp_path / "elsewhere"
    url = databases().url_of(elsewhere)
    assert restore(tmp_path / "backup", url, elsewhere).rows == made.rows
    with open_at(url, elsewhere) as there:
        assert there.mark_sheet(lesson.attempts[0]) == lesson.store.mark_sheet(lesson.attempts[0])
        there.save_attempt(build_record("after.mp4", "after the restore"))


@pytest.mark.fault(35)
@pytest.mark.parametrize("what", [SQLITE_FILE, "a clip", MANIFEST])
def test_altered_backup_is_refused(store: Store, tmp_path: Path, what: str) -> None:
    keep_attempt(store, 0, "1")
    back_up(store, tmp_path / "backup")
    clip = next((tmp_path / "backup" / FILES).rglob("*.mp4"))
    file = clip if what == "a clip" else tmp_path / "backup" / what
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreError, match="restore another one"):
        restore(tmp_path / "backup", tmp_path / "elsewhere", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere" / SQLITE_FILE).exists()


@pytest.mark.fault(67)
@pytest.mark.parametrize("name", ["../outside.mp4", "/etc/outside.mp4", "a/../../outside.mp4"])
def test_name_that_leads_out_of_the_data_folder_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    back_up(store, tmp_path / "backup")
    made = json.loads((tmp_path / "backup" / MANIFEST).read_text())
    target = tmp_path / "backup" / FILES / name
    if not name.startswith("/"):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"x")
    made["files"][name] = hashlib.sha256(b"x").hexdigest()
    (tmp_path / "backup" / MANIFEST).write_text(json.dumps(made))
    with pytest.raises(StoreError):
        restore(tmp_path / "backup", tmp_path / "elsewhere", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_place_that_holds_something_is_refused(store: Store, tmp_path: Path) -> None:
    back_up(store, tmp_path / "backup")
    with pytest.raises(StoreError, match="holds something"):
        back_up(store, tmp_path / "backup")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    with pytest.raises(StoreError, match="holds something"):
        restore(tmp_path / "backup", tmp_path / "full", tmp_path / "full")
    assert count_rows(store.engine)["audit_entry"] == 1
