"""Verdicts so far → what a student and a teacher are told now: steps, what comes next, alerts.

Nothing here judges: a step is as its verdict says; what has no verdict is still to come.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from assessor.procedure.parts import Procedure, Step
from assessor.types import Mistake, Outcome, Text, Verdict

UNSAFE = "unsafe_act"


@dataclass(frozen=True, slots=True, order=True)
class AlertKey:
    """What stays of an alert when its time is corrected: verdict, what it is about, the how many-th."""

    rule: str
    subject: str
    number: int


class StepState(StrEnum):
    """Where a step stands. NOW: its turn, by the steps that come before it."""

    DONE = "done"
    NOW = "now"
    WAITING = "waiting"
    WRONG = "wrong"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class StepStanding:
    """One step; `t_s`: when it was done, by the attempt's clock."""

    id: str
    title: Text
    state: StepState
    t_s: float | None
    reason: Text | None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something is wrong now or was. `safety`: an unsafe act; `t_s`: when it happened; `noticed_s`: the
    picture in which it could be told first; `corrected`: put right since. A better look may move `t_s`."""

    key: AlertKey
    safety: bool
    text: Text
    t_s: float
    noticed_s: float
    corrected: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How an attempt stands at `t_s`. `alerts`: newest last."""

    t_s: float
    steps: tuple[StepStanding, ...]
    alerts: tuple[Alert, ...]

    @property
    def done(self) -> int:
        """Steps that are done, rightly or not."""
        return sum(step.state not in (StepState.NOW, StepState.WAITING) for step in self.steps)

    @property
    def expected(self) -> tuple[StepStanding, ...]:
        """The steps whose turn it is; several where the order is free."""
        return tuple(step for step in self.steps if step.state is StepState.NOW)


def standing_of(
    procedure: Procedure,
    verdicts: Iterable[Verdict],
    t_s: float,
    noticed: Mapping[AlertKey, float],
) -> Standing:
    """`noticed`: when alerts that were told before were first noticed."""
    by_id = {verdict.id: verdict for verdict in verdicts}
    done = {step.id for step in procedure.steps if step.id in by_id}
    replaced = {step.instead_of for step in procedure.steps if step.id in done and step.instead_of}
    steps = tuple(
        _step(step, by_id.get(step.id), done | replaced)
        for step in procedure.steps
        if not _is_choice(step, done)
    )
    alerts = sorted(_alerts(by_id.values(), t_s, noticed), key=lambda alert: (alert.noticed_s, alert.key))
    return Standing(t_s, steps, tuple(alerts))


def _is_choice(step: Step, done: set[str]) -> bool:
    """Another way to do a step, and an optional step, are shown once they are done."""
    return (step.optional or step.instead_of is not None) and step.id not in done


def _step(step: Step, verdict: Verdict | None, done: set[str]) -> StepStanding:
    title = step.title.text
    if verdict is None:
        state = StepState.DONE if step.id in done else StepState.WAITING
        state = StepState.NOW if state is StepState.WAITING and done.issuperset(step.after) else state
        return StepStanding(step.id, title, state, None, None)
    return StepStanding(step.id, title, _state(verdict), verdict.t_s, verdict.reason)


def _state(verdict: Verdict) -> StepState:
    if verdict.outcome is Outcome.NOT_MET:
        return StepState.WRONG
    return StepState.DONE if verdict.outcome is Outcome.MET else StepState.UNSURE


def _alerts(verdicts: Iterable[Verdict], t_s: float, noticed: Mapping[AlertKey, float]) -> Iterable[Alert]:
    for verdict in verdicts:
        numbers = Counter[str]()
        for mistake in sorted(verdict.mistakes, key=lambda mistake: mistake.t_s):
            numbers[mistake.subject] += 1
            key = AlertKey(verdict.id, mistake.subject, numbers[mistake.subject])
            yield _alert(key, mistake, noticed.get(key, t_s))


def _alert(key: AlertKey, mistake: Mistake, noticed_s: float) -> Alert:
    safety, corrected = mistake.kind == UNSAFE, mistake.corrected
    return Alert(key, safety, mistake.reason, mistake.t_s, noticed_s, corrected)
