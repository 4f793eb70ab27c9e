"""Bench millimetres and picture pixels, both ways."""

from pathlib import Path

import numpy as np
import pytest

from assessor.bench import load_bench
from assessor.geometry import camera_centre, pixels_per_mm, project, to_plane
from assessor.types import CameraPose

SAMPLES = Path(__file__).parent.parent / "samples"
ABOVE = CameraPose((np.pi, 0.0, 0.0), (0.0, 0.0, 700.0), 0.0, (0, 1, 2, 3))


@pytest.mark.parametrize("z_mm", [pytest.param(0.0, id="mat"), pytest.param(68.0, id="button top")])
def test_plane_undoes_projection(z_mm: float) -> None:
    camera = load_bench(SAMPLES / "start_stop_good.bench.yaml").camera
    places = np.array([(-200.0, 60.0, z_mm), (0.0, 0.0, z_mm), (180.0, -120.0, z_mm)])

    back = to_plane(project(places, ABOVE, camera), z_mm, ABOVE, camera)

    assert np.allclose(back, places[:, :2], atol=1e-6)


def test_camera_straight_above_sees_what_is_higher_larger() -> None:
    camera = load_bench(SAMPLES / "start_stop_good.bench.yaml").camera

    assert np.allclose(camera_centre(ABOVE), (0, 0, 700))
    assert pixels_per_mm((0, 0, 70), ABOVE, camera) > pixels_per_mm((0, 0, 0), ABOVE, camera)
