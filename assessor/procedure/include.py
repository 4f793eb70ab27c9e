"""How a procedure file asks for a shared rule set: which file, with which values, without which parts."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.procedure.conditions import Id, Name
from assessor.types import Text

Single = Name | bool | int | float
Values = Annotated[tuple[Name | int | float, ...], Field(min_length=1)]


def _is_value(value: Any) -> Any:
    """One sentence for what is neither, in place of one for each kind of value."""
    parts = value if isinstance(value, list) else [value]
    if not parts or any(not isinstance(part, str | bool | int | float) for part in parts):
        raise UnfitError(Text(zh="文字、数字或它们的列表", en="a word, a number or a list of them"))
    return value


Value = Annotated[Single | Values, BeforeValidator(_is_value)]


class Include(Located):
    """A shared rule set. `file`: a path from the including file, or the name of a shipped set; `with_`:
    values of its parameters; `leave_out`: steps and rules of it that do not count here."""

    file: Annotated[str, Field(min_length=1, max_length=400)]
    with_: dict[Id, Value] = Field(default_factory=dict, alias="with")
    leave_out: tuple[Id, ...] = ()
