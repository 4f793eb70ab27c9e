"""Judges CaptainCook4D recordings and compares order errors and omissions with the tags of the annotators.

Takes `Execution`s; gives a report beside the naive check (for each edge of the graph: did the later step
start before the earlier one?). Three readings of an annotation are shown: a step counts at its start, at its
end, or some time between both, which is what the annotation says and what the judge's intervals are made for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assessor.judge.views import SURE
from assessor.types import Outcome, Verdict
from benchmarks.real.captaincook import MISSING, ORDER, Execution
from benchmarks.real.counts import HEAD, Counts, counted, one, total
from benchmarks.real.executions import Sight, end_of, judge_sights, procedure_of

Interval = tuple[float, float]
READINGS: dict[str, Callable[[float, float], Interval]] = {
    "start": lambda start_s, _: (start_s, start_s),
    "end": lambda _, end_s: (end_s, end_s),
    "start..end": lambda start_s, end_s: (start_s, end_s),
}
WHOLE = "start..end"
OTHER_KINDS = frozenset(("Technique Error", "Preparation Error", "Measurement Error", "Timing Error"))


@dataclass(frozen=True)
class Judged:
    """A recording and the verdicts on it."""

    execution: Execution
    verdicts: Mapping[str, Verdict]

    def blamed(self, kind: str, *, sure: bool = True) -> frozenset[str]:
        """The steps with a mistake of this kind of which the judge is sure, or is not."""
        return frozenset(
            verdict.id
            for verdict in self.verdicts.values()
            for mistake in verdict.mistakes
            if mistake.kind == kind and (mistake.confidence >= SURE) is sure
        )

    def tagged(self, tag: str) -> frozenset[str]:
        """The steps that carry a tag."""
        return frozenset(step for step, tags in self.execution.tagged.items() if tag in tags)

    @cached_property
    def involved(self) -> frozenset[str]:
        """The steps blamed for the order, and those with which they are the wrong way round."""
        blamed = self.blamed("order")
        return blamed.union(*(pair for pair in inversions(self.execution) if blamed & set(pair)))


def judge_all(executions: Sequence[Execution], reading: str) -> list[Judged]:
    """The judge's verdicts, when a step counts at this moment of its annotation."""
    return [_judged(execution, reading) for execution in executions]


def _judged(execution: Execution, reading: str) -> Judged:
    sights = [Sight(step, *READINGS[reading](*times)) for step, times in execution.done.items()]
    procedure = procedure_of(execution.graph.name, execution.graph.steps)
    return Judged(execution, judge_sights(procedure, sights, end_of(sights)))


def inversions(execution: Execution, *, direct: bool = False) -> Iterator[tuple[str, str]]:
    """Pairs (earlier, later by the graph) that were started the other way round. `direct`: edges only."""
    graph, done = execution.graph, execution.done
    before = graph.before if direct else procedure_of(graph.name, graph.steps).before()
    for later in graph.order:
        for earlier in sorted(before[later]):
            if later in done and earlier in done and done[later][0] < done[earlier][0]:
                yield earlier, later


def report(executions: Sequence[Execution]) -> Iterator[str]:
    """The tables, line by line."""
    readings = {reading: judge_all(executions, reading) for reading in READINGS}
    yield f"{len(executions)} recordings of {len({e.graph.name for e in executions})} procedures"
    yield from _order_by_recording(executions, readings)
    yield from _order_by_step(executions, readings)
    yield from _missing(executions, readings[WHOLE])
    yield from _unknowable(readings[WHOLE])
    yield from _disagreements(readings[WHOLE])


def _order_by_recording(
    executions: Sequence[Execution], readings: Mapping[str, Sequence[Judged]]
) -> Iterator[str]:
    yield f"\norder, per recording (any step tagged)  {HEAD}   unsure"
    naive = total(one(bool(_naive(e)), any(ORDER in tags for tags in e.tagged.values())) for e in executions)
    yield f"  naive edge check, by start            {naive.row}        -"
    for reading, judged in readings.items():
        counts = total(one(bool(j.blamed("order")), bool(j.tagged(ORDER))) for j in judged)
        unsure = sum(bool(j.blamed("order", sure=False)) and not j.blamed("order") for j in judged)
        yield f"  the judge, a step counts at {reading:<10}{counts.row}{unsure:9d}"


def _order_by_step(
    executions: Sequence[Execution], readings: Mapping[str, Sequence[Judged]]
) -> Iterator[str]:
    yield f"\norder, per step                         {HEAD}"
    later = total(_steps(e, frozenset(_naive(e))) for e in executions)
    yield f"  naive edge check, by start            {later.row}"
    for reading, judged in readings.items():
        blamed = total(_steps(j.execution, j.blamed("order")) for j in judged)
        yield f"  blamed, a step counts at {reading:<13}{blamed.row}"
    involved = total(_steps(j.execution, j.involved) for j in readings["start"])
    yield f"  blamed, or the other way round to it  {involved.row}"


def _missing(executions: Sequence[Execution], judged: Sequence[Judged]) -> Iterator[str]:
    yield f"\nmissing steps                           {HEAD}"
    absent = total(_missed(e, frozenset(e.graph.titles) - set(e.done)) for e in executions)
    yield f"  steps without a time, per step        {absent.row}"
    steps = total(_missed(j.execution, j.blamed("omission")) for j in judged)
    yield f"  the judge, per step                   {steps.row}"
    recordings = total(one(bool(j.blamed("omission")), bool(j.tagged(MISSING))) for j in judged)
    yield f"  the judge, per recording              {recordings.row}"


def _unknowable(judged: Sequence[Judged]) -> Iterator[str]:
    """Other mistakes: when and whether a step was done says nothing about them."""
    outcomes = [
        j.verdicts[step].outcome
        for j in judged
        for step, tags in j.execution.tagged.items()
        if tags & OTHER_KINDS and not tags & {ORDER, MISSING}
    ]
    met = sum(outcome is Outcome.MET for outcome in outcomes)
    yield f"\n{len(outcomes)} steps are tagged for technique, preparation, measurement or timing only: "
    yield f"{met} of them are `met`, for order and presence say nothing about how a step was done"


def _disagreements(judged: Sequence[Judged]) -> Iterator[str]:
    yield "\nrecordings in which judge and tags differ (a step counts from its start to its end)"
    for one_judged in judged:
        pairs = (("order", ORDER), ("omission", MISSING))
        for kind, tag in pairs:
            found, tagged = one_judged.blamed(kind), one_judged.tagged(tag)
            if (kind == "omission" and found != tagged) or bool(found) != bool(tagged):
                execution = one_judged.execution
                blamed, said = ", ".join(sorted(found - tagged)), ", ".join(sorted(tagged - found))
                where = f"  {execution.id:<6} {execution.graph.name:<24} {kind:<9}"
                yield f"{where} only the judge: {blamed or '-'}; only the tags: {said or '-'}"


def _naive(execution: Execution) -> set[str]:
    return {later for _, later in inversions(execution, direct=True)}


def _steps(execution: Execution, found: frozenset[str]) -> Counts:
    tagged = {step for step, tags in execution.tagged.items() if ORDER in tags}
    return counted(found, tagged, set(execution.done))


def _missed(execution: Execution, found: frozenset[str]) -> Counts:
    tagged = {step for step, tags in execution.tagged.items() if MISSING in tags}
    return counted(found, tagged, set(execution.graph.titles))
