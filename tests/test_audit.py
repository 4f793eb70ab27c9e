"""The audit chain: every entry in its place, and the first edited one is named."""

import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from assessor.ledger.audit import BEFORE_THE_FIRST, MACHINE, PRUNED, Actor, append, verify
from assessor.store import Store, open_store
from assessor.store.engine import sqlite_url


def tell(store: Store, action: str = "clip.view", detail: Mapping[str, Any] | None = None) -> str:
    actor, now = Actor("person", "p1"), store.now()
    return store.write(lambda session: append(session, now, actor, action, "evidence", 7, detail).sha256)


def test_empty_chain_holds(store: Store) -> None:
    assert verify(store) == verify(store, None)
    assert (verify(store).entries, verify(store).head, verify(store).bad) == (0, BEFORE_THE_FIRST, None)


def test_entries_from_many_threads_form_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        hashes = set(pool.map(lambda n: tell(store, detail={"n": n, "at": store.now()}), range(60)))
    chain = verify(store)
    assert (chain.entries, chain.bad, len(hashes)) == (60, None, 60)
    assert chain.head in hashes


def test_two_stores_on_one_database_write_one_chain(store: Store) -> None:
    url = store._engine.url
    where = url.render_as_string(hide_password=False)
    with open_store(where, store.data) as other, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: tell((store, other)[n % 2]), range(40)))
    assert (verify(store).entries, verify(store).bad) == (40, None)


def test_entry_is_stored_only_with_what_it_tells_of(store: Store) -> None:
    def half(session: Any) -> None:
        append(session, store.now(), MACHINE, "attempt.save")
        raise ValueError("the work failed")

    with pytest.raises(ValueError, match="the work failed"):
        store.write(half)
    assert verify(store).entries == 0


@pytest.mark.fault(81)
@pytest.mark.parametrize(
    ("tampering", "why"),
    [
        pytest.param("UPDATE audit_entry SET actor_id = 'p2' WHERE seq = 5", "edited", id="actor"),
        pytest.param("UPDATE audit_entry SET utc = '2020-01-01 00:00:00' WHERE seq = 5", "edited", id="time"),
        pytest.param("UPDATE audit_entry SET detail = '{\"n\": 6}' WHERE seq = 5", "edited", id="detail"),
        pytest.param("UPDATE audit_entry SET action = 'clip.View' WHERE seq = 5", "edited", id="one letter"),
        pytest.param("DELETE FROM audit_entry WHERE seq = 4", "missing", id="removed"),
        pytest.param("DELETE FROM audit_entry WHERE seq < 5", "missing", id="beginning removed"),
    ],
)
def test_first_bad_entry_is_named(store: Store, tampering: str, why: str) -> None:
    for n in range(9):
        tell(store, detail={"n": n})
    store.write(lambda session: session.execute(text(tampering)))
    bad = verify(store).bad
    assert bad is not None
    assert bad.seq == 5
    assert why in bad.why.en


@pytest.mark.fault(81)
@pytest.mark.sqlite("a byte of its file")
def test_flipped_byte_in_the_database_file_is_found(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for n in range(9):
            tell(store, detail={"canary": f"value {n}"})
    file = Path(str(sqlite_url(tmp_path).database))
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(file.read_bytes())
    content[content.index(b"value 4") + 6] ^= 1
    file.write_bytes(content)
    with open_store(tmp_path) as store:
        bad = verify(store).bad
    assert bad is not None
    assert bad.seq == 5


@pytest.mark.fault(81)
def test_removed_end_is_found_by_a_reported_hash(store: Store) -> None:
    for _ in range(5):
        head = tell(store)
    tell(store)
    assert verify(store, head).bad is None
    store.write(lambda session: session.execute(text("DELETE FROM audit_entry WHERE seq > 4")))
    assert verify(store).bad is None  # nothing inside the database can tell
    bad = verify(store, head).bad
    assert bad is not None
    assert bad.seq == 5


def test_pruned_beginning_holds_because_an_entry_says_so(store: Store) -> None:
    hashes = [tell(store) for _ in range(6)]
    tell(store, PRUNED, {"last_seq": 3, "sha256": hashes[2]})
    store.write(lambda session: session.execute(text("DELETE FROM audit_entry WHERE seq <= 3")))
    assert (verify(store).entries, verify(store).bad) == (4, None)
    store.write(lambda session: session.execute(text("DELETE FROM audit_entry WHERE seq = 4")))
    assert verify(store).bad is not None
