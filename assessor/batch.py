"""Scores recordings one by one and keeps the results: what was scored before is not scored again.

Takes a video with its rule files; gives the attempt as it is stored. Evidence and observations of an attempt
lie in a folder of the store's data folder, named by what was scored.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from assessor import __version__, models
from assessor.bench import Bench, load_bench
from assessor.camera import Recording, probe
from assessor.errors import RuleFileError, StoreError
from assessor.located_yaml.source import Source, read_source
from assessor.pipeline import OBSERVATIONS_FILE, Score, Task, score_again, score_recording
from assessor.procedure import Procedure, faults_against, load_procedure
from assessor.recording import read_observations
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


@dataclass(frozen=True, slots=True)
class Rules:
    """Bench and procedure with the very bytes they were read from: a file may be edited while it scores."""

    bench: Bench
    procedure: Procedure
    bench_source: Source
    procedure_source: Source


def load_rules(job: Job) -> Rules:
    """Bench and procedure of a job. RuleFileError also where they don't fit each other."""
    bench_source, procedure_source = read_source(job.bench), read_source(job.procedure)
    bench, procedure = load_bench(bench_source), load_procedure(procedure_source)
    if faults := faults_against(procedure, bench):
        raise RuleFileError(faults)
    return Rules(bench, procedure, bench_source, procedure_source)


def score_and_keep(job: Job, store: Store, report: Report) -> Attempt:
    """Score a recording and store the result, or give the stored result of an equal earlier scoring."""
    rules = load_rules(job)
    recording = probe(job.video)
    seen_by = _models_of(job, report)
    key = AttemptKey(
        recording.sha256, rules.bench.sha256, rules.procedure.sha256, seen_by, job.student, __version__
    )
    known = store.known_attempt(key, recording.name)
    if known is not None:
        return Attempt(known, store.mark_sheet(known))
    folder = f"attempts/{key.fingerprint()[:32]}"
    task = Task(rules.bench, rules.procedure, store.data / folder)
    score = _score(job, task, report)
    return Attempt(store.save_attempt(_record(job, score, rules, folder)), score.sheet, task.times)


def score_into(job: Job, folder: Path, report: Report) -> tuple[Score, StageTimes]:
    """Score a recording into a folder of one's own, without the store."""
    rules = load_rules(job)
    _models_of(job, report)
    task = Task(rules.bench, rules.procedure, folder)
    return _score(job, task, report), task.times


def _models_of(job: Job, report: Report) -> dict[str, str]:
    """The models that look at the video, or that looked when its observations were recorded."""
    if job.observations is not None:
        header, _ = read_observations(job.observations)
        return header.models
    models.ensure(report)
    return models.sha256s()


def _score(job: Job, task: Task, report: Report) -> Score:
    try:
        task.folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise StoreError(
            f"expected to write to {task.folder}, got '{fault.strerror}'; name a folder that can be written"
        ) from None
    told = job.video.name
    if job.observations is not None:
        score = score_again(job.video, job.observations, task)
        kept = task.folder / OBSERVATIONS_FILE
        if not (kept.exists() and kept.samefile(job.observations)):
            shutil.copyfile(job.observations, kept)
        return score
    return score_recording(job.video, task, lambda share: report(told, share))


def _record(job: Job, score: Score, rules: Rules, folder: str) -> AttemptRecord:
    bench, procedure = rules.bench, rules.procedure
    return AttemptRecord(
        _recording_file(score.recording),
        BenchVersion(bench.sha256, bench.name, _text_of(rules.bench_source), _texts_of(bench.included)),
        ProcedureVersion(
            procedure.sha256,
            procedure.procedure,
            procedure.title.text,
            _text_of(rules.procedure_source),
            _texts_of(procedure.included),
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


def _texts_of(sources: Mapping[str, Source]) -> dict[str, str]:
    return {name: _text_of(source) for name, source in sources.items()}


def _text_of(source: Source) -> str:
    return source.data.decode("utf-8")
