"""A contact sheet of the worst failures: what was said wrongly, the surest first, then what was missed.

    python benchmarks/failures.py samples --degraded --work FOLDER --sheet docs/accuracy_failures.jpg

Takes what `trust.py` takes and shares its `--work`. Each tile shows the picture at the moment, with what was
seen in it: hands (yellow), boxes of tools (white), terminals (green; red: hidden by a hand), the wrong or
missed wire of a photo (magenta). What fails in several versions of a recording stands there once. What stands
below each tile is printed too, with its number.
"""

import argparse
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from assessor.bench import Bench, load_bench
from assessor.camera import FileSource, probe, read_photo
from assessor.errors import SightError
from assessor.geometry import project
from assessor.recording import read_observations
from assessor.types import CameraPose, Image, Observations
from assessor.vision.markers import find_pose
from benchmarks.degraded import VERSIONS
from benchmarks.scored import Scored, cases_in, degraded, open_scorer

TILE = (480, 270)
CAPTION, LINE, LETTERS = 62, 18, 66  # px below a tile, px a line, letters a line
COLUMNS, QUALITY = 3, 80
INK, PAPER = (40, 31, 31), (255, 255, 255)
HAND, BOX, FREE, HIDDEN, WIRE = (0, 220, 255), (255, 255, 255), (80, 220, 80), (60, 60, 255), (255, 0, 255)
FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (0, 17, 18, 19, 20))
KNUCKLES = (5, 9, 13, 17)
say = partial(print, file=sys.stdout, flush=True)


@dataclass(frozen=True, slots=True)
class Failure:
    """One wrong or missed thing. `confidence` None: nothing was said; `wire`: its terminals, on a photo;
    `versions`: of the recording, in which the same fails."""

    scored: Scored
    what: str
    confidence: float | None = None
    t_s: float = 0.0
    wire: tuple[str, str] | None = None
    versions: int = 1

    @property
    def source(self) -> str:
        """The recording or photo that this is, or was made from."""
        stem = self.scored.case.media.stem
        return next((stem.removesuffix(f"_{v}") for v in VERSIONS if stem.endswith(f"_{v}")), stem)

    @property
    def caption(self) -> str:
        """For people."""
        sure = "missed" if self.confidence is None else f"said with {self.confidence:.2f}"
        when = "" if self.scored.recording is None else f" at {self.t_s:.1f} s"
        again = f"; in {self.versions} versions" if self.versions > 1 else ""
        return f"{self.scored.case.media.stem}{when}: {self.what} ({sure}{again})"


def failures_of(scored: Scored) -> list[Failure]:
    """Everything that is wrong with one recording or photo."""
    return [*_of_recording(scored), *_of_photo(scored)]


def _of_recording(scored: Scored) -> Iterator[Failure]:
    result, sure = scored.recording, {verdict.id: verdict.confidence for verdict in scored.verdicts}
    if result is None:
        return
    for step in result.steps.false:
        yield Failure(scored, f"step {step.step} was not done by then", sure[step.step], step.t_s)
    for seen in result.mistakes.false:
        what = f"no mistake here: {seen.mistake.kind} {seen.mistake.subject}"
        yield Failure(scored, what, seen.mistake.confidence, seen.mistake.t_s)
    for done in result.steps.missed:
        yield Failure(scored, f"step {done.step} was done", None, done.t_s)
    for true in result.mistakes.missed:
        yield Failure(scored, f"mistake: {true.kind} {true.name}", None, true.start_s)


def _of_photo(scored: Scored) -> Iterator[Failure]:
    if scored.wires is None:
        return
    for wire in scored.wires.false:
        what = f"no {wire.colour} wire {wire.start}-{wire.end}"
        yield Failure(scored, what, wire.confidence, wire=(wire.start, wire.end))
    for there in scored.wires.missed:
        what = f"{there.colour} wire {there.start}-{there.end}"
        yield Failure(scored, what, wire=(there.start, there.end))
    for true, said in scored.wires.pairs:
        if true.colour != said.colour:
            what = f"{said.start}-{said.end} is {true.colour}, not {said.colour}"
            yield Failure(scored, what, said.confidence, wire=(said.start, said.end))


def worst_first(failures: Iterable[Failure]) -> list[Failure]:
    """What was said wrongly with the highest confidence first, then what was missed; one for all versions."""
    sure = sorted(failures, key=lambda f: (f.confidence is None, -(f.confidence or 0.0), f.caption))
    alike: dict[tuple[str, str], list[Failure]] = {}
    for failure in sure:
        alike.setdefault((failure.source, failure.what), []).append(failure)
    return [replace(same[0], versions=len(same)) for same in alike.values()]


# ---- pictures -----------------------------------------------------------------------------
def tile_of(failure: Failure, number: int) -> Image:
    """The picture of a failure and its caption."""
    bench = load_bench(failure.scored.case.bench)
    picture = _photo(failure, bench) if failure.wire else _moment(failure, bench)
    tile = np.full((TILE[1] + CAPTION, TILE[0], 3), PAPER, np.uint8)
    tile[: TILE[1]] = cv2.resize(picture, TILE, interpolation=cv2.INTER_AREA)
    for row, line in enumerate(textwrap.wrap(f"{number}. {failure.caption}", LETTERS)[:3]):
        at = (6, TILE[1] + LINE * (row + 1) - 2)
        cv2.putText(tile, line, at, cv2.FONT_HERSHEY_SIMPLEX, 0.43, INK, 1, cv2.LINE_AA)
    return tile


def _moment(failure: Failure, bench: Bench) -> Image:
    """The frame of a recording with what was seen in it."""
    recording, t_s = probe(failure.scored.case.media, settle_s=0), failure.t_s
    frame = next(FileSource(recording, 1280, ((t_s, t_s),)).frames())
    image = frame.image.copy()
    if failure.scored.observations is not None:
        _, observed = read_observations(failure.scored.observations)
        draw_seen(image, min(observed, key=lambda one: abs(one.t_s - frame.t_s)), bench)
    return image


def _photo(failure: Failure, bench: Bench) -> Image:
    """A photo with the wire that is wrong or missed as a straight line."""
    image = read_photo(failure.scored.case.media)
    try:
        pose = find_pose(image, bench)
    except SightError:
        return image
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    draw_terminals(image, bench, pose)
    ends = np.rint(project([bench.terminals[name] for name in failure.wire or ()], pose, camera)).astype(int)
    cv2.line(image, ends[0].tolist(), ends[1].tolist(), WIRE, 4, cv2.LINE_AA)
    return image


def draw_seen(image: Image, seen: Observations, bench: Bench) -> None:
    """Hands, boxes and terminals, in place."""
    if seen.pose is not None:
        draw_terminals(image, bench, seen.pose, seen.hidden)
    for one in seen.objects:
        left, top, right, bottom = (round(side) for side in one.box_xyxy)
        cv2.rectangle(image, (left, top), (right, bottom), BOX, 2)
        cv2.putText(image, one.name, (left + 4, top + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, BOX, 2, cv2.LINE_AA)
    for hand in seen.hands:
        for finger in (*FINGERS, KNUCKLES):
            points = np.rint([hand.landmarks_px[i] for i in finger]).astype(np.int32)
            cv2.polylines(image, [points], False, HAND, 2, cv2.LINE_AA)


def draw_terminals(image: Image, bench: Bench, pose: CameraPose, hidden: Sequence[str] = ()) -> None:
    """A dot for each terminal, in place."""
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    places = project(list(bench.terminals.values()), pose, camera)
    for name, (x, y) in zip(bench.terminals, places, strict=True):
        cv2.circle(image, (round(x), round(y)), 4, HIDDEN if name in hidden else FREE, -1, cv2.LINE_AA)


def sheet_of(tiles: Sequence[Image]) -> Image:
    """All tiles in rows."""
    blank = np.full_like(tiles[0], PAPER[0])
    padded = [*tiles, *[blank] * (-len(tiles) % COLUMNS)]
    rows = [np.hstack(padded[i : i + COLUMNS]) for i in range(0, len(padded), COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)


def main() -> None:
    """Score, sort, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps what was seen")
    parser.add_argument("--degraded", action="store_true", help="each recording in four worse versions too")
    parser.add_argument("--old", action="store_true", help="what is kept, even if the seeing has changed")
    parser.add_argument("--procedure", default="motor_start_stop")
    parser.add_argument("--sheet", type=Path, required=True)
    parser.add_argument("--most", type=int, default=12, help="how many are drawn")
    asked = parser.parse_args()
    scorer = open_scorer(asked.work, asked.procedure, asked.old)
    cases = [case for folder in asked.folders for case in cases_in(folder)]
    if asked.degraded:
        cases += degraded(cases, asked.work / "degraded")
    failures = worst_first(one for case in cases for one in failures_of(scorer.score(case)))
    for number, failure in enumerate(failures, 1):
        say(f"{number:3}. {failure.caption}")
    tiles = [tile_of(failure, number) for number, failure in enumerate(failures[: asked.most], 1)]
    if tiles:
        cv2.imwrite(str(asked.sheet), sheet_of(tiles), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    say(f"{len(failures)} failures in {len(cases)} recordings and photos")


if __name__ == "__main__":
    main()
