"""What a procedure file may hold: steps and standing rules, as pydantic models (`rubric.py` has the marks).

`assessor/procedure/load.py` reads a file into a `Procedure` and checks what no single key can show.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from assessor.located_yaml import Located, Pinned
from assessor.procedure.conditions import Condition, Id, Name, Seconds, Wire, WireJoins, keys_of, parts_of
from assessor.procedure.include import Include
from assessor.procedure.rubric import MistakeKind, Rubric
from assessor.procedure.scoring import Words
from assessor.types import FactKey

END = "end"


class Given(Located):
    """What is there before the student starts."""

    wires: tuple[Wire, ...] = ()


class Timing(Located):
    """How long a value has to hold to count, and how long it may be out of sight and still be taken to last:
    by kind of fact (`switch`), or for one (`switch KM1`)."""

    hold_s: dict[Name, Annotated[float, Field(ge=0, le=60)]] = Field(default_factory=dict)
    forget_s: dict[Name, Seconds] = Field(default_factory=dict)


class Step(Located):
    """Something that has to be done.

    `done`: when it counts as done; `stays`: it must still hold at the end; `after`: steps that come before;
    `waits`: what held earlier does not count before those are done; `requires`: what must hold when it is
    done; `takes_s`: an unseen stretch this long may have hidden it; `follows_from`: steps without which it
    cannot succeed, so that their failure counts once; `instead_of`: the step this one may stand for.
    """

    id: Id
    title: Words
    done: Condition
    after: tuple[Id, ...] = ()
    stays: bool = False
    waits: bool = False
    optional: bool = False
    requires: Condition | None = None
    takes_s: Seconds = 1.0
    mistake: MistakeKind = "omission"
    follows_from: tuple[Id, ...] = ()
    instead_of: Id | None = None

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """The wires this step asks for."""
        return tuple(part.wire for part in parts_of(self.done) if isinstance(part, WireJoins))


class Rule(Located):
    """A standing rule: what must never be (`never`), while something holds, with exemptions.

    `never`: one or more signs of a breach; `for_s`: shorter breaches do not count; `apart_s`: breaches closer
    than this are one; `same_act`: signs that overlap are one act, named by the first of them; `at`: look only
    when these steps are done, or at the `end`.
    """

    id: Id
    title: Words
    never: tuple[Condition, ...] = Field(min_length=1)
    while_: Condition | None = Field(None, alias="while")
    except_: Condition | None = Field(None, alias="except")
    for_s: Annotated[float, Field(ge=0, le=3600)] = 0.0
    apart_s: Annotated[float, Field(ge=0, le=3600)] = 3.0
    same_act: bool = False
    at: tuple[Id, ...] = ()
    mistake: MistakeKind = "unsafe_act"


class Procedure(Pinned):
    """A standard operation and how it is marked; it takes in rule sets."""

    procedure: Id
    version: Annotated[int, Field(ge=1)]
    title: Words
    include: tuple[Include, ...] = ()
    given: Given = Given()
    timing: Timing = Timing()
    steps: tuple[Step, ...] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()
    rubric: Rubric

    @property
    def facts(self) -> frozenset[FactKey]:
        """Every fact the procedure asks for; subject `*` = any wire, any pair of probed terminals."""
        keys = {key for _, condition in conditions_of(self) for key in keys_of(condition)}
        return frozenset(key for key in keys | self.rubric.supplied if key.kind != "done")

    @cached_property
    def rule_sets(self) -> dict[str, str]:
        """The rule set that each included step and rule comes from, by the name of its file."""
        parts: list[Step | Rule] = [*self.steps, *self.rules]
        return {part.id: Path(part.from_file).stem for part in parts if part.from_file != self.from_file}

    def step(self, id: str) -> Step:
        """The step with this id. KeyError when there is none."""
        return {step.id: step for step in self.steps}[id]

    def order_costs(self) -> dict[str, float]:
        """What it costs to do a step out of order."""
        costs: dict[str, float] = {}
        for item in self.rubric.items:
            for id in item.judged_by:
                deduction = item.deduct.get("order")
                costs[id] = costs.get(id, 0.0) + (item.points if deduction is None else deduction.price(0))
        return costs

    def before(self) -> dict[str, frozenset[str]]:
        """For each step all steps that come before it, directly or through others."""
        return self.closure

    @cached_property
    def closure(self) -> dict[str, frozenset[str]]:
        """What `before` gives, worked out once."""
        direct = {step.id: step.after for step in self.steps}
        closure: dict[str, frozenset[str]] = {}
        for id, after in direct.items():
            reached: set[str] = set()
            waiting = list(after)
            while waiting:
                earlier = waiting.pop()
                if earlier not in reached:
                    reached.add(earlier)
                    waiting.extend(direct.get(earlier, ()))
            closure[id] = frozenset(reached)
        return closure


def conditions_of(procedure: Procedure) -> Iterator[tuple[str, Condition]]:
    """Every condition of a procedure with the id of the step, rule or item it stands in."""
    for step in procedure.steps:
        yield step.id, step.done
        if step.requires is not None:
            yield step.id, step.requires
    for rule in procedure.rules:
        for condition in (*rule.never, rule.while_, rule.except_):
            if condition is not None:
                yield rule.id, condition
    for item in procedure.rubric.items:
        yield from ((item.id, condition) for condition in item.conditions.values())
    for veto in procedure.rubric.vetoes:
        yield from ((veto.id, condition) for condition in veto.conditions.values())
