"""Every test keeps its results where the one setting says, unless it is about a way to open a store."""

import ast
from pathlib import Path

import pytest

from tests.stores import ALL_ON, open_store, place_of

OPEN_BY_THEMSELVES = {
    "bad_disk": "SQLite on a disk that fails",
    "conftest": "each store on both databases",
    "killed_server": "at any place it is told",
    "small_disk": "SQLite on a full disk",
    "test_audit": "a second store on one database, by its URL",
    "test_backup": "restored into a database by its URL",
    "test_durability": "SQLite's files, a PostgreSQL of its own",
    "test_review": "a second store on one database, by its URL",
    "test_store": "what cannot be opened",
}


def test_only_these_open_a_store_by_themselves() -> None:
    found = {path.stem for path in Path(__file__).parent.glob("*.py") if _imports_open_store(path)}
    assert found == set(OPEN_BY_THEMSELVES), "open stores with tests.stores.open_store"


def test_the_setting_says_which_database(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        assert store.engine.dialect.name == ("postgresql" if ALL_ON else "sqlite")
        assert store.data == tmp_path
    assert place_of(tmp_path) == place_of(tmp_path)


@pytest.mark.sqlite("what is skipped")
def test_what_is_about_sqlite_runs_on_sqlite(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        assert store.engine.dialect.name == "sqlite"


def _imports_open_store(path: Path) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module in ("assessor.store", "assessor.store.repository")
        and any(name.name == "open_store" for name in node.names)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )
