"""In how many pictures a bare or gloved hand is reported: by landmarks, by the detector's box, by either.

    python benchmarks/hand_pictures.py FOLDER val

FOLDER is a set of training pictures as docs/training.md describes it, with `val.txt` or `train.txt`. A hand
counts as reported when most of the landmarks lie in its true box, or the detector's box covers half of it.
"""

import argparse
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from assessor import models, settings
from assessor.detector_figures import overlap, read_labels
from assessor.labelled_pictures import listed_pictures
from assessor.types import Image
from assessor.vision.hand_models import HandNetworks
from assessor.vision.hands import HandTracker
from assessor.vision.objects import HANDS, ObjectDetector, read_classes

SAME = 0.5  # of the landmarks, or intersection over union

Box = tuple[float, float, float, float]


def ways_seen(image: Image, box: Box, detector: ObjectDetector) -> tuple[bool, bool]:
    """Whether landmarks lie on the hand, and whether the detector boxes it."""
    tracker = HandTracker(HandNetworks(models.path_of("hand_landmarker")))
    x0, y0, x1, y1 = box
    hands = tracker.track(image, 0.0, (0.0, 0.0, float(image.shape[1]), float(image.shape[0])))
    shares = [np.mean([x0 <= x <= x1 and y0 <= y <= y1 for x, y in hand.landmarks_px]) for hand in hands]
    boxes = [seen.box_xyxy for seen in detector.detect(image) if seen.name in HANDS]
    return any(share >= SAME for share in shares), any(float(overlap(b, [box])[0]) >= SAME for b in boxes)


def main() -> None:
    """Count every hand of the pictures listed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("part", choices=("train", "val"))
    options = parser.parse_args()
    classes = read_classes(settings.models_folder() / "classes.yaml")
    detector, counts = ObjectDetector(models.path_of("detector"), classes), Counter[tuple[str, str]]()
    for picture in listed_pictures(options.folder, options.part):
        image = cv2.imread(str(picture))
        for name, box in read_labels(picture, classes, (image.shape[1], image.shape[0])):
            if name in HANDS:
                landmarks, boxed = ways_seen(image, box, detector)
                counts.update({(name, "all"): 1, (name, "landmarks"): landmarks, (name, "box"): boxed})
                counts[name, "either"] += landmarks or boxed
    say = partial(print, file=sys.stdout)
    say(f"{'':12} {'hands':>6} {'landmarks':>10} {'box':>7} {'either':>7}")
    for name in HANDS:
        whole = counts[name, "all"]
        marked, boxed, either = (counts[name, way] / max(1, whole) for way in ("landmarks", "box", "either"))
        say(f"{name:12} {whole:6} {marked:10.1%} {boxed:7.1%} {either:7.1%}")


if __name__ == "__main__":
    main()
