"""Pictures → whether anything moved: what decides that a picture need not be looked at again.

A picture is compared with the one that was last looked at, not with the one before it: what changes slowly is
noticed as soon as it has changed enough.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from assessor.types import Image

CELL = 8  # pixels whose mean is compared
MOVED = 7.0  # levels (0..255) by which one cell at least has changed
DARK, FLAT = 12.0, 4.0  # mean and spread of brightness of a covered lens


def shrunk(image: Image) -> Image:
    """The picture in grey at an eighth of its size: what moves still shows, most noise is gone."""
    high, wide = (max(1, side // CELL) for side in image.shape[:2])
    grey = cv2.cvtColor(image[: high * CELL, : wide * CELL], cv2.COLOR_BGR2GRAY)  # whole cells: much cheaper
    return np.asarray(cv2.resize(grey, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)


def halved(image: Image) -> Image:
    """A part of the picture at half its size."""
    high, wide = (max(1, side // 2) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)


def differ(one: Image, other: Image, most: float) -> bool:
    """Whether two pictures of one size differ somewhere by more than `most` levels."""
    return cv2.norm(one, other, cv2.NORM_INF) > most


def shows_nothing(small: Image) -> bool:
    """A lens cap, a switched-off light or a picture without any detail."""
    return float(small.mean()) < DARK or float(small.std()) < FLAT


@dataclass(slots=True)
class LastLook:
    """The shrunk picture that was last looked at, and when."""

    _small: Image | None = None
    _t_s: float = 0.0

    def is_old(self, small: Image, t_s: float, still_for_s: float = np.inf) -> bool:
        """Whether something has moved since, or so much time has passed. A clock that steps back is news."""
        if self._small is None or self._small.shape != small.shape or not 0 <= t_s - self._t_s < still_for_s:
            return True
        return differ(small, self._small, MOVED)

    def keep(self, small: Image, t_s: float) -> None:
        """This picture is looked at now."""
        self._small, self._t_s = small, t_s

    def forget(self) -> None:
        """Whatever comes is news: the camera was moved."""
        self._small = None
