"""Opens the database of the store (SQLite in WAL by default) and brings its schema up to date first.

A SQLite database is looked at before it is used, where it is small or was not closed. Before its schema
changes it is copied beside itself.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, SQLAlchemyError

from assessor.errors import StoreError
from assessor.outbound import redact

SQLITE_FILE = "assessor.sqlite3"
_ALWAYS_CHECKED = 64 * 1024 * 1024  # bytes: some tenths of a second
_MIGRATIONS = Path(__file__).parent / "migrations"
_PASSING = ("40001", "40P01", "57P01", "57P02", "57P03")  # of PostgreSQL: retry, deadlock, shutting down
_SQLITE_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")


def sqlite_url(folder: Path) -> URL:
    """The database file inside a data folder."""
    return URL.create("sqlite", database=str(folder / SQLITE_FILE))


def open_engine(url: URL) -> Engine:
    """An engine whose database has the newest schema. Raises StoreError when it cannot be opened."""
    try:
        # Values of a failed statement (names of people, hashes) stand in no message and so in no log.
        ready = url.get_backend_name() != "sqlite"
        engine = create_engine(url, pool_pre_ping=ready, hide_parameters=True)
        _make_ready(engine)
    except (SQLAlchemyError, ImportError) as error:
        place = redact(url.render_as_string(hide_password=True))
        raise StoreError(
            f"expected a database at {place}, but it does not open "
            f"({first_line(error)}); check that it exists, is not damaged and may be written"
        ) from error
    return engine


def _make_ready(engine: Engine) -> None:
    try:
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
            if _is_suspect(Path(engine.url.database or "")):
                check_sound(engine)
        _upgrade(engine)
    except BaseException:
        engine.dispose()  # nobody else holds its connections
        raise


def for_writing(engine: Engine) -> Engine:
    """The same engine; its transactions ask for the write lock at once instead of failing half way."""
    return engine.execution_options(writes=True)


def check_sound(engine: Engine) -> None:
    """Raise StoreError if a page of a SQLite database does not fit the others."""
    if engine.dialect.name != "sqlite":
        return  # PostgreSQL sees to its own pages
    try:
        with engine.connect() as connection:
            found = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(1)")]
    except DatabaseError as error:
        found = [first_line(error)]
    if found != ["ok"]:
        raise StoreError(
            f"expected a sound database at {engine.url.database}, but {found[0]}; keep the file, restore the "
            "newest backup (docs/operations.md)"
        )


def _is_suspect(file: Path) -> bool:
    """Small enough to look at each time, or not closed by whoever wrote last."""
    if not file.is_file():
        return False
    journal = file.with_name(file.name + "-wal")
    return file.stat().st_size <= _ALWAYS_CHECKED or (journal.is_file() and journal.stat().st_size > 0)


def _copy_before_upgrade(connection: Connection, newest: str) -> None:
    """What a migration could harm lies beside it, named by the schema that it has."""
    from alembic.migration import MigrationContext

    file, context = connection.engine.url.database, MigrationContext.configure(connection)
    now = context.get_current_revision()
    if connection.dialect.name != "sqlite" or file is None or now in (None, newest):
        return
    aside = Path(file).with_name(f"{Path(file).stem}.before_{newest}{Path(file).suffix}")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(aside)) as target:
        source.backup(target)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours: the driver's own breaks savepoints
        for setting in _SQLITE_SETTINGS:
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        _copy_before_upgrade(connection, str(ScriptDirectory.from_config(config).get_current_head()))
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                "expected a database of this version or an older one, but it was written by a newer one "
                f"({error}); install the newer version"
            ) from error


def is_passing(error: BaseException) -> bool:
    """Whether the database will answer again by itself: it restarts, another one writes, two wait for each
    other. Nothing of the transaction is stored."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    locked = isinstance(error, OperationalError) and "locked" in str(error.orig)
    return bool(error.connection_invalidated or locked or state in _PASSING or _cannot_connect(error))


def _cannot_connect(error: DBAPIError) -> bool:
    """PostgreSQL is not up (again) yet; a wrong password or name will not pass."""
    told = str(error.orig)
    return any(word in told for word in ("Connection refused", "the database system is", "server closed the"))


def first_line(error: Exception) -> str:
    """What the database said, without the statement and its values (they may hold names of people)."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
