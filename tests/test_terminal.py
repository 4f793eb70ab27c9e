import json
import os
from dataclasses import replace

import pytest

from assessor import settings, terminal
from assessor.types import Evidence, MarkSheet, Mistake, Outcome, Text, Verdict
from tests.attempts import build_sheet
from tests.contest import contest_sheet

SHEET = build_sheet("a" * 64)
WAITING = sum(line.points for line in SHEET.lines if line.awarded is None)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        pytest.param({"LANG": "zh_CN.UTF-8"}, "zh", id="chinese"),
        pytest.param({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en", id="LC_ALL beats LANG"),
        pytest.param({"LC_ALL": "", "LANG": "zh_TW"}, "zh", id="empty counts as unset"),
        pytest.param({}, "en", id="nothing set"),
    ],
)
def test_language_is_that_of_the_system(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], spoken: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert terminal.language() == spoken


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_mark_sheet_shows_every_line_with_points_and_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8" if lang == "zh" else "C.UTF-8")
    terminal.show_mark_sheet(SHEET, "recording.mp4")
    shown = capsys.readouterr().out
    for line in SHEET.lines:
        assert getattr(line.title, lang) in shown
        assert getattr(line.reason, lang) in shown
    assert f"{SHEET.total:g}" in shown and f"{SHEET.possible:g}" in shown


def test_line_without_evidence_of_its_kind_is_open_and_not_0(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show_mark_sheet(SHEET, "recording.mp4")
    shown = capsys.readouterr().out
    assert f"{WAITING:g} points open" in shown
    row = next(row for row in shown.splitlines() if "Bare copper" in row)
    assert "– / 6" in row and "open" in row


def test_the_time_is_that_of_the_mistake_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    line = SHEET.lines[0]
    mistake = Mistake("omission", "x", 81.0, Text("漏做", "left out"), False, 1.0)
    judged = Verdict("v", "step", Outcome.NOT_MET, 1.0, mistake.reason, None, None, None, mistakes=(mistake,))
    lost = replace(line, verdict_ids=("v",), evidence=(Evidence(71.0, 91.0),))
    terminal.show_mark_sheet(replace(SHEET, lines=(lost,), verdicts=(judged,)), "recording.mp4")
    shown = capsys.readouterr().out
    assert "81.0 s" in shown and "71.0 s" not in shown


def test_partial_recording_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show_mark_sheet(replace(SHEET, partial="40/100 frames"), "recording.mp4")
    assert "recording is partial: 40/100 frames" in capsys.readouterr().out


def test_names_from_outside_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show_mark_sheet(SHEET, "[red]:smile:[/] clip.mp4")
    assert "[red]:smile:[/] clip.mp4" in capsys.readouterr().out


def test_json_holds_every_field_of_a_mark_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.write_json(SHEET)
    written = json.loads(capsys.readouterr().out)
    assert set(written) == set(MarkSheet.__slots__)
    assert written["lines"][0]["title"] == {"zh": SHEET.lines[0].title.zh, "en": SHEET.lines[0].title.en}
    assert written["lines"][0]["outcome"] == SHEET.lines[0].outcome.value


def test_native_messages_go_to_the_log_while_a_bar_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with terminal.progress() as report:
        report("looking", 0.5)
        os.write(2, b"W0000 native noise\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err.splitlines()[-1] == "after"
    assert "native noise" in settings.log_file().read_text(encoding="utf-8")


def test_nothing_of_a_reason_is_lost_in_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "60")
    reason = Text("四根线全部接好、工具放回工具盘之后才合上隔离开关Q1再按下起动按钮S1。" * 3, "")
    terminal.show_mark_sheet(replace(SHEET, lines=(replace(SHEET.lines[0], reason=reason),)), "x.mp4")
    cells = [row.split("│")[3].strip() for row in capsys.readouterr().out.splitlines() if row.startswith("│")]
    assert "".join(cells).endswith(reason.zh)


def test_vetoes_the_pass_mark_and_lines_without_points_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = replace(contest_sheet(SHEET), passed=False)
    terminal.show_mark_sheet(sheet, "recording.mp4")
    shown = capsys.readouterr().out
    assert "Veto: Accident by live working · waits for a person · disqualified: no points · Live" in shown
    assert "proposed 63 of 80 points (a teacher confirms); not passed; 20 points open" in shown
    assert "-2" in next(row for row in shown.splitlines() if "Overtime" in row)
    assert " / 0" not in shown
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    terminal.show_mark_sheet(replace(sheet, passed=True), "recording.mp4")
    assert "合格；20 分待评" in capsys.readouterr().out
