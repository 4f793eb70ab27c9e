"""Netlists read from the sample photos, from worse pictures of them, and from boards that were tampered
with."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor.bench import Bench, load_bench
from assessor.camera import read_photo
from assessor.errors import SightError
from assessor.geometry import project
from assessor.truth.board import TrueBoardWire, read_board_truth
from assessor.types import Image, WireObservation
from assessor.vision.board import BoardReading, read_board
from assessor.vision.markers import find_pose
from assessor.vision.wire_colours import PROTOTYPES, name_colour, thin_and_broad, to_lab, white_level
from assessor.vision.wire_copper import Sight
from assessor.vision.wire_crossings import devices_under
from assessor.vision.wire_matching import Candidate, match_ends

BOARDS = Path(__file__).parent.parent / "samples" / "boards"
GOOD, COPPER = "board_good_1", "board_long_copper"


@cache
def photo(name: str) -> tuple[Image, Bench]:
    return read_photo(BOARDS / f"{name}.jpg"), load_bench(BOARDS / f"{name}.bench.yaml")


@cache
def reading(name: str) -> BoardReading:
    return read_board(*photo(name))


def true_wires(name: str) -> dict[frozenset[str], TrueBoardWire]:
    return {wire.ends: wire for wire in read_board_truth(BOARDS / f"{name}.truth.json").netlist}


def by_ends(read: BoardReading) -> dict[frozenset[str], WireObservation]:
    return {frozenset((wire.start, wire.end)): wire for wire in read.wires}


def squares(
    image: Image, bench: Bench, terminals: tuple[str, ...], side_mm: float
) -> list[tuple[slice, slice]]:
    """Pixels round terminals."""
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    places = np.array([bench.terminals[name] for name in terminals])
    middles = project(places, find_pose(image, bench), camera)
    half = round(side_mm * image.shape[1] / 640 / 2)
    return [(slice(int(y) - half, int(y) + half), slice(int(x) - half, int(x) + half)) for x, y in middles]


@pytest.mark.parametrize("name", sorted(p.stem for p in BOARDS.glob("*.jpg")))
def test_wires_of_the_sample_photos(name: str) -> None:
    true, seen = true_wires(name), by_ends(reading(name))
    assert len(true.keys() & seen.keys()) >= len(true) - 2
    assert len(seen.keys() - true.keys()) <= 2
    assert all(seen[ends].colour == true[ends].colour for ends in true.keys() & seen.keys())
    wrong = [seen[ends].confidence for ends in seen.keys() - true.keys()]
    assert all(confidence < 0.99 for confidence in wrong)


@pytest.mark.parametrize("width", [1280, pytest.param(960, marks=pytest.mark.slow)])
def test_wires_of_a_smaller_picture(width: int) -> None:
    image, bench = photo(GOOD)
    small = cv2.resize(image, (width, width * 9 // 16), interpolation=cv2.INTER_AREA)
    true, seen = true_wires(GOOD), by_ends(read_board(np.asarray(small, np.uint8), bench))
    assert len(true.keys() & seen.keys()) >= len(true) - 2


def test_warm_dim_light_changes_no_colour() -> None:
    image, bench = photo(GOOD)
    warm = (image * np.array([0.5, 0.62, 0.7])).astype(np.uint8)
    true, seen = true_wires(GOOD), by_ends(read_board(warm, bench))
    assert len(true.keys() & seen.keys()) >= len(true) - 2
    assert all(seen[ends].colour == true[ends].colour for ends in true.keys() & seen.keys())


def test_terminals_say_what_is_in_them() -> None:
    ends = {end: wire.colour for pair, wire in true_wires(GOOD).items() for end in pair}
    for terminal in reading(GOOD).terminals:
        assert (terminal.occupied > 0.5) == (terminal.terminal in ends)
        if terminal.terminal in ends:
            assert terminal.colour == ends[terminal.terminal]


def test_bare_copper_is_measured_and_hides_no_colour() -> None:
    bare = {
        end: length
        for path in reading(COPPER).paths
        for end, length in zip((path.wire.start, path.wire.end), path.bare_mm, strict=True)
        if length
    }
    assert bare == {"Q1.2": pytest.approx(13, abs=1.5), "X1.5": pytest.approx(15, abs=1.5)}


@pytest.mark.parametrize("painted", [True, False], ids=["over it", "behind it"])
def test_a_wire_over_a_device_is_told_and_one_behind_it_is_not(painted: bool) -> None:
    image, bench = photo(GOOD)
    camera, device = bench.scaled_camera(image.shape[1], image.shape[0]), bench.devices["PS"]
    x, y, top = device.size_mm[0] / 2 + 30, 12.0, device.size_mm[2]
    ends = project([device.place((-x, y, top)), device.place((x, y, top))], find_pose(image, bench), camera)
    picture = image.copy()
    if painted:
        cv2.polylines(picture, [np.rint(ends).astype(np.int32)], False, (20, 190, 230), 8)
    length = round(2 * x)
    way = [(float(px), float(py)) for px, py in np.linspace(ends[0], ends[1], length)]
    lab = to_lab(picture, white_level(image, bench, find_pose(image, bench)))
    sight = Sight(lab, find_pose(image, bench), camera)
    found = dict(devices_under(way, np.ones(length, np.bool_), bench, sight))
    assert ("PS" in found) == painted
    if painted:
        assert found["PS"] == pytest.approx(device.size_mm[0] - 12, abs=4)


def test_a_wire_without_its_end_is_no_wire_and_leaves_a_lone_end() -> None:
    image, bench = photo(GOOD)
    tampered = image.copy()
    emptied, pattern = squares(image, bench, ("KM1.A2", "KM1.6"), 10.9)
    tampered[emptied] = image[pattern]
    read = read_board(tampered, bench)
    assert frozenset(("KM1.A2", "X1.5")) not in by_ends(read)
    assert "X1.5" in {end.terminal for end in read.lone_ends}


def test_shifted_terminals_give_another_netlist() -> None:
    image, bench = photo(GOOD)
    moved = {name: (x + 30, y, z) for name, (x, y, z) in bench.terminals.items()}
    seen = by_ends(read_board(image, bench.model_copy(update={"terminals": moved})))
    assert len(true_wires(GOOD).keys() & seen.keys()) <= 3


def test_the_same_picture_gives_the_same_reading() -> None:
    assert read_board(*photo(COPPER)) == reading(COPPER)


def test_covered_markers_are_reported() -> None:
    image, bench = photo(GOOD)
    covered = image.copy()
    covered[: image.shape[0] // 3] = 90
    with pytest.raises(SightError, match="at least 3"):
        read_board(covered, bench)


def test_too_dark_for_colours_is_reported() -> None:
    image, bench = photo(GOOD)
    with pytest.raises(SightError, match="more light"):
        read_board((image * 0.15).astype(np.uint8), bench, find_pose(image, bench))


@pytest.mark.parametrize("colour", PROTOTYPES)
@pytest.mark.parametrize("white", [(255, 255, 255), (150, 190, 230)], ids=["neutral", "warm"])
def test_prototypes_keep_their_names_in_any_light(colour: str, white: tuple[int, int, int]) -> None:
    lab = np.array([[PROTOTYPES[colour]]], np.float32)
    lit = np.clip(cv2.cvtColor(lab, cv2.COLOR_Lab2BGR), 0, 1) * np.array(white) / 0.95
    seen = to_lab(np.clip(lit, 0, 255).astype(np.uint8), np.array(white, np.float32))[0, 0]
    chances = name_colour(seen)
    assert max(chances, key=lambda name: chances[name]) == colour


def test_a_wire_is_thin_and_a_mat_of_its_colour_is_broad() -> None:
    lab = np.tile(np.array((80, 0, 5), np.float32), (60, 120, 1))
    lab[:, 60:] = PROTOTYPES["green"]
    lab[28:33, :40] = PROTOTYPES["green"]
    thin, broad = thin_and_broad(lab, PROTOTYPES["green"], px_per_mm=1.6)
    assert (thin[30, 20], broad[30, 20]) == pytest.approx((1, 0), abs=0.05)
    assert (thin[30, 90], broad[30, 90]) == pytest.approx((0, 1), abs=0.05)


def row(start: int, end: int, pixels: int, cost_mm: float = 0.0, group: str = "red") -> Candidate:
    return Candidate(start, end, group, pixels, cost_mm, mm_per_pixel=1.0)


LEFT, RIGHT = (1 << 60) - 1, ((1 << 60) - 1) << 60


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        pytest.param([row(0, 1, LEFT), row(2, 3, RIGHT), row(0, 2, LEFT)], {0, 1}, id="each-end-once"),
        pytest.param(
            [row(0, 1, LEFT), row(2, 3, LEFT), row(0, 2, LEFT), row(1, 3, RIGHT)], {2, 3}, id="explains-more"
        ),
        pytest.param([row(0, 1, LEFT, cost_mm=70)], set(), id="more-against-than-for"),
        pytest.param([row(0, 1, LEFT, 5), row(0, 1, LEFT, 2)], {1}, id="better-way"),
        pytest.param([row(0, 1, LEFT), row(2, 3, LEFT, group="blue")], {0, 1}, id="groups-apart"),
    ],
)
def test_matching(candidates: list[Candidate], chosen: set[int]) -> None:
    assert set(match_ends(candidates, [1.0] * 4)) == chosen


def test_equal_choices_are_equally_likely() -> None:
    candidates = [row(0, 1, LEFT), row(2, 3, RIGHT), row(0, 3, LEFT), row(1, 2, RIGHT)]
    assert list(match_ends(candidates, [1.0] * 4).values()) == pytest.approx([0.5, 0.5], abs=0.01)
