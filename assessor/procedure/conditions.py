"""The words of the procedure language: what a teacher may write where a condition stands.

Every condition is a block whose first word names it (`switch: Q1`, `all_of: [...]`). Words about the bench
ask for facts; the others join conditions over time, with the meaning of `judge/operators.py`.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.procedure.fact_words import (
    DisplayShows,
    HandAt,
    HandIn,
    Holding,
    Id,
    LampIs,
    Limits,
    Name,
    OfHand,
    PartAt,
    PersonSays,
    PhotoShows,
    PoseIs,
    Probing,
    ReadingIs,
    Seconds,
    StepDone,
    SwitchIs,
    ToolAt,
    UnplannedWire,
    Wire,
    WireChanges,
    WireJoins,
    refuse_contradiction,
)
from assessor.types import FactKey, Text

__all__ = [
    "WORDS",
    "AllOf",
    "Always",
    "AnyOf",
    "Becomes",
    "Condition",
    "Count",
    "DisplayShows",
    "HandAt",
    "HandIn",
    "Hold",
    "Holding",
    "Id",
    "LampIs",
    "Limits",
    "Name",
    "Not",
    "OfHand",
    "Once",
    "PartAt",
    "PersonSays",
    "PhotoShows",
    "PoseIs",
    "Probing",
    "ReadingIs",
    "Seconds",
    "StepDone",
    "SwitchIs",
    "ToolAt",
    "UnplannedWire",
    "Wire",
    "WireChanges",
    "WireJoins",
    "inner_of",
    "key_of",
    "keys_of",
    "parts_of",
    "word_of",
]


class AllOf(Located):
    """All of the conditions."""

    all_of: "Conditions"


class AnyOf(Located):
    """At least `at_least` of the conditions."""

    any_of: "Conditions"
    at_least: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _enough(self) -> "AnyOf":
        if self.at_least > len(self.any_of):
            count = len(self.any_of)
            raise UnfitError(Text(zh=f"at_least 不大于 {count}", en=f"at_least of at most {count}"))
        return self


class Not(Located):
    """The condition does not hold."""

    not_: "Condition" = Field(alias="not")


class Hold(Located):
    """The condition has held without a break for the last `for_s` seconds."""

    hold: "Condition"
    for_s: Seconds


class Once(Located):
    """The condition held at some time: ever, within the last seconds, before or after another came true."""

    once: "Condition"
    within_s: Seconds | None = None
    before: "Condition | None" = None
    after: "Condition | None" = None

    @model_validator(mode="after")
    def _one_frame(self) -> "Once":
        if sum(value is not None for value in (self.within_s, self.before, self.after)) > 1:
            raise UnfitError(
                Text(zh="within_s、before、after 中最多一个", en="at most one of within_s, before, after")
            )
        return self


class Always(Located):
    """The condition has held all the time, or all the time while or until another holds."""

    always: "Condition"
    while_: "Condition | None" = Field(None, alias="while")
    until: "Condition | None" = None

    @model_validator(mode="after")
    def _one_frame(self) -> "Always":
        if self.while_ is not None and self.until is not None:
            raise UnfitError(Text(zh="while、until 中最多一个", en="at most one of while, until"))
        return self


class Becomes(Located):
    """The condition holds, and there was a time before when it did not."""

    becomes: "Condition"


class Count(Located):
    """How often the condition has come true so far."""

    count: "Condition"
    at_least: int | None = Field(None, ge=0)
    at_most: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _has_a_limit(self) -> "Count":
        if self.at_least is None and self.at_most is None:
            raise UnfitError(Text(zh="键 at_least、at_most 至少一个", en="one of the keys at_least, at_most"))
        limits = {"at_least": self.at_least, "at_most": self.at_most}
        refuse_contradiction({key: float(limit) for key, limit in limits.items() if limit is not None})
        return self


WORDS: dict[str, type[Located]] = {
    "switch": SwitchIs,
    "lamp": LampIs,
    "display": DisplayShows,
    "wire": WireJoins,
    "hand_in": HandIn,
    "hand_at": HandAt,
    "holding": Holding,
    "tool_at": ToolAt,
    "part_at": PartAt,
    "pose": PoseIs,
    "probing": Probing,
    "reading": ReadingIs,
    "photo": PhotoShows,
    "person": PersonSays,
    "done": StepDone,
    "wire_changes": WireChanges,
    "unplanned_wire": UnplannedWire,
    "all_of": AllOf,
    "any_of": AnyOf,
    "not": Not,
    "hold": Hold,
    "once": Once,
    "always": Always,
    "becomes": Becomes,
    "count": Count,
}


_WORD_OF = {kind: word for word, kind in WORDS.items()}


def word_of(value: Any) -> str | None:
    """The word that names a condition, or a block that is to become one; None when there is none."""
    if isinstance(value, Located):
        return _WORD_OF.get(type(value))
    return next((word for word in value if word in WORDS), None) if isinstance(value, dict) else None


Condition = Annotated[
    Annotated[SwitchIs, Tag("switch")]
    | Annotated[LampIs, Tag("lamp")]
    | Annotated[DisplayShows, Tag("display")]
    | Annotated[WireJoins, Tag("wire")]
    | Annotated[HandIn, Tag("hand_in")]
    | Annotated[HandAt, Tag("hand_at")]
    | Annotated[Holding, Tag("holding")]
    | Annotated[ToolAt, Tag("tool_at")]
    | Annotated[PartAt, Tag("part_at")]
    | Annotated[PoseIs, Tag("pose")]
    | Annotated[Probing, Tag("probing")]
    | Annotated[ReadingIs, Tag("reading")]
    | Annotated[PhotoShows, Tag("photo")]
    | Annotated[PersonSays, Tag("person")]
    | Annotated[StepDone, Tag("done")]
    | Annotated[WireChanges, Tag("wire_changes")]
    | Annotated[UnplannedWire, Tag("unplanned_wire")]
    | Annotated[AllOf, Tag("all_of")]
    | Annotated[AnyOf, Tag("any_of")]
    | Annotated[Not, Tag("not")]
    | Annotated[Hold, Tag("hold")]
    | Annotated[Once, Tag("once")]
    | Annotated[Always, Tag("always")]
    | Annotated[Becomes, Tag("becomes")]
    | Annotated[Count, Tag("count")],
    Discriminator(word_of),
]


def _not_empty(parts: "tuple[Condition, ...]") -> "tuple[Condition, ...]":
    if not parts:
        raise UnfitError(Text(zh="至少一个条件", en="at least one condition"))
    return parts


Conditions = Annotated[tuple[Condition, ...], AfterValidator(_not_empty)]

for _model in (AllOf, AnyOf, Not, Hold, Once, Always, Becomes, Count):
    _model.model_rebuild()


def parts_of(condition: Located) -> Iterator[Located]:
    """The condition and every condition inside it, top first."""
    yield condition
    for inner in inner_of(condition):
        yield from parts_of(inner)


def inner_of(condition: Located) -> Iterator[Located]:
    """The conditions directly inside a condition."""
    for name in type(condition).model_fields:
        value = getattr(condition, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if word_of(inner) is not None and isinstance(inner, Located):
                yield inner


def key_of(condition: Located) -> FactKey | None:
    """The fact a word about the bench asks for; None for conditions that join others.

    Wires and probes are compared by nodes, so their key names the kind only: `FactKey("wire", "*")`.
    """
    match condition:
        case WireJoins() | WireChanges() | UnplannedWire():
            return FactKey("wire", "*")
        case Probing():
            return FactKey("probing", "*")
        case AllOf() | AnyOf() | Not() | Hold() | Once() | Always() | Becomes() | Count():
            return None
        case PartAt():
            return condition.key
        case StepDone(done=step):
            return FactKey("done", step)
        case _:
            word = str(word_of(condition))
            hand = condition.hand if isinstance(condition, OfHand) else None
            return FactKey(word, getattr(condition, word), hand or "")


def keys_of(condition: Located) -> frozenset[FactKey]:
    """Every fact a condition depends on."""
    return frozenset(key for part in parts_of(condition) if (key := key_of(part)) is not None)
