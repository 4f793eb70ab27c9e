"""Opens the database of the store (SQLite in WAL by default) and brings its schema up to date first."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from assessor.errors import StoreError

SQLITE_FILE = "assessor.sqlite3"
_MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")


def sqlite_url(folder: Path) -> URL:
    """The database file inside a data folder."""
    return URL.create("sqlite", database=str(folder / SQLITE_FILE))


def open_engine(url: URL) -> Engine:
    """An engine whose database has the newest schema. Raises StoreError when it cannot be opened."""
    try:
        engine = create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        _upgrade(engine)
    except (SQLAlchemyError, ImportError) as error:
        raise StoreError(
            f"expected a database at {url.render_as_string(hide_password=True)}, but it does not open "
            f"({first_line(error)}); check that it exists, is not damaged and may be written"
        ) from error
    return engine


def for_writing(engine: Engine) -> Engine:
    """The same engine; its transactions ask for the write lock at once instead of failing half way."""
    return engine.execution_options(writes=True)


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
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                "expected a database of this version or an older one, but it was written by a newer one "
                f"({error}); install the newer version"
            ) from error


def first_line(error: Exception) -> str:
    """What the database said, without the statement and its values (they may hold names of people)."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
