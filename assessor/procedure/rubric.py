"""What a rubric may hold: items and how each earns its points, groups, overtime and vetoes.

The marking part of a procedure file; `assessor/marks/` turns verdicts into points by it.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.procedure.conditions import (
    Condition,
    Id,
    Name,
    PersonSays,
    PhotoShows,
    ReadingIs,
    Seconds,
    key_of,
    word_of,
)
from assessor.procedure.scoring import Counted, Deduction, Graded, Ladder, Measured, Points, Words, at_place
from assessor.types import FactKey, Text

MistakeKind = Literal[
    "order",
    "omission",
    "wrong_wire",
    "wrong_colour",
    "unsafe_act",
    "tool_left",
    "finding",
    "failed_try",
    "damage",
]
Check = Literal["video", "photo", "reading", "person"]
Effect = Literal["zero", "fail", "disqualify", "stop"]


def _places_once(places: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(places)) < len(places):
        raise UnfitError(Text("每个位置只写一次", "each place once"))
    return places


def _several(value: object) -> object:
    return value if isinstance(value, list) else (value,)


Names = Annotated[tuple[Name, ...], BeforeValidator(_several, json_schema_input_type=Name | list[Name])]


class Item(Located):
    """Points on the mark sheet, lost by mistakes: those of steps and rules (`judged_by`), of a condition of
    its own (`when`, at each of `places`) or `counted` by somebody; or given by a grade (`graded`), a value
    (`measured`) or the number of tries (`ladder`). A mistake without a deduction costs the whole item.

    `section`: the clause of the standard it comes from; `group`: one of the rubric's groups; `drawn`: it
    counts only when one of these was drawn for its group; `floor`: how far below 0 it may go.
    """

    id: Id
    title: Words
    points: Points
    check: Check
    dimension: Id
    section: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    group: Id | None = None
    drawn: Names = ()
    judged_by: tuple[Id, ...] = ()
    when: Condition | None = None
    places: Annotated[tuple[Name, ...], AfterValidator(_places_once)] = ()
    counted: Annotated[tuple[Counted, ...], Field(min_length=1)] | None = None
    graded: Graded | None = None
    measured: Measured | None = None
    ladder: Ladder | None = None
    deduct: dict[MistakeKind, Deduction] = Field(default_factory=dict)
    floor: Annotated[float, Field(ge=-1000, le=0)] = 0.0
    advice: Words | None = None

    @model_validator(mode="after")
    def _one_judgement(self) -> "Item":
        words = "judged_by, when, counted, graded, measured, ladder"
        ways = [getattr(self, word) for word in words.split(", ")]
        if sum(way is not None and way != () for way in ways) != 1:
            raise UnfitError(
                Text(f"{words.replace(', ', '、')} 中恰好一个", f"exactly one of the keys {words}")
            )
        return self

    @model_validator(mode="after")
    def _places_of_one_fact(self) -> "Item":
        if self.places and not isinstance(self.when, PhotoShows | ReadingIs | PersonSays):
            raise UnfitError(
                Text(
                    "places 只与 when 中单独的 photo、reading 或 person 连用",
                    "places only with when, and there photo, reading or person alone",
                )
            )
        return self

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """The conditions of its own, each under the name of its signal."""
        if self.ladder is not None and self.ladder.passed is not None and self.ladder.failed is not None:
            return {f"{self.id}/passed": self.ladder.passed, f"{self.id}/failed": self.ladder.failed}
        if self.when is None:
            return {}
        return {f"{self.id}/{place}": at(self.when, place) for place in self.places} or {self.id: self.when}

    @property
    def supplied(self) -> tuple[FactKey, ...]:
        """The facts whose values give its points."""
        if self.graded is not None:
            return self.graded.keys
        if self.measured is not None:
            return (self.measured.key,)
        if self.counted is not None:
            return tuple(counted.key for counted in self.counted)
        return self.ladder.try_keys if self.ladder is not None else ()


class Group(Located):
    """Items that are counted together. `most`: the most they lose in all; `least`: the least they give in
    all; `weight`: factor on their points; `draw`: what a person enters to say what was drawn."""

    title: Words
    most: Points | None = None
    least: Annotated[float, Field(ge=-1000, le=0)] | None = None
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    draw: Name | None = None


class Overtime(Located):
    """What it costs to need longer than `allowed_s`: `each` for every full `every_s` (`begun`: for every one
    that was begun), at most `cap`. The time runs until step `until` is done, else to the end. What the camera
    sees later than `stop_s` after the time allowed does not count."""

    allowed_s: Seconds
    every_s: Seconds
    each: Points
    cap: Points | None = None
    begun: bool = False
    until: Id | None = None
    stop_s: Annotated[float, Field(ge=0, le=86_400)] | None = None
    dimension: Id


class Veto(Located):
    """What ends an exam or takes points away as a whole, once a person confirms it. The machine proposes it
    when the rules and steps in `judged_by` show `times` mistakes, or when `when` came true; with neither,
    only a person can call it. `effect`: `items` to `zero`, `fail`, `disqualify` (no points), or `stop`
    (what is seen later does not count, and fail)."""

    id: Id
    title: Words
    judged_by: tuple[Id, ...] = ()
    when: Condition | None = None
    times: Annotated[int, Field(ge=1, le=100)] = 1
    effect: Effect
    items: tuple[Id, ...] = ()
    advice: Words | None = None

    @property
    def key(self) -> FactKey:
        """The fact by which a person confirms or refuses it."""
        return FactKey("person", self.id)

    @property
    def conditions(self) -> dict[str, Condition]:
        """Its condition under the name of its signal."""
        return {} if self.when is None else {self.id: self.when}


class Rubric(Located):
    """Which points there are."""

    total: Points
    pass_: Points | None = Field(None, alias="pass")
    dimensions: dict[Id, Words] = Field(min_length=1)
    groups: dict[Id, Group] = Field(default_factory=dict)
    items: tuple[Item, ...] = Field(min_length=1)
    overtime: Overtime | None = None
    vetoes: tuple[Veto, ...] = ()

    @property
    def conditions(self) -> Iterator[tuple[str, Condition]]:
        """Every condition of an item or a veto, with the name of its signal."""
        for item in self.items:
            yield from item.conditions.items()
        for veto in self.vetoes:
            yield from veto.conditions.items()

    @property
    def supplied(self) -> frozenset[FactKey]:
        """The facts that are asked for by themselves, not in a condition: grades, tries, draws, decisions."""
        draws = {FactKey("person", group.draw) for group in self.groups.values() if group.draw is not None}
        own = {key for item in self.items for key in item.supplied}
        return frozenset(own | draws | {veto.key for veto in self.vetoes})

    def weight(self, item: Item) -> float:
        """The factor on an item's points."""
        return self.groups[item.group].weight if item.group in self.groups else 1.0


def at(condition: Condition, place: str) -> Condition:
    """A condition that asks for one fact, asked at a place."""
    word, key = word_of(condition), key_of(condition)
    if word is None or key is None:
        raise ValueError(f"expected a word about one fact, got {word}")
    return condition.model_copy(update={word: at_place(key, place).subject})
