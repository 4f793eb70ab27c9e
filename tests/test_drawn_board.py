"""The picture with the findings of a board photo, and the command that writes it."""

import json
import struct
import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from assessor import cli, drawn_board
from assessor.bench import load_bench
from assessor.board_findings import LOOSE_END, Finding, findings_of, look_of
from assessor.board_photo import _on_the_mat, read_photo_of
from assessor.drawn_board import RIGHT_INK, UNSURE_INK, WRONG_INK, draw_board
from assessor.errors import InputError, SightError
from assessor.hand_facts import Moment
from assessor.settings import samples_folder
from assessor.types import Image, ObjectObservation, Observations, Text
from assessor.vision.board import BoardReading
from tests import build

BOARDS = samples_folder() / "boards"
COPPER, WRONG = "board_long_copper", "board_two_wrong_wires"


@cache
def read(name: str) -> tuple[Image, BoardReading, tuple[Finding, ...]]:
    bench = load_bench(BOARDS / f"{name}.bench.yaml")
    placed, reading = read_photo_of(BOARDS / f"{name}.jpg", bench)
    return placed.image, reading, findings_of(look_of(reading), build.procedure(), bench)


def inked(picture: Image, ink: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Where a picture has exactly this colour (red, green, blue)."""
    return np.asarray(np.all(picture == np.array(ink[::-1], np.uint8), axis=-1))


@pytest.mark.parametrize("name", [COPPER, WRONG])
def test_each_finding_is_drawn_at_its_place(name: str) -> None:
    image, reading, findings = read(name)
    drawn = draw_board(image, reading, findings, "en")
    assert drawn.shape[0] > image.shape[0] and drawn.shape[1] == image.shape[1]
    places = {end.terminal: end.at_px for end in reading.terminals}
    for finding in findings:
        x, y = np.mean([places[terminal] for terminal in finding.terminals], axis=0).astype(int)
        near = drawn[y - 70 : y + 130, x - 70 : x + 70]
        assert inked(near, WRONG_INK).sum() > 100, finding


def test_right_wires_are_green_and_unsure_findings_are_orange() -> None:
    image, reading, _ = read(COPPER)
    terminal = reading.paths[0].wire.start
    told = Finding(LOOSE_END, terminal, Text("松", "loose"), 0.5, (terminal,))
    drawn = draw_board(image, reading, (told,), "en")
    assert inked(drawn, RIGHT_INK).sum() > 1000
    assert inked(drawn, UNSURE_INK).sum() > 100
    assert not inked(drawn, WRONG_INK).any()


def test_words_stand_below_in_either_language() -> None:
    image, reading, findings = read(COPPER)
    zh, en = (draw_board(image, reading, findings, language) for language in ("zh", "en"))
    height = image.shape[0]
    assert not np.array_equal(zh[height:], en[height:])
    assert np.array_equal(zh[:height], en[:height])  # measures need no words
    more = draw_board(image, reading, (*findings, *findings), "en")
    assert more.shape[0] > en.shape[0]


def test_without_a_chinese_font_it_is_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, reading, findings = read(COPPER)
    for variable in ("XDG_DATA_DIRS", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    drawn_board._chinese.cache_clear()
    try:
        if sys.platform == "linux":
            zh, en = (draw_board(image, reading, findings, language) for language in ("zh", "en"))
            assert np.array_equal(zh, en)
    finally:
        drawn_board._chinese.cache_clear()


def huge_png() -> bytes:
    """The header of a picture of 900 megapixels, and an end."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 30000, 30000) + b"\0" * 16 + b"IEND"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["assessor", "board", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


def bench_of(name: str) -> tuple[str, str]:
    return "--bench", str(BOARDS / f"{name}.bench.yaml")


def test_the_command_says_writes_and_draws_what_it_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    photo, plan = str(BOARDS / f"{WRONG}.jpg"), ("--procedure", "motor_start_stop")
    assert run(monkeypatch, photo, *bench_of(WRONG), *plan, "--out", str(tmp_path), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((tmp_path / f"{WRONG}.findings.json").read_text(encoding="utf-8"))
    assert len(said["netlist"]) == 9 and "ferrules" in said["not_read"]
    assert {f["count"]: f["said"]["en"] for f in said["findings"]} == {
        "wires_missing": "The wire S1.14–X1.4 is missing.",
        "wires_wrong": "The black wire X1.6–S1.14 is not planned. Wrong terminal: S1.14–X1.4 was planned.",
        "wires_wrong_colour": "KM1.A2–X1.5 is yellow, it should be blue.",
    }
    picture = cv2.imread(str(tmp_path / f"{WRONG}.findings.png"))
    assert picture is not None and picture.shape[1] == 1920


def test_without_a_procedure_no_wire_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert run(monkeypatch, str(BOARDS / f"{WRONG}.jpg"), *bench_of(WRONG)) == 0
    told = capsys.readouterr().out
    assert "未发现问题。" in told and "X1.5–KM1.A2" in told and "冷压端子" in told


@pytest.mark.parametrize(
    ("name", "bench", "error", "said"),
    [
        pytest.param("text.jpg", WRONG, InputError, "expected a JPEG or PNG photo", id="no picture"),
        pytest.param("grey.png", WRONG, SightError, r"\(0, 1, 2, 3\), found none", id="no markers"),
        pytest.param(
            "huge.png", WRONG, InputError, "at most 64 megapixels", id="huge", marks=pytest.mark.fault(50)
        ),
        pytest.param(f"{WRONG}.jpg", COPPER, InputError, "from its place", id="another bench"),
    ],
)
def test_bad_photos_are_refused(
    tmp_path: Path, name: str, bench: str, error: type[Exception], said: str
) -> None:
    (tmp_path / "text.jpg").write_text("no picture", encoding="utf-8")
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((720, 1280, 3), 90, np.uint8))
    (tmp_path / "huge.png").write_bytes(huge_png())
    (tmp_path / f"{WRONG}.jpg").write_bytes((BOARDS / f"{WRONG}.jpg").read_bytes())
    with pytest.raises(error, match=said):
        read_photo_of(tmp_path / name, load_bench(BOARDS / f"{bench}.bench.yaml"))


@pytest.mark.parametrize(
    ("box", "hides"),
    [
        pytest.param((1900.0, 0.0, 1920.0, 300.0), False, id="beside the mat"),
        pytest.param((1500.0, 300.0, 1920.0, 900.0), True, id="reaching in"),
    ],
)
def test_a_hand_hides_something_only_between_the_markers(
    box: tuple[float, float, float, float], hides: bool
) -> None:
    image, reading, _ = read(COPPER)
    bench = load_bench(BOARDS / f"{COPPER}.bench.yaml")
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    seen = Observations(0, 0.0, "ok", reading.pose)
    moment = Moment(bench, camera, reading.pose, seen)
    assert _on_the_mat(ObjectObservation("hand", 0.9, box), moment) == hides


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    photo = str(BOARDS / f"{WRONG}.jpg")
    assert run(monkeypatch, photo, *bench_of(WRONG), "--out", str(tmp_path / "file")) == InputError.exit_code
