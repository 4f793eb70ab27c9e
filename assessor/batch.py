"""Scores recordings one by one and keeps the results: what was scored before is not scored again.

Takes a video with its rule files; gives the attempt as it is stored. Evidence and observations of an attempt
lie in a folder of the store's data folder, named by what was scored.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from assessor import __version__, models
from assessor.bench import Bench, load_bench
from assessor.camera import Recording, probe
from assessor.errors import RuleFileError, StoreError
from assessor.pipeline import OBSERVATIONS_FILE, Score, Task, score_again, score_recording
from assessor.procedure import Procedure, faults_against, load_procedure
from assessor.settings import rules_folder
from assessor.stage_times import StageTimes
from assessor.store import AttemptKey, AttemptRecord, BenchVersion, ProcedureVersion, RecordingFile, Store
from assessor.types import MarkSheet

Report = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to be scored: bench and procedure files, and what was seen in it if that is known."""

    video: Path
    bench: Path
    procedure: Path
    student: str | None = None
    observations: Path | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A scored recording in the store. `times` is empty for one that was scored before."""

    id: UUID
    sheet: MarkSheet
    times: StageTimes = field(default_factory=StageTimes)


def find_rule_file(named: str, kind: str) -> Path:
    """A bench ("benches") or procedure ("procedures") file by path, or by the name of a shipped one."""
    path, shipped = Path(named), rules_folder() / kind / f"{named}.yaml"
    if path.is_file() or not shipped.is_file():
        return path
    return shipped


def load_rules(job: Job) -> tuple[Bench, Procedure]:
    """Bench and procedure of a job. RuleFileError also where they don't fit each other."""
    bench, procedure = load_bench(job.bench), load_procedure(job.procedure)
    if faults := faults_against(procedure, bench):
        raise RuleFileError(faults)
    return bench, procedure


def score_and_keep(job: Job, store: Store, report: Report) -> Attempt:
    """Score a recording and store the result, or give the stored result of an equal earlier scoring."""
    bench, procedure = load_rules(job)
    recording = probe(job.video)
    models.ensure(report)
    key = AttemptKey(recording.sha256, bench.sha256, procedure.sha256, models.sha256s(), job.student)
    known = store.known_attempt(key, recording.name)
    if known is not None:
        return Attempt(known, store.mark_sheet(known))
    folder = f"attempts/{key.fingerprint()[:32]}"
    task = Task(bench, procedure, store.data / folder)
    score = _score(job, task, report)
    return Attempt(store.save_attempt(_record(job, score, task, folder)), score.sheet, task.times)


def score_into(job: Job, folder: Path, report: Report) -> tuple[Score, StageTimes]:
    """Score a recording into a folder of one's own, without the store."""
    if job.observations is None:
        models.ensure(report)
    task = Task(*load_rules(job), folder)
    return _score(job, task, report), task.times


def _score(job: Job, task: Task, report: Report) -> Score:
    try:
        task.folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise StoreError(
            f"expected to write to {task.folder}, got '{fault.strerror}'; name a folder that can be written"
        ) from None
    told = job.video.name
    if job.observations is not None:
        return score_again(job.video, job.observations, task)
    return score_recording(job.video, task, lambda share: report(told, share))


def _record(job: Job, score: Score, task: Task, folder: str) -> AttemptRecord:
    recording, bench, procedure = score.recording, task.bench, task.procedure
    return AttemptRecord(
        _recording_file(recording),
        BenchVersion(bench.sha256, bench.name, _text_of(job.bench)),
        ProcedureVersion(
            procedure.sha256, procedure.procedure, procedure.title.text, _text_of(job.procedure)
        ),
        job.student,
        score.header.models,
        __version__,
        score.sheet,
        folder,
        f"{folder}/{OBSERVATIONS_FILE}",
    )


def _recording_file(recording: Recording) -> RecordingFile:
    return RecordingFile(
        recording.sha256, recording.path.stat().st_size, recording.duration_s, recording.name
    )


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")
