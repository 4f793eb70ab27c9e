"""Whether a bench's camera still looks where it did, and at that bench: from its markers and its label.

Takes frames now and then; gives `live`, `moved` or `wrong_camera`. A camera that was moved and now stands
still is taken as it stands: the pose is solved anew (`vision.see`), only the time between is a gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from assessor.bench import Bench
from assessor.classroom.health import CameraState
from assessor.classroom.labels import label_in
from assessor.errors import SightError
from assessor.types import Frame, Image
from assessor.vision.markers import MIN_MARKERS, Corners, find_markers, find_markers_near, solve_pose

PERIOD_S = 2.0
LABEL_PERIOD_S = 10.0
MOVED_PX = 4.0  # at 1280 px
FOREIGN = 2  # markers that only another bench has


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the camera looks. `about`: the bench it shows instead; `off_px`: how far the markers are from
    where they were, None: not enough are seen."""

    state: CameraState = CameraState.LIVE
    about: str = ""
    off_px: float | None = None


@dataclass(slots=True)
class AimWatch:
    """One bench's camera. `others`: the other benches of the class."""

    id: str
    bench: Bench
    others: Mapping[str, Bench] = field(default_factory=dict)
    aim: Aim = Aim()
    moves: int = 0  # times it was moved and stood still again
    _due_s: float = 0.0
    _label_due_s: float = 0.0
    _size: tuple[int, ...] = ()
    _reference: dict[int, Corners] | None = None  # where the markers were
    _before: dict[int, Corners] | None = None  # where they were at the last look, while moved
    _labelled: str | None = None  # another bench's label, while it is seen

    def look(self, frame: Frame) -> Aim:
        """What the frame shows; looked at every two seconds, between them what was seen last."""
        if frame.t_s < self._due_s:
            return self.aim
        self._due_s = frame.t_s + PERIOD_S
        if frame.image.shape != self._size:  # opened anew with another size: nothing is where it was
            self._size, self._reference, self._before = frame.image.shape, None, None
        shown = self._shown_instead(frame)
        self.aim = Aim(CameraState.WRONG_CAMERA, shown) if shown else self._aimed(frame.image)
        return self.aim

    def _shown_instead(self, frame: Frame) -> str | None:
        """Another bench of the class, by its label, else by markers that only it has."""
        if frame.t_s >= self._label_due_s:
            label = label_in(frame.image)
            if label is not None:
                self._labelled = label if label != self.id else None
            self._label_due_s = frame.t_s + (PERIOD_S if self._labelled else LABEL_PERIOD_S)
        if self._labelled:
            return self._labelled
        if self._reference is not None and len(self._found_again(frame.image)) >= MIN_MARKERS:
            return None
        own = frozenset(self.bench.markers)
        for name, other in self.others.items():
            if other.marker_dictionary == self.bench.marker_dictionary and own >= frozenset(other.markers):
                continue
            foreign = find_markers(frame.image, other).keys() - own
            if len(foreign) >= FOREIGN and not find_markers(frame.image, self.bench):
                return name
        return None

    def _found_again(self, image: Image) -> dict[int, Corners]:
        return find_markers_near(image, self.bench, self._reference or {})

    def _aimed(self, image: Image) -> Aim:
        found = self._found_again(image)
        if len(found) < MIN_MARKERS:
            found = find_markers(image, self.bench)
        if not self._can_be_solved(found, image):
            return Aim(self.aim.state) if self.aim.state is CameraState.MOVED else Aim()
        if self._reference is None:
            self._reference = found
        limit_px = MOVED_PX * image.shape[1] / 1280
        off_px = _apart(found, self._reference)
        if off_px is None or off_px <= limit_px:
            self._before = None
            return Aim(off_px=off_px)
        still = self._before is not None and (_apart(found, self._before) or 0.0) <= limit_px
        self._before = found
        if not still:
            return Aim(CameraState.MOVED, off_px=off_px)
        self._reference, self._before, self.moves = found, None, self.moves + 1
        return Aim(off_px=0.0)

    def _can_be_solved(self, found: dict[int, Corners], image: Image) -> bool:
        try:
            solve_pose(found, self.bench, (image.shape[1], image.shape[0]))
        except SightError:
            return False
        return True


def _apart(found: Mapping[int, Corners], reference: Mapping[int, Corners]) -> float | None:
    """How far, in the middle, the markers that are in both have moved, px."""
    both = found.keys() & reference.keys()
    if not both:
        return None
    return float(np.median([np.linalg.norm(found[i] - reference[i], axis=1).mean() for i in both]))
