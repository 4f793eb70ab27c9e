"""Pictures with boxes -> a detector and its card: beside the flow, needs the extra `train`.

Takes folders in YOLO's format (`labelled_pictures`) with the names of `classes.yaml` and the tensors to start
from; gives a folder of models: the exported detector, its sha256 in the manifest, its figures in the card.
Refuses faulty labels and start tensors that do not fit before it trains. A run that was stopped goes on from
its last epoch. Ultralytics is kept offline and from unpickling foreign code.
"""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from assessor import settings
from assessor.detector_figures import ClassFigure, measure
from assessor.errors import InputError, ModelError
from assessor.labelled_pictures import (
    DATASET,
    PARTS,
    class_names,
    label_faults,
    listed_pictures,
    write_dataset,
)
from assessor.model_card import CARD, MANIFEST, begin_folder, fill_card, register
from assessor.vision.objects import ObjectDetector, read_classes

ARCHITECTURE = "yolov5n.yaml"
EPOCHS = 28
TENSORS = "detector.npz"  # beside the exported network: where a fine-tuning starts
FEWEST_START_TENSORS = 300  # 342 of the COCO tensors are backbone and neck; the head has other classes
CLASSES = "classes"  # under this name a file of our own tensors tells the names of their classes
CLASS_ROWS = re.compile(r"\.cv3\.\d\.2\.(weight|bias)$")  # tensors of the head with one row a class
VAL_AT_LEAST = 8  # pictures watched where no folder has any for it

Tensor = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. `frozen`: first layers that keep the start weights (the dearest ones to train).

    With `hours` there are as many epochs as fit into that time; a run that goes on gets all of it again.
    """

    epochs: int = EPOCHS
    width: int = 512
    batch: int = 8
    frozen: int = 4
    threads: int = 2
    hours: float | None = None


def prepare(pictures: Sequence[Path], work: Path, classes: tuple[str, ...]) -> Path:
    """Check the names and every label, and write one dataset file with absolute paths to `work`.

    The folders are only read. Faulty labels of all of them are named at once in the `InputError`. The train
    list of a small folder is repeated as often as it fits into the longest one.
    """
    for folder in pictures:
        names = class_names(folder)
        if names[: len(classes)] != classes[: len(names)]:  # classes may have been added since, or before
            raise InputError(
                f"{folder / DATASET}: expected the classes {', '.join(classes)}; "
                f"got {', '.join(names)}. Mend it there or in models/classes.yaml."
            )
    listed = {part: [listed_pictures(folder, part) for folder in pictures] for part in PARTS}
    every = [picture for lists in listed.values() for pictures in lists for picture in pictures]
    faults = [fault for picture in every for fault in label_faults(picture, len(classes))]
    if faults:
        raise InputError("\n".join([f"{len(faults)} labels cannot be used", *faults[:20]]))
    longest = max(map(len, listed["train"]), default=0)
    if longest == 0:
        raise InputError(f"{', '.join(map(str, pictures))}: expected pictures in train.txt; there are none")
    watched = [picture for pictures in listed["val"] for picture in pictures]
    balanced = [picture for some in listed["train"] if some for picture in some * (longest // len(some))]
    parts = {"train": balanced, "val": watched or balanced[:VAL_AT_LEAST]}
    lists = {part: [str(picture.resolve()) for picture in chosen] for part, chosen in parts.items()}
    return write_dataset(work, classes, lists, str(work.resolve()))


def start_weights(tensors: Path, classes: tuple[str, ...], work: Path) -> Path:
    """A network of ours with the tensors that fit it by name and shape; refuses fewer than 300.

    Tensors that tell the names of their classes (`save_tensors`) give the rows of classes that we share, too.
    """
    _keep_offline(work)
    import torch
    from ultralytics import YOLO
    from ultralytics.nn.tasks import DetectionModel

    network = DetectionModel(ARCHITECTURE, nc=len(classes), verbose=False)
    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    stored = read_tensors(tensors)
    known = tuple(stored.get(CLASSES, ()))
    arrays = {name: stored[name] for name in stored if name in state}
    fitting = {name: value for name, value in arrays.items() if value.shape == state[name].shape}
    if len(fitting) < FEWEST_START_TENSORS:
        raise ModelError(
            f"{tensors}: expected {FEWEST_START_TENSORS} tensors that fit {ARCHITECTURE}; "
            f"{len(fitting)} do. Give the tensors of YOLOv5n v7.0 or of our own detector."
        )
    for name in [name for name in arrays if known and CLASS_ROWS.search(name)]:
        fitting[name] = _rows_of(arrays[name], known, state[name], classes)
    whole = {name: torch.from_numpy(value.astype(np.float32)) for name, value in fitting.items()}
    network.load_state_dict(whole, strict=False)
    yolo = YOLO(ARCHITECTURE)
    yolo.model = network
    network.names = dict(enumerate(classes))
    yolo.save(work / "start.pt")
    return work / "start.pt"


def read_tensors(tensors: Path) -> dict[str, Tensor]:
    """The arrays of an .npz file by name; ModelError where it is none."""
    try:
        with tensors.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            return {name: stored[name] for name in stored.files}
    except (
        ValueError,
        OSError,
        EOFError,
        AttributeError,
        BadZipFile,
    ) as fault:  # a lone array has no `files`
        raise ModelError(f"{tensors}: expected tensors in an .npz file; it cannot be read: {fault}") from None


def _rows_of(value: Tensor, known: tuple[str, ...], fresh: Tensor, classes: tuple[str, ...]) -> Tensor:
    rows = fresh.copy()
    for i, name in enumerate(classes):
        if name in known:
            rows[i] = value[known.index(name)]
    return rows


def save_tensors(weights: Path, tensors: Path) -> None:
    """Write trained weights as arrays (16 bit) with the names of their classes: no pickled code in them."""
    _keep_offline(tensors.parent)
    from ultralytics import YOLO

    yolo = YOLO(weights)
    names = np.array([yolo.names[number] for number in sorted(yolo.names)])
    state = {name: tensor.numpy() for name, tensor in yolo.model.state_dict().items()}
    arrays = {n: v.astype(np.float16) if v.dtype.kind == "f" else v for n, v in state.items()}
    np.savez_compressed(tensors, allow_pickle=False, **{CLASSES: names}, **arrays)


def train(dataset: Path, start: Path, work: Path, plan: Plan) -> Path:
    """Train, or go on where `work` was left. Returns the last weights, averaged over the last rounds:

    choosing those that do best on the validation pictures would flatter the figures measured on these.
    """
    _keep_offline(work)
    import torch
    from ultralytics import YOLO

    torch.set_num_threads(plan.threads)
    last, finished = work / "run" / "weights" / "last.pt", work / "trained"
    if finished.is_file():
        return last
    if last.is_file():
        YOLO(last).train(resume=True)
    else:
        YOLO(start).train(data=str(dataset), project=str(work), **_settings(plan))
    finished.touch()
    return last


def _settings(plan: Plan) -> dict[str, Any]:
    """Objects are shown 0.6 to 1.6 times as large: benches look at wider pictures than training does."""
    size = {"imgsz": plan.width, "epochs": plan.epochs, "batch": plan.batch, "nbs": plan.batch}
    speed = {"optimizer": "AdamW", "lr0": 0.001, "lrf": 0.02, "cos_lr": True, "warmup_epochs": 2}
    change = {
        "scale": (0.6, 1.6),
        "degrees": 5.0,
        "hsv_h": 0.02,
        "hsv_s": 0.6,
        "hsv_v": 0.4,
        "close_mosaic": plan.epochs // 4,
    }
    run = {"name": "run", "exist_ok": True, "device": "cpu", "amp": False, "workers": 1, "cache": "ram"}
    run |= {"time": plan.hours, "freeze": plan.frozen, "patience": 0, "plots": False, "seed": 0}
    return size | speed | change | run


def _keep_offline(work: Path) -> None:
    """Before ultralytics is imported: no network, no installing, no pickled code, settings of its own."""
    work.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "ULTRALYTICS_SAFE_LOAD": "1",
        "YOLO_CONFIG_DIR": str(work / "settings"),
    }
    (work / "settings").mkdir(exist_ok=True)


def export(
    weights: Path, dataset: Path, classes: tuple[str, ...], folder: Path, size: tuple[int, int] = (384, 640)
) -> Path:
    """The network in 8 bits (its head in 32) as OpenVINO files, calibrated on the training pictures.

    `size`: height and width of the input, multiples of 32. Refuses weights that were trained for others.
    """
    _keep_offline(weights.parent)
    from ultralytics import YOLO

    yolo = YOLO(weights)
    labels = tuple(yolo.names[number] for number in sorted(yolo.names))
    if labels != classes:
        raise ModelError(f"{weights}: expected the labels {', '.join(classes)}; got {', '.join(labels)}")
    calibration = {"quantize": 8, "data": str(dataset), "split": "train", "batch": 1}
    exported = Path(yolo.export(format="openvino", imgsz=size, device="cpu", **calibration))
    folder.mkdir(parents=True, exist_ok=True)
    for part in (".xml", ".bin"):
        shutil.move(next(exported.glob(f"*{part}")), folder / f"detector{part}")
    return folder / "detector.xml"


def run(pictures: Sequence[Path], start: Path, work: Path, out: Path, plan: Plan) -> None:
    """Train, export, measure; `out` becomes a folder of models like the shipped one, with its own card."""
    _check_start(start)
    begin_folder(out, settings.models_folder())
    classes = read_classes(out / "classes.yaml")
    dataset = prepare(pictures, work, classes)
    weights = train(dataset, start_weights(start, classes, work), work, plan)
    model = export(weights, dataset, classes, out / "detector")
    save_tensors(weights, out / "detector" / TENSORS)
    register(model, out / MANIFEST)
    fill_card(out / CARD, figures_of(out, pictures))


def _check_start(start: Path) -> None:
    if not start.is_file():
        raise ModelError(
            f"expected tensors to start from in {start}; there are none. Give 'ours', or the .npz file of a "
            "detector trained before"
        )
    if find_spec("ultralytics") is None:
        raise ModelError("expected the extra `train`; it is missing: pip install 'assessor[train]'")


def figures_of(models: Path, pictures: Sequence[Path]) -> dict[str, tuple[ClassFigure, ...]]:
    """What a folder of models finds in the test part of each folder of pictures, else in its val part."""
    detector = ObjectDetector(models / "detector" / "detector.xml", read_classes(models / "classes.yaml"))
    parts = {folder: "test" if listed_pictures(folder, "test") else "val" for folder in pictures}
    measured = {folder.name: listed_pictures(folder, part) for folder, part in parts.items()}
    return {name: measure(detector, chosen) for name, chosen in measured.items() if chosen}
