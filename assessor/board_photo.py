"""One photo of the finished board → its reading, once it is sure that it shows this bench and no hand.

Takes the path of a JPEG or PNG by any camera, and the bench; a photo of another bench is told by where its
devices stand. Of the reading a `BoardLook` is kept.
"""

from pathlib import Path

import cv2
import numpy as np

from assessor.bench import Bench
from assessor.board_findings import BoardLook, look_of
from assessor.camera import read_photo
from assessor.errors import InputError, SightError
from assessor.geometry import project
from assessor.hand_facts import Moment
from assessor.part_facts import measured_place
from assessor.types import Image, ObjectObservation, Observations, Text
from assessor.vision.board import BoardReading, read_board
from assessor.vision.photo_camera import BoardPhoto, place_camera

OFF_PLACE_MM = 10.0  # a device of this bench reads within 5 mm of its place, one of another 40 mm off


def look_at(photo: Path, bench: Bench) -> BoardLook:
    """What is kept of what the photo shows; errors as `read_photo_of`."""
    return look_of(read_photo_of(photo, bench)[1])


def read_photo_of(photo: Path, bench: Bench) -> tuple[BoardPhoto, BoardReading]:
    """The photo upright and what it shows. InputError for another kind of file or another bench; SightError
    when the markers or the board cannot be seen."""
    image = read_photo(photo)
    try:
        placed = place_camera(image, bench)
        camera = placed.bench.scaled_camera(placed.image.shape[1], placed.image.shape[0])
        seen = Observations(0, 0.0, "ok", placed.pose, objects=_objects(placed.image))
        _check(photo.name, Moment(placed.bench, camera, placed.pose, seen))
        return placed, read_board(placed.image, placed.bench, placed.pose)
    except SightError as fault:
        told = Text(zh=f"{photo.name!r}：{fault.render('zh')}", en=f"{photo.name!r}: {fault.render()}")
        raise SightError(told) from None


def _objects(image: Image) -> tuple[ObjectObservation, ...]:
    from assessor import models
    from assessor.settings import models_folder
    from assessor.vision.objects import ObjectDetector, read_classes

    detector = ObjectDetector(models.path_of("detector"), read_classes(models_folder() / "classes.yaml"))
    return detector.detect(image)


def _check(name: str, moment: Moment) -> None:
    from assessor.vision.objects import HANDS

    if any(seen.name in HANDS and _on_the_mat(seen, moment) for seen in moment.seen.objects):
        raise InputError(
            Text(
                zh=f"{name!r}：应为无遮挡的成品照片，实际照片中有手；请重新拍摄",
                en=f"{name!r}: expected a photo of the free board, got one with a hand in it; "
                "take another photo",
            )
        )
    off, bench = _off_places(moment), moment.bench.name
    if not off:
        raise InputError(
            Text(
                zh=f"{name!r}：应拍到工位“{bench}”的器件，实际一个也没有；请拍摄整块板",
                en=f"{name!r}: expected the devices of the bench {bench!r}, found none of them; "
                "photograph the whole board",
            )
        )
    worst = max(off, key=lambda device: off[device])
    if off[worst] > OFF_PLACE_MM:
        raise InputError(
            Text(
                zh=f"{name!r}：应为工位“{bench}”的照片，实际 {worst} 偏离其位置 {off[worst]:.0f} mm；"
                "请给出该工位的照片，或照片所属的工位文件",
                en=f"{name!r}: expected a photo of the bench {bench!r}, but {worst} stands "
                f"{off[worst]:.0f} mm from its place; give the photo of this bench, or its bench file",
            )
        )


def _on_the_mat(seen: ObjectObservation, moment: Moment) -> bool:
    """Whether a box reaches between the markers; one beside the mat hides nothing."""
    corners = np.concatenate([np.array(quad, np.float64) for quad in moment.bench.markers.values()])
    mat = cv2.convexHull(project(corners, moment.pose, moment.camera).astype(np.float32))
    left, top, right, bottom = seen.box_xyxy
    box = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
    shared, _ = cv2.intersectConvexConvex(mat, box)
    return shared > 0


def _off_places(moment: Moment) -> dict[str, float]:
    """How far (mm) each device with terminals stands from its place; only those that are seen."""
    off = {}
    for name in sorted(set(moment.bench.homes.values())):
        part, at_mm = moment.bench.part(name), moment.bench.devices[name].at_mm
        boxes = [o.box_xyxy for o in moment.seen.objects if part and o.name == part.detector_class]
        if part is not None and boxes:
            spots = [measured_place(box, part, at_mm[2], moment) for box in boxes]
            off[name] = min(float(np.linalg.norm(spot - np.array(at_mm[:2]))) for spot in spots)
    return off
