"""Events become verdicts: every step, standing rule and item with a condition, against the procedure.

Takes `Event`s as they come, late ones too; gives `Verdict`s. While the attempt runs, each call may revise
what an earlier one said; `finish` gives the last word. The same events in any order give the same verdicts.
"""

from collections.abc import Iterable
from dataclasses import replace

from assessor.judge import messages
from assessor.judge.case import Case, Record, open_case, roots_of
from assessor.judge.items import judge_items
from assessor.judge.rules import judge_rules
from assessor.judge.steps import carried_out, judge_steps
from assessor.judge.vetoes import judge_vetoes, may_stop, stop, stopped_s
from assessor.judge.wiring import Nodes, Plan
from assessor.procedure.parts import Procedure
from assessor.types import Event, FactKey, Gap, Judged, Mistake, Text, Verdict


class Judge:
    """Judges one attempt at one procedure on one bench."""

    def __init__(self, procedure: Procedure, bench: Nodes) -> None:
        wires = [wire for step in procedure.steps for wire in step.wires]
        self.procedure = procedure
        self._plan = Plan(bench, procedure.given.wires, wires)
        self._roots = tuple(roots_of(procedure))
        self._events: dict[tuple[FactKey, float, str | None], Event] = {}

    def update(self, events: Iterable[Event]) -> None:
        """Take events; one that is told again (ended, surer) replaces what was told before."""
        for event in events:
            self._events[event.key, event.start_s, event.value] = event

    def verdicts(self, t_s: float) -> tuple[Verdict, ...]:
        """What can be said at `t_s` while the attempt runs. Steps that are still to come have no verdict."""
        known = [event for event in self._events.values() if event.decided_s <= t_s]
        return self._verdicts(self._case(Record(tuple(known), (), t_s, closed=False)))

    def finish(self, t_s: float, gaps: Iterable[Gap] = ()) -> tuple[Verdict, ...]:
        """The final verdicts. A recording that was cut has a gap from `t_s` to where it should have ended."""
        return self.judged(t_s, gaps).verdicts

    def judged(self, t_s: float, gaps: Iterable[Gap] = ()) -> Judged:
        """The last word: final verdicts, and what marks need to know beside them."""
        gaps = tuple(gaps)
        case = self.case(t_s, gaps)
        return Judged(self._verdicts(case), gaps, case.end_s, _decisions(case))

    def case(self, t_s: float, gaps: Iterable[Gap] = ()) -> Case:
        """Everything the final verdicts rest on: what was known when, and what each condition said."""
        return self._case(Record(tuple(self._events.values()), tuple(gaps), t_s, closed=True))

    def _case(self, record: Record) -> Case:
        whole = open_case(self.procedure, self._plan, record, self._roots)
        if not may_stop(self.procedure):
            return whole
        stopped = stopped_s(whole, self._verdicts(whole))
        if stopped is None:
            return whole
        return replace(open_case(self.procedure, self._plan, stop(record, stopped), self._roots), whole=whole)

    def _verdicts(self, case: Case) -> tuple[Verdict, ...]:
        """Work after a hard stop does not count; a rule broken or kept after it does."""
        acts = carried_out(case)
        rules = judge_rules(case.whole or case, acts)
        steps = _once_per_cause(self.procedure, judge_steps(case, acts), rules)
        verdicts = (*steps, *rules, *judge_items(case))
        return (*verdicts, *judge_vetoes(case, verdicts))


def _decisions(case: Case) -> dict[str, str]:
    """What persons entered last, by its name."""
    entered = (change for change in case.changes if change.key.kind == "person")
    return {change.key.subject: change.value for change in entered if change.value is not None}


def _once_per_cause(
    procedure: Procedure, steps: Iterable[Verdict], rules: Iterable[Verdict]
) -> list[Verdict]:
    """A mistake that a standing rule counts (a tool left) is not counted again under a step."""
    counted = {_cause(mistake): verdict.id for verdict in rules for mistake in verdict.mistakes}
    titles = {rule.id: rule.title.text for rule in procedure.rules}
    return [_without(verdict, counted, titles) for verdict in steps]


def _without(verdict: Verdict, counted: dict[tuple[str, str], str], titles: dict[str, Text]) -> Verdict:
    own = tuple(mistake for mistake in verdict.mistakes if _cause(mistake) not in counted)
    if len(own) == len(verdict.mistakes):
        return verdict
    elsewhere = next(counted[_cause(m)] for m in verdict.mistakes if _cause(m) in counted)
    return replace(
        verdict, mistakes=own, reason=messages.counted_elsewhere(verdict.reason, titles[elsewhere])
    )


def _cause(mistake: Mistake) -> tuple[str, str]:
    return mistake.kind, mistake.subject
