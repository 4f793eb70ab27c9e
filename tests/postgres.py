"""A PostgreSQL of the test's own that can be stopped and started again."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USER = "postgres"


class Cluster:
    """A server on a free port; `url` is its database."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"postgresql+psycopg://{USER}@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "trust", "-N")
        self.start()

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def start(self) -> None:
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", self._data, "-l", str(self._folder / "log"), "-w", "-o", options, "start")

    def stop_at_once(self) -> None:
        """As a crash: nothing is written any more."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        user = USER if getpass.getuser() == "root" else None  # PostgreSQL refuses to run as root
        subprocess.run(
            [str(self._programs / program), *arguments],
            check=True,
            user=user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """Skips the test where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = shutil.which("initdb")
    programs = found[-1] if found else Path(initdb).parent if initdb else None
    if programs is None:
        pytest.skip("needs the programs of PostgreSQL: apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    cluster = Cluster(folder, programs)
    try:
        yield cluster
    finally:
        cluster.stop_at_once()
        shutil.rmtree(folder, ignore_errors=True)
