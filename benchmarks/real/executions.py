"""Steps with an order and the times at which they were done become a `Procedure` and `Event`s for the judge.

Takes plain steps (`PlainStep`) and what was seen of them (`Sight`); gives the judge's final verdicts. The
only fact is that somebody says a step is done (`person: NAME, is: done`), so every verdict rests on order and
omission alone.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from assessor.judge import Judge
from assessor.procedure import Procedure, load_procedure
from assessor.types import Event, FactKey, Verdict

DONE, NOT_DONE = "done", "not done"
LONGEST_TITLE = 400


@dataclass(frozen=True, slots=True)
class PlainStep:
    """A step: its name, what it is called, and the steps that come directly before it."""

    name: str
    title: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """A step was seen done, some time between two moments."""

    step: str
    earliest_s: float
    latest_s: float
    confidence: float = 1.0


class SeparateTerminals:
    """A bench without wires: no two terminals are joined."""

    def same_node(self, first: str, second: str) -> bool:
        """Whether two terminals are the same."""
        return first == second


@cache
def procedure_of(name: str, steps: tuple[PlainStep, ...]) -> Procedure:
    """The procedure of these steps, one point each, read through the same checks as a teacher's file."""
    said = {
        "procedure": name,
        "version": 1,
        "title": _words(name),
        "steps": [_step(step) for step in steps],
        "rubric": {
            "total": len(steps),
            "dimensions": {"work": _words("work")},
            "items": [_item(step) for step in steps],
        },
    }
    return load_procedure(json.dumps(said, ensure_ascii=False))


def judge_sights(
    procedure: Procedure, sights: Sequence[Sight], end_s: float, silence: float = 1.0
) -> dict[str, Verdict]:
    """The final verdicts by step. `silence`: how sure it is that what was not seen was not done."""
    judge = Judge(procedure, SeparateTerminals())
    judge.update(_events(procedure, sights, silence))
    return {verdict.id: verdict for verdict in judge.finish(end_s)}


def _events(procedure: Procedure, sights: Iterable[Sight], silence: float) -> Iterable[Event]:
    for step in procedure.steps:
        yield Event(_key(step.id), NOT_DONE, -1.0, 0.0, None, silence, "person")
    for sight in sights:
        middle_s, half_s = (sight.earliest_s + sight.latest_s) / 2, (sight.latest_s - sight.earliest_s) / 2
        sure = sight.confidence
        yield Event(_key(sight.step), DONE, middle_s, sight.latest_s, None, sure, "person", half_s)


def end_of(sights: Iterable[Sight]) -> float:
    """A moment after everything that was seen."""
    return math.ceil(max((sight.latest_s for sight in sights), default=0.0)) + 1.0


def _key(step: str) -> FactKey:
    return FactKey("person", step)


def _step(step: PlainStep) -> dict[str, object]:
    said: dict[str, object] = {"id": step.name, "title": _words(step.title)}
    said["done"] = {"person": step.name, "is": DONE}
    return {**said, "after": list(step.after)} if step.after else said


def _item(step: PlainStep) -> dict[str, object]:
    said: dict[str, object] = {"id": f"points_{step.name}", "title": _words(step.title), "points": 1}
    return {**said, "check": "person", "dimension": "work", "judged_by": [step.name]}


def _words(title: str) -> dict[str, str]:
    """The data sets are in English only."""
    return {"zh": title[:LONGEST_TITLE], "en": title[:LONGEST_TITLE]}
