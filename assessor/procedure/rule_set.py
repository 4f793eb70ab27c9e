"""A rule set file: steps and standing rules that many procedures share, with parameters (`$isolator`)."""

from typing import Annotated

from pydantic import Field, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.procedure.conditions import Id
from assessor.procedure.include import Value
from assessor.procedure.parts import Rule, Step
from assessor.procedure.rubric import Words
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
