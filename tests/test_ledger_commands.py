"""The commands of whoever answers for the data, as they are typed."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from assessor.cli import app
from assessor.errors import RefusedError, StoreError
from assessor.ledger.audit import MACHINE, append
from assessor.ledger.holds import put_hold
from tests.school import add_school
from tests.stores import environment_of, open_store
from tests.test_ledger import keep_attempt

pytestmark = pytest.mark.usefixtures("command_line_store")


def command(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def told(*words: str) -> Any:
    done = command(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def student(data_folder: Path) -> str:
    """A student with an attempt and its files, in the data folder of the commands."""
    with open_store(data_folder) as store:
        school = add_school(store)
        person = school.add_student("20260001", school.add_class("机电 1 班"))
        school.assign(keep_attempt(store, 0, "20260001"), person)
    return "20260001"


@pytest.mark.fault(81)
def test_audit_verify_names_the_edited_entry_and_fails(data_folder: Path) -> None:
    with open_store(data_folder) as store:
        for _ in range(3):
            store.write(lambda session: append(session, store.now(), MACHINE, "told").seq)
    head = told("audit", "verify")["head"]
    assert command("audit", "verify", "--head", head).exit_code == 0
    with open_store(data_folder) as store:
        store.write(
            lambda session: session.execute(text("UPDATE audit_entry SET action = 'x' WHERE seq = 2"))
        )
    done = command("audit", "verify")
    assert done.exit_code == 1
    assert "✗ 2:" in done.output


def test_audit_report_counts_a_year(student: str) -> None:
    report = told("audit", "report", "--year", "2026")
    assert (report["people"], report["chain"]["bad"]) == (1, None)
    assert "2026" in command("audit", "report", "--year", "2026").output


@pytest.mark.fault(82)
def test_erase_asks_writes_a_receipt_and_cannot_be_repeated(student: str, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    refused = CliRunner().invoke(app, ["erase", student, "--receipt", str(receipt)], input="n\n")
    assert refused.exit_code == 1
    assert not receipt.exists()
    assert told("erase", student, "--receipt", str(receipt), "--yes")["attempts"] == 1
    kept = json.loads(receipt.read_text())
    assert len(kept["signature"]) == 64
    assert len(kept["files"]) > 10
    again = command("erase", student, "--receipt", str(receipt), "--yes")
    assert isinstance(again.exception, StoreError)


@pytest.mark.fault(37)
def test_erase_is_refused_while_a_hold_lasts(student: str, data_folder: Path, tmp_path: Path) -> None:
    with open_store(data_folder) as store:
        put_hold(store, MACHINE, store.attempts().items[0].id, "court")
    done = command("erase", student, "--receipt", str(tmp_path / "receipt.json"), "--yes")
    assert isinstance(done.exception, RefusedError)
    assert list((data_folder / "attempts" / "0").glob("*.mp4"))


def test_export_writes_a_zip(student: str, tmp_path: Path) -> None:
    told("export", student, "--out", str(tmp_path / "mine.zip"))
    assert (tmp_path / "mine.zip").read_bytes()[:2] == b"PK"


@pytest.mark.fault(38)
def test_backup_and_restore_print_the_same_numbers(
    student: str, data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = told("backup", str(tmp_path / "backup"))
    for name in ("elsewhere", "and once more"):
        for variable, value in environment_of(tmp_path / name).items():
            monkeypatch.setenv(variable, value)
        assert told("restore", str(tmp_path / "backup")) == made


def test_retention_says_what_it_did(student: str) -> None:
    assert told("retention") == {
        "files_removed": 0,
        "without_consent": 0,
        "rows_removed": 0,
        "attempts_held": 0,
        "quarantined": [],
        "missing": [],
    }
