from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from assessor import settings, train
from assessor.detector_figures import ClassFigure
from assessor.errors import InputError, ModelError
from assessor.vision.objects import ObjectDetector, read_classes

CLASSES = ("hand", "wire")


def make_pictures(folder: Path, count: int = 2, names: tuple[str, ...] = CLASSES) -> Path:
    """Grey pictures with a white box each, in YOLO's format; the last one is for validation."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    for i in range(count):
        image = np.full((180, 320, 3), 90, np.uint8)
        cv2.rectangle(image, (60 + 10 * i, 40), (180, 120), (255, 255, 255), -1)
        cv2.imwrite(str(folder / "images" / f"{i}.jpg"), image)
        box = ((120 + 5 * i) / 320, 80 / 180, (120 - 10 * i) / 320, 80 / 180)
        (folder / "labels" / f"{i}.txt").write_text(
            " ".join(["1", *(f"{value:.4f}" for value in box)]) + "\n"
        )
    lists = [f"./images/{i}.jpg\n" for i in range(count)]
    (folder / "train.txt").write_text("".join(lists[:-1]))
    (folder / "val.txt").write_text(lists[-1])
    numbered = "".join(f"  {number}: {name}\n" for number, name in enumerate(names))
    (folder / "dataset.yaml").write_text(f"path: .\ntrain: train.txt\nval: val.txt\nnames:\n{numbered}")
    return folder


def test_prepared_lists_name_whole_paths_and_leave_the_pictures_alone(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path / "pictures")
    before = sorted(pictures.rglob("*"))
    dataset = train.prepare(pictures, tmp_path / "work", CLASSES)
    named = [Path(line) for line in (dataset.parent / "train.txt").read_text().splitlines()]
    assert named == [pictures / "images" / "0.jpg"]
    assert sorted(pictures.rglob("*")) == before


def test_other_classes_are_refused(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path / "pictures", names=("wire", "hand"))
    with pytest.raises(InputError, match="expected the classes hand, wire; got wire, hand"):
        train.prepare(pictures, tmp_path / "work", CLASSES)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("2 0.5 0.5 0.1 0.1", id="class"),
        pytest.param("0 0.5 0.5 0.1", id="short"),
        pytest.param("0 0.5 1.5 0.1 0.1", id="outside"),
        pytest.param("0 0.5 nan 0.1 0.1", id="nan"),
        pytest.param("hand 0.5 0.5 0.1 0.1", id="word"),
    ],
)
def test_a_faulty_label_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    pictures = make_pictures(tmp_path / "pictures")
    with (pictures / "labels" / "1.txt").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InputError, match=r"1 pictures cannot be used\n.*1\.txt:2: expected"):
        train.prepare(pictures, tmp_path / "work", CLASSES)


def test_every_missing_file_is_named_at_once(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path / "pictures", count=3)
    (pictures / "labels" / "0.txt").unlink()
    (pictures / "images" / "2.jpg").unlink()
    with pytest.raises(InputError, match=r"2 pictures cannot be used\n.*0\.jpg.*\n.*2\.jpg"):
        train.prepare(pictures, tmp_path / "work", CLASSES)


def test_the_manifest_gets_the_new_sums_and_keeps_the_rest(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(
        f"# kept\nmodels:\n  detector:\n    files:\n      detector/detector.xml: {'0' * 64}\n"
        f"      detector/detector.bin: {'1' * 64}\n  other:\n    files: {{other.bin: {'2' * 64}}}\n"
    )
    for suffix in (".xml", ".bin"):
        (tmp_path / f"detector{suffix}").write_bytes(b"")
    train.register(tmp_path / "detector.xml", manifest)
    text = manifest.read_text()
    assert text.count("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 2
    assert text.startswith("# kept") and "2" * 64 in text


def test_the_card_gets_the_figures_between_its_marks(tmp_path: Path) -> None:
    card = tmp_path / "detector.md"
    card.write_text(f"before\n{train.FIGURES_BEGIN}\nold\n{train.FIGURES_END}\nafter\n")
    train.fill_card(card, (ClassFigure("hand", 3, 0.5), ClassFigure("wire", 1, 1.0)))
    text = card.read_text()
    assert "old" not in text and text.startswith("before\n") and text.endswith("\nafter\n")
    assert "| hand | 3 | 0.500 |" in text and "| mean | 4 | 0.750 |" in text


def test_the_shipped_card_and_manifest_can_be_filled(tmp_path: Path) -> None:
    folder = settings.models_folder()
    assert "tool_tip" in read_classes(folder / "classes.yaml")
    card = (folder / "detector.md").read_text(encoding="utf-8")
    assert card.index(train.FIGURES_BEGIN) < card.index(train.FIGURES_END)


def save_tensors(path: Path, tensors: dict[str, NDArray[np.float32]]) -> Path:
    save: Any = np.savez  # its stub takes no names from a dict
    save(path, **tensors)
    return path


@pytest.mark.slow
def test_start_tensors_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("ultralytics", reason="needs the extra train")
    only_one = {"model.0.conv.weight": np.zeros((16, 3, 6, 6), np.float32)}
    with pytest.raises(ModelError, match=r"expected 300 tensors .* 1 do"):
        train.start_weights(save_tensors(tmp_path / "start.npz", only_one), CLASSES, tmp_path / "work")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch warns of its own future
def test_pictures_become_a_detector_that_runs_without_torch(tmp_path: Path) -> None:
    tasks = pytest.importorskip("ultralytics.nn.tasks", reason="needs the extra train")
    state = tasks.DetectionModel(train.ARCHITECTURE, nc=80, verbose=False).state_dict()
    tensors = save_tensors(tmp_path / "start.npz", {name: value.numpy() for name, value in state.items()})
    pictures, work = make_pictures(tmp_path / "pictures", count=5), tmp_path / "work"
    dataset = train.prepare(pictures, work, CLASSES)
    start = train.start_weights(tensors, CLASSES, work)
    best = train.train(dataset, start, work, train.Plan(epochs=1, width=160, batch=2))
    model = train.export(best, dataset, CLASSES, tmp_path / "detector", (96, 160))
    assert ObjectDetector(model, CLASSES).classes == CLASSES
    with pytest.raises(ModelError, match="expected the labels wire, hand; got hand, wire"):
        train.export(best, dataset, ("wire", "hand"), tmp_path / "detector")
