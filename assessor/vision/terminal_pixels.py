"""A few pixels around every terminal, balanced and in CIE Lab: what wires and touches are told from."""

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.types import Image
from assessor.vision.wire_colours import to_lab

Array = NDArray[np.float32]


def sample_lab(image: Image, points_px: Array, white: Array) -> Array:
    """Balanced CIE Lab of a lightly smoothed picture at points (..., 2) px: (..., 3).

    `white`: BGR of white paper. Points outside the picture take its nearest pixel.
    """
    low = np.floor(points_px.reshape(-1, 2).min(axis=0)).astype(int) - 4
    high = np.ceil(points_px.reshape(-1, 2).max(axis=0)).astype(int) + 5
    x0, y0 = np.maximum(low, 0)
    crop = cv2.GaussianBlur(image[y0 : high[1], x0 : high[0]], (3, 3), 0)
    maps = points_px.reshape(-1, 1, 2) - np.array((x0, y0), np.float32)
    pixels = cv2.remap(crop, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return to_lab(np.asarray(pixels, np.uint8), white).reshape(*points_px.shape[:-1], 3)
