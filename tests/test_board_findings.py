"""Counts of a board photo: against the plan by nodes, each finding with its place, and how sure."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor.bench import load_bench
from assessor.board_findings import (
    BAD_END,
    COUNTED,
    LOOSE_END,
    MISSING,
    OVER,
    WRONG,
    WRONG_COLOUR,
    BoardLook,
    Count,
    LookEnd,
    LookWire,
    counts_of,
    findings_of,
)
from assessor.board_photo import look_at
from assessor.errors import InputError, SightError
from assessor.procedure import Procedure, load_procedure
from assessor.settings import samples_folder
from tests import build

BOARDS = samples_folder() / "boards"
CLEAN = 0.0, 0.0
SURE = 0.6


@cache
def photo(name: str) -> BoardLook:
    return look_at(BOARDS / f"{name}.jpg", load_bench(BOARDS / f"{name}.bench.yaml"))


def wired(*more: LookWire, leave_out: str = "") -> BoardLook:
    """A board as planned, less one wire, with others."""
    lines = [(w.from_, w.to, str(w.color)) for w in build.procedure().given.wires]
    planned = [wire for step in build.procedure().steps for wire in step.wires]
    lines += [(w.from_, w.to, str(w.color)) for w in planned]
    wires = [LookWire(*line, 0.97, CLEAN) for line in lines if leave_out not in line[:2] or not leave_out]
    return BoardLook((*wires, *more), ())


def counts(look: BoardLook, procedure: Procedure | None = None) -> dict[str, Count]:
    found = counts_of(look, procedure or build.procedure(), build.bench())
    return {count.name: count for count in found}


def numbers(found: dict[str, Count]) -> dict[str, int]:
    return {name: len(count.findings) for name, count in found.items() if count.findings}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("board_good_1", {}, id="as planned"),
        pytest.param("board_good_2", {}, id="as planned, another layout"),
        pytest.param("board_long_copper", {BAD_END: 2}, id="long copper"),
        pytest.param(
            "board_two_wrong_wires", {MISSING: 1, WRONG: 1, WRONG_COLOUR: 1}, id="wrong terminal and colour"
        ),
    ],
)
def test_photos_of_the_samples_are_counted(name: str, expected: dict[str, int]) -> None:
    bench = load_bench(BOARDS / f"{name}.bench.yaml")
    found = {count.name: count for count in counts_of(photo(name), build.procedure(), bench)}
    assert tuple(found) == COUNTED
    assert numbers(found) == expected
    assert all(count.confidence >= SURE for count in found.values())


def test_a_finding_says_where_it_is_and_the_measure_against_the_limit() -> None:
    first = replace(wired().wires[0], bare_mm=(7.2, 0.0))
    (finding,) = counts(BoardLook((first, *wired().wires[1:]), ()))[BAD_END].findings
    assert finding.place == "Q1.2"
    assert finding.said.en == "Bare copper 7.2 mm at Q1.2, allowed 5."
    assert finding.said.zh == "Q1.2 处裸铜 7.2 mm，允许 5 mm。"


def test_copper_near_the_limit_is_unsure() -> None:
    first = replace(wired().wires[0], bare_mm=(4.0, 0.0))
    found = counts(BoardLook((first, *wired().wires[1:]), ()))[BAD_END]
    assert (len(found.findings), found.confidence < SURE) == (0, True)


def test_a_missing_wire_is_named_and_unsure_where_a_loose_end_may_be_its() -> None:
    look = wired(leave_out="S2.21")
    (finding,) = counts(look)[MISSING].findings
    assert (finding.place, finding.confidence >= SURE) == ("X1.1–S2.21", True)
    loose = replace(look, ends=(LookEnd("S2.21", 0.98, lone=True),))
    assert counts(loose)[MISSING].confidence < SURE
    assert counts(loose)[LOOSE_END].findings[0].place == "S2.21"


def test_a_given_wire_that_was_taken_out_is_missing() -> None:
    (finding,) = counts(wired(leave_out="PS.+"))[MISSING].findings
    assert (finding.place, finding.terminals) == ("PS.+–X1.1b", ("PS.+", "X1.1b"))


def test_a_wire_in_the_wrong_terminal_is_told_from_one_too_many() -> None:
    odd = LookWire("X1.6", "S1.14", "black", 0.97, CLEAN)
    found = counts(wired(odd, leave_out="S1.14"))
    assert numbers(found) == {MISSING: 1, WRONG: 1}
    said = found[WRONG].findings[0].said
    assert said.en.endswith("is not planned. Wrong terminal: S1.14–X1.4 was planned.")
    assert said.zh.endswith("端子接错，应为 S1.14–X1.4。")


def test_a_missing_wire_is_no_surer_than_the_wrong_one_in_its_terminal() -> None:
    doubtful = LookWire("X1.6", "S1.14", "black", 0.55, CLEAN)
    assert counts(wired(doubtful, leave_out="S1.14"))[MISSING].confidence == 0.55


def test_without_a_procedure_copper_loose_ends_and_wires_over_devices_are_told() -> None:
    first = replace(wired().wires[0], bare_mm=(0.0, 7.2), over="KM1", over_mm=31.0)
    look = BoardLook((first, *wired().wires[2:]), (LookEnd("S2.21", 0.98, lone=True),))
    told = findings_of(look, None, build.bench())
    assert [finding.count for finding in told] == [BAD_END, LOOSE_END, OVER]
    assert [finding.measured_mm for finding in told] == [7.2, None, 31.0]
    assert told[-1].said.en == "The wire Q1.2–PS.L runs over KM1 for 31 mm."


def test_another_clamp_of_the_same_node_is_as_good() -> None:
    look = wired(LookWire("X1.1b", "S2.21", "red", 0.97, CLEAN), leave_out="S2.21")
    assert numbers(counts(look)) == {}


def test_a_wire_in_another_colour_and_one_too_many_are_told_apart() -> None:
    yellow = LookWire("X1.1", "S2.21", "yellow", 0.97, CLEAN)
    odd = LookWire("X1.7", "S1.13", "white", 0.9, CLEAN)
    found = counts(wired(yellow, odd, leave_out="S2.21"))
    assert numbers(found) == {WRONG: 1, WRONG_COLOUR: 1}
    assert found[WRONG_COLOUR].findings[0].said.en == "X1.1–S2.21 is yellow, it should be red."
    assert found[WRONG].findings[0].said.en == "The white wire X1.7–S1.13 is not planned."


def test_what_is_optional_is_not_missed() -> None:
    text = build.PROCEDURE.read_text(encoding="utf-8")
    optional = text.replace("- id: wire_stop\n", "- id: wire_stop\n    optional: true\n", 1)
    assert numbers(counts(wired(leave_out="S2.21"), load_procedure(optional))) == {}


def test_a_doubtful_terminal_makes_the_count_of_loose_ends_unsure() -> None:
    look = replace(wired(), ends=(LookEnd("X1.7", 0.5, lone=False),))
    assert counts(look)[LOOSE_END].confidence < SURE


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        pytest.param("text.jpg", InputError, "expected a JPEG or PNG photo", id="no picture"),
        pytest.param("none.jpg", InputError, "expected a readable file", id="not there"),
        pytest.param("dark.jpg", SightError, "expected at least .* of the bench's markers", id="no markers"),
        pytest.param("board_good_2.jpg", InputError, r"stands \d+ mm from its place", id="another bench"),
        pytest.param("hand.jpg", InputError, "got one with a hand in it", id="a hand"),
    ],
)
@pytest.mark.fault(43)
def test_photos_that_show_no_board_of_this_bench_are_refused(
    tmp_path: Path, name: str, error: type[Exception], said: str
) -> None:
    (tmp_path / "text.jpg").write_text("no picture", encoding="utf-8")
    cv2.imwrite(str(tmp_path / "dark.jpg"), np.full((720, 1280, 3), 90, np.uint8))
    (tmp_path / "board_good_2.jpg").write_bytes((BOARDS / "board_good_2.jpg").read_bytes())
    if name == "hand.jpg":
        write_frame(samples_folder() / "start_stop_good.mp4", 150, tmp_path / name)
    bench = load_bench(samples_folder() / "start_stop_good.bench.yaml")
    with pytest.raises(error, match=said):
        look_at(tmp_path / name, bench)


def write_frame(video: Path, index: int, photo_: Path) -> None:
    """One picture of a recording as a photo."""
    from assessor.camera import FileSource, probe

    frame = next(f for f in FileSource(probe(video, settle_s=0)).frames() if f.index == index)
    cv2.imwrite(str(photo_), frame.image)
