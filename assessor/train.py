"""Pictures with boxes -> the shipped detector and its card: beside the flow, needs the extra `train`.

    python -m assessor.train run PICTURES --start WEIGHTS.npz --work FOLDER
    python -m assessor.train measure PICTURES

Takes a folder in YOLO's format (`dataset.yaml`, lists of pictures, one label file a picture) with the class
names of `models/classes.yaml`, and the COCO tensors to start from; gives `models/detector/`, its sha256 in
the manifest and its figures in `models/detector.md`. Refuses faulty labels and start tensors that do not fit
before it trains. A run that was stopped goes on from its last epoch. Ultralytics is kept offline and from
unpickling foreign code.
"""

import argparse
import hashlib
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assessor import settings
from assessor.detector_figures import ClassFigure, label_file, measure
from assessor.errors import InputError, ModelError
from assessor.located_yaml import Located, load
from assessor.vision.objects import ObjectDetector, read_classes

PARTS = ("train", "val")
ARCHITECTURE = "yolov5n.yaml"
EPOCHS = 28
FIGURES_BEGIN, FIGURES_END = "<!-- figures -->", "<!-- /figures -->"
FEWEST_START_TENSORS = 300  # 342 of the COCO tensors are backbone and neck; the head has other classes


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. `frozen`: first layers that keep the start weights (the dearest ones to train)."""

    epochs: int = EPOCHS
    width: int = 512
    batch: int = 8
    frozen: int = 4
    threads: int = 2


class Pictures(Located):
    """What `dataset.yaml` says: the lists of pictures and the name of each class number."""

    path: str
    train: str
    val: str
    names: dict[str, str]


def prepare(pictures: Path, work: Path, classes: tuple[str, ...]) -> Path:
    """Check the names and every label, and write a dataset file with absolute paths to `work`.

    `pictures` is only read. All faulty label files are named at once in the `InputError`.
    """
    named = load(pictures / "dataset.yaml", Pictures).names
    names = tuple(named[number] for number in sorted(named, key=lambda number: number.zfill(3)))
    if names != classes:
        raise InputError(
            f"{pictures / 'dataset.yaml'}: expected the classes {', '.join(classes)}; "
            f"got {', '.join(names)}. Mend it there or in models/classes.yaml."
        )
    faults = [
        fault
        for part in PARTS
        for picture in listed_pictures(pictures, part)
        if (fault := _label_fault(picture, len(classes)))
    ]
    if faults:
        raise InputError("\n".join([f"{pictures}: {len(faults)} pictures cannot be used", *faults[:20]]))
    return _write_dataset(pictures, work, classes)


def _write_dataset(pictures: Path, work: Path, classes: tuple[str, ...]) -> Path:
    work.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        lines = [str(picture.resolve()) for picture in listed_pictures(pictures, part)]
        (work / f"{part}.txt").write_text("\n".join(lines) + "\n")
    lists = [f"{part}: {part}.txt" for part in PARTS]
    numbered = [f"  {number}: {name}" for number, name in enumerate(classes)]
    dataset = work / "dataset.yaml"
    dataset.write_text("\n".join([f"path: {work.resolve()}", *lists, "names:", *numbered]) + "\n")
    return dataset


def listed_pictures(pictures: Path, part: str) -> list[Path]:
    """The pictures of a part ("train" or "val") as its list names them."""
    return [pictures / line.strip() for line in (pictures / f"{part}.txt").read_text().splitlines() if line]


def _label_fault(picture: Path, classes: int) -> str | None:
    if not picture.is_file() or not label_file(picture).is_file():
        return f"{picture}: expected the picture and {label_file(picture)}; one of them is missing"
    for number, line in enumerate(label_file(picture).read_text().splitlines(), 1):
        try:
            name, *box = (float(word) for word in line.split())
        except ValueError:
            return f"{label_file(picture)}:{number}: expected a class and four numbers, got {line!r}"
        sound = len(box) == 4 and name in range(classes) and all(0 <= value <= 1 for value in box)
        if not sound:
            return f"{label_file(picture)}:{number}: expected 0-{classes - 1} and four of 0..1, got {line!r}"
    return None


def start_weights(tensors: Path, classes: tuple[str, ...], work: Path) -> Path:
    """A network of ours with the COCO tensors that fit it by name and shape; refuses fewer than 300."""
    _keep_offline(work)
    import torch
    from ultralytics import YOLO
    from ultralytics.nn.tasks import DetectionModel

    network = DetectionModel(ARCHITECTURE, nc=len(classes), verbose=False)
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    with np.load(tensors, allow_pickle=False) as stored:
        fitting = {name: stored[name] for name in stored.files if shapes.get(name) == stored[name].shape}
    if len(fitting) < FEWEST_START_TENSORS:
        raise ModelError(
            f"{tensors}: expected {FEWEST_START_TENSORS} tensors that fit {ARCHITECTURE}; "
            f"{len(fitting)} do. Give the tensors of YOLOv5n v7.0."
        )
    network.load_state_dict({name: torch.from_numpy(value) for name, value in fitting.items()}, strict=False)
    yolo = YOLO(ARCHITECTURE)
    yolo.model = network
    yolo.save(work / "start.pt")
    return work / "start.pt"


def train(dataset: Path, start: Path, work: Path, plan: Plan) -> Path:
    """Train, or go on where `work` was left; returns the best weights. About 70 s an epoch on two cores."""
    _keep_offline(work)
    import torch
    from ultralytics import YOLO

    torch.set_num_threads(plan.threads)
    weights = work / "run" / "weights"
    if (weights / "last.pt").is_file():
        YOLO(weights / "last.pt").train(resume=True)
    else:
        YOLO(start).train(data=str(dataset), project=str(work), **_settings(plan))
    return weights / "best.pt"


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
        "close_mosaic": 8,
    }
    run = {"name": "run", "exist_ok": True, "device": "cpu", "amp": False, "workers": 1, "cache": "ram"}
    return size | speed | change | run | {"freeze": plan.frozen, "patience": 0, "plots": False, "seed": 0}


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


def register(model: Path, manifest: Path) -> None:
    """Write the sha256 of the detector's two files into its entry of the manifest; the rest stays."""
    text = manifest.read_text(encoding="utf-8")
    for part in (model, model.with_suffix(".bin")):
        sha256 = hashlib.sha256(part.read_bytes()).hexdigest()
        text, changed = re.subn(rf"({re.escape(part.name)}:) [0-9a-f]{{64}}\b", rf"\1 {sha256}", text)
        if not changed:
            raise InputError(f"{manifest}: expected a line `{part.name}: <sha256>`; there is none")
    manifest.write_text(text, encoding="utf-8")


def fill_card(card: Path, figures: tuple[ClassFigure, ...]) -> None:
    """Put the table of figures between the two marks of the model card."""
    before, _, rest = card.read_text(encoding="utf-8").partition(FIGURES_BEGIN)
    _, _, after = rest.partition(FIGURES_END)
    table = "\n".join([FIGURES_BEGIN, *figure_rows(figures), FIGURES_END])
    card.write_text(before + table + after, encoding="utf-8")


def figure_rows(figures: tuple[ClassFigure, ...]) -> list[str]:
    """The figures as a table in Markdown, the mean in its last row."""
    rows = [f"| {figure.name} | {figure.boxes} | {figure.ap50:.3f} |" for figure in figures]
    mean = sum(figure.ap50 for figure in figures) / max(1, len(figures))
    total = sum(figure.boxes for figure in figures)
    return ["| class | boxes | AP50 |", "|---|---|---|", *rows, f"| mean | {total} | {mean:.3f} |"]


def run(pictures: Path, start: Path, work: Path, plan: Plan) -> None:
    """Train, export, measure, and write `models/detector`, the manifest and the card."""
    folder = settings.models_folder()
    classes = read_classes(folder / "classes.yaml")
    dataset = prepare(pictures, work, classes)
    best = train(dataset, start_weights(start, classes, work), work, plan)
    model = export(best, dataset, classes, folder / "detector")
    register(model, folder / "manifest.yaml")
    fill_card(folder / "detector.md", figures_of(pictures))


def figures_of(pictures: Path) -> tuple[ClassFigure, ...]:
    """The figures of the shipped detector on the val part of a folder of pictures."""
    folder = settings.models_folder()
    detector = ObjectDetector(folder / "detector" / "detector.xml", read_classes(folder / "classes.yaml"))
    return measure(detector, listed_pictures(pictures, "val"))


def main(arguments: list[str] | None = None) -> None:
    """The command line of the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m assessor.train", description="Train the detector.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (("run", "train, export, measure, write the card"), ("measure", "print the figures")):
        command = commands.add_parser(name, help=does)
        command.add_argument("pictures", type=Path, help="folder with dataset.yaml, images/ and labels/")
    run_command = commands.choices["run"]
    run_command.add_argument("--start", type=Path, required=True, help="COCO tensors to start from (.npz)")
    run_command.add_argument("--work", type=Path, required=True, help="state; the same folder goes on")
    run_command.add_argument("--epochs", type=int, default=EPOCHS, help="rounds over the pictures")
    chosen = parser.parse_args(arguments)
    if chosen.command == "run":
        run(chosen.pictures, chosen.start, chosen.work, Plan(epochs=chosen.epochs))
    else:
        sys.stdout.write("\n".join(figure_rows(figures_of(chosen.pictures))) + "\n")


if __name__ == "__main__":
    main()
