"""A stored attempt becomes again what it was judged from: bench, procedure and recorded observations.

Explaining and re-scoring begin here; no camera and no model is needed, and nothing stored is changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from assessor.bench import Bench, load_bench
from assessor.errors import RuleFileError, StoreError
from assessor.judge.case import Case, Record
from assessor.located_yaml.source import Source
from assessor.pipeline import Task, judge_of, mark_record, note
from assessor.procedure import Procedure, faults_against, load_procedure
from assessor.recording import RecordingHeader, check_bench, read_observations
from assessor.store import AttemptSummary, Store
from assessor.supplied import SUPPLIED_FILE, read_supplied
from assessor.types import MarkSheet

PAGE = 200


@dataclass(frozen=True, slots=True)
class Reopened:
    """What an attempt was judged from, and the task that judges it: the stored procedure or another one."""

    task: Task
    header: RecordingHeader
    record: Record

    @property
    def case(self) -> Case:
        """Everything the verdicts rest on."""
        return judge_of(self.record, self.task).case(self.record.end_s, self.record.gaps)

    @property
    def sheet(self) -> MarkSheet:
        """The mark sheet that follows."""
        return mark_record(self.record, self.header, self.task)


def attempts_of(store: Store, procedure: str) -> Iterator[AttemptSummary]:
    """Every stored attempt at the procedure of this name, newest first."""
    before: int | None = None
    while True:
        page = store.attempts(PAGE, before)
        yield from (summary for summary in page.items if summary.procedure == procedure)
        if page.next is None:
            return
        before = page.next


def reopen(store: Store, attempt: UUID, procedure: Procedure | None = None) -> Reopened:
    """The attempt as it was seen. `procedure` None = the one it was scored with. StoreError, InputError or
    RuleFileError say why it cannot be."""
    summary = store.attempt(attempt)
    if summary.observations is None:
        raise StoreError(
            f"expected recorded observations of the attempt {attempt}, but none were kept; "
            "score its recording again"
        )
    bench = _bench(store, summary)
    return watch(store.data / summary.observations, bench, procedure or _procedure(store, summary))


def watch(observations: Path, bench: Bench, procedure: Procedure) -> Reopened:
    """What recorded observations say on a bench, with the evidence that was supplied beside them.
    RuleFileError where procedure and bench don't fit."""
    if faults := faults_against(procedure, bench):
        raise RuleFileError(faults)
    supplied = read_supplied(observations.parent / SUPPLIED_FILE)
    task = Task(bench, procedure, observations.parent, supplied=supplied)  # nothing is written there
    header, seen = read_observations(observations)
    check_bench(header, bench.name, bench.sha256)
    return Reopened(task, header, note(header, seen, task))


def _bench(store: Store, summary: AttemptSummary) -> Bench:
    stored = next(bench for bench in store.benches() if bench.sha256 == summary.bench_sha256)
    return load_bench(Source(f"store/benches/{stored.name}.yaml", stored.source.encode()), stored.kept)


def _procedure(store: Store, summary: AttemptSummary) -> Procedure:
    stored = store.procedure(summary.procedure_sha256)
    return load_procedure(Source(f"store/procedures/{stored.id}.yaml", stored.source.encode()), stored.kept)
