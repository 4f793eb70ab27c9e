"""Wires that come and go at terminals: drawn into a real first frame, seen frame by frame."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor.bench import Bench, load_bench
from assessor.camera import FileSource, probe
from assessor.geometry import pixels_per_mm, project
from assessor.types import CameraPose, Frame, Image, WireObservation
from assessor.vision.markers import find_pose
from assessor.vision.touch import TouchWatch
from assessor.vision.wire_colours import white_level
from assessor.vision.wires import WireWatch

SAMPLES = Path(__file__).parent.parent / "samples"
BGR = {"red": (30, 25, 190), "black": (28, 28, 28), "blue": (175, 60, 20), "yellow": (20, 170, 215)}
SHEEN = (38, 60, 110)  # what a red lamp or sleeve makes of a part of a black wire: brown
FPS = 10


@dataclass
class BenchFilm:
    """A still bench on which wires are drawn; `run` shows it to the watch for some seconds."""

    bench: Bench
    image: Image
    pose: CameraPose
    watch: WireWatch
    wires: dict[tuple[str, str], str] = field(default_factory=dict)
    cover: tuple[str, str] | None = None  # colour-like thing over a terminal: (terminal, kind)
    sheen: bool = False  # on every wire
    index: int = 0

    def run(self, seconds: float, hidden: frozenset[str] = frozenset()) -> list[WireObservation]:
        out: list[WireObservation] = []
        white = white_level(self.image, self.bench, self.pose)
        for _ in range(round(seconds * FPS)):
            frame = Frame(self.index, self.index / FPS, self._picture())
            out += self.watch.update(frame, hidden, white)
            self.index += 1
        return out

    def _picture(self) -> Image:
        pose, camera = self.pose, self.bench.camera
        image = self.image.copy()
        thick = round(3.6 * pixels_per_mm((0, 60, 50), pose, camera))
        for (a, b), colour in self.wires.items():
            points = [np.array(self.bench.terminals[t]) for t in (a, b)]
            out = [np.array((*self.bench.exit_direction(t), 0.0)) * 22 for t in (a, b)]
            path = [points[0], points[0] + out[0], points[1] + out[1], points[1]]
            line = project(path, pose, camera).round().astype(np.int32)
            cv2.polylines(image, [line], False, BGR[colour], thick, cv2.LINE_AA)
            if self.sheen:
                cv2.polylines(image, [line], False, SHEEN, thick // 3, cv2.LINE_AA)
        if self.cover:
            place = project([self.bench.terminals[self.cover[0]]], pose, camera)[0].round().astype(int)
            cv2.circle(image, (int(place[0]), int(place[1])), 45, (105, 130, 190), -1)
        return image


@pytest.fixture
def film() -> BenchFilm:
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")
    image = next(FileSource(probe(SAMPLES / "start_stop_good.mp4", settle_s=0)).frames()).image
    watch, pose = WireWatch(bench), find_pose(image, bench)
    watch.place(pose, (image.shape[1], image.shape[0]))
    film = BenchFilm(bench, image, pose, watch)
    assert film.run(1.0) == []
    return film


def test_wire_is_found_with_ends_colour_and_time(film: BenchFilm) -> None:
    film.wires["X1.1", "S2.21"] = "red"

    (found,) = film.run(1.0)

    assert {found.start, found.end} == {"X1.1", "S2.21"}
    assert (found.colour, found.present) == ("red", True)
    assert found.earliest_s <= 1.0 <= found.latest_s <= 1.5
    assert found.confidence > 0.7


def test_moved_end_is_one_wire_gone_and_another_come(film: BenchFilm) -> None:
    film.wires["S1.14", "X1.6"] = "black"
    film.run(1.0)
    film.wires = {("S1.14", "X1.4"): "black"}

    gone, come = film.run(1.0)

    assert (gone.present, {gone.start, gone.end}) == (False, {"S1.14", "X1.6"})
    assert (come.present, {come.start, come.end}) == (True, {"S1.14", "X1.4"})


def test_exchanged_wire_is_one_gone_and_another_come(film: BenchFilm) -> None:
    film.wires["X1.1", "S2.21"] = "black"
    film.run(1.0)
    film.wires["X1.1", "S2.21"] = "yellow"

    gone, come = film.run(1.0)

    assert [(w.present, w.colour) for w in (gone, come)] == [(False, "black"), (True, "yellow")]


def test_wire_that_partly_looks_otherwise_is_still_the_same(film: BenchFilm) -> None:
    film.wires["X1.1", "S2.21"] = "black"
    film.run(1.0)
    film.sheen = True

    assert film.run(4.0) == []


def test_hand_or_sleeve_over_a_terminal_is_no_wire(film: BenchFilm) -> None:
    film.cover = ("X1.4", "skin")

    assert film.run(3.0) == []


def test_what_hides_behind_a_hand_is_told_when_it_is_seen(film: BenchFilm) -> None:
    film.wires["KM1.A2", "X1.5"] = "blue"
    hidden = frozenset({"KM1.A2", "X1.5"})

    assert film.run(3.0, hidden) == []
    (found,) = film.run(1.0)

    assert found.earliest_s < 1.0  # it may have come as soon as it was hidden
    assert found.latest_s >= 4.0


def test_probe_touches_its_two_terminals_and_no_other(film: BenchFilm) -> None:
    watch, white = TouchWatch(film.bench), white_level(film.image, film.bench, film.pose)
    watch.place(film.pose, (1280, 720))
    assert watch.update(film.image, white, calm=True) == ()
    picture = film.image.copy()
    for terminal in ("X1.1", "X1.5"):
        tip, body = project(
            np.add(film.bench.terminals[terminal], [(0, 0, 0), (6, -30, 30)]), film.pose, film.bench.camera
        )
        cv2.line(picture, tip.astype(int).tolist(), body.astype(int).tolist(), (60, 60, 70), 4)

    assert watch.update(picture, white, calm=False) == ("X1.1", "X1.5")


def test_two_wires_of_one_colour_are_told_apart_by_when_they_come(film: BenchFilm) -> None:
    film.wires["S1.14", "X1.4"] = "black"
    first = film.run(1.0)
    film.wires["X1.4b", "KM1.A1"] = "black"
    second = film.run(1.0)

    assert [{w.start, w.end} for w in first] == [{"S1.14", "X1.4"}]
    assert [{w.start, w.end} for w in second] == [{"X1.4b", "KM1.A1"}]
