"""Recordings and photos with truth → claims, for `trust.py` and `failures.py`; keeps what was seen.

What was seen of a recording is looked at again only when the recording, its bench, a model or the code of the
seeing has changed, so that a change of the judge is measured in seconds.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assessor import models
from assessor.batch import find_rule_file
from assessor.bench import Bench, load_bench
from assessor.board_findings import BoardLook, counts_of, look_of
from assessor.camera import probe, read_photo
from assessor.evaluate import Case, RecordingResult, Wires, evaluate_board, evaluate_recording, find_cases
from assessor.pipeline import Task, judge_of, mark_record, note, observe
from assessor.procedure import Procedure, load_procedure
from assessor.recording import read_observations, write_observations
from assessor.settings import rules_folder
from assessor.trust import Claim, claims_of_counts, claims_of_recording, claims_of_wires, true_look
from assessor.truth.board import read_board_truth
from assessor.types import Verdict, WireObservation
from assessor.vision.board import read_board
from benchmarks.degraded import VERSIONS, write_version

SEEING = ("camera", "vision", "bench", "geometry.py", "pipeline.py", "ahead.py")


@dataclass(frozen=True, slots=True)
class Scored:
    """A recording or photo with what was said about it. `raw`: the claims as the judge makes them, before
    `assessor/confidence.py`; `observations`: the file of what was seen."""

    case: Case
    claims: list[Claim]
    raw: Sequence[Claim] = ()
    verdicts: Sequence[Verdict] = ()
    recording: RecordingResult | None = None
    wires: Wires | None = None
    observations: Path | None = None


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores cases. `folder` keeps what was seen; `eyes`: sha256 of the seeing; `old`: what is kept is good
    even if the seeing has changed."""

    folder: Path
    procedure: Procedure
    eyes: str
    old: bool = False

    def score(self, case: Case) -> Scored:
        """Claims of one recording or photo."""
        return self._recording(case) if case.is_recording else self._photo(case)

    def _recording(self, case: Case) -> Scored:
        said: list[Verdict] = []
        raw: list[Verdict] = []
        files: list[Path] = []

        def verdicts(video: Path, bench: Bench, procedure: Procedure) -> Sequence[Verdict]:
            task = Task(bench, procedure, self.folder)
            files.append(self._seen(video, task))
            header, seen = read_observations(files[0])
            record = note(header, seen, task)
            raw.extend(judge_of(record, task).judged(record.end_s, record.gaps).verdicts)
            said.extend(mark_record(record, header, task).verdicts)
            return said

        result = evaluate_recording(case, self.procedure, verdicts)
        claims, before = (claims_of_recording(result, some, self.procedure) for some in (said, raw))
        return Scored(case, claims, before, said, result, observations=files[0] if files else None)

    def _seen(self, video: Path, task: Task) -> Path:
        """The file of what is seen in a recording."""
        recording = probe(video, settle_s=0)
        name = f"{video.stem}_{sha256_of([recording.sha256, task.bench.sha256])}"
        kept = sorted(self.folder.glob(f"{name}_*.jsonl.gz"), key=lambda path: path.stat().st_mtime)
        path = self.folder / f"{name}_{self.eyes}.jsonl.gz"
        if path in kept or (self.old and kept):
            return path if path in kept else kept[-1]
        write_observations(path, *observe(recording, task, lambda _share: None))
        return path

    def _photo(self, case: Case) -> Scored:
        looks: list[BoardLook] = []

        def read(photo: Path, bench: Bench) -> Sequence[WireObservation]:
            reading = read_board(read_photo(photo), bench)
            looks.append(look_of(reading))
            return reading.wires

        result, bench = evaluate_board(case, read), load_bench(case.bench)
        true = counts_of(true_look(read_board_truth(case.truth).netlist), self.procedure, bench)
        claims = claims_of_wires(case.name, result.wires)
        for look in looks:
            claims += claims_of_counts(case.name, counts_of(look, self.procedure, bench), true)
        return Scored(case, claims, wires=result.wires)


def open_scorer(folder: Path, procedure: str, old: bool) -> Scorer:
    """A scorer that keeps what is seen in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Scorer(folder, load_procedure(find_rule_file(procedure, "procedures")), _eyes_sha256(), old)


def cases_in(folder: Path) -> Iterator[Case]:
    """The cases of a folder, or the one recording or photo that is named."""
    if folder.is_dir():
        yield from find_cases(folder)
    else:
        beside = [folder.with_name(folder.stem + ending) for ending in (".truth.json", ".bench.yaml")]
        yield Case(folder.stem, folder, *beside)


def degraded(cases: Sequence[Case], folder: Path) -> list[Case]:
    """Every recording made worse in every way, once."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {case.media.stem: case.media for case in cases if case.is_recording}
    for stem, video in names.items():
        for version in VERSIONS:
            if not (folder / f"{stem}_{version}.truth.json").exists():
                write_version(video, version, folder)
    wanted = {f"{stem}_{version}" for stem in names for version in VERSIONS}
    return [case for case in find_cases(folder) if case.media.stem in wanted] if wanted else []


def _eyes_sha256() -> str:
    """What the seeing consists of: its code, models and shared bench parts."""
    package = rules_folder().parent / "assessor"
    files = [path for name in SEEING for path in sorted([package / name, *(package / name).rglob("*.py")])]
    code = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    return sha256_of([*code, *sorted(models.sha256s().values())])


def sha256_of(texts: Sequence[str]) -> str:
    """Twelve letters for many texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
