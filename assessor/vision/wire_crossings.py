"""The way of a wire on a board photo → which devices it runs over, and how far.

A wire behind a device has a way across it too: only where it stands out from both sides does it run over it.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.geometry import project
from assessor.types import Point
from assessor.vision.wire_copper import Sight, values_at

ENDS_MM = 20  # at each end, where a wire lies on the device of its own terminal
RIM_MM = 6.0  # of a device: a wire beside it may seem to touch it
LEAST_MM = 15.0  # shorter is not told
BESIDE_MM = 4.0
STANDS_OUT = 18.0  # CIE Lab


def devices_under(
    way_px: Sequence[Point], shown: NDArray[np.bool_], bench: Bench, sight: Sight
) -> tuple[tuple[str, float], ...]:
    """Devices that the wire is seen to run over, with how many mm. `way_px`: one point per mm; `shown`: where
    its colour is seen."""
    found, shown = [], shown & _stands_out(np.array(way_px, np.float64), sight)
    for name, device in sorted(bench.devices.items()):
        x, y = (size / 2 - RIM_MM for size in device.size_mm[:2])
        corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
        top = [device.place((cx, cy, device.size_mm[2])) for cx, cy in corners]
        outline = project(top, sight.pose, sight.lens).astype(np.float32)
        inside = [cv2.pointPolygonTest(outline, point, False) > 0 for point in way_px]
        over_mm = int(np.count_nonzero((np.array(inside) & shown)[ENDS_MM:-ENDS_MM]))
        if over_mm >= LEAST_MM:
            found.append((name, float(over_mm)))
    return tuple(found)


def _stands_out(way: NDArray[np.float64], sight: Sight) -> NDArray[np.bool_]:
    """Where the way (n, 2) has another colour than what lies BESIDE_MM to its left and to its right."""
    along = np.gradient(way, axis=0)
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1)  # 1 mm long, as the steps are
    middle, left, right = (values_at(sight.lab, (way + k * BESIDE_MM * normals)[None])[0] for k in (0, -1, 1))
    off = [np.linalg.norm(middle - side, axis=1) for side in (left, right)]
    return np.asarray(np.min(off, axis=0) > STANDS_OUT)
