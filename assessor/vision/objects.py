"""Tools, devices and hands of one picture as boxes: part of vision, run by OpenVINO without torch.

Takes a BGR picture of any size; gives boxes in its pixels; refuses a model whose labels are not ours.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.errors import ModelError
from assessor.located_yaml import Located, load
from assessor.types import Image, ObjectObservation, Point

if TYPE_CHECKING:
    import openvino as ov

Boxes = NDArray[np.float32]
Box = tuple[float, float, float, float]
HANDS = ("hand", "gloved_hand")
GREY = 114  # the border that the training pictures were letterboxed with


class Classes(Located):
    """What `models/classes.yaml` says: the class names in the order of the detector's numbers."""

    names: tuple[str, ...]


def read_classes(path: Path) -> tuple[str, ...]:
    """The class names that stand in `models/classes.yaml`."""
    return load(path, Classes).names


class ObjectDetector:
    """A YOLO network exported to OpenVINO: input (1, 3, height, width), output (1, 4 + classes, candidates).

    The labels stand in the model's own metadata (`model_info/labels`, in order) and must equal `classes`.
    Calculates in 32 bit, so that another processor gives the same boxes.
    """

    def __init__(self, model: Path, classes: tuple[str, ...], threads: int = 1) -> None:
        import openvino as ov

        network = _read(model)
        labels = _labels(network)
        if labels != classes:
            raise ModelError(
                f"{model}: expected the labels {', '.join(classes)}; got {', '.join(labels) or 'none'}. "
                "Use the detector that belongs to models/classes.yaml."
            )
        self.classes = classes
        self._height, self._width = (int(side) for side in network.input(0).shape[2:])
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self._run = ov.Core().compile_model(_take_bgr_bytes(network), "CPU", settings)

    def detect(
        self, image: Image, min_score: float = 0.35, max_overlap: float = 0.6
    ) -> tuple[ObjectObservation, ...]:
        """Boxes of at least `min_score`, best first; of two of a class that overlap more, the better."""
        picture, scale, left, top = _letterbox(image, self._width, self._height)
        # (candidates, 4 + classes): centre x, y, width, height, then a score for each class
        rows = self._run(picture[None])[0][0].T
        number = rows[:, 4:].argmax(axis=1)
        score = rows[np.arange(len(rows)), 4 + number]
        likely = score >= min_score
        boxes = _corners(rows[likely, :4], scale, (left, top), image.shape)
        number, score = number[likely], score[likely]
        return tuple(
            ObjectObservation(self.classes[number[i]], float(score[i]), _box(boxes[i]))
            for i in _best_of_each(boxes, score, number, max_overlap)
        )

    def detect_near(self, image: Image, at: Point, min_score: float) -> tuple[ObjectObservation, ...]:
        """The same in the part of the picture around `at`, seen twice as large."""
        height, width = image.shape[0] // 2, image.shape[1] // 2
        left = min(max(0, round(at[0]) - width // 2), image.shape[1] - width)
        top = min(max(0, round(at[1]) - height // 2), image.shape[0] - height)
        near = self.detect(image[top : top + height, left : left + width], min_score)
        return tuple(replace(seen, box_xyxy=_moved(seen.box_xyxy, left, top)) for seen in near)


def _moved(box: Box, x: int, y: int) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _read(model: Path) -> "ov.Model":
    import openvino as ov

    for part in (model, model.with_suffix(".bin")):
        if not part.is_file():
            raise ModelError(f"expected the detector file {part}; it is missing: install assessor again")
    try:
        return ov.Core().read_model(model)
    except RuntimeError as error:
        raise ModelError(f"expected an OpenVINO model in {model}; it cannot be read: {error}") from error


def _labels(network: "ov.Model") -> tuple[str, ...]:
    path = ["model_info", "labels"]
    if not network.has_rt_info(path):
        return ()
    return tuple(str(network.get_rt_info(path).astype(str)).split())


def _take_bgr_bytes(network: "ov.Model") -> "ov.Model":
    """Let the network itself turn (1, height, width, 3) BGR bytes into the RGB 0..1 it was trained with."""
    import openvino as ov
    from openvino.preprocess import ColorFormat, PrePostProcessor

    steps = PrePostProcessor(network)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(
        ColorFormat.BGR
    )
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).convert_color(ColorFormat.RGB).scale(255.0)
    return steps.build()


def _letterbox(image: Image, width: int, height: int) -> tuple[Image, float, int, int]:
    """The picture scaled to fit, centred on grey; with the scale and the left and top border in pixels."""
    scale = min(width / image.shape[1], height / image.shape[0])
    inner_width, inner_height = round(image.shape[1] * scale), round(image.shape[0] * scale)
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    canvas = np.full((height, width, 3), GREY, np.uint8)
    inner = canvas[top : top + inner_height, left : left + inner_width]
    inner[:] = cv2.resize(image, (inner_width, inner_height), interpolation=cv2.INTER_LINEAR)
    return canvas, scale, left, top


def _corners(rows: Boxes, scale: float, border: tuple[int, int], shape: tuple[int, ...]) -> Boxes:
    """Centre and size on the network's canvas -> corners in the picture, cut at its edges."""
    centre, half = rows[:, :2] - np.array(border, np.float32), rows[:, 2:] / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1) / np.float32(scale)
    return boxes.clip(0, np.array([shape[1], shape[0]] * 2, np.float32))


def _best_of_each(boxes: Boxes, score: Boxes, number: NDArray[np.int64], max_overlap: float) -> list[int]:
    if len(boxes) == 0:
        return []
    sized = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(sized.tolist(), score.tolist(), number.tolist(), 0.0, max_overlap)
    return sorted((int(i) for i in kept), key=lambda i: -float(score[i]))


def _box(row: Boxes) -> Box:
    left, top, right, bottom = (round(float(side), 2) for side in row)
    return left, top, right, bottom
