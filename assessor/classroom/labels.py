"""The label of a bench, stuck on its mat: a QR code by which a camera shows whose bench it sees.

Made for printing, read from pictures. It names the bench of the classroom file and nobody who sits there.
"""

import re

import cv2
import numpy as np

from assessor.types import Image

TEXT = "bench:{}"
READ = re.compile(r"bench:([a-z][a-z0-9_]*)")
MODULE_PX, MARGIN, LINE_PX = 16, 2, 60  # with the 2 modules of margin that the encoder leaves


def label_of(bench: str) -> Image:
    """The label as a picture to print, its name below the code; read where it shows 130 px wide."""
    code = np.asarray(cv2.QRCodeEncoder.create().encode(TEXT.format(bench)), np.uint8)
    quiet = np.pad(code, MARGIN, constant_values=255)
    drawn = np.kron(quiet, np.ones((MODULE_PX, MODULE_PX), np.uint8))
    below = np.full((LINE_PX, drawn.shape[1]), 255, np.uint8)
    size, _ = cv2.getTextSize(bench, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 2)
    at = (max(0, (below.shape[1] - size[0]) // 2), LINE_PX - 20)
    cv2.putText(below, bench, at, cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0,), 2, cv2.LINE_AA)
    return np.asarray(cv2.cvtColor(np.vstack((drawn, below)), cv2.COLOR_GRAY2BGR), np.uint8)


def label_in(image: Image) -> str | None:
    """The bench whose label the picture shows; None: none can be read."""
    try:
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(image)
    except cv2.error:  # what looks like a code and is none
        return None
    found = READ.fullmatch(text)
    return found[1] if found else None
