"""A masked picture → JPEG of the size of a tile, for the wall."""

import cv2

from assessor.types import Image

WIDTH_PX, QUALITY = 640, 75


def tile_of(image: Image) -> bytes:
    """JPEG, at most `WIDTH_PX` wide."""
    height, width = image.shape[:2]
    scale = min(1.0, WIDTH_PX / width)
    small = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
