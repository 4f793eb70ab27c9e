"""The outline that somebody drew of a tool -> where its tip is: beside the flow, when labels are imported.

People draw tools, not tips. The tip of a screwdriver or of pliers is the narrower end of the longest axis.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.types import Point

SLENDER = 2.5  # length to width of a tool that has a tip
NARROWER = 0.75  # the tip's end to the other end
END = 0.25  # share of the length that counts as an end
EDGE_PX = 3  # an outline that ends this near the border of the picture was cut off there

Outline = NDArray[np.float64]


def tip_of(outline_px: Outline, size: tuple[int, int]) -> Point | None:
    """The tip of a tool in a picture of `size` (width, height), outline (n, 2) in pixels; None: not clear."""
    filled = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(filled, [outline_px.round().astype(np.int32)], (255,))
    inside = np.argwhere(filled)[:, ::-1].astype(np.float64)
    if len(inside) < 20:
        return None
    middle = inside.mean(axis=0)
    _, _, axes = np.linalg.svd(inside - middle, full_matrices=False)
    along = (inside - middle) @ axes[0]
    length = float(np.ptp(along))
    first, last = (_width(along, end, length) for end in (along.min(), along.max()))
    wide, narrow = max(first, last), min(first, last)
    if length < SLENDER * wide or narrow > NARROWER * wide:
        return None
    reach = along if last < first else -along
    x, y = inside[reach >= reach.max() - 1].mean(axis=0)
    whole = EDGE_PX <= x < size[0] - EDGE_PX and EDGE_PX <= y < size[1] - EDGE_PX
    return (float(x), float(y)) if whole else None


def _width(along: Outline, end: float, length: float) -> float:
    """Mean width in pixels of the part within END of one end."""
    return float(np.count_nonzero(abs(along - end) < END * length) / max(1.0, END * length))
