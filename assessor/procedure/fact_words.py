"""Words about the bench in a procedure file: each asks for one fact (`switch: Q1`, `display: mm, below: 1`).

The first part of the procedure language; `assessor/procedure/conditions.py` joins these words over time.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.types import Text, Truth

Name = Annotated[str, Field(min_length=1, max_length=80)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Limits(Located):
    """What a value has to be: a word (`is`) or a number between limits."""

    is_: Name | None = Field(None, alias="is")
    below: float | None = None
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _has_a_limit(self) -> "Limits":
        if not self.limits and self.is_ is None:
            words = "is, below, above, at_least, at_most"
            raise UnfitError(Text(zh=f"以下至少一个键：{words}", en=f"at least one of the keys {words}"))
        return self

    @property
    def limits(self) -> dict[str, float]:
        """The number limits that are set, by key."""
        named = {key: getattr(self, key) for key in ("below", "above", "at_least", "at_most")}
        return {key: value for key, value in named.items() if value is not None}

    def fits(self, value: str) -> Truth:
        """Whether a value keeps the limits. Blank fits no number; text that is no number is unknown."""
        if self.is_ is not None and value != self.is_:
            return Truth.NO
        if not self.limits:
            return Truth.YES
        if not value.strip():
            return Truth.NO
        try:
            number = float(value)
        except ValueError:
            return Truth.UNKNOWN
        kept = all(_KEEPS[key](number, limit) for key, limit in self.limits.items())
        return Truth.YES if kept else Truth.NO


_KEEPS = {
    "below": float.__lt__,
    "above": float.__gt__,
    "at_least": float.__ge__,
    "at_most": float.__le__,
}


class SwitchIs(Located):
    """A switch or contactor stands in a position."""

    switch: Name
    is_: Literal["on", "off", "in", "out"] = Field(alias="is")


class LampIs(Located):
    """A lamp is on or off."""

    lamp: Name
    is_: Literal["on", "off"] = Field(alias="is")


class DisplayShows(Limits):
    """A display shows a text or a number between limits."""

    display: Name


class Wire(Located):
    """A wire that joins two terminals; `color` left out = any colour."""

    from_: Name = Field(alias="from")
    to: Name
    color: Name | None = None


class WireJoins(Located):
    """The two terminals are joined as planned, directly or by another route over the same nodes."""

    wire: Wire


class HandIn(Located):
    """A hand is in a zone."""

    hand_in: Name


class HandAt(Located):
    """A hand or the tip of its tool is within reach of a device, a button or a terminal."""

    hand_at: Name


class Holding(Located):
    """A hand holds a tool."""

    holding: Name


class ToolAt(Located):
    """A tool lies in a zone; `hand` and `elsewhere` are places too."""

    tool_at: Name
    is_: Name = Field(alias="is")


class Probing(Located):
    """The probes touch these two terminals."""

    probing: tuple[Name, Name]


class ReadingIs(Limits):
    """A value entered from a meter or a controller."""

    reading: Name


class PhotoShows(Limits):
    """What was found on the photo of the finished board."""

    photo: Name


class PersonSays(Limits):
    """What a person decided or ticked."""

    person: Name


class StepDone(Located):
    """Another step has been carried out."""

    done: Id


class WireChanges(Located):
    """A wire is being put in or taken out. Stands only directly under `never`."""

    wire_changes: Literal["any"]


class UnplannedWire(Located):
    """A wire that no planned one explains, or a given one taken out. Stands only directly under `never`."""

    unplanned_wire: Literal["any"]
