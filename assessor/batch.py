"""Scores recordings one by one and keeps the results: what was scored before is not scored again.

Takes a video with its rule files; gives the attempt as it is stored. Evidence and observations of an attempt
lie in a folder of the store's data folder, named by what was scored.
"""

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from assessor import __version__, models
from assessor.bench import Bench, load_bench
from assessor.camera import Recording, probe, read_photo
from assessor.errors import Fault, RuleFileError, StoreError
from assessor.evidence import write_still
from assessor.ledger.kept_files import is_thinned
from assessor.located_yaml.faults import nearest, one_of
from assessor.located_yaml.source import Source, read_source
from assessor.masks import masked_photo, open_masks
from assessor.pipeline import OBSERVATIONS_FILE, Score, Task, score_again, score_recording
from assessor.procedure import Procedure, faults_against, load_procedure
from assessor.recording import read_observations
from assessor.rule_kinds import KINDS, SWAPPED
from assessor.settings import own_rules_folder, rules_folder
from assessor.sheet_files import cut_anew, missing_of
from assessor.stage_times import StageTimes
from assessor.store import AttemptKey, AttemptRecord, BenchVersion, ProcedureVersion, RecordingFile, Store
from assessor.supplied import SUPPLIED_FILE, Options, photo_file, supplied_by, write_supplied
from assessor.types import MarkSheet, Text

Report = Callable[[str, float], None]
RULE_FOLDERS = {"benches": "bench", "procedures": "procedure"}


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to be scored: bench and procedure files, what was seen in it if that is known, and the
    evidence that is supplied beside it."""

    video: Path
    bench: Path
    procedure: Path
    student: str | None = None
    observations: Path | None = None
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A scored recording in the store. `times` is empty for one that was scored before; `lost`: clips and
    stills of it that the disk had no room for."""

    id: UUID
    sheet: MarkSheet
    times: StageTimes = field(default_factory=StageTimes)
    lost: tuple[str, ...] = ()


def find_rule_file(named: str, kind: str) -> Path:
    """A bench ("benches") or procedure ("procedures") file by path, or by the name of a shipped one.
    RuleFileError says what there is instead."""
    path, shipped = Path(named), {of: _shipped(of) for of in RULE_FOLDERS}
    if path.is_file():
        return path
    if named in shipped[kind]:
        return shipped[kind][named]
    other = next((of for of, files in shipped.items() if named in files), None)
    if other is not None:
        here, there = KINDS[RULE_FOLDERS[kind]], KINDS[RULE_FOLDERS[other]]
        raise RuleFileError([Fault(named, 1, 1, "", here, there, SWAPPED)])
    raise RuleFileError([_not_found(path, KINDS[RULE_FOLDERS[kind]], shipped[kind])])


def _shipped(kind: str) -> dict[str, Path]:
    folders = rules_folder(), own_rules_folder()  # a school's own one stands before a shipped one of its name
    return {file.stem: file for folder in folders for file in sorted((folder / kind).glob("*.yaml"))}


def _not_found(path: Path, wanted: Text, shipped: Collection[str]) -> Fault:
    """A folder in place of a file, a file that is not there, or a name that none of the shipped ones has."""
    named = str(path)
    if path.is_dir():
        came, hint = Text(zh="文件夹", en="a folder"), Text(zh="请给出其中的文件", en="name the file in it")
        return Fault(named, 1, 1, "", wanted, came, hint)
    came = Text(zh="没有这个文件", en="no such file")
    if path.suffix or path.parent != Path():
        beside = [file.name for file in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        return Fault(named, 1, 1, "", wanted, came, nearest(path.name, beside) or nearest(path.stem, shipped))
    listed = one_of(shipped)
    expected = Text(
        zh=f"{wanted.zh}，或自带文件的名称（{listed.zh}）", en=f"{wanted.en}, or a shipped one, {listed.en}"
    )
    return Fault(named, 1, 1, "", expected, came, nearest(named, shipped))


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
    """Score a recording and store the result, or give the stored result of an equal earlier scoring: then
    what the disk had no room for is cut."""
    rules = load_rules(job)
    supplied = supplied_by(job.options, rules.procedure, rules.bench)
    recording = probe(job.video)
    seen_by = _models_of(job, report)
    plain = AttemptKey(
        recording.sha256, rules.bench.sha256, rules.procedure.sha256, seen_by, job.student, __version__
    )
    key = replace(plain, supplied_sha256=supplied.sha256)
    folder = _folder(key)
    known = store.known_attempt(key, recording.name)
    if known is not None:
        sheet = store.mark_sheet(known)
        kept = not store.read(lambda session: is_thinned(session, known))
        lost = _cut_missing(recording, rules, sheet, store.data / folder) if kept else ()
        return Attempt(known, sheet, lost=lost)
    task = Task(rules.bench, rules.procedure, store.data / folder, supplied=supplied)
    score = _score(_with_known_observations(job, store.data / _folder(plain)), task, report)
    record = replace(_record(job, score, rules, folder), supplied_sha256=supplied.sha256)
    return Attempt(store.save_attempt(record), score.sheet, task.times, score.lost)


def _cut_missing(recording: Recording, rules: Rules, sheet: MarkSheet, folder: Path) -> tuple[str, ...]:
    """Cut what a stored sheet names and is not there; the names of what still has no room."""
    observations = folder / OBSERVATIONS_FILE
    missing = missing_of(sheet, folder)
    if not missing or not observations.is_file():
        return ()
    mask = open_masks(rules.bench, read_observations(observations)[1]).masked
    return cut_anew(recording, missing, mask)


def score_into(job: Job, folder: Path, report: Report) -> tuple[Score, StageTimes]:
    """Score a recording into a folder of one's own, without the store."""
    rules = load_rules(job)
    supplied = supplied_by(job.options, rules.procedure, rules.bench)
    _models_of(job, report)
    task = Task(rules.bench, rules.procedure, folder, supplied=supplied)
    return _score(job, task, report), task.times


def _folder(key: AttemptKey) -> str:
    return f"attempts/{key.fingerprint()[:32]}"


def _with_known_observations(job: Job, folder: Path) -> Job:
    """Evidence that comes later needs no second look at the video: what was seen without it is known."""
    known = folder / OBSERVATIONS_FILE
    return job if job.observations is not None or not known.is_file() else replace(job, observations=known)


def _models_of(job: Job, report: Report) -> dict[str, str]:
    """The models that look at the video, or that looked when its observations were recorded."""
    models.ensure(report)
    if job.observations is not None:
        header, _ = read_observations(job.observations)
        return header.models
    return models.sha256s()


def _score(job: Job, task: Task, report: Report) -> Score:
    try:
        task.folder.mkdir(parents=True, exist_ok=True)
        _keep_supplied(job.options, task)
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


def _keep_supplied(options: Options, task: Task) -> None:
    """What was supplied lies beside the observations, the photos as JPEG, upright."""
    write_supplied(task.folder / SUPPLIED_FILE, task.supplied)
    for number, photo in enumerate(options.photos, start=1):
        write_still(task.folder / photo_file(number), masked_photo(read_photo(photo), task.bench))


def _record(job: Job, score: Score, rules: Rules, folder: str) -> AttemptRecord:
    return AttemptRecord(
        _recording_file(score.recording),
        bench_version(rules),
        procedure_version(rules),
        job.student,
        score.header.models,
        __version__,
        score.sheet,
        folder,
        f"{folder}/{OBSERVATIONS_FILE}",
    )


def bench_version(rules: Rules) -> BenchVersion:
    """The bench file as it was read."""
    bench = rules.bench
    return BenchVersion(bench.sha256, bench.name, _text_of(rules.bench_source), _texts_of(bench.included))


def procedure_version(rules: Rules) -> ProcedureVersion:
    """The procedure file as it was read."""
    procedure = rules.procedure
    source, included = _text_of(rules.procedure_source), _texts_of(procedure.included)
    return ProcedureVersion(procedure.sha256, procedure.procedure, procedure.title.text, source, included)


def _recording_file(recording: Recording) -> RecordingFile:
    return RecordingFile(
        recording.sha256, recording.path.stat().st_size, recording.duration_s, recording.name
    )


def _texts_of(sources: Mapping[str, Source]) -> dict[str, str]:
    return {name: _text_of(source) for name, source in sources.items()}


def _text_of(source: Source) -> str:
    return source.data.decode("utf-8")
