"""Pictures with boxes as files in YOLO's format: beside the flow, what training and labelling share.

A folder holds `dataset.yaml`, `images/`, `labels/` with one text file a picture (`class x y width height` in
shares of the picture), and a list of pictures for each part: `train` to learn from, `val` to watch the
training, `test` to measure with what was never looked at.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from assessor.errors import InputError
from assessor.located_yaml import Located, load

PARTS = ("train", "val", "test")
DATASET = "dataset.yaml"
PICTURE_KINDS = (".jpg", ".jpeg", ".png")


class Dataset(Located):
    """What `dataset.yaml` says: the lists of pictures and the name of each class number."""

    path: str
    train: str
    val: str
    test: str | None = None
    names: dict[str, str]


def class_names(pictures: Path) -> tuple[str, ...]:
    """The class names of a folder of pictures, in the order of their numbers."""
    named = load(pictures / DATASET, Dataset).names
    return tuple(named[number] for number in sorted(named, key=lambda number: number.zfill(3)))


def listed_pictures(pictures: Path, part: str) -> list[Path]:
    """The pictures of a part as its list names them; none where the folder has no such list."""
    listed = pictures / f"{part}.txt"
    if not listed.is_file():
        return []
    return [pictures / line.strip() for line in listed.read_text(encoding="utf-8").splitlines() if line]


def label_file(picture: Path) -> Path:
    """Where YOLO's format keeps the boxes of a picture: `labels` for the last folder called `images`."""
    parts = list(picture.parts)
    last = max((i for i, part in enumerate(parts) if part == "images"), default=None)
    if last is None:
        raise InputError(f"{picture}: expected a picture below a folder 'images'; it is not")
    parts[last] = "labels"
    return Path(*parts).with_suffix(".txt")


def label_faults(picture: Path, classes: int) -> list[str]:
    """What is wrong with a picture's labels: the file missing, or each line that is no box of a class."""
    label = label_file(picture)
    if not picture.is_file() or not label.is_file():
        return [f"{picture}: expected the picture and {label}; one of them is missing"]
    lines = label.read_text(encoding="utf-8").splitlines()
    return [
        f"{label}:{i}: {fault}" for i, line in enumerate(lines, 1) if (fault := _line_fault(line, classes))
    ]


def _line_fault(line: str, classes: int) -> str | None:
    try:
        name, *box = (float(word) for word in line.split())
    except ValueError:
        return f"expected a class and four numbers, got {line!r}"
    if len(box) != 4 or name not in range(classes) or not all(0 <= value <= 1 for value in box):
        return f"expected a class of 0-{classes - 1} and four numbers of 0..1, got {line!r}"
    return None


def box_line(number: int, box: Sequence[float]) -> str:
    """The line of a label file for left, top, right, bottom in shares of the picture, cut at its edges."""
    left, top, right, bottom = (min(1.0, max(0.0, side)) for side in box)
    values = ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
    return " ".join([str(number), *(f"{value:.5f}" for value in values)])


def write_dataset(
    folder: Path, classes: Sequence[str], lists: Mapping[str, Sequence[str]], root: str = "."
) -> Path:
    """Write the lists of pictures and `dataset.yaml`; gives the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, lines in lists.items():
        (folder / f"{part}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    parts = [f"{part}: {part}.txt" for part in lists]
    numbered = [f"  {number}: {name}" for number, name in enumerate(classes)]
    dataset = folder / DATASET
    dataset.write_text("\n".join([f"path: {root}", *parts, "names:", *numbered]) + "\n", encoding="utf-8")
    return dataset


def check_new(folder: Path) -> None:
    """InputError where a folder that is going to be written holds something."""
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: expected a new or empty folder; it holds files. Name another one")


def every_sixth(groups: Sequence[str]) -> set[str]:
    """Which groups (recordings, not pictures) are kept for testing: each sixth, and one of two to five."""
    return set(groups[5::6]) or set(groups[1:][-1:])
