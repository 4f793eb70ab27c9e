"""A trained detector's figures and sums -> its card and the manifest: beside the flow, after training."""

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from assessor.detector_figures import ClassFigure
from assessor.errors import InputError

CARD, MANIFEST = "detector.md", "manifest.yaml"
FIGURES_BEGIN, FIGURES_END = "<!-- figures -->", "<!-- /figures -->"

Figures = Mapping[str, Sequence[ClassFigure]]
"""Name of a set of pictures -> the figure of each class that it shows."""


def begin_folder(out: Path, shipped: Path) -> None:
    """Give a folder of models the classes, the manifest and the card that came with the package."""
    (out / "detector").mkdir(parents=True, exist_ok=True)
    for name in ("classes.yaml", MANIFEST, CARD):
        if not (out / name).exists():
            shutil.copyfile(shipped / name, out / name)


def register(model: Path, manifest: Path) -> None:
    """Write the sha256 of each file of the detector into its entry of the manifest; the rest stays."""
    text = manifest.read_text(encoding="utf-8")
    for part in (model.with_suffix(suffix) for suffix in (".xml", ".bin", ".npz")):
        sha256 = hashlib.sha256(part.read_bytes()).hexdigest()
        text, changed = re.subn(rf"({re.escape(part.name)}:) [0-9a-f]{{64}}\b", rf"\1 {sha256}", text)
        if not changed:
            raise InputError(f"{manifest}: expected a line `{part.name}: <sha256>`; there is none")
    manifest.write_text(text, encoding="utf-8")


def fill_card(card: Path, figures: Figures) -> None:
    """Put the table of figures between the two marks of the model card."""
    before, _, rest = card.read_text(encoding="utf-8").partition(FIGURES_BEGIN)
    _, _, after = rest.partition(FIGURES_END)
    table = "\n".join([FIGURES_BEGIN, *figure_rows(figures), FIGURES_END])
    card.write_text(before + table + after, encoding="utf-8")


def figure_rows(figures: Figures) -> list[str]:
    """A table in Markdown: one row a class, one column a set, `AP50 (boxes)`; the means in the last row."""
    sets = list(figures.values())
    names = list(dict.fromkeys(figure.name for shown in sets for figure in shown))
    head = ["class", *figures]
    rows = [[name, *(_cell(shown, name) for shown in sets)] for name in names]
    rows.append(["mean", *(_mean(shown) for shown in sets)])
    return [_row(head), "|---" * len(head) + "|", *(_row(row) for row in rows)]


def _cell(shown: Sequence[ClassFigure], name: str) -> str:
    found = next((figure for figure in shown if figure.name == name), None)
    return f"{found.ap50:.3f} ({found.boxes})" if found else "–"


def _mean(shown: Sequence[ClassFigure]) -> str:
    if not shown:
        return "–"
    mean = sum(figure.ap50 for figure in shown) / len(shown)
    return f"{mean:.3f} ({sum(figure.boxes for figure in shown)})"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
