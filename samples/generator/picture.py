"""Pixels without Blender: camera matrices, projection, render regions, pasting, mask boxes, sensor noise."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Camera = tuple[Array, Array, Array]  # K, R, t
Region = list[int]  # x0, y0, x1, y1


def camera_matrices(spec: dict[str, Any], width: int, height: int) -> Camera:
    """OpenCV K, R, t with p_px = K (R p_mm + t); pixel centres at integer coordinates."""
    f = width / 2 / math.tan(math.radians(spec["hfov_deg"]) / 2)
    k = np.array([[f, 0, width / 2 - 0.5], [0, f, height / 2 - 0.5], [0, 0, 1]])
    location = np.array(spec["location"], float)
    z = np.array(spec["target"], float) - location
    z /= np.linalg.norm(z)
    x = np.cross(z, (0, 1, 0))
    x /= np.linalg.norm(x)
    r = np.stack([x, np.cross(z, x), z])
    return k, r, -r @ location


def camera_truth(camera: Camera) -> dict[str, Any]:
    """The camera as truth files write it."""
    k, r, t = camera
    return {"K": k.tolist(), "R": r.tolist(), "t_mm": t.tolist(), "distortion": [0, 0, 0, 0, 0]}


def bench_document(layout: dict[str, Any], camera: Camera, size: Sequence[int]) -> dict[str, Any]:
    """The layout with the camera's matrices, as bench.yaml writes it."""
    k, r, t = camera
    seen = {"width": size[0], "height": size[1], "K": k.tolist(), "R": r.tolist(), "t_mm": t.tolist()}
    return {**layout, "camera": {**layout["camera"], **seen}}


def project(points_mm: Any, camera: Camera) -> Array:
    """Project mm points; returns (n, 2) pixels."""
    k, r, t = camera
    q = (np.asarray(points_mm, float).reshape(-1, 3) @ r.T + t) @ k.T
    return q[:, :2] / q[:, 2:]


def project_named(points_mm: dict[str, Any], camera: Camera, digits: int) -> dict[str, list[float]]:
    """Name -> pixel, rounded."""
    return {name: project([p], camera)[0].round(digits).tolist() for name, p in points_mm.items()}


def pixel_region(
    points_mm: Array, camera: Camera, size: Sequence[int], lights: Iterable[Any] = (), margin: int = 14
) -> Region | None:
    """Pixel box of points and of their shadows on the mat, or None if out of the picture."""
    if not len(points_mm):
        return None
    w, h = size

    def near(p: Array, pad: float) -> Array:
        return p[((p >= -pad) & (p <= (w + pad, h + pad))).all(1)]

    if not len(near(project(points_mm, camera), 0)):
        return None
    cast = [points_mm, *(_shadow(points_mm, np.array(light["location"], float)) for light in lights)]
    p = near(project(np.concatenate(cast), camera), 40 * w / 1280)
    (x0, y0), (x1, y1) = p.min(0), p.max(0)
    low, high = (max(0, x0 - margin), max(0, y0 - margin)), (min(w, x1 + margin), min(h, y1 + margin))
    box = [int(v) for v in (*low, *high)]
    return box if box[2] - box[0] > 8 and box[3] - box[1] > 8 else None


def _shadow(points_mm: Array, light: Array) -> Array:
    up = np.clip(points_mm[:, 2:], 0, 250)
    return points_mm + (points_mm - light) * up / (light[2] - up)


def paste(image: Array, patch: Array, region: Sequence[int], feather: int = 14) -> None:
    """Feathered paste of a region render into a float image, in place."""
    x0, y0, x1, y1 = region
    h, w = image.shape[:2]
    ph, pw = patch.shape[:2]
    f = max(1, min(feather, ph // 3, pw // 3))
    ramp_x, ramp_y = _ramp(pw, f, x0 > 0, x1 < w), _ramp(ph, f, y0 > 0, y1 < h)
    m = np.minimum(ramp_y[:, None], ramp_x[None])[..., None]
    view = image[y0 : y0 + ph, x0 : x0 + pw]
    view[:] = patch * m + view * (1 - m)


def _ramp(length: int, feather: int, at_start: bool, at_end: bool) -> Array:
    ramp = np.ones(length, np.float32)
    rise = (np.arange(feather, dtype=np.float32) + 0.5) / feather
    if at_start:
        ramp[:feather] = rise
    if at_end:
        ramp[-feather:] = np.minimum(ramp[-feather:], rise[::-1])
    return ramp


def mask_boxes(mask: Array, ids: dict[str, int], min_pixels: int = 30) -> dict[str, dict[str, Any]]:
    """Name -> {box: [x0, y0, x1, y1], pixels: n} of the visible part."""
    out = {}
    for name, i in ids.items():
        ys, xs = np.nonzero(mask == i)
        if len(xs) >= min_pixels:
            box = [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1]
            out[name] = {"box": box, "pixels": len(xs)}
    return out


def read_float(path: Any) -> Array:
    """A picture from disk as float32, ready for `paste`."""
    return cv2.imread(str(path)).astype(np.float32)


def camera_noise(image: Array, rng: np.random.Generator) -> Array:
    """Sensor noise of a cheap webcam; float in, uint8 out."""
    h, w = image.shape[:2]
    noise = rng.normal(0, 1.8, (h, w, 1)) + rng.normal(0, 1.0, (h, w, 3))
    return np.clip(image + noise, 0, 255).astype(np.uint8)
