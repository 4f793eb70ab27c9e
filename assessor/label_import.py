"""Labels that people drew -> pictures to train on: beside the flow; from CVAT, Label Studio, Roboflow.

Takes a folder in YOLO's format, boxes or outlines, and a plan that says which of its classes is which of
ours; gives a folder as `assessor train` reads it. Refuses names and boxes that cannot be right, all at once.
"""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from assessor.errors import InputError
from assessor.labelled_pictures import (
    PICTURE_KINDS,
    box_line,
    check_new,
    every_sixth,
    label_file,
    write_dataset,
)
from assessor.located_yaml import Located, load
from assessor.tool_tips import tip_of

TIP = "tool_tip"
TIP_SHARE = 32 / 640  # side of a tip's box to the width of the picture, as in the rendered pictures
NAME_FILES = ("data.yaml", "dataset.yaml", "classes.yaml")
TOLD = 20  # faults that are told; the rest is counted

Corners = NDArray[np.float64]


class Plan(Located):
    """Which pictures are taken (patterns of file names) and which of their classes is which of ours.

    Without `names` they have our names. A class that `names` leaves out becomes background.
    """

    names: dict[str, str] | None = None
    only: tuple[str, ...] = ("*",)
    leave_out: tuple[str, ...] = ()
    test: tuple[str, ...] | None = None
    tips: tuple[str, ...] = ()


class Foreign(Located):
    """What is read of the `data.yaml` of other tools."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    names: dict[str, str] | tuple[str, ...]


class Shape(NamedTuple):
    """One labelled thing: its number in the source, corners (n, 2) in shares of the picture."""

    number: int
    corners: Corners


@dataclass(frozen=True, slots=True)
class Imported:
    """How many pictures went into each part, and how many boxes each class got."""

    pictures: dict[str, int]
    boxes: dict[str, int]


def import_labels(source: Path, out: Path, classes: tuple[str, ...], plan: Plan) -> Imported:
    """Copy the pictures that the plan takes and write their boxes to a new folder; `source` is only read."""
    check_new(out)
    numbers = _numbers(source, classes, plan)
    taken = [picture for picture in _pictures(source) if _is_taken(picture.name, plan)]
    if not taken:
        raise InputError(f"{source}: expected pictures below 'images' that the plan takes; there are none")
    shapes = _read_all(taken, numbers)
    for part in ("images", "labels"):
        (out / part).mkdir(parents=True, exist_ok=True)
    boxes: Counter[str] = Counter()
    lists: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    for_test = _test_pictures(taken, plan)
    for picture in taken:
        lines = list(_lines(picture, shapes[picture], (numbers, classes, plan)))
        boxes.update(classes[int(line.split()[0])] for line in lines)
        shutil.copyfile(picture, out / "images" / picture.name)
        (out / "labels" / f"{picture.stem}.txt").write_text("".join(f"{line}\n" for line in lines))
        lists["test" if picture in for_test else "train"].append(f"./images/{picture.name}")
    write_dataset(out, classes, lists)
    return Imported({part: len(names) for part, names in lists.items()}, {n: boxes[n] for n in classes})


def source_names(source: Path) -> tuple[str, ...]:
    """The class names of a folder that another tool wrote, in the order of their numbers."""
    listed = source / "classes.txt"  # Label Studio
    if listed.is_file():
        return tuple(line.strip() for line in listed.read_text(encoding="utf-8").splitlines() if line.strip())
    for name in NAME_FILES:
        if (source / name).is_file():
            named = load(source / name, Foreign).names
            if isinstance(named, dict):
                return tuple(named[number] for number in sorted(named, key=lambda number: number.zfill(3)))
            return named
    raise InputError(
        f"{source}: expected classes.txt or one of {', '.join(NAME_FILES)} with the names of the classes; "
        "export in a YOLO format"
    )


def _numbers(source: Path, classes: tuple[str, ...], plan: Plan) -> dict[int, int | None]:
    """Number in the source -> our number, None for background; every unknown name is told at once."""
    names = source_names(source)
    known = plan.names if plan.names is not None else {name: name for name in names}
    wrong = sorted({ours for ours in (*known.values(), *plan.tips) if ours not in classes})
    absent = sorted(set(known) - set(names))
    if wrong or absent:
        told = [f"{name!r} is no class of ours" for name in wrong]
        told += [f"{name!r} is no class of {source.name}" for name in absent]
        raise InputError(
            f"{source}: {'; '.join(told)}. Ours: {', '.join(classes)}. Theirs: {', '.join(names)}. "
            "Mend the names in the labelling tool, or give a plan with `names`"
        )
    return {i: classes.index(known[name]) if name in known else None for i, name in enumerate(names)}


def _pictures(source: Path) -> list[Path]:
    found = (source / "images").rglob("*")
    return sorted(path for path in found if path.suffix.lower() in PICTURE_KINDS)


def _is_taken(name: str, plan: Plan) -> bool:
    return _fits(name, plan.only) and not _fits(name, plan.leave_out)


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _test_pictures(pictures: Sequence[Path], plan: Plan) -> set[Path]:
    """Whole recordings, never single pictures of one: by the plan's patterns, else every sixth recording."""
    if plan.test is not None:
        return {picture for picture in pictures if _fits(picture.name, plan.test)}
    apart = every_sixth(sorted({recording_of(picture.stem) for picture in pictures}))
    return {picture for picture in pictures if recording_of(picture.stem) in apart}


def recording_of(stem: str) -> str:
    """What comes before the last `_` in a picture's name: `label_export` writes the recording there."""
    return stem.rpartition("_")[0] or stem


def _read_all(pictures: Sequence[Path], numbers: dict[int, int | None]) -> dict[Path, list[Shape]]:
    faults, shapes, stems = list[str](), dict[Path, list[Shape]](), defaultdict[str, list[Path]](list)
    for picture in pictures:
        stems[picture.stem].append(picture)
        label = label_file(picture)
        if not label.is_file():
            faults.append(
                f"{picture}: expected its labels in {label}; a picture of nothing has an empty file"
            )
            continue
        shapes[picture] = []
        for i, line in enumerate(label.read_text(encoding="utf-8").splitlines(), 1):
            shape = _shape(line, numbers)
            if isinstance(shape, Shape):
                shapes[picture].append(shape)
            else:
                faults.append(f"{label}:{i}: {shape}")
    faults += [
        f"{len(same)} pictures are called {stem!r}; rename" for stem, same in stems.items() if same[1:]
    ]
    if faults:
        more = [f"and {len(faults) - TOLD} more"] if len(faults) > TOLD else []
        raise InputError("\n".join([f"{len(faults)} labels cannot be used", *faults[:TOLD], *more]))
    return shapes


def _shape(line: str, numbers: dict[int, int | None]) -> Shape | str:
    """A box (four numbers) or an outline (six or more), or what is wrong with the line."""
    try:
        name, *values = (float(word) for word in line.split())
    except ValueError:
        return f"expected a class and numbers, got {line[:60]!r}"
    if name not in numbers:
        return f"expected a class of 0-{len(numbers) - 1}, got {name:g}"
    if not all(-0.001 <= value <= 1.001 for value in values):
        return f"expected numbers of 0..1, shares of the picture, got {line[:60]!r}"
    if len(values) == 4:
        x, y, w, h = values
        corners = np.array([(x - w / 2, y - h / 2), (x + w / 2, y + h / 2)])
    elif len(values) >= 6 and len(values) % 2 == 0:
        corners = np.array(values).reshape(-1, 2)
    else:
        return f"expected 4 numbers of a box or an even number of an outline, got {len(values)}"
    if np.ptp(corners, axis=0).min() <= 0:
        return "expected a box with a width and a height, got an empty one"
    return Shape(int(name), corners)


def _lines(
    picture: Path,
    shapes: Sequence[Shape],
    names: tuple[dict[int, int | None], tuple[str, ...], Plan],
) -> Iterator[str]:
    numbers, classes, plan = names
    for number, corners in shapes:
        ours = numbers[number]
        if ours is None:
            continue
        yield box_line(ours, [*corners.min(axis=0), *corners.max(axis=0)])
        if classes[ours] in plan.tips and len(corners) > 2 and (box := _tip_box(picture, corners)):
            yield box_line(classes.index(TIP), box)


def _tip_box(picture: Path, corners: Corners) -> tuple[float, float, float, float] | None:
    image = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(f"{picture}: expected a picture; it cannot be read")
    height, width = image.shape[:2]
    tip = tip_of(corners * (width, height), (width, height))
    if tip is None:
        return None
    x, y, half = tip[0] / width, tip[1] / height, TIP_SHARE / 2
    return x - half, y - half * width / height, x + half, y + half * width / height
