"""How well photos of finished boards are read: wires, colours, bare copper in mm, findings, seconds.

    python benchmarks/boards.py samples/boards
    python benchmarks/boards.py samples/boards --versions

Takes folders (or single photos) with `NAME.jpg`, `NAME.bench.yaml` and `NAME.truth.json`. `--versions` reads
each photo also smaller, as a phone with another lens would have taken it, turned, compressed, in bad light.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from assessor import terminal
from assessor.accuracy_tables import Table
from assessor.bench import Bench, load_bench
from assessor.board_findings import COUNTED, BoardLook, Finding, counts_of, findings_of, look_of
from assessor.board_photo import read_photo_of
from assessor.camera import read_photo
from assessor.errors import AssessorError
from assessor.measures import Rates
from assessor.procedure import Procedure, load_procedure
from assessor.settings import rules_folder
from assessor.trust import true_look
from assessor.truth.board import read_board_truth
from assessor.types import Image

SURE = 0.6  # below this a count stays open on the mark sheet
PHONE, PHONE_FOCAL = (4000, 3000), 0.82  # of the longer side
WARM = np.array((0.62, 0.75, 0.85))  # gains of blue, green, red
EXIF_ORIENTATION, TURN_RIGHT = 0x0112, 6


@dataclass
class Result:
    """What was right on one photo, or on many. `copper_mm`: errors where copper shows; `false_copper`: ends
    without it that were given some; `open`: counts too unsure to decide."""

    wires: Rates = field(default_factory=Rates)
    colours: Rates = field(default_factory=Rates)
    copper_mm: list[float] = field(default_factory=list)
    false_copper: int = 0
    findings: dict[str, Rates] = field(default_factory=dict)
    open: int = 0
    seconds: list[float] = field(default_factory=list)
    refused: str = ""

    def add(self, other: "Result") -> None:
        """Count another photo in."""
        self.wires, self.colours = self.wires + other.wires, self.colours + other.colours
        self.copper_mm += other.copper_mm
        self.false_copper += other.false_copper
        for count, rates in other.findings.items():
            self.findings[count] = self.findings.get(count, Rates()) + rates
        self.open += other.open
        self.seconds += other.seconds
        self.refused += other.refused


# ---- versions of a photo --------------------------------------------------------------------
def small(image: Image, _bench: Bench) -> Image:
    """1280 pixels wide."""
    size = 1280, round(1280 * image.shape[0] / image.shape[1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def phone(image: Image, bench: Bench) -> Image:
    """4000x3000, another focal length, aimed past the board and held askew: what turning a camera on the spot
    gives, exactly. (Another place cannot be made of a picture.)"""
    height, width = image.shape[:2]
    own = np.array(bench.scaled_camera(width, height).matrix)
    focal = PHONE_FOCAL * max(PHONE)
    lens = np.array([[focal, 0, (PHONE[0] - 1) / 2], [0, focal, (PHONE[1] - 1) / 2], [0, 0, 1]])
    askew, aimed = (cv2.Rodrigues(np.radians(turn))[0] for turn in ((0.0, 0.0, 8.0), (6.0, -5.0, 0.0)))
    turned = lens @ askew @ aimed @ np.linalg.inv(own)
    seen = cv2.warpPerspective(image, turned, PHONE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8)


def as_it_is(image: Image, _bench: Bench) -> Image:
    """The photo itself."""
    return image


def upside_down(image: Image, _bench: Bench) -> Image:
    """Turned by 180°, and no EXIF says so."""
    return np.ascontiguousarray(image[::-1, ::-1])


def on_its_side(image: Image, _bench: Bench) -> Image:
    """Turned by 90°, and EXIF says so."""
    return np.ascontiguousarray(np.rot90(image))


def dim_and_warm(image: Image, _bench: Bench) -> Image:
    """Three quarters of the light, from a warm lamp."""
    return np.asarray(image * WARM).astype(np.uint8)


VERSIONS: dict[str, tuple[Callable[[Image, Bench], Image], int]] = {  # and the JPEG's quality
    "as it is": (as_it_is, 95),
    "1280 wide": (small, 93),
    "phone": (phone, 93),
    "upside down": (upside_down, 93),
    "on its side": (on_its_side, 93),
    "jpeg 60": (as_it_is, 60),
    "dim, warm": (dim_and_warm, 93),
}


def write_version(photo: Path, bench: Bench, name: str, target: Path) -> None:
    """Write a version as a phone would."""
    from PIL import Image as Pictures

    change, quality = VERSIONS[name]
    picture = Pictures.fromarray(np.ascontiguousarray(change(read_photo(photo), bench)[..., ::-1]))
    exif = picture.getexif()
    if change is on_its_side:
        exif[EXIF_ORIENTATION] = TURN_RIGHT
    picture.save(target, quality=quality, exif=exif)


# ---- one photo ------------------------------------------------------------------------------
def measure(photo: Path, beside: Path, procedure: Procedure) -> Result:
    """Read a photo whose truth and bench file lie beside another one."""
    bench = load_bench(beside.with_name(f"{beside.stem}.bench.yaml"))
    true = true_look(read_board_truth(beside.with_name(f"{beside.stem}.truth.json")).netlist)
    start = time.perf_counter()
    try:
        seen = look_of(read_photo_of(photo, bench)[1])
    except AssessorError as fault:
        empty = BoardLook((), ())
        return Result(wires=_wires(empty, true), refused=f"{beside.stem}: {fault} ")
    took_s = time.perf_counter() - start
    errors, false = _copper(seen, true)
    counts = counts_of(seen, procedure, bench)
    return Result(
        _wires(seen, true),
        _colours(seen, true),
        errors,
        false,
        _findings(findings_of(seen, procedure, bench), findings_of(true, procedure, bench)),
        sum(count.confidence < SURE for count in counts),
        [took_s],
    )


def _by_ends(look: BoardLook) -> dict[frozenset[str], tuple[str, dict[str, float]]]:
    """Colour of each wire, and copper by terminal."""
    return {
        frozenset((w.start, w.end)): (w.colour, dict(zip((w.start, w.end), w.bare_mm, strict=True)))
        for w in look.wires
    }


def _wires(seen: BoardLook, true: BoardLook) -> Rates:
    here, there = _by_ends(seen).keys(), _by_ends(true).keys()
    return Rates(len(here & there), len(here - there), len(there - here))


def _colours(seen: BoardLook, true: BoardLook) -> Rates:
    here, there = _by_ends(seen), _by_ends(true)
    both = here.keys() & there.keys()
    right = sum(here[ends][0] == there[ends][0] for ends in both)
    return Rates(right, len(both) - right)


def _copper(seen: BoardLook, true: BoardLook) -> tuple[list[float], int]:
    """Errors at the ends with copper of the wires that were found, and how many others were given some."""
    here, there, errors, false = _by_ends(seen), _by_ends(true), [], 0
    for ends in here.keys() & there.keys():
        for end in ends:
            read_mm, true_mm = here[ends][1][end], there[ends][1][end]
            errors += [read_mm - true_mm] if true_mm else []
            false += bool(read_mm and not true_mm)
    return errors, false


def _findings(seen: Sequence[Finding], true: Sequence[Finding]) -> dict[str, Rates]:
    found = {}
    for count in dict.fromkeys([*COUNTED, *(finding.count for finding in seen)]):
        here, there = (
            {frozenset(f.terminals) for f in findings if f.count == count} for findings in (seen, true)
        )
        found[count] = Rates(len(here & there), len(here - there), len(there - here))
    return found


# ---- tables ---------------------------------------------------------------------------------
WIRE_HEADS = ("photo", "wires F1", "colours")
COPPER_HEADS = ("copper: ends", "mean mm", "95 %", "most", "within 1 mm", "false")
HEADS = (*WIRE_HEADS, *COPPER_HEADS, "findings found/false/missed", "open", "s")


def row(name: str, result: Result) -> tuple[str, ...]:
    """One line of the table."""
    off = np.abs(result.copper_mm)
    all_findings = sum(result.findings.values(), Rates())
    copper = (
        [f"{off.mean():.2f}", f"{np.percentile(off, 95):.2f}", f"{off.max():.2f}"] if len(off) else ["–"] * 3
    )
    return (
        name,
        f"{result.wires.f1 or 0:.3f}",
        f"{result.colours.true} of {result.colours.true + result.colours.false}",
        str(len(off)),
        *copper,
        f"{np.mean(off <= 1):.0%}" if len(off) else "–",
        str(result.false_copper),
        f"{all_findings.true}/{all_findings.false}/{all_findings.missed}",
        str(result.open),
        f"{np.mean(result.seconds):.1f}" if result.seconds else "refused",
    )


def table_of_findings(result: Result) -> Table:
    """Precision and recall by kind."""
    rows = tuple(
        (count, *(str(n) for n in (r.true, r.false, r.missed)), _share(r.precision), _share(r.recall))
        for count, r in result.findings.items()
    )
    return Table("findings", ("kind", "found", "false", "missed", "precision", "recall"), rows)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def photos_in(paths: Sequence[Path]) -> Iterator[Path]:
    """Photos with a truth beside them."""
    for path in paths:
        for photo in sorted(path.glob("*.jpg")) if path.is_dir() else [path]:
            if photo.with_name(f"{photo.stem}.truth.json").exists():
                yield photo


def main() -> None:
    """Print one table of photos, one of kinds of findings; with --versions one line a version."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--versions", action="store_true")
    options = parser.parse_args()
    procedure = load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml")
    photos, rows, total = list(photos_in(options.paths)), [], Result()
    with tempfile.TemporaryDirectory() as folder:
        for name in VERSIONS if options.versions else [""]:
            of_version = Result()
            for photo in photos:
                target = Path(folder) / photo.name if name else photo
                if name:
                    bench = load_bench(photo.with_name(f"{photo.stem}.bench.yaml"))
                    write_version(photo, bench, name, target)
                result = measure(target, photo, procedure)
                of_version.add(result)
                rows += [] if name else [row(photo.stem, result)]
            rows += [row(name, of_version)] if name else []
            total.add(of_version)
    rows += [] if options.versions else [row("all", total)]
    terminal.show_tables((Table("photos", HEADS, tuple(rows), total.refused), table_of_findings(total)))


if __name__ == "__main__":
    main()
