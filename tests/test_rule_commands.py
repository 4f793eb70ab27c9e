"""The commands for those who write rules, through the real command line."""

import json
from pathlib import Path

import pytest

from assessor.settings import rules_folder
from tests.test_cli import run

MOTOR = rules_folder() / "procedures" / "motor_start_stop"
FAULTY = MOTOR / "faulty.timeline"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_simulate_prints_the_mark_sheet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "simulate", "motor_start_stop", str(FAULTY)) == 0
    assert "proposed 62 of 100 points" in capsys.readouterr().out


def test_simulate_speaks_json_and_warns_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.timeline").write_text("0 switch Q11 on\nend 5\n", encoding="utf-8")
    assert run(monkeypatch, "simulate", "motor_start_stop", str(tmp_path / "a.timeline"), "--json") == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["procedure"] == "motor_start_stop"
    assert "a.timeline:1:10: warning: expected a switch that the procedure asks for" in shown.err


def test_simulate_compares_with_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ("simulate", "motor_start_stop", str(FAULTY))
    assert run(monkeypatch, *command, "--short") == 0
    (tmp_path / "kept.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(monkeypatch, *command, "--expect", str(tmp_path / "kept.json")) == 0
    assert run(monkeypatch, *command, "--expect", str(MOTOR / "perfect.expected.json")) == 1
    assert '- "total": 100.0,' in capsys.readouterr().err
    assert run(monkeypatch, *command, "--expect", str(FAULTY)) == 3


def test_simulate_names_every_fault_of_a_timeline(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.timeline").write_text("0 switch Q1\n1 lamp PS off of\nend 5\n", encoding="utf-8")
    assert run(monkeypatch, "simulate", "motor_start_stop", str(tmp_path / "a.timeline")) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2
