from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from assessor import settings, train
from assessor.detector_figures import ClassFigure
from assessor.errors import InputError, ModelError
from assessor.labelled_pictures import class_names
from assessor.model_card import FIGURES_BEGIN, FIGURES_END, begin_folder, fill_card, register
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
    dataset = train.prepare([pictures], tmp_path / "work", CLASSES)
    named = [Path(line) for line in (dataset.parent / "train.txt").read_text().splitlines()]
    assert named == [pictures / "images" / "0.jpg"]
    assert sorted(pictures.rglob("*")) == before


def test_other_classes_are_refused(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path / "pictures", names=("wire", "hand"))
    with pytest.raises(InputError, match="expected the classes hand, wire; got wire, hand"):
        train.prepare([pictures], tmp_path / "work", CLASSES)


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
    with pytest.raises(InputError, match=r"1 labels cannot be used\n.*1\.txt:2: expected"):
        train.prepare([pictures], tmp_path / "work", CLASSES)


def test_every_missing_file_is_named_at_once(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path / "pictures", count=3)
    (pictures / "labels" / "0.txt").unlink()
    (pictures / "images" / "2.jpg").unlink()
    with pytest.raises(InputError, match=r"2 labels cannot be used\n.*0\.jpg.*\n.*2\.jpg"):
        train.prepare([pictures], tmp_path / "work", CLASSES)


def test_a_small_folder_is_shown_as_often_as_fits_and_its_test_part_never(tmp_path: Path) -> None:
    large = make_pictures(tmp_path / "large", count=8)
    small = make_pictures(tmp_path / "small", count=3)
    (small / "val.txt").rename(small / "test.txt")
    dataset = train.prepare([large, small], tmp_path / "work", CLASSES)
    shown = [Path(line) for line in (dataset.parent / "train.txt").read_text().splitlines()]
    assert [path.parents[1].name for path in shown] == ["large"] * 7 + ["small"] * 6
    assert (dataset.parent / "val.txt").read_text().split() == [str(large / "images" / "7.jpg")]


def test_pictures_from_before_a_class_was_added_can_be_used(tmp_path: Path) -> None:
    dataset = train.prepare([make_pictures(tmp_path / "old")], tmp_path / "work", (*CLASSES, "glove"))
    assert class_names(dataset.parent) == (*CLASSES, "glove")


def test_pictures_of_more_classes_can_be_used_where_they_show_none_of_them(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path / "new", names=(*CLASSES, "glove"))
    assert class_names(train.prepare([pictures], tmp_path / "work", CLASSES).parent) == CLASSES
    (pictures / "labels" / "1.txt").write_text("2 0.5 0.5 0.1 0.1\n")
    with pytest.raises(InputError, match=r"1\.txt:1: expected a class of 0-1"):
        train.prepare([pictures], tmp_path / "work", CLASSES)


def test_pictures_for_testing_alone_cannot_be_trained_on(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path / "pictures", count=1)
    with pytest.raises(InputError, match=r"expected pictures in train\.txt; there are none"):
        train.prepare([pictures], tmp_path / "work", CLASSES)


def test_a_folder_of_models_begins_as_the_shipped_one_and_keeps_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        begin_folder(tmp_path, settings.models_folder())
        assert "tool_tip" in read_classes(tmp_path / "classes.yaml")
        (tmp_path / "detector.md").write_text("mine")
    assert (tmp_path / "detector.md").read_text() == "mine"


def test_the_models_in_use_are_those_that_the_user_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSESSOR_MODELS", str(tmp_path))
    assert settings.models_folder() == tmp_path.resolve()


def test_the_manifest_gets_the_new_sums_and_keeps_the_rest(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    files = "".join(f"      detector/detector.{kind}: {'0' * 64}\n" for kind in ("xml", "bin", "npz"))
    manifest.write_text(
        f"# kept\nmodels:\n  detector:\n    files:\n{files}  other:\n    files: {{other.bin: {'2' * 64}}}\n"
    )
    for suffix in (".xml", ".bin", ".npz"):
        (tmp_path / f"detector{suffix}").write_bytes(b"")
    register(tmp_path / "detector.xml", manifest)
    text = manifest.read_text()
    assert text.count("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 3
    assert text.startswith("# kept") and "2" * 64 in text
    manifest.write_text("models: {}\n")
    with pytest.raises(InputError, match=r"expected a line `detector\.xml: <sha256>`"):
        register(tmp_path / "detector.xml", manifest)


def test_the_card_gets_the_figures_between_its_marks(tmp_path: Path) -> None:
    card = tmp_path / "detector.md"
    card.write_text(f"before\n{FIGURES_BEGIN}\nold\n{FIGURES_END}\nafter\n")
    rendered = (ClassFigure("hand", 3, 0.5), ClassFigure("wire", 1, 1.0))
    fill_card(card, {"rendered": rendered, "photos": (ClassFigure("wire", 2, 0.25),)})
    text = card.read_text()
    assert "old" not in text and text.startswith("before\n") and text.endswith("\nafter\n")
    assert "| class | rendered | photos |" in text and "| hand | 0.500 (3) | – |" in text
    assert "| wire | 1.000 (1) | 0.250 (2) |" in text and "| mean | 0.750 (4) | 0.250 (2) |" in text


def test_the_shipped_card_and_manifest_can_be_filled(tmp_path: Path) -> None:
    folder = settings.models_folder()
    assert "tool_tip" in read_classes(folder / "classes.yaml")
    card = (folder / "detector.md").read_text(encoding="utf-8")
    assert card.index(FIGURES_BEGIN) < card.index(FIGURES_END)


def save_tensors(path: Path, tensors: dict[str, NDArray[np.float32]]) -> Path:
    save: Any = np.savez  # its stub takes no names from a dict
    save(path, **tensors)
    return path


def test_what_is_missing_is_said_before_anything_is_written(tmp_path: Path) -> None:
    pictures, out = make_pictures(tmp_path / "pictures"), tmp_path / "out"
    with pytest.raises(ModelError, match=r"expected tensors to start from in .*none\.npz"):
        train.run([pictures], tmp_path / "none.npz", tmp_path / "work", out, train.Plan())
    if find_spec("ultralytics") is None:
        (tmp_path / "some.npz").touch()
        with pytest.raises(ModelError, match="expected the extra `train`"):
            train.run([pictures], tmp_path / "some.npz", tmp_path / "work", out, train.Plan())
    assert not out.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"no tensors", id="text"),
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\3\4", id="cut"),
    ],
)
def test_start_tensors_that_cannot_be_read_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "start.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"start\.npz: expected tensors in an \.npz file"):
        train.read_tensors(tmp_path / "start.npz")


@pytest.mark.slow
def test_start_tensors_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("ultralytics", reason="needs the extra train")
    only_one = {"model.0.conv.weight": np.zeros((16, 3, 6, 6), np.float32)}
    with pytest.raises(ModelError, match=r"expected 300 tensors .* 1 do"):
        train.start_weights(save_tensors(tmp_path / "start.npz", only_one), CLASSES, tmp_path / "work")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch warns of its own future
def test_pictures_become_a_detector_and_its_tensors_start_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = pytest.importorskip("ultralytics.nn.tasks", reason="needs the extra train")
    state = tasks.DetectionModel(train.ARCHITECTURE, nc=80, verbose=False).state_dict()
    tensors = save_tensors(tmp_path / "start.npz", {name: value.numpy() for name, value in state.items()})
    pictures, models = make_pictures(tmp_path / "pictures", count=5), shipped_models(tmp_path / "shipped")
    monkeypatch.setenv("ASSESSOR_MODELS", str(models))
    plan = train.Plan(epochs=1, width=160, batch=2)
    for _ in range(2):  # the second time it finds everything trained
        train.run([pictures], tensors, tmp_path / "work", tmp_path / "out", plan)
    made = tmp_path / "out" / "detector"
    assert ObjectDetector(made / "detector.xml", CLASSES).classes == CLASSES
    assert "| wire |" in (tmp_path / "out" / "detector.md").read_text()
    assert "0" * 64 not in (tmp_path / "out" / "manifest.yaml").read_text()
    longer = ("glove", *reversed(CLASSES))
    grown = start_state(train.start_weights(made / train.TENSORS, longer, tmp_path / "next"))
    trained = np.load(made / train.TENSORS, allow_pickle=False)
    last = next(name for name in trained.files if train.CLASS_ROWS.search(name))
    assert np.allclose(grown[last][1:], trained[last][::-1], atol=1e-3)


def start_state(file: Path) -> dict[str, NDArray[np.float32]]:
    from ultralytics import YOLO

    return {name: tensor.numpy() for name, tensor in YOLO(file).model.state_dict().items()}


def shipped_models(folder: Path) -> Path:
    """A folder of models with two classes and a detector that is still to be trained."""
    (folder / "detector").mkdir(parents=True)
    (folder / "classes.yaml").write_text(f"names: [{', '.join(CLASSES)}]\n")
    sums = "".join(f"detector.{kind}: {'0' * 64}\n" for kind in ("xml", "bin", "npz"))
    (folder / "manifest.yaml").write_text(sums)
    (folder / "detector.md").write_text(f"{FIGURES_BEGIN}\n{FIGURES_END}\n")
    return folder
