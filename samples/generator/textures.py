"""Procedural textures (table, mat, ArUco markers), written once into a cache folder for the scene to load."""

from pathlib import Path

import cv2
import numpy as np
from picture import Array

MARKER_IDS = range(4)
MATS = {
    "teal": (52, 120, 110),
    "blue": (40, 78, 132),
    "grey": (112, 116, 118),
    "green": (48, 105, 58),
    "black": (44, 46, 50),
}
TABLES = {
    "wood": ((165, 116, 78), (130, 88, 58)),
    "pale": ((214, 188, 150), (190, 160, 122)),
    "grey": ((150, 150, 148), (138, 138, 137)),
    "dark": ((92, 70, 56), (62, 46, 38)),
    "white": ((222, 222, 218), (212, 212, 208)),
}


def ensure(folder: Path) -> Path:
    """Make the textures unless the folder holds them all; always the same pictures."""
    names = [*(f"aruco{i}" for i in MARKER_IDS), *(f"table_{n}" for n in TABLES), *(f"mat_{n}" for n in MATS)]
    if all((folder / f"{name}.png").exists() for name in names):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)  # one stream for all: they are made together or not at all
    made = {f"aruco{i}": _marker(i) for i in MARKER_IDS}
    made |= {f"table_{name}": _table(rng, *colours) for name, colours in TABLES.items()}
    made |= {f"mat_{name}": _mat(rng, colour) for name, colour in MATS.items()}
    for name, image in made.items():
        cv2.imwrite(str(folder / f"{name}.png"), image)
    return folder


def _marker(index: int) -> Array:
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    image = np.full((640, 640), 245, np.uint8)
    image[80:560, 80:560] = np.clip(cv2.aruco.generateImageMarker(dictionary, index, 480), 12, 245)
    return image


def _table(rng: np.random.Generator, light: tuple[int, ...], dark: tuple[int, ...]) -> Array:
    y = np.mgrid[0:512, 0:1024][0].astype(np.float32)
    grain = 0.5 + 0.5 * np.sin((y + _blur(rng, y.shape, 24) * 9) / 7)
    streak = cv2.GaussianBlur(rng.normal(size=y.shape).astype(np.float32), (301, 1), 0)
    bright, deep = np.array(light[::-1]), np.array(dark[::-1])
    image = deep + (bright - deep) * grain[..., None] + streak[..., None] * 150
    return image.clip(0, 255).astype(np.uint8)


def _mat(rng: np.random.Generator, colour: tuple[int, ...]) -> Array:
    image = np.full((480, 800, 3), colour[::-1], np.float32)
    image += rng.normal(size=(480, 800, 1)) * 5 + _blur(rng, (480, 800), 30)[..., None] * 2.5
    image[:, ::67] += 13
    image[::67] += 13
    return image.clip(0, 255).astype(np.uint8)


def _blur(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Array:
    n = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), sigma)
    return n / n.std()
