"""Pictures → what of them may be kept (before `evidence`): the bench area, faces blurred, and nothing else.

What the area is, the bench file says (`kept_area`), or else what stands in it. A picture whose bench was not
found is masked as a whole.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor import models
from assessor.bench import Bench, CameraModel
from assessor.geometry import pixels_per_mm, project, to_plane
from assessor.types import CameraPose, Frame, Image, Observations
from assessor.vision.faces import Box, FaceFinder
from assessor.vision.markers import find_pose
from assessor.vision.motion import LastLook, shrunk

MARGIN_MM = 120.0  # around what stands in the bench file: room for the hands at work
ABOVE_MM = 150.0  # over the highest device
FACE_PERIOD_S = 0.2
STILL_FOR_S = 5.0  # how long a picture in which nothing moves is not looked at for faces
BOX_GROWS = (
    0.6  # of a face's side, to each of its four sides: brow, chin and what it moves until the next look
)
BLOCKS = 6  # what is left of a face, a side
REACH = 0.15  # of the area's side: how far outside of it faces are looked for
GREY = 96
FACE_MM = 90.0  # the side of a face's box: brow to chin, a child's too

Pixels = NDArray[np.int32]


@dataclass(slots=True)
class Masks:
    """Masks the pictures of one recording. `poses`: where the camera was found to be, by time."""

    bench: Bench
    poses: Sequence[tuple[float, CameraPose]]
    finder: FaceFinder
    _shown: tuple[int, Image] | None = None
    _faces: list[Box] = field(default_factory=list)
    _last: LastLook = field(default_factory=LastLook)
    _due_s: float = -np.inf

    def masked(self, frame: Frame) -> Image:
        """The picture to keep; the same frame asked for again is not looked at again."""
        if self._shown is None or self._shown[0] != frame.index:
            self._shown = frame.index, self.mask(frame.image, self._pose_at(frame.t_s), frame.t_s)
        return self._shown[1]

    def mask(self, image: Image, pose: CameraPose | None, t_s: float = 0.0) -> Image:
        """One picture, seen from `pose`; without one nothing of it is kept."""
        kept = np.full_like(image, GREY)
        area = None if pose is None else area_px(self.bench, pose, image)
        if pose is None or area is None:
            return kept
        inside = np.zeros(image.shape[:2], np.uint8)
        cv2.fillConvexPoly(inside, area, 255)
        sight = _Sight(self.bench, pose, self.bench.scaled_camera(image.shape[1], image.shape[0]))
        cv2.copyTo(self._without_faces(image, area, sight, t_s), inside, kept)
        return kept

    def _without_faces(self, image: Image, area: Pixels, sight: "_Sight", t_s: float) -> Image:
        left, top, right, bottom = _around(area, image)
        part = image[top:bottom, left:right]
        small = shrunk(part)
        if t_s >= self._due_s or t_s < self._due_s - FACE_PERIOD_S:
            self._due_s = t_s + FACE_PERIOD_S
            if self._last.is_old(small, t_s, STILL_FOR_S):
                self._last.keep(small, t_s)
                found = [(a + left, b + top, c + left, d + top) for a, b, c, d in self.finder.faces(part)]
                self._faces = [box for box in found if sight.is_large_enough(box)]
        return blurred(image, self._faces)

    def _pose_at(self, t_s: float) -> CameraPose | None:
        """The newest that was known, or the first that was."""
        place = bisect_right(self.poses, t_s, key=lambda known: known[0])
        return self.poses[max(0, place - 1)][1] if self.poses else None


@dataclass(frozen=True, slots=True)
class _Sight:
    """How the camera sees the bench."""

    bench: Bench
    pose: CameraPose
    camera: CameraModel

    def is_large_enough(self, box: Box) -> bool:
        """What is seen in front of the bench is nearer than the bench: a face there is not smaller than one
        that lies on it. A lever or a marker is. Beside the bench a face may be far away, and small."""
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        x, y = to_plane([middle], 0.0, self.pose, self.camera)[0]
        if cv2.pointPolygonTest(_hull(_standing_mm(self.bench)), (float(x), float(y)), False) < 0:
            return True
        return (box[2] - box[0]) / pixels_per_mm((x, y, 0.0), self.pose, self.camera) >= FACE_MM


def open_masks(bench: Bench, observations: Iterable[Observations]) -> Masks:
    """For the pictures of the recording in which this was observed. ModelError without the face finder."""
    return Masks(bench, poses_of(observations), FaceFinder(models.path_of("face_finder")))


def masked_photo(image: Image, bench: Bench) -> Image:
    """A single photo of the bench. SightError when its markers are not found; ModelError."""
    return open_masks(bench, ()).mask(image, find_pose(image, bench))


def poses_of(observations: Iterable[Observations]) -> list[tuple[float, CameraPose]]:
    """When the camera was found to stand where; one entry for each time that it moved."""
    poses: list[tuple[float, CameraPose]] = []
    for seen in observations:
        if seen.pose is not None and (not poses or poses[-1][1] != seen.pose):
            poses.append((seen.t_s, seen.pose))
    return poses


def area_mm(bench: Bench) -> NDArray[np.float64]:
    """Corners (n, 2) of what may be seen of the mat."""
    if bench.kept_area is not None:
        return np.array(bench.kept_area)
    sides = np.array([(x, y) for x in (-MARGIN_MM, MARGIN_MM) for y in (-MARGIN_MM, MARGIN_MM)])
    return np.asarray(_hull((_standing_mm(bench)[:, None] + sides).reshape(-1, 2)), np.float64)


def _standing_mm(bench: Bench) -> NDArray[np.float64]:
    """Points (n, 2) of the mat on which something of the bench file stands."""
    points = [corner for corners in bench.markers.values() for corner in corners]
    points += [*bench.terminals.values(), *bench.places.values()]
    for device in bench.devices.values():
        half = max(device.size_mm) / 2
        points += [device.place((x, y, 0.0)) for x in (-half, half) for y in (-half, half)]
    flat = [point[:2] for point in points] + [
        spot for zone in bench.zones.values() for spot in zone.polygon_mm
    ]
    return np.array(flat, np.float64)


def _hull(points: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(cv2.convexHull(points.astype(np.float32)).reshape(-1, 2), np.float32)


def area_px(bench: Bench, pose: CameraPose, image: Image) -> Pixels | None:
    """Outline (n, 2) of the bench area and the room above it in the picture; None: it is not there."""
    height, width = image.shape[:2]
    rim = area_mm(bench)
    tops = [device.at_mm[2] + device.size_mm[2] for device in bench.devices.values()]
    corners = [(x, y, z) for z in (0.0, max(tops) + ABOVE_MM) for x, y in rim]
    points = project(corners, pose, bench.scaled_camera(width, height))
    outline = cv2.convexHull(points.clip(-width, 2 * width).astype(np.int32)).reshape(-1, 2)
    inside = (outline.max(axis=0) > 0).all() and (outline.min(axis=0) < (width, height)).all()
    return np.asarray(outline, np.int32) if inside else None


def blurred(image: Image, faces: Sequence[Box]) -> Image:
    """The picture with each face and what is around it turned into a few blocks; itself if none."""
    out = image.copy() if faces else image
    height, width = image.shape[:2]
    for x0, y0, x1, y1 in faces:
        more = (x1 - x0) * BOX_GROWS
        left, top = max(0, int(x0 - more)), max(0, int(y0 - more))
        right, bottom = min(width, int(x1 + more) + 1), min(height, int(y1 + more) + 1)
        if left < right and top < bottom:
            blocks = cv2.resize(image[top:bottom, left:right], (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
            size = right - left, bottom - top
            out[top:bottom, left:right] = cv2.resize(blocks, size, interpolation=cv2.INTER_NEAREST)
    return out


def _around(area: Pixels, image: Image) -> tuple[int, int, int, int]:
    height, width = image.shape[:2]
    reach = (area.max(axis=0) - area.min(axis=0)) * REACH
    left, top = (area.min(axis=0) - reach).clip(0).astype(int)
    right, bottom = (area.max(axis=0) + reach).astype(int)
    return int(left), int(top), min(width, int(right)), min(height, int(bottom))
