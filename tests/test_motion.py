"""What counts as a change of the picture, and what does not."""

import cv2
import numpy as np
import pytest

from assessor.types import Image
from assessor.vision.motion import LastLook, shows_nothing, shrunk

GROUND = np.random.default_rng(3).integers(60, 190, (90, 160, 3)).astype(np.uint8)
BENCH = np.asarray(cv2.resize(GROUND, (1280, 720), interpolation=cv2.INTER_CUBIC), np.uint8)


def noisy(image: Image, sigma: float, seed: int) -> Image:
    grain = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return np.asarray(np.clip(image + grain, 0, 255), np.uint8)


def with_patch(width: int, height: int, level: int) -> Image:
    """The bench with a box that is brighter or darker by `level`."""
    image = BENCH.astype(np.int16)
    image[301 : 301 + height, 523 : 523 + width] += level
    return np.asarray(image.clip(0, 255), np.uint8)


@pytest.mark.parametrize(
    ("image", "moved"),
    [
        pytest.param(BENCH, False, id="the same"),
        pytest.param(noisy(BENCH, 3.0, 7), False, id="sensor noise"),
        pytest.param(with_patch(1280, 720, 3), False, id="a cloud"),
        pytest.param(with_patch(90, 60, 40), True, id="a hand"),
        pytest.param(with_patch(14, 14, 60), True, id="a fingertip"),
        pytest.param(with_patch(60, 6, 60), True, id="a wire"),
    ],
)
def test_what_moves_is_told_from_what_rests(image: Image, moved: bool) -> None:
    last = LastLook()
    last.keep(shrunk(noisy(BENCH, 3.0, 5)), 1.0)
    assert last.is_old(shrunk(image), 1.1) is moved


def test_what_changes_slowly_is_noticed_in_the_end() -> None:
    last = LastLook()
    last.keep(shrunk(BENCH), 0.0)
    told = [last.is_old(shrunk(with_patch(200, 200, level)), level / 10) for level in range(1, 30)]
    assert not any(told[:5]) and all(told[15:])


def test_a_still_picture_is_looked_at_again_after_a_while() -> None:
    last, small = LastLook(), shrunk(BENCH)
    assert last.is_old(small, 0.0)
    last.keep(small, 0.0)
    assert not last.is_old(small, 0.4, 0.5) and last.is_old(small, 0.5, 0.5)
    assert last.is_old(small, -1.0, 0.5)  # a clock that steps back
    last.forget()
    assert last.is_old(small, 0.1, 0.5)


@pytest.mark.parametrize(
    ("image", "nothing"),
    [
        pytest.param(np.full((720, 1280, 3), 5, np.uint8), True, id="lens cap"),
        pytest.param(np.full((720, 1280, 3), 120, np.uint8), True, id="without detail"),
        pytest.param(BENCH, False, id="bench"),
    ],
)
def test_a_covered_lens_is_told(image: Image, nothing: bool) -> None:
    assert shows_nothing(shrunk(image)) is nothing
