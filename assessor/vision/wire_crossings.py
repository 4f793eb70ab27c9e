"""The way of a wire on a board photo → which devices it runs over, and how far."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.geometry import Lens, project
from assessor.types import CameraPose, Point

ENDS_MM = 20  # at each end, where a wire lies on the device of its own terminal
RIM_MM = 6.0  # of a device: a wire beside it may seem to touch it
LEAST_MM = 15.0  # shorter is not told


def devices_under(
    way_px: Sequence[Point], shown: NDArray[np.bool_], bench: Bench, pose: CameraPose, lens: Lens
) -> tuple[tuple[str, float], ...]:
    """Devices that the wire is seen to run over, with how many mm. `way_px`: one point per mm; `shown`: where
    the wire itself is seen, so that one behind a device does not count."""
    found = []
    for name, device in sorted(bench.devices.items()):
        x, y = (size / 2 - RIM_MM for size in device.size_mm[:2])
        corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
        top = [device.place((cx, cy, device.size_mm[2])) for cx, cy in corners]
        outline = project(top, pose, lens).astype(np.float32)
        inside = [cv2.pointPolygonTest(outline, point, False) > 0 for point in way_px]
        over_mm = int(np.count_nonzero((np.array(inside) & shown)[ENDS_MM:-ENDS_MM]))
        if over_mm >= LEAST_MM:
            found.append((name, float(over_mm)))
    return tuple(found)
