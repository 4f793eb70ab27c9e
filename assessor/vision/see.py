"""Frames → Observations: everything the models say about one bench, frame by frame.

Takes frames of one recording or camera in time order; keeps the camera pose, the hands' identities and the
terminals' looks between them. Gives one `Observations` a frame and never judges.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.bench_parts import CameraModel
from assessor.errors import SightError
from assessor.geometry import pixels_per_mm, project
from assessor.types import (
    CameraPose,
    Frame,
    HandObservation,
    Image,
    ObjectObservation,
    Observations,
    WireObservation,
)
from assessor.vision.board import read_board
from assessor.vision.cover import hidden_points
from assessor.vision.hands import HandTracker
from assessor.vision.indicators import View, read_indicators
from assessor.vision.markers import find_markers, solve_pose
from assessor.vision.objects import ObjectDetector
from assessor.vision.wire_colours import white_level
from assessor.vision.wires import WireWatch

Points = NDArray[np.float64]
Array = NDArray[np.float32]

MARKER_PERIOD_S = 1.0
OBJECT_PERIOD_S = 0.2
HAND_MARGIN_MM = 12.0
MOVED_PX = 4.0  # at 1280 px: markers further off than this mean that the camera was moved
DARK, FLAT = 12.0, 4.0  # mean and spread of brightness of a covered lens


@dataclass(slots=True)
class StageTimes:
    """Seconds spent per stage, for `assessor score --profile`."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        start = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - start


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the camera is and what follows from it."""

    pose: CameraPose
    camera: CameraModel
    white: Array  # BGR of white paper
    terminals_px: Points
    indicators_px: Points
    area_xyxy: tuple[float, float, float, float]
    px_per_mm: float


@dataclass(slots=True)
class Eyes:
    """All models on one bench. Use one instance for one recording."""

    bench: Bench
    hands: HandTracker
    detector: ObjectDetector
    times: StageTimes = field(default_factory=StageTimes)
    _place: _Place | None = None
    _watch: WireWatch = field(init=False)
    _marker_due_s: float = 0.0
    _object_due_s: float = 0.0
    _objects: tuple[ObjectObservation, ...] = ()
    _off_before: bool = False
    _board_read: bool = False

    def __post_init__(self) -> None:
        self._watch = WireWatch(self.bench)

    def look(self, frame: Frame) -> Observations:
        """What is seen in this frame."""
        if _is_covered(frame.image):
            return Observations(frame.index, frame.t_s, "dark", None)
        with self.times.stage("markers"):
            scene, place = self._find_place(frame)
        if place is None:
            return Observations(frame.index, frame.t_s, scene, None)
        with self.times.stage("hands"):
            hands = self.hands.track(frame.image, frame.t_s, place.area_xyxy)
        with self.times.stage("objects"):
            self._find_objects(frame)
        with self.times.stage("states"):
            return self._read_states(frame, scene, place, hands)

    # -- camera ------------------------------------------------------------------------

    def _find_place(self, frame: Frame) -> tuple[str, _Place | None]:
        """Once a second: are the markers where they were? A moved camera is solved anew after two looks."""
        if frame.t_s < self._marker_due_s:
            return ("no_markers" if self._place is None else "ok"), self._place
        self._marker_due_s = frame.t_s + MARKER_PERIOD_S
        found = find_markers(frame.image, self.bench)
        off = self._place is None or self._is_off(found, frame.image.shape[1])
        if not off:
            self._off_before = False
            return "ok", self._place
        if self._place is not None and not self._off_before:
            self._off_before = True
            return "moved", self._place
        return self._settle(frame, found)

    def _settle(self, frame: Frame, found: dict[int, Points]) -> tuple[str, _Place | None]:
        moved = self._place is not None
        try:
            size = (frame.image.shape[1], frame.image.shape[0])
            self._place = _place(frame.image, self.bench, solve_pose(found, self.bench, size))
        except SightError:
            return ("moved" if moved else "no_markers"), self._place
        self._watch.place(self._place.pose, size)
        self._off_before = False
        return ("moved" if moved else "ok"), self._place

    def _is_off(self, found: dict[int, Points], width: int) -> bool:
        place = self._place
        if place is None or len(found) < 2:
            return False
        misses = [
            np.linalg.norm(project(self.bench.markers[i], place.pose, place.camera) - corners, axis=1).mean()
            for i, corners in found.items()
        ]
        return float(np.median(misses)) > MOVED_PX * width / 1280

    # -- tools, states, wires ------------------------------------------------------------

    def _find_objects(self, frame: Frame) -> None:
        if frame.t_s >= self._object_due_s:
            self._objects = self.detector.detect(frame.image)
            self._object_due_s = frame.t_s + OBJECT_PERIOD_S - 1e-6

    def _read_states(
        self, frame: Frame, scene: str, place: _Place, hands: tuple[HandObservation, ...]
    ) -> Observations:
        margin = HAND_MARGIN_MM * place.px_per_mm
        covered = hidden_points(place.terminals_px, hands, self._objects, margin)
        terminals = {n for n, hide in zip(self.bench.terminals, covered, strict=True) if hide}
        covered = hidden_points(place.indicators_px, hands, self._objects, margin)
        devices = {i.device for i, hide in zip(self.bench.indicators, covered, strict=True) if hide}
        view = View(frame.image, place.pose, place.camera, float(place.white.mean()))
        indicators = read_indicators(view, self.bench, frozenset(devices))
        clean = not hands and not any(o.name == "hand" for o in self._objects)
        wires = self._first_wires(frame) if clean and not self._board_read else ()
        probing = any(i.kind == "display" and i.value for i in indicators)
        wires += self._watch.update(frame, frozenset(terminals), place.white, probing)
        seen = (hands, self._objects, indicators, wires, tuple(sorted(terminals)), self._watch.touched)
        return Observations(frame.index, frame.t_s, scene, place.pose, *seen)

    def _first_wires(self, frame: Frame) -> tuple[WireObservation, ...]:
        """The wires that are there when the board is first seen without a hand."""
        self._board_read = True
        found = read_board(frame.image, self.bench).wires
        wires = tuple(replace(w, earliest_s=0.0, latest_s=frame.t_s) for w in found)
        self._watch.assume(wires)
        return wires


def _place(image: Image, bench: Bench, pose: CameraPose) -> _Place:
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    terminals = project(list(bench.terminals.values()), pose, camera)
    indicators = project([i.at_mm for i in bench.indicators], pose, camera)
    mat = project([corner for quad in bench.markers.values() for corner in quad], pose, camera)
    low, high = (
        np.maximum(mat.min(axis=0), 0),
        np.minimum(mat.max(axis=0), (camera.width - 1, camera.height - 1)),
    )
    area = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    scale = pixels_per_mm(np.mean(list(bench.terminals.values()), axis=0), pose, camera)
    return _Place(pose, camera, white_level(image, bench, pose), terminals, indicators, area, scale)


def _is_covered(image: Image) -> bool:
    """A lens cap, a switched-off light or a picture without any detail."""
    small = cv2.resize(image, (64, 36), interpolation=cv2.INTER_AREA)
    return float(small.mean()) < DARK or float(small.std()) < FLAT
