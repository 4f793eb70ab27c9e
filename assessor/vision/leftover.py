"""Frames without a hand → things on the panel that were not there at the beginning, whatever they are.

The detector knows the tools it was trained on, and misses them on a crowded board. What lies there and is
thicker than a bundle of wires is found here by comparison with the first picture without a hand.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.bench.parts import Device
from assessor.geometry import pixels_per_mm, project
from assessor.types import CameraPose, Image, ObjectObservation

LEFTOVER = "leftover"
THICK_MM = 12.0  # thicker than wires that run side by side
LEAST_MM2 = 350.0
AROUND_DEVICE_MM = 6.0  # levers and buttons move there, shadows change
CHANGED = 28.0  # channel distance (0..255) that makes a pixel show something else
SURE = 0.75
SHRINK = 0.5

Mask = NDArray[np.uint8]


@dataclass(slots=True)
class LeftoverWatch:
    """Watches the panel of one bench through one recording."""

    bench: Bench
    _free: Mask | None = None  # panel without devices, half size
    _first: Image | None = None
    _seen: tuple[ObjectObservation, ...] = ()
    _px_per_mm: float = 1.0

    def place(self, pose: CameraPose, size: tuple[int, int]) -> None:
        """Tell where the panel is in a picture of (width, height); again when the camera was moved."""
        camera = self.bench.scaled_camera(*size)
        self._px_per_mm = SHRINK * pixels_per_mm((0.0, 0.0, 0.0), pose, camera)
        free = np.zeros((round(size[1] * SHRINK), round(size[0] * SHRINK)), np.uint8)
        for zone in self.bench.zones.values():
            if zone.kind == "panel":
                outline = project([(x, y, 0.0) for x, y in zone.polygon_mm], pose, camera)
                cv2.fillPoly(free, [np.rint(outline * SHRINK).astype(np.int32)], 1)
        for device in self.bench.devices.values():
            hull = cv2.convexHull((project(_corners(device), pose, camera) * SHRINK).astype(np.float32))
            cv2.fillPoly(free, [np.rint(hull).astype(np.int32)], 0)
        self._free, self._first, self._seen = free, None, ()

    def look(self, image: Image, afresh: bool = True) -> tuple[ObjectObservation, ...]:
        """What lies on the panel and did not at the first look. Call it only while no hand is seen.

        `afresh` False: nothing has moved since the last look.
        """
        if afresh:
            self._seen = self._find(image)
        return self._seen

    def _find(self, image: Image) -> tuple[ObjectObservation, ...]:
        if self._free is None or self.bench.places:  # where parts are put, a new thing is no tool left behind
            return ()
        small = np.asarray(cv2.resize(image, self._free.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
        if self._first is None:
            self._first = small
            return ()
        blue, green, red = cv2.split(cv2.absdiff(small, self._first))
        changed = (cv2.max(cv2.max(blue, green), red) > CHANGED).astype(np.uint8) & self._free
        least = LEAST_MM2 * self._px_per_mm**2
        if cv2.countNonZero(changed) < least:
            return ()
        width = max(3, round(THICK_MM * self._px_per_mm)) | 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
        thick = cv2.morphologyEx(changed, cv2.MORPH_OPEN, kernel)
        _, _, stats, _ = cv2.connectedComponentsWithStats(thick)
        return tuple(_seen(row) for row in stats[1:].tolist() if row[cv2.CC_STAT_AREA] >= least)


def _seen(row: list[int]) -> ObjectObservation:
    x, y, w, h = (value / SHRINK for value in row[:4])
    return ObjectObservation(LEFTOVER, SURE, (x, y, x + w, y + h))


def _corners(device: Device) -> list[tuple[float, float, float]]:
    """Foot and top of a device with the rim around it."""
    w, d, h = device.size_mm
    half = w / 2 + AROUND_DEVICE_MM, d / 2 + AROUND_DEVICE_MM
    return [
        device.place((sx * half[0], sy * half[1], z)) for sx in (-1, 1) for sy in (-1, 1) for z in (0.0, h)
    ]
