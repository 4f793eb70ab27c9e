"""Builder of a bench whose camera sees the worker: a man's photo beyond a drawn mat with markers and a lamp.

One millimetre of the mat is one pixel; the camera looks straight at its middle.
"""

import zipfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor import models, settings
from assessor.bench import Bench, load_bench
from assessor.types import Image

SIZE = (1280, 720)
MIDDLE_PX = (639.5, 359.5)
GREY, MAT, COAT = (110, 110, 110), (90, 110, 70), (38, 30, 30)
MAT_TOP_PX = 420
MARKERS_PX = {0: (60, 440), 1: (1150, 440), 2: (1150, 620), 3: (60, 620)}  # upper left corners
MARKER_PX, PAPER_PX = 70, 12
LAMP_PX = (300, 600)
BENCH = """\
camera:
  sees_worker: {sees}
  width: 1280
  height: 720
  matrix: [[1000, 0, 639.5], [0, 1000, 359.5], [0, 0, 1]]
marker_dictionary: DICT_4X4_50
markers:
{markers}
devices:
  H1: {{class: signal_lamp, at: [{lamp_x}, {lamp_y}, 0], size: [60, 60, 1]}}
indicators:
  - {{device: H1, kind: lamp, look: lit, at: [0, 0, 0], size: [60, 60]}}
"""
MAN = (slice(380, 900), slice(215, 415))  # rows and columns of the photo
ABOVE_PX, BESIDE_PX = 200, 150  # grey around him, for the arm
SHOULDER = (180.0, 318.0)
ARM = [
    (164, 308),
    (198, 308),
    (200, 400),
    (234, 490),
    (220, 515),
    (188, 500),
    (186, 462),
    (158, 415),
    (156, 350),
]
OTHER_HAND = [(164, 308), (225, 308), (225, 368), (164, 368)]  # lies on that arm
HAND = [(186, 455), (210, 450), (240, 500), (220, 520), (184, 510)]


@cache
def men() -> dict[bool, Image]:
    """The man with his arm hanging (False), and with the same arm turned up at the shoulder (True)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSESSOR_MODELS", str(Path(__file__).parent / "pictures"))
        patch.setenv("ASSESSOR_CACHE", str(settings.cache_folder() / "tests"))
        (bundle,) = models.fetch()
    with zipfile.ZipFile(bundle) as members:
        street = cv2.imdecode(np.frombuffer(members.read("bus.jpg"), np.uint8), cv2.IMREAD_COLOR)
    assert street is not None
    man = street[MAN]
    low = np.full((man.shape[0] + ABOVE_PX, man.shape[1] + 2 * BESIDE_PX, 3), GREY, np.uint8)
    low[ABOVE_PX:, BESIDE_PX:-BESIDE_PX] = man
    size = low.shape[1::-1]
    turn = cv2.getRotationMatrix2D(SHOULDER, 165, 1)
    mask = cv2.fillPoly(np.zeros(size[::-1], np.uint8), [np.array(ARM)], 255)
    raised = cv2.fillPoly(low.copy(), [np.array(HAND)], COAT)
    sleeve = cv2.fillPoly(low.copy(), [np.array(OTHER_HAND)], COAT)
    arm, where = cv2.warpAffine(sleeve, turn, size), cv2.warpAffine(mask, turn, size)
    raised[where > 127] = arm[where > 127]
    return {False: low, True: np.asarray(raised, np.uint8)}


def overseen_bench(folder: Path, sees_worker: bool = True) -> Bench:
    """The bench of the scenes."""
    markers = "\n".join(f"  {id}: {_corners_mm(*at)}" for id, at in MARKERS_PX.items())
    x, y = _mm(*LAMP_PX)
    file = folder / "overseen.yaml"
    sees = str(sees_worker).lower()
    file.write_text(BENCH.format(sees=sees, markers=markers, lamp_x=x, lamp_y=y), encoding="utf-8")
    return load_bench(file)


def scene(
    raised: bool | None, at_px: tuple[float, float] = (500, 0), lamp: bool = False, size: float = 0.58
) -> Image:
    """One picture. `raised` None: nobody is there; `at_px`: upper left corner of the man's photo."""
    image = np.full((SIZE[1], SIZE[0], 3), GREY, np.uint8)
    image[MAT_TOP_PX:] = MAT
    if raised is not None:
        way = np.array([(size, 0, at_px[0]), (0, size, at_px[1])])
        cv2.warpAffine(men()[raised], way, SIZE, dst=image, borderMode=cv2.BORDER_TRANSPARENT)
    for id, (x, y) in MARKERS_PX.items():
        family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        drawn = cv2.aruco.generateImageMarker(family, id, MARKER_PX).clip(20, 230)
        image[y - PAPER_PX : y + MARKER_PX + PAPER_PX, x - PAPER_PX : x + MARKER_PX + PAPER_PX] = 230
        image[y : y + MARKER_PX, x : x + MARKER_PX] = drawn[..., None]
    cv2.circle(image, LAMP_PX, 28, (230, 240, 230) if lamp else (40, 50, 40), -1)
    return image


def _mm(x: float, y: float) -> tuple[float, float]:
    return x - MIDDLE_PX[0], MIDDLE_PX[1] - y


def _corners_mm(x: int, y: int) -> list[list[float]]:
    low_x, low_y, side = x - 0.5, y - 0.5, MARKER_PX
    corners = [(low_x, low_y), (low_x + side, low_y), (low_x + side, low_y + side), (low_x, low_y + side)]
    return [[*_mm(*corner), 0.0] for corner in corners]
