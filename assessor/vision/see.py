"""Frames → Observations: everything the models say about one bench, frame by frame.

Takes frames of one recording or camera in time order; keeps the camera pose, the hands' identities and the
terminals' looks between them. Gives one `Observations` a frame and never judges.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from assessor import models
from assessor.ahead import ahead
from assessor.bench import Bench
from assessor.bench.parts import CameraModel
from assessor.errors import SightError
from assessor.geometry import pixels_per_mm, project
from assessor.stage_times import StageTimes
from assessor.types import (
    CameraPose,
    Frame,
    HandObservation,
    Image,
    ObjectObservation,
    Observations,
    PersonObservation,
    WireObservation,
)
from assessor.vision.board import read_board
from assessor.vision.cover import hidden_points
from assessor.vision.grip import INDEX_TIP, look_closer, tool_tip
from assessor.vision.hands import HandTracker
from assessor.vision.indicators import IndicatorWatch, View
from assessor.vision.leftover import LeftoverWatch
from assessor.vision.markers import MIN_MARKERS, find_markers, find_markers_near, solve_pose
from assessor.vision.motion import LastLook, shows_nothing, shrunk
from assessor.vision.networks import Networks, load_networks
from assessor.vision.objects import HANDS, ObjectDetector
from assessor.vision.pose import PersonWatch
from assessor.vision.touch import TouchWatch
from assessor.vision.wire_colours import white_level
from assessor.vision.wires import End, WireWatch

Points = NDArray[np.float64]
Array = NDArray[np.float32]

MARKER_PERIOD_S = 1.0
OBJECT_PERIOD_S = 0.4  # while something moves
HAND_MARGIN_MM = 12.0
WORK_REACH_MM = 15.0
MOVED_PX = 4.0  # at 1280 px: markers further off than this mean that the camera was moved
SURE_LATE = 0.6  # share of its confidence that a wire keeps which only the last picture shows
STILL_S = 0.5  # so often states are read although nothing moves


def open_eyes(
    bench: Bench, times: StageTimes, always: bool = False, networks: Networks | None = None
) -> "Eyes":
    """Eyes with networks of their own or shared ones; `always`: as `Eyes` says. Raises ModelError."""
    shared = networks or load_networks()
    person = PersonWatch(shared.pose) if bench.camera.sees_worker else None
    hands = HandTracker(shared.hands)
    return Eyes(bench, hands, shared.detector, times, models.sha256s(), always, person)


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


@dataclass(frozen=True, slots=True)
class _Glimpse:
    """A picture and what was found in it before its objects and states. `place` None: it shows no bench."""

    frame: Frame
    small: Image
    scene: str
    place: _Place | None
    hands: tuple[HandObservation, ...] = ()
    person: PersonObservation | None = None


@dataclass(slots=True)
class Eyes:
    """All models on one bench. Use one instance for one recording.

    A picture in which nothing has moved since the last look shows the same hands and objects; its states are
    read again where their own patch has changed, and all of them now and then.
    """

    bench: Bench
    hands: HandTracker
    detector: ObjectDetector
    times: StageTimes = field(default_factory=StageTimes)
    models: dict[str, str] = field(default_factory=dict)  # name -> sha256 of the models in use
    always: bool = False  # look at everything in every picture: what the other way is measured by
    person: PersonWatch | None = None  # where the camera sees the worker
    _place: _Place | None = None
    _placed: _Place | None = None  # the one that the watches were told
    _watch: WireWatch = field(init=False)
    _touch: TouchWatch = field(init=False)
    _leftovers: LeftoverWatch = field(init=False)
    _indicators: IndicatorWatch = field(init=False)
    _marker_due_s: float = 0.0
    _seen_hands: tuple[HandObservation, ...] = ()
    _last_hands: LastLook = field(default_factory=LastLook)
    _last_objects: LastLook = field(default_factory=LastLook)
    _last_states: LastLook = field(default_factory=LastLook)
    _object_due_s: float = 0.0
    _objects: tuple[ObjectObservation, ...] = ()
    _off_before: bool = False
    _board_read: bool = False
    _clean: Frame | None = None  # the last frame without a hand

    def __post_init__(self) -> None:
        self._watch = WireWatch(self.bench)
        self._touch = TouchWatch(self.bench)
        self._leftovers = LeftoverWatch(self.bench)
        self._indicators = IndicatorWatch(self.bench.indicators, 0.0 if self.always else 4 * STILL_S)

    def look(self, frame: Frame) -> Observations:
        """What is seen in this frame."""
        return self._finish(self._glimpse(frame))

    def watch(self, frames: Iterable[Frame]) -> Iterator[Observations]:
        """The same for one frame after another; hands are found in the next ones meanwhile."""
        for glimpse in ahead(self._glimpse(frame) for frame in frames):
            yield self._finish(glimpse)

    def _glimpse(self, frame: Frame) -> _Glimpse:
        """The camera's place and the hands. Only this uses what it changes: it may run ahead."""
        small = shrunk(frame.image)
        if shows_nothing(small):
            return _Glimpse(frame, small, "dark", None)
        with self.times.stage("markers"):
            scene, place = self._find_place(frame)
        if place is None:
            return _Glimpse(frame, small, scene, None)
        with self.times.stage("hands"):
            if self.always or self._last_hands.is_old(small, frame.t_s):
                self._seen_hands = self.hands.track(frame.image, frame.t_s, place.area_xyxy)
                self._last_hands.keep(small, frame.t_s)
        if self.person is None:
            return _Glimpse(frame, small, scene, place, self._seen_hands)
        with self.times.stage("pose"):
            person = self.person.look(frame.image, small, frame.t_s)
        return _Glimpse(frame, small, scene, place, self._seen_hands, person)

    def _finish(self, glimpse: _Glimpse) -> Observations:
        """Objects and states."""
        frame, place = glimpse.frame, glimpse.place
        if place is None:
            return Observations(frame.index, frame.t_s, glimpse.scene, None)
        self._tell_place(place, frame)
        with self.times.stage("objects"):
            self._find_objects(glimpse)
        with self.times.stage("states"):
            return self._read_states(glimpse, place)

    def last_look(self, last: Observations) -> Observations:
        """The recording's last observations, with what the last clean picture says about the wires.

        A wire that both ways of looking agree on is surer; one at free terminals, missed so far, is told now.
        """
        if self._clean is None or self._clean.t_s == 0.0:
            return last
        with self.times.stage("board"):
            found = read_board(self._clean.image, self.bench).wires
        known = {frozenset(pair): ends for pair, ends in self._watch.wires.items()}
        busy: frozenset[str] = frozenset().union(*known)
        pairs = [(wire, known.get(frozenset((wire.start, wire.end)))) for wire in found]
        wires = [_confirmed(wire, ends) for wire, ends in pairs if ends is not None]
        missed = [w for w in found if not busy & {w.start, w.end}]
        wires += [replace(w, confidence=w.confidence * SURE_LATE, latest_s=self._clean.t_s) for w in missed]
        return replace(last, wires=(*last.wires, *(w for w in wires if w is not None)))

    # -- camera ------------------------------------------------------------------------

    def _find_place(self, frame: Frame) -> tuple[str, _Place | None]:
        """Once a second: are the markers where they were? A moved camera is solved anew after two looks."""
        if frame.t_s < self._marker_due_s:
            return ("no_markers" if self._place is None else "ok"), self._place
        self._marker_due_s = frame.t_s + MARKER_PERIOD_S
        found = self._markers(frame.image)
        off = self._place is None or self._is_off(found, frame.image.shape[1])
        if not off:
            self._off_before = False
            return "ok", self._place
        if self._place is not None and not self._off_before:
            self._off_before = True
            return "moved", self._place
        return self._settle(frame, found)

    def _markers(self, image: Image) -> dict[int, Points]:
        """Where they were, or, if they aren't all still there, wherever they are."""
        place = self._place
        if place is not None and not self.always:
            corners = {
                i: project(self.bench.markers[i], place.pose, place.camera) for i in place.pose.marker_ids
            }
            found = find_markers_near(image, self.bench, corners)
            if len(found) >= MIN_MARKERS and not self._is_off(found, image.shape[1]):
                return found
        return find_markers(image, self.bench)

    def _settle(self, frame: Frame, found: dict[int, Points]) -> tuple[str, _Place | None]:
        moved = self._place is not None
        try:
            size = (frame.image.shape[1], frame.image.shape[0])
            self._place = _place(frame.image, self.bench, solve_pose(found, self.bench, size))
        except SightError:
            return ("moved" if moved else "no_markers"), self._place
        self._last_hands.forget()
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

    def _tell_place(self, place: _Place, frame: Frame) -> None:
        """Tell those who watch places of the picture where these are now."""
        if place is self._placed:
            return
        size = (frame.image.shape[1], frame.image.shape[0])
        self._watch.place(place.pose, size)
        self._touch.place(place.pose, size)
        self._leftovers.place(place.pose, size)
        self._last_objects.forget()
        self._last_states.forget()
        self._placed = place

    # -- tools, states, wires ------------------------------------------------------------

    def _find_objects(self, glimpse: _Glimpse) -> None:
        image, t_s, last = glimpse.frame.image, glimpse.frame.t_s, self._last_objects
        due = t_s >= self._object_due_s or t_s < self._object_due_s - OBJECT_PERIOD_S
        due = due or not glimpse.hands  # what moves may be a hand that only the detector sees
        if not self.always and (not due or not last.is_old(glimpse.small, t_s)):
            return
        found = self.detector.detect(image)
        self._objects = tuple(look_closer(self.detector, image, glimpse.hands, found))
        self._object_due_s = t_s + OBJECT_PERIOD_S - 1e-6
        last.keep(glimpse.small, t_s)

    def _read_states(self, glimpse: _Glimpse, place: _Place) -> Observations:
        frame, hands = glimpse.frame, glimpse.hands
        afresh = self.always or self._last_states.is_old(glimpse.small, frame.t_s, STILL_S)
        if afresh:
            self._last_states.keep(glimpse.small, frame.t_s)
        margin_px = HAND_MARGIN_MM * place.px_per_mm
        covered = hidden_points(place.terminals_px, hands, self._objects, margin_px)
        terminals = {n for n, hide in zip(self.bench.terminals, covered, strict=True) if hide}
        covered = hidden_points(place.indicators_px, hands, self._objects, margin_px)
        devices = {i.device for i, hide in zip(self._indicators.indicators, covered, strict=True) if hide}
        view = View(frame.image, place.pose, place.camera, place.white)
        indicators = self._indicators.read(view, frame.t_s, frozenset(devices))
        objects, wires = self._objects, tuple[WireObservation, ...]()
        if not hands and not any(o.name in HANDS for o in objects):
            self._clean = frame
            objects += self._leftovers.look(frame.image, afresh)
            wires = self._first_wires(frame)
        probing = any(i.kind == "display" and i.value for i in indicators)
        calm = not terminals and not probing
        touched = self._touch.update(frame.image, place.white, calm, afresh)
        if not probing:
            self._watch.visit(self._worked_at(place, hands), frame.t_s)
            wires += self._watch.update(frame, frozenset(terminals), place.white, afresh)
        uncovered = tuple(name for name in touched if name not in terminals)
        seen = (hands, objects, indicators, wires, tuple(sorted(terminals)), uncovered, glimpse.person)
        return Observations(frame.index, frame.t_s, glimpse.scene, place.pose, *seen)

    def _worked_at(self, place: _Place, hands: tuple[HandObservation, ...]) -> list[str]:
        """The terminal next to the tip of each hand's tool, or of its index finger, if within reach."""
        names, found = list(self.bench.terminals), []
        for hand in hands if names else ():
            tip = tool_tip(hand, self._objects) or hand.landmarks_px[INDEX_TIP]
            away = np.linalg.norm(place.terminals_px - np.array(tip), axis=1)
            if away.min() < WORK_REACH_MM * place.px_per_mm:
                found.append(names[int(away.argmin())])
        return found

    def _first_wires(self, frame: Frame) -> tuple[WireObservation, ...]:
        """The wires that are there when the board is first seen without a hand."""
        if self._board_read:
            return ()
        self._board_read = True
        found = read_board(frame.image, self.bench).wires
        wires = tuple(replace(w, earliest_s=0.0, latest_s=frame.t_s) for w in found)
        self._watch.assume(wires)
        return wires


def _confirmed(seen: WireObservation, ends: tuple[End, End]) -> WireObservation | None:
    """The wire with the time it came; None where the colours contradict each other."""
    if seen.colour != ends[0].colour:
        return None
    earliest_s, latest_s = max(end.earliest_s for end in ends), max(end.latest_s for end in ends)
    return replace(seen, earliest_s=earliest_s, latest_s=latest_s)


def _place(image: Image, bench: Bench, pose: CameraPose) -> _Place:
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    terminals = project(list(bench.terminals.values()), pose, camera)
    indicators = project([i.at_mm for i in bench.indicators], pose, camera)
    mat = project([corner for quad in bench.markers.values() for corner in quad], pose, camera)
    low, high = (
        np.maximum(mat.min(axis=0), 0),
        mat.max(axis=0).clip(max=(camera.width - 1, camera.height - 1)),
    )
    area = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    scale = pixels_per_mm(bench.middle_mm, pose, camera)
    return _Place(pose, camera, white_level(image, bench, pose), terminals, indicators, area, scale)
