"""Frames → terminals that something thin touches now (a probe, a tool), told from a disc around each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.geometry import project
from assessor.types import CameraPose, Image
from assessor.vision.terminal_pixels import sample_lab

Array = NDArray[np.float32]

DISC_MM = 7.0
OTHER = 10.0  # colour distance (CIE Lab) of a pixel that shows something else
TOUCHED = 0.08  # share of the disc that shows something else


@dataclass(slots=True)
class TouchWatch:
    """Follows the discs around the terminals of one bench through one recording."""

    bench: Bench
    _discs_px: Array | None = None
    _calm_image: Image | None = None  # the last picture in which nothing was near
    _calm: Array | None = None  # its discs, once they are asked for
    _touched: tuple[str, ...] | None = None  # as last told

    def place(self, pose: CameraPose, size: tuple[int, int]) -> None:
        """Tell where the terminals are in a picture of (width, height); again when the camera was moved."""
        if not self.bench.terminals:
            return
        steps = np.arange(-DISC_MM, DISC_MM + 0.1)
        disc = np.array([(dx, dy, 0.0) for dx in steps for dy in steps if np.hypot(dx, dy) < DISC_MM])
        centres = np.array(list(self.bench.terminals.values()))
        points = (centres[:, None] + disc[None]).reshape(-1, 3)
        flat = project(points, pose, self.bench.scaled_camera(*size))
        self._discs_px = flat.reshape(len(centres), len(disc), 2).astype(np.float32)
        self._calm_image = self._calm = self._touched = None

    def update(self, image: Image, white: Array, calm: bool, afresh: bool = True) -> tuple[str, ...]:
        """Terminals that look touched. `white`: BGR of white paper; `calm`: nothing is near them now;
        `afresh` False: nothing has moved since the last time."""
        if self._discs_px is None:
            return ()
        if calm or self._calm_image is None:
            self._calm_image, self._calm, self._touched = image, None, None
            return ()
        if self._calm is None:
            self._calm = sample_lab(self._calm_image, self._discs_px, white)
        if afresh or self._touched is None:
            away = np.linalg.norm(sample_lab(image, self._discs_px, white) - self._calm, axis=-1)
            share = (away > OTHER).mean(axis=1)
            names = zip(self.bench.terminals, share, strict=True)
            self._touched = tuple(name for name, part in names if part > TOUCHED)
        return self._touched
