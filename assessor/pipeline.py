"""The flow on one screen: recording → frames → observations → facts → events → verdicts → mark sheet.

`observe` needs the models; what follows runs from recorded observations and the face finder alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assessor.bench import Bench
from assessor.camera import FileSource, Recording, probe
from assessor.confidence import calibrated
from assessor.events import EventBuilder
from assessor.facts import FactBuilder, end_of, gaps_in
from assessor.judge import Judge
from assessor.judge.case import Record
from assessor.marks import mark
from assessor.masks import open_masks
from assessor.procedure import Procedure
from assessor.recording import (
    RecordingHeader,
    check_bench,
    check_recording,
    read_observations,
    rounded,
    write_observations,
)
from assessor.sheet_files import cut_evidence
from assessor.stage_times import StageTimes
from assessor.supplied import Supplied
from assessor.types import Event, Gap, MarkSheet, Observations
from assessor.vision.see import open_eyes

LOOK_PERIOD_S = 0.1  # a hand that moves a metre in a second is 10 cm further
LOOK_WIDTH = 1920  # a wider picture costs more to hand over than it shows
OBSERVATIONS_FILE = "observations.jsonl.gz"
Report = Callable[[float], None]  # share of the recording that is done, 0..1


@dataclass(frozen=True, slots=True)
class Task:
    """What a recording is judged by, the folder that takes observations, clips and stills, and what was
    supplied beside the recording."""

    bench: Bench
    procedure: Procedure
    folder: Path
    times: StageTimes = field(default_factory=StageTimes)
    supplied: Supplied = field(default_factory=Supplied)


@dataclass(frozen=True, slots=True)
class Score:
    """A scored recording: its mark sheet and what that was seen in. `lost`: the clips and stills the sheet
    names that the disk had no room for."""

    sheet: MarkSheet
    header: RecordingHeader
    recording: Recording
    lost: tuple[str, ...] = ()


def score_recording(video: Path, task: Task, report: Report = lambda share: None) -> Score:
    """Score a recording from its pictures. InputError, ModelError or SightError say why it can't be."""
    recording = probe(video)
    header, observations = observe(recording, task, report)
    with task.times.stage("record"):
        write_observations(task.folder / OBSERVATIONS_FILE, header, observations)
    sheet = judge(header, iter(observations), task)
    return finish(Score(sheet, header, recording), task, observations)


def score_again(video: Path, observations: Path, task: Task) -> Score:
    """Score from recorded observations: no model looks at the video, the verdicts are the same."""
    recording = probe(video)
    header, read = read_observations(observations)
    check_recording(header, recording.name, recording.sha256)
    check_bench(header, task.bench.name, task.bench.sha256)
    seen = list(read)
    return finish(Score(judge(header, iter(seen), task), header, recording), task, seen)


def observe(recording: Recording, task: Task, report: Report) -> tuple[RecordingHeader, list[Observations]]:
    """Let the models look at the recording, ten times a second."""
    source, observations = FileSource(recording, LOOK_WIDTH, period_s=LOOK_PERIOD_S), []
    eyes = open_eyes(task.bench, task.times)
    for seen in eyes.watch(task.times.each("decode", source.frames())):
        observations.append(rounded(seen))
        report(seen.t_s / max(recording.duration_s, 0.001))
    observations[-1] = rounded(eyes.last_look(observations[-1]))
    read = source.frames_read, source.partial, recording.duration_s, *source.size
    return RecordingHeader(recording.sha256, task.bench.sha256, eyes.models, *read), observations


def judge(header: RecordingHeader, observations: Iterator[Observations], task: Task) -> MarkSheet:
    """Facts, events, verdicts and marks of what was seen."""
    with task.times.stage("judge"):
        return mark_record(note(header, observations, task), header, task)


def note(header: RecordingHeader, observations: Iterator[Observations], task: Task) -> Record:
    """Facts and events of what was seen and supplied: what the judge is told."""
    facts = FactBuilder.of(task.procedure, task.bench, (header.width, header.height))
    builder = EventBuilder(task.procedure.timing.hold_s, task.procedure.timing.forget_s)
    scenes: list[tuple[float, str]] = []
    events: list[Event] = []
    for seen in observations:
        scenes.append((seen.t_s, seen.scene))
        for fact in facts.update(seen):
            events += builder.update(fact)
    end_s = end_of(scenes)
    for fact in task.supplied.facts_until(end_s, task.procedure, task.bench):
        events += builder.update(fact)
    events += builder.finish(end_s)
    unread = [Gap(end_s, header.duration_s, "recording cut")] if header.partial else []  # promised, not held
    return Record(tuple(events), (*gaps_in(scenes, end_s), *unread), end_s, closed=True)


def mark_record(record: Record, header: RecordingHeader, task: Task) -> MarkSheet:
    """The mark sheet of what was noted."""
    judged = calibrated(judge_of(record, task).judged(record.end_s, record.gaps), task.procedure)
    supplied, on = task.supplied, (task.procedure, task.bench)
    sheet = mark(task.procedure, supplied.told_in(judged, *on), header)
    return supplied.shown_in(sheet, *on, record.end_s)


def judge_of(record: Record, task: Task) -> Judge:
    """A judge that has heard the whole record."""
    judge = Judge(task.procedure, task.bench)
    judge.update(record.events)
    return judge


def finish(score: Score, task: Task, observations: Sequence[Observations]) -> Score:
    """Cut the clips and stills that the sheet names, masked: the bench is kept, no face is."""
    with task.times.stage("evidence"):
        mask = open_masks(task.bench, observations).masked
        shown = cut_evidence(score.recording, score.sheet, task.folder, mask)
        return replace(score, sheet=shown.sheet, lost=shown.lost)
