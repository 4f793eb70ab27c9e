"""Numbers on a meter's display, drawn here in faces and conditions that a meter shows."""

import cv2
import numpy as np
import pytest

from assessor.types import Image
from assessor.vision.display import read_display
from benchmarks.drawn_displays import COVERED, SETTINGS, drawn

GROUND, INK = (170, 190, 165), (45, 50, 45)


def display(text: str, tilt: float = 0.0, noise: float = 0.0, blur: float = 0.0) -> Image:
    """A display of 204 x 116 px with dark figures on green."""
    image = np.full((116, 204, 3), GROUND, np.uint8)
    cv2.putText(image, text, (28, 84), cv2.FONT_HERSHEY_DUPLEX, 2.0, INK, 4)
    turn = cv2.getRotationMatrix2D((102, 58), tilt, 1.0)
    image = np.asarray(cv2.warpAffine(image, turn, (204, 116), borderValue=GROUND), np.uint8)
    if blur:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.uint8)
    grain = np.random.default_rng(1).normal(0, noise, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("text", ["0.0", "24.1", "23.9", "12.3", "230", "5.68", "47.0"])
@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({}, id="clean"),
        pytest.param({"tilt": 4.0}, id="turned"),
        pytest.param({"tilt": -4.0, "noise": 6.0, "blur": 1.5}, id="turned, noisy, soft"),
    ],
)
def test_number_is_read(text: str, condition: dict[str, float]) -> None:
    value, confidence = read_display(display(text, **condition))

    assert value == text
    assert confidence > 0.8


def test_blank_display_is_blank_not_unknown() -> None:
    assert read_display(display("", noise=4.0)) == ("", 0.95)


def test_hand_over_the_display_is_unknown() -> None:
    image = display("24.1")
    cv2.ellipse(image, (60, 110), (90, 70), 20, 0, 360, (90, 120, 170), -1)

    assert read_display(image)[0] is None


def reading(name: str, text: str) -> str | None:
    """What is read of a drawn display of one of the benchmark's settings."""
    return read_display(drawn(text, {**SETTINGS, **COVERED}[name], np.random.default_rng(3)))[0]


@pytest.mark.parametrize("text", ["24.1", "0.56", "107", "985"])
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("LCD", id="segments"),
        pytest.param("LCD, unlit segments show", id="ghosts"),
        pytest.param("LCD, glare on a corner", id="glare"),
        pytest.param("LCD, turned 8 degrees", id="turned"),
        pytest.param("LED, green", id="green on black"),
        pytest.param("LED, turned 8 degrees", id="red on black, turned"),
    ],
)
def test_figures_of_segments_are_read_dark_or_lit(name: str, text: str) -> None:
    assert reading(name, text) == text


@pytest.mark.parametrize("text", ["8.20", "9.71", "253"])
@pytest.mark.parametrize("name", ["LED, overexposed", "LED, 1.5 px per mm", *list(COVERED)[:1]])
def test_what_is_in_doubt_is_no_number(name: str, text: str) -> None:
    assert reading(name, text) in (text, None)


def test_finger_over_a_figure_leaves_no_shorter_number() -> None:
    assert [reading("LCD, a finger over a figure", text) for text in ("24.1", "985", "230")] == [None] * 3


def test_sign_before_the_number_is_not_dropped() -> None:
    image = drawn("24.1", SETTINGS["LCD"], np.random.default_rng(3))
    cv2.line(image, (14, 54), (26, 54), (45, 50, 45), 6)

    assert read_display(image)[0] is None
