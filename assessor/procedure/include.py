"""How a procedure file asks for a shared rule set: which file, with which values, without which parts."""

from typing import Annotated

from pydantic import Field

from assessor.located_yaml import Located
from assessor.procedure.conditions import Id, Name

Single = Name | bool | int | float
Values = Annotated[tuple[Name | int | float, ...], Field(min_length=1)]
Value = Single | Values


class Include(Located):
    """A shared rule set. `file`: a path from the including file, or the name of a shipped set; `with_`:
    values of its parameters; `leave_out`: steps and rules of it that do not count here."""

    file: Annotated[str, Field(min_length=1, max_length=400)]
    with_: dict[Id, Value] = Field(default_factory=dict, alias="with")
    leave_out: tuple[Id, ...] = ()
