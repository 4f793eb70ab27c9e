import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor import models, settings
from assessor.detector_figures import average_precision, overlap
from assessor.errors import ModelError
from assessor.types import Image, ObjectObservation
from assessor.vision.objects import ObjectDetector, read_classes

CLASSES = read_classes(settings.models_folder() / "classes.yaml")
BOARDS = sorted((settings.samples_folder() / "boards").glob("*.jpg"))
ONE_OF_EACH = {
    "isolator",
    "power_supply",
    "contactor",
    "relay",
    "terminal_block",
    "button_box",
    "multimeter",
    "screwdriver",
    "wire_stripper",
}


@pytest.fixture(scope="module")
def detector() -> ObjectDetector:
    return ObjectDetector(models.path_of("detector"), CLASSES)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the detector that the test may damage."""
    shutil.copytree(models.path_of("detector").parent, tmp_path / "detector")
    return tmp_path / "detector" / "detector.xml"


def picture(path: Path) -> Image:
    image = cv2.imread(str(path))
    assert image is not None
    return image.astype(np.uint8, copy=False)


def true_boxes(board: Path) -> dict[str, tuple[float, float, float, float]]:
    """Class -> box of what is there once."""
    truth = json.loads(board.with_suffix(".truth.json").read_text(encoding="utf-8"))
    boxes = {truth["classes"].get(name): tuple(entry["box"]) for name, entry in truth["boxes"].items()}
    return {name: box for name, box in boxes.items() if name in ONE_OF_EACH}


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_devices_and_tools_of_a_board_are_found_where_they_are(detector: ObjectDetector, board: Path) -> None:
    best = {seen.name: seen for seen in reversed(detector.detect(picture(board)))}
    missed = {
        name
        for name, box in true_boxes(board).items()
        if name not in best or overlap(best[name].box_xyxy, [box])[0] < 0.5
    }
    assert missed == set()


def test_the_same_picture_gives_the_same_boxes(detector: ObjectDetector) -> None:
    image = picture(BOARDS[0])
    again = ObjectDetector(models.path_of("detector"), CLASSES)
    assert detector.detect(image) == detector.detect(image) == again.detect(image)


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param((540, 960), id="wide"),
        pytest.param((960, 720), id="high"),
        pytest.param((90, 160), id="small"),
    ],
)
def test_boxes_stay_in_a_picture_of_any_shape(detector: ObjectDetector, shape: tuple[int, int]) -> None:
    image = cv2.resize(picture(BOARDS[0]), shape[::-1]).astype(np.uint8, copy=False)
    for seen in detector.detect(image, min_score=0.05):
        left, top, right, bottom = seen.box_xyxy
        assert 0 <= left <= right <= shape[1] and 0 <= top <= bottom <= shape[0]


def test_a_border_moves_the_boxes_with_the_picture(detector: ObjectDetector) -> None:
    image = picture(BOARDS[0])
    framed = cv2.copyMakeBorder(image, 540, 540, 960, 960, cv2.BORDER_CONSTANT, value=(114, 114, 114))
    plain = {seen.name: seen.box_xyxy for seen in reversed(detector.detect(image))}
    moved = {seen.name: seen.box_xyxy for seen in reversed(detector.detect(framed.astype(np.uint8)))}
    for name in ("power_supply", "button_box", "multimeter"):
        assert overlap(tuple(np.add(plain[name], (960, 540) * 2)), [moved[name]])[0] > 0.8


def test_fewer_boxes_at_a_higher_score(detector: ObjectDetector) -> None:
    image = picture(BOARDS[0])
    few, many = detector.detect(image, min_score=0.6), detector.detect(image, min_score=0.1)
    assert set(few) < set(many) and all(seen.score >= 0.6 for seen in few)
    assert [seen.score for seen in many] == sorted((seen.score for seen in many), reverse=True)


@pytest.mark.fault(25)
@pytest.mark.parametrize("suffix", [".xml", ".bin"])
def test_a_missing_file_is_named(copy: Path, suffix: str) -> None:
    copy.with_suffix(suffix).unlink()
    with pytest.raises(ModelError, match=f"detector{suffix}; it is missing"):
        ObjectDetector(copy, CLASSES)


@pytest.mark.fault(25)
def test_wrong_labels_are_refused_with_both_lists(copy: Path) -> None:
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace("screwdriver wire_stripper", "wire_stripper screwdriver"), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        ObjectDetector(copy, CLASSES)
    assert "expected the labels hand, screwdriver, wire_stripper" in str(caught.value)
    assert "got hand, wire_stripper, screwdriver" in str(caught.value)


@pytest.mark.fault(25)
def test_a_file_that_is_no_model_is_refused(copy: Path) -> None:
    copy.write_text("<net", encoding="utf-8")
    with pytest.raises(ModelError, match="expected an OpenVINO model"):
        ObjectDetector(copy, CLASSES)


# ---- the figures of the model card ------------------------------------------------------

BOX = (0.0, 0.0, 10.0, 10.0)
FAR = (50.0, 50.0, 60.0, 60.0)
ONE, OTHER = Path("one.jpg"), Path("other.jpg")


def seen(score: float, box: tuple[float, float, float, float] = BOX) -> ObjectObservation:
    return ObjectObservation("wire", score, box)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([(ONE, seen(0.9)), (OTHER, seen(0.8))], 1.0, id="all"),
        pytest.param([(ONE, seen(0.9))], 51 / 101, id="half"),
        pytest.param(
            [(ONE, seen(0.9)), (ONE, seen(0.8)), (OTHER, seen(0.7))], (51 + 50 * 2 / 3) / 101, id="twice"
        ),
        pytest.param([(ONE, seen(0.9, FAR)), (OTHER, seen(0.8))], 51 / 2 / 101, id="beside"),
        pytest.param([(ONE, seen(0.9, FAR))], 0.0, id="none"),
        pytest.param([], 0.0, id="nothing"),
    ],
)
def test_average_precision(found: list[tuple[Path, ObjectObservation]], expected: float) -> None:
    assert average_precision(found, {ONE: [BOX], OTHER: [BOX]}) == pytest.approx(expected)
