"""Where a test keeps its results: SQLite beside their files, or a PostgreSQL database of its own.

With ASSESSOR_TEST_STORE=postgresql+psycopg://... (a user who may create databases) every store that a test
opens with `open_store` of this module is a fresh database there: a copy of one with the newest schema.
ASSESSOR_TEST_POSTGRES names a server for the tests that run on both.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url

from assessor import store
from assessor.store import Store
from assessor.store.engine import SQLITE_FILE

ALL_ON = os.environ.get("ASSESSOR_TEST_STORE")
SERVER = ALL_ON or os.environ.get("ASSESSOR_TEST_POSTGRES")


class Databases:
    """Databases on a PostgreSQL server, one for each folder of files."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT", pool_size=1)
        self._names: dict[Path, str] = {}

    def url_of(self, folder: Path) -> str:
        """The same folder has the same database; it is made when it is first asked for."""
        if folder not in self._names:
            name = f"test_{uuid4().hex}"
            self._say(f"CREATE DATABASE {name} TEMPLATE {self._newest}")
            self._names[folder] = name
        return self._url(self._names[folder])

    def drop(self, folder: Path) -> None:
        """Whoever asks the database of this folder from now on hears that it is gone."""
        self._drop(self._names.pop(folder))

    @contextmanager
    def dropped_after(self) -> Iterator[None]:
        """What was made meanwhile goes afterwards."""
        before = set(self._names)
        try:
            yield
        finally:
            for folder in self._names.keys() - before:
                self.drop(folder)

    def close(self) -> None:
        """Leave the server as it was found."""
        for name in [*self._names.values(), self.__dict__.get("_newest")]:
            if name is not None:
                self._drop(name)
        self._engine.dispose()

    @cached_property
    def _newest(self) -> str:
        """An empty database that has the newest schema."""
        name = f"newest_{uuid4().hex}"
        self._say(f"CREATE DATABASE {name}")
        try:
            store.open_store(self._url(name), Path()).close()
        except BaseException:
            self._drop(name)
            raise
        return name

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _drop(self, name: str) -> None:
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


@cache
def databases() -> Databases:
    """Those on the server that the setting names; skips the test where there is none."""
    if SERVER is None:
        pytest.skip("needs ASSESSOR_TEST_POSTGRES=postgresql+psycopg://...")
    return Databases(make_url(SERVER))


def place_of(folder: Path) -> str | Path:
    """Where results whose files lie in `folder` are kept, as `assessor.store.open_store` takes it."""
    return databases().url_of(folder) if ALL_ON else folder


def open_store(folder: Path) -> Store:
    """The store whose files lie in `folder`; the same one again for the same folder."""
    return store.open_store(place_of(folder) if ALL_ON else lay_down(folder), folder)


def lay_down(folder: Path) -> Path:
    """An empty SQLite database with the newest schema in `folder`, where there is none yet."""
    file = folder / SQLITE_FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_newest_file())
    return folder


@cache
def _newest_file() -> bytes:
    with TemporaryDirectory() as folder:
        store.open_store(folder).close()
        return (Path(folder) / SQLITE_FILE).read_bytes()


def environment_of(folder: Path) -> dict[str, str]:
    """What tells a command to keep its results and files there."""
    return {"ASSESSOR_DATA": str(folder)} | ({"ASSESSOR_STORE": str(place_of(folder))} if ALL_ON else {})


def ruin(folder: Path) -> None:
    """From now on the store of this folder cannot be read."""
    if ALL_ON:
        databases().drop(folder)
        return
    for file in folder.glob(f"{SQLITE_FILE}*"):
        file.write_bytes(b"this is no database, whatever its name says" * 100)
