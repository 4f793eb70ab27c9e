"""A rule set file: steps and standing rules that many procedures share, with parameters (`$isolator`)."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.procedure.conditions import Condition, Id
from assessor.procedure.include import Value
from assessor.procedure.parts import Procedure, Rule, Step, conditions_of
from assessor.procedure.scoring import Words
from assessor.types import Text


class Parameter(Located):
    """What an including procedure may say otherwise, and must say where there is no `default`."""

    title: Words
    default: Value | None = None


class RuleSet(Located):
    """Steps and standing rules for many procedures. `$name` stands for a parameter in any text of them."""

    rule_set: Id
    version: Annotated[int, Field(ge=1)]
    title: Words
    parameters: dict[Id, Parameter] = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _holds_something(self) -> "RuleSet":
        if not self.steps and not self.rules:
            raise UnfitError(Text(zh="键 steps、rules 至少一个", en="one of the keys steps, rules"))
        return self


def conditions_in(rules: Procedure | RuleSet) -> Iterator[Condition]:
    """Every condition of a procedure or of a rule set."""
    if isinstance(rules, Procedure):
        yield from (condition for _, condition in conditions_of(rules))
        return
    for step in rules.steps:
        yield from (condition for condition in (step.done, step.requires) if condition is not None)
    for rule in rules.rules:
        yield from (one for one in (*rule.never, rule.while_, rule.except_) if one is not None)
