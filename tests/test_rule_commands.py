"""The commands for those who write rules, through the real command line."""

import json
from pathlib import Path

import pytest

from assessor.pipeline import OBSERVATIONS_FILE
from assessor.recording import read_observations, write_observations
from assessor.settings import rules_folder
from tests.observed import BENCH, scored_record
from tests.stores import open_store
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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_simulate_writes_the_sheet_of_a_trial_as_a_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8" if lang == "zh" else "C.UTF-8")
    page = tmp_path / "trial.html"
    assert run(monkeypatch, "simulate", "motor_start_stop", str(FAULTY), "--html", str(page)) == 0
    assert capsys.readouterr().out == ""
    html = page.read_text(encoding="utf-8")
    tried = "由时间线试评" if lang == "zh" else "Tried with a timeline"
    for said in (tried, "faulty.timeline", "trainer_24v", "<b>62</b>", 'data-item="start_wire"'):
        assert said in html
    assert "00000000-0000" not in html
    assert run(monkeypatch, "simulate", "motor_start_stop", str(FAULTY), "--html", str(tmp_path)) == 6


def test_simulate_names_every_fault_of_a_timeline(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.timeline").write_text("0 switch Q1\n1 lamp PS off of\nend 5\n", encoding="utf-8")
    assert run(monkeypatch, "simulate", "motor_start_stop", str(tmp_path / "a.timeline")) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


@pytest.fixture
def attempt(data_folder: Path, command_line_store: None) -> str:
    """The id of an attempt in the user's store."""
    with open_store(data_folder) as store:
        return str(store.save_attempt(scored_record(data_folder)))


def test_explain_speaks_of_a_stored_attempt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], attempt: str
) -> None:
    assert run(monkeypatch, "explain", attempt, "start_wire") == 0
    assert "points: 5 of 7 points" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run(monkeypatch, "explain", attempt, "start_wire") == 0
    assert "得分：5 / 7 分" in capsys.readouterr().out


def test_explain_takes_observations_or_a_timeline(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], attempt: str, data_folder: Path
) -> None:
    seen = str(data_folder / "attempts" / "seen" / OBSERVATIONS_FILE)
    rules = ("--procedure", "motor_start_stop")
    assert (
        run(monkeypatch, "explain", "start_wire", "--observations", seen, *rules, "--bench", str(BENCH)) == 0
    )
    assert "points: 5 of 7 points" in capsys.readouterr().out
    assert run(monkeypatch, "explain", "live_work", "--timeline", str(FAULTY), *rules, "--json") == 0
    assert json.loads(capsys.readouterr().out)["costs"][0]["points"] == 6


def test_explain_refuses_an_item_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = ("--timeline", str(FAULTY), "--procedure", "motor_start_stop")
    assert run(monkeypatch, "explain", "start_wir", *rules) == 2
    shown = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "did you mean" in shown and "start_wire" in shown


def test_explain_says_that_nothing_was_observed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], attempt: str, data_folder: Path
) -> None:
    header, _ = read_observations(data_folder / "attempts" / "seen" / OBSERVATIONS_FILE)
    write_observations(data_folder / "empty.jsonl.gz", header, [])
    seen = ("--observations", str(data_folder / "empty.jsonl.gz"))
    rules = ("--procedure", "motor_start_stop", "--bench", str(BENCH))
    assert run(monkeypatch, "explain", "start_wire", *seen, *rules) == 3
    assert "expected observations of at least one frame, got none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("start_wire",), 2, id="nothing to look at"),
        pytest.param(("17", "start_wire"), 2, id="no id"),
        pytest.param(("00000000-0000-4000-8000-000000000000", "start_wire"), 6, id="unknown id"),
    ],
)
@pytest.mark.usefixtures("command_line_store")
def test_explain_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int
) -> None:
    assert run(monkeypatch, "explain", *arguments) == code
    assert "expected" in capsys.readouterr().err


def test_rescore_prints_the_differences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], attempt: str, tmp_path: Path
) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(
        MOTOR.with_suffix(".yaml").read_text("utf-8").replace("corrected: 2", "corrected: 4"), "utf-8"
    )
    assert run(monkeypatch, "rescore", attempt, "--procedure", str(new)) == 0
    assert "items that differ: 1" in capsys.readouterr().out
    assert run(monkeypatch, "rescore", "--all", "--procedure", str(new), "--json") == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert (result["old"]["total"] - result["new"]["total"], len(result["differences"])) == (2, 1)


def test_rescore_goes_on_after_an_attempt_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], attempt: str
) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert run(monkeypatch, "rescore", unknown, attempt, "--procedure", "motor_start_stop") == 1
    shown = capsys.readouterr().out
    assert "expected a known attempt" in shown
    assert "items that differ: 0" in shown
    assert run(monkeypatch, "rescore", "--procedure", "motor_start_stop") == 2


@pytest.mark.parametrize("kind", ["procedure", "bench", "devices"])
def test_schema_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert run(monkeypatch, "schema", kind) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_graph_draws_to_a_file_or_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "motor.svg"
    assert run(monkeypatch, "graph", "motor_start_stop", "--lang", "zh", "--out", str(file)) == 0
    assert "断开电源开关 Q1" in file.read_text(encoding="utf-8")
    assert run(monkeypatch, "graph", "motor_start_stop") == 0
    assert "Switch the isolator Q1" in capsys.readouterr().out
    assert run(monkeypatch, "graph", "motor_start_stop", "--out", str(tmp_path / "no" / "such.svg")) == 6
