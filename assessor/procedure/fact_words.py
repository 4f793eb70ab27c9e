"""Words about the bench in a procedure file: each asks for one fact (`switch: Q1`, `display: mm, below: 1`).

The first part of the procedure language; `assessor/procedure/conditions.py` joins these words over time.
"""

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.types import FactKey, Text, Truth

Name = Annotated[str, Field(min_length=1, max_length=80)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Limits(Located):
    """What a value has to be: a word (`is`), a number between limits, or one `within` so much of `near`."""

    is_: Name | None = Field(None, alias="is")
    below: Number | None = None
    above: Number | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    near: Number | None = None
    within: Annotated[Number, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _has_a_limit(self) -> "Limits":
        if not self.limits and self.is_ is None:
            words = "is, below, above, at_least, at_most, near"
            raise UnfitError(Text(zh=f"以下至少一个键：{words}", en=f"at least one of the keys {words}"))
        if (self.near is None) != (self.within is None):
            raise UnfitError(Text(zh="near 与 within 同时出现", en="near and within together"))
        if self.is_ is not None and self.limits and self.fits(self.is_) is not Truth.YES:
            raise UnfitError(
                Text(zh="is 或数值范围，不能互相矛盾", en="is or number limits that agree with it")
            )
        refuse_contradiction(self.limits)
        return self

    @property
    def limits(self) -> dict[str, float]:
        """The number limits that are set, by key."""
        named = {key: getattr(self, key) for key in LIMIT_WORDS}
        return {key: value for key, value in named.items() if value is not None}

    def fits(self, value: str) -> Truth:
        """Whether a value keeps the limits. Blank fits no number; text that is no number is unknown."""
        if self.is_ is not None and value != self.is_:
            return Truth.NO
        return Truth.YES if not self.limits else keeps(self.limits, value)


LIMIT_WORDS = ("below", "above", "at_least", "at_most", "near", "within")
ROUNDING = 1e-9  # 2.7 lies within 0.3 of 3, whatever binary fractions make of it
_KEEPS = {
    "below": float.__lt__,
    "above": float.__gt__,
    "at_least": float.__ge__,
    "at_most": float.__le__,
}


def keeps(limits: dict[str, float], value: str) -> Truth:
    """Whether a value keeps number limits. Blank keeps none; text that is no number is unknown."""
    if not value.strip():
        return Truth.NO
    try:
        number = float(value)
    except ValueError:
        return Truth.UNKNOWN
    if not math.isfinite(number):
        return Truth.UNKNOWN
    kept = all(_KEEPS[key](number, limit) for key, limit in limits.items() if key in _KEEPS)
    if "near" in limits:
        kept = kept and abs(number - limits["near"]) <= limits["within"] + ROUNDING
    return Truth.YES if kept else Truth.NO


def contradiction(*limits: dict[str, float]) -> tuple[float, float] | None:
    """The least and the most that number limits ask for, where no number can keep them all."""
    lows: list[tuple[float, bool]] = []
    highs: list[tuple[float, bool]] = []
    for one in limits:
        near, within = one.get("near"), one.get("within", 0.0)
        lows += [(one[key], key == "above") for key in ("at_least", "above") if key in one]
        highs += [(one[key], key == "below") for key in ("at_most", "below") if key in one]
        if near is not None:
            lows.append((near - within, False))
            highs.append((near + within, False))
    for low, above in lows:
        for high, below in highs:
            if low > high + ROUNDING or (low == high and (above or below)):
                return low, high
    return None


def refuse_contradiction(limits: dict[str, float]) -> None:
    """UnfitError where no number can keep the limits."""
    if ends := contradiction(limits):
        low, high = ends
        came = Text(zh=f"下限 {low:g}，上限 {high:g}", en=f"{low:g} as the least, {high:g} as the most")
        raise UnfitError(Text(zh="能同时满足的范围", en="limits that a number can keep"), came)


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


SIDES = ("left", "right")


class OfHand(Located):
    """What a hand does; `hand`: that one does it, left out = any."""

    hand: Literal["left", "right"] | None = None


class HandIn(OfHand):
    """A hand is in a zone."""

    hand_in: Name


class HandAt(OfHand):
    """A hand or the tip of its tool is within reach of a device, a button or a terminal."""

    hand_at: Name


class Holding(OfHand):
    """A hand holds a tool."""

    holding: Name


class ToolAt(Located):
    """A tool lies in a zone; `hand` and `elsewhere` are places too."""

    tool_at: Name
    is_: Name = Field(alias="is")


GIVE_OR_TAKE = "±"  # between a measured distance and its largest error, mm
SURE_AT_ERROR = 0.6


class PartAt(Located):
    """A part (a device of the bench, or any of a detector class) stands no farther than `within_mm` from a
    place of the bench file."""

    part_at: Name
    place: Name
    within_mm: Annotated[float, Field(gt=0, le=10_000)]

    @property
    def key(self) -> FactKey:
        """The fact that gives the distance in mm."""
        return FactKey("part_at", f"{self.part_at}/{self.place}")

    def fits(self, value: str) -> Truth:
        """Whether a distance in mm is short enough; text that is no number is unknown."""
        return keeps({"at_most": self.within_mm}, value.partition(GIVE_OR_TAKE)[0])

    def sureness(self, value: str) -> float:
        """How sure that is for a distance with its error (`1.8±4.5`): one error off the limit, just sure."""
        distance, _, error = value.partition(GIVE_OR_TAKE)
        if not error or not float(error):
            return 1.0
        return min(1.0, SURE_AT_ERROR * abs(float(distance) - self.within_mm) / float(error))


class PoseIs(Located):
    """Somebody's posture at the bench."""

    pose: Literal["hand_raised", "person_present", "leaning_in"]


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
