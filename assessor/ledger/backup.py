"""Backs the database and its files up while they are in use, and restores a backup into an empty place.

The copy of the database is one moment; the files its rows name are copied after it, so none is missing. A
backup is a folder: `assessor.sqlite3` (from PostgreSQL too), `files/`, `backup.json` with the hash of each.
"""

import hashlib
import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text
from sqlalchemy.orm import Session

import assessor
from assessor.errors import StoreError
from assessor.ledger.audit import MACHINE, append
from assessor.ledger.kept_files import files_of
from assessor.store import Store, decision_tables, open_store, people_tables, rights_tables  # noqa: F401 - their tables
from assessor.store.engine import SQLITE_FILE, for_writing, open_engine, sqlite_url
from assessor.store.ledger_tables import RemovalRow
from assessor.store.tables import AttemptRow, Base, EvidenceRow

MANIFEST, FILES = "backup.json", "files"
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. `missing`: files that rows name and that were not there any more."""

    folder: Path
    rows: dict[str, int]
    files: int
    missing: int


def back_up(store: Store, folder: Path) -> Backup:
    """Write a backup into a new folder; whoever reads or writes meanwhile goes on. Raises StoreError."""
    _refuse_full(folder)
    part = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        _copy_database(store.engine, part)
        made = _copy_files(store.data, part)
        (part / MANIFEST).write_text(json.dumps(made | {"software": assessor.__version__}), encoding="utf-8")
        part.replace(folder)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"expected to write a backup to {folder}, but {error}; free some space") from error
    now, told = store.now(), {"files": len(made["files"]), "missing": len(made["missing"])}
    store.write(lambda session: append(session, now, MACHINE, "backup.make", detail=told).seq)
    return Backup(folder, made["rows"], len(made["files"]), len(made["missing"]))


def restore(backup: Path, where: str | Path, data: Path) -> Backup:
    """Bring a backup back into an empty database and data folder, and count what arrived. Raises StoreError
    for a backup that is cut or altered, and for a place that is not empty."""
    made = _read_manifest(backup)
    _refuse_full(data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in made["files"]:
        target = data / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(backup / FILES / name, target)
    with tempfile.TemporaryDirectory(dir=data) as aside:
        copy = Path(aside) if isinstance(where, str) and "://" in where else data
        shutil.copy2(backup / SQLITE_FILE, copy / SQLITE_FILE)
        with open_store(where, data) as restored:
            if copy != data:
                _bring_rows(open_engine(sqlite_url(copy)), restored.engine)
            rows = count_rows(restored.engine)
    if rows != made["rows"]:
        raise StoreError(f"expected the rows {made['rows']}, but {rows} arrived; restore another backup")
    return Backup(backup, rows, len(made["files"]), len(made["missing"]))


def count_rows(engine: Engine) -> dict[str, int]:
    """Rows by table."""
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def _copy_database(engine: Engine, part: Path) -> None:
    """One moment of the database, as SQLite."""
    if engine.dialect.name == "sqlite":
        source = sqlite3.connect(str(engine.url.database))
        with closing(source), closing(sqlite3.connect(part / SQLITE_FILE)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        return
    target_engine = open_engine(sqlite_url(part))
    _bring_rows(engine, target_engine)
    with target_engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
    target_engine.dispose()


def _copy_files(data: Path, part: Path) -> dict[str, Any]:
    """Copy what the rows of the copy name, and what lies beside it."""
    engine = open_engine(sqlite_url(part))
    with Session(engine) as session:
        attempts = session.scalars(select(AttemptRow)).all()
        kept = {file.name for attempt in attempts for file in files_of(session, data, attempt)}
        named = {
            name for pair in session.execute(select(EvidenceRow.clip, EvidenceRow.still)) for name in pair
        }
        gone = set(session.scalars(select(RemovalRow.file)))
    rows = count_rows(engine)
    engine.dispose()
    for name in sorted(kept):
        target = part / FILES / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(data / name, target)
    missing = sorted({name for name in named if name is not None} - kept - gone)
    hashes = {name: _sha256(part / FILES / name) for name in sorted(kept)}
    return {"rows": rows, "files": hashes, "missing": missing, "database": _sha256(part / SQLITE_FILE)}


def _bring_rows(source: Engine, target: Engine) -> None:
    """Every row of every table, as one moment of the source."""
    level = "REPEATABLE READ" if source.dialect.name == "postgresql" else "SERIALIZABLE"
    with (
        source.connect().execution_options(isolation_level=level) as from_,
        for_writing(target).begin() as to,
    ):
        for table in Base.metadata.sorted_tables:
            found = from_.execution_options(yield_per=_AT_ONCE).execute(
                select(table).order_by(*table.primary_key)
            )
            for rows in found.mappings().partitions():
                to.execute(insert(table), [dict(row) for row in rows])
            if target.dialect.name == "postgresql" and "seq" in table.primary_key.columns:
                _count_on(to, table)


def _count_on(connection: Connection, table: Table) -> None:
    """The next number follows the highest one that was brought."""
    name = f"pg_get_serial_sequence('{table.name}', 'seq')"
    highest = f"SELECT max(seq) FROM {table.name}"
    connection.execute(text(f"SELECT setval({name}, ({highest})) WHERE ({highest}) IS NOT NULL"))


def _read_manifest(backup: Path) -> dict[str, Any]:
    """What the backup says it holds, once every file is what it was."""
    try:
        made: dict[str, Any] = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
        found = {name: _sha256(backup / FILES / name) for name in made["files"]}
        database = _sha256(backup / SQLITE_FILE)
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(f"expected a whole backup in {backup}, but {error}; restore another one") from error
    altered = [name for name, sha256 in made["files"].items() if found[name] != sha256]
    altered += [SQLITE_FILE] if database != made["database"] else []
    inside = all(
        not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts for name in found
    )
    if altered or not inside:
        raise StoreError(
            f"expected the backup in {backup} as it was written, but {', '.join(altered) or 'its list'} "
            "was altered; restore another one"
        )
    return made


def _refuse_full(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(f"expected an empty or new folder, but {folder} holds something; name another one")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
