"""The one thread that writes: groups of jobs, one that fails, a commit whose answer is lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.store import Store
from assessor.store.engine import for_writing
from assessor.store.tables import RecordingRow
from assessor.store.writer import GroupWriter
from tests.attempts import build_record
from tests.stores import open_store

# The first that adds a recording loses its connection at its commit; a sequence is not rolled back.
CUT_THE_FIRST_COMMIT = (
    "CREATE SEQUENCE commits",
    "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('commits') = 1 THEN "
    "PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON recording DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION cut()",
)


def add_recording(session: Session, sha256: str, size: int | None = 1) -> None:
    session.execute(
        text("INSERT INTO recording VALUES (:sha, :size, 1.0, '2026-01-01')"), {"sha": sha256, "size": size}
    )


def test_a_job_that_fails_harms_no_other_in_its_group(store: Store) -> None:
    writer = GroupWriter(for_writing(store.engine))
    gate = threading.Event()

    def insert(session: Session, sha256: str, size: int | None = 1) -> None:
        gate.wait(5)
        add_recording(session, sha256, size)

    with ThreadPoolExecutor(3) as pool:
        jobs = [
            pool.submit(writer.write, lambda session: insert(session, "a")),
            pool.submit(writer.write, lambda session: insert(session, "b", None)),
            pool.submit(writer.write, lambda session: insert(session, "c")),
        ]
        gate.set()
    assert [job.exception() is None for job in jobs] == [True, False, True]
    with Session(store.engine) as session:
        assert [row.sha256 for row in session.query(RecordingRow).order_by("sha256")] == ["a", "c"]
    writer.close()


@pytest.mark.fault(33)
def test_a_group_whose_commit_was_not_answered_is_refused_and_not_made_again(store: Store) -> None:
    if store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection that breaks")
    with store.engine.begin() as connection:
        for statement in CUT_THE_FIRST_COMMIT:
            connection.execute(text(statement))
    gate, begun = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        begun.set()
        gate.wait(5)

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(store.write, hold)
        begun.wait(5)
        group = [pool.submit(store.write, partial(add_recording, sha256=name)) for name in "ab"]
        while store.waiting < 2:
            time.sleep(0.01)
        gate.set()
    assert first.exception() is None
    for job in group:
        assert isinstance(job.exception(), StoreError)
        assert "look whether it is there" in str(job.exception())
    assert store.read(lambda session: session.query(RecordingRow).count()) == 0
    store.write(lambda session: add_recording(session, "c"))


def test_writing_after_close_says_so(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.save_attempt(build_record())
