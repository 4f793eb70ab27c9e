"""How well a detector finds what is in labelled pictures: beside the flow, for the model card.

Takes a detector and pictures with YOLO label files; gives the average precision at IoU 0.5 of each class
(COCO's 101 recall points; https://cocodataset.org/#detection-eval). It runs what benches run, without torch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.errors import InputError
from assessor.labelled_pictures import label_file
from assessor.types import Image, ObjectObservation
from assessor.vision.objects import ObjectDetector

Box = tuple[float, float, float, float]
LEAST_SCORE = 0.01  # the whole precision-recall curve, not only the boxes that a bench would use
MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True)
class ClassFigure:
    """Average precision at IoU 0.5 of one class, and how many boxes it was measured on."""

    name: str
    boxes: int
    ap50: float


def measure(detector: ObjectDetector, pictures: Iterable[Path]) -> tuple[ClassFigure, ...]:
    """One figure for each class that the pictures show, in the order of the classes."""
    truth: dict[str, dict[Path, list[Box]]] = defaultdict(dict)
    found: dict[str, list[tuple[Path, ObjectObservation]]] = defaultdict(list)
    for picture in pictures:
        image = _read(picture)
        for name, box in read_labels(picture, detector.classes, (image.shape[1], image.shape[0])):
            truth[name].setdefault(picture, []).append(box)
        for seen in detector.detect(image, LEAST_SCORE):
            found[seen.name].append((picture, seen))
    return tuple(
        ClassFigure(name, sum(map(len, truth[name].values())), average_precision(found[name], truth[name]))
        for name in detector.classes
        if name in truth
    )


def _read(picture: Path) -> Image:
    image = cv2.imread(str(picture))
    if image is None:
        raise InputError(f"{picture}: expected a picture; it is missing or cannot be read")
    return image.astype(np.uint8, copy=False)


def read_labels(picture: Path, classes: tuple[str, ...], size: tuple[int, int]) -> list[tuple[str, Box]]:
    """Name and box in pixels of a picture of `size` (width, height) for each line of its label file."""
    width, height = size
    labels = []
    for line in label_file(picture).read_text().splitlines():
        number, x, y, w, h = (float(word) for word in line.split())
        box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        labels.append((classes[int(number)], box))
    return labels


def average_precision(found: list[tuple[Path, ObjectObservation]], truth: Mapping[Path, list[Box]]) -> float:
    """Mean over 101 recalls of the best precision at that recall or above; each true box is found once."""
    free = {picture: list(boxes) for picture, boxes in truth.items()}
    ranked = sorted(found, key=lambda pair: -pair[1].score)
    hits = np.array([_take_match(seen.box_xyxy, free.get(picture, [])) for picture, seen in ranked], bool)
    if not hits.any():
        return 0.0
    recall = hits.cumsum() / sum(map(len, truth.values()))
    precision = hits.cumsum() / np.arange(1, len(hits) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    places = recall.searchsorted(np.linspace(0, 1, 101))
    return float(np.append(best_from_here, 0.0)[places].mean())


def _take_match(box: Box, free: list[Box]) -> bool:
    """Whether a true box that nobody has taken overlaps enough; the best such box is taken."""
    if not free:
        return False
    overlaps = overlap(box, free)
    best = int(overlaps.argmax())
    if overlaps[best] < MATCH_IOU:
        return False
    free.pop(best)
    return True


def overlap(box: Box, others: list[Box]) -> NDArray[np.float64]:
    """Intersection over union of `box` with each of `others`."""
    one, many = np.array(box), np.array(others)
    inner = np.minimum(one[2:], many[:, 2:]) - np.maximum(one[:2], many[:, :2])
    shared = inner.clip(0).prod(axis=1)
    areas = (many[:, 2:] - many[:, :2]).prod(axis=1) + (one[2:] - one[:2]).prod()
    result: NDArray[np.float64] = shared / (areas - shared)
    return result
