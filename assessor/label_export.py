"""Recordings and photos -> pictures with proposed boxes, for people to correct: beside the flow.

Writes the YOLO layout that CVAT names "Ultralytics YOLO Detection" and, for Label Studio, `classes.txt`. The
boxes are what the detector believes: a person moves, adds and deletes. `label_import` takes the result back.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from assessor.camera import FileSource, probe, read_photo
from assessor.errors import InputError
from assessor.labelled_pictures import PICTURE_KINDS, box_line, check_new, write_dataset
from assessor.types import Image
from assessor.vision.objects import ObjectDetector

PROPOSED_SCORE = 0.3  # a wrong box costs a click, a missing one costs drawing
JPEG_QUALITY = 95


def export_labels(sources: Sequence[Path], out: Path, detector: ObjectDetector, every_s: float) -> int:
    """One picture every `every_s` seconds of each recording, and each photo; returns how many were written.

    The name of a picture is that of its recording, `_` and the milliseconds: `label_import` keeps whole
    recordings apart for testing. Refuses a folder that holds something and two sources of one name.
    """
    _check(sources, out)
    for part in ("images", "labels"):
        (out / part / "train").mkdir(parents=True)
    listed = []
    for source in sources:
        for name, image in _pictures(source, every_s):
            picture = out / "images" / "train" / f"{name}.jpg"
            cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tofile(picture)
            label = out / "labels" / "train" / f"{name}.txt"
            label.write_text("".join(f"{line}\n" for line in _proposed(image, detector)), encoding="utf-8")
            listed.append(f"images/train/{name}.jpg")
    write_dataset(out, detector.classes, {"train": listed}).rename(out / "data.yaml")
    (out / "classes.txt").write_text("".join(f"{name}\n" for name in detector.classes), encoding="utf-8")
    return len(listed)


def _check(sources: Sequence[Path], out: Path) -> None:
    check_new(out)
    names = [source.stem for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"expected recordings of different names, got {', '.join(twice)} twice; rename one")


def _pictures(source: Path, every_s: float) -> Iterator[tuple[str, Image]]:
    if source.suffix.lower() in PICTURE_KINDS:
        yield source.stem, read_photo(source)
        return
    next_s = 0.0
    for frame in FileSource(probe(source)).frames():
        if frame.t_s >= next_s:
            next_s = frame.t_s + every_s
            yield f"{source.stem}_{round(frame.t_s * 1000):07d}", frame.image


def _proposed(image: Image, detector: ObjectDetector) -> Iterator[str]:
    height, width = image.shape[:2]
    for seen in detector.detect(image, PROPOSED_SCORE):
        left, top, right, bottom = seen.box_xyxy
        box = (left / width, top / height, right / width, bottom / height)
        yield box_line(detector.classes.index(seen.name), box)
