"""What a rubric may hold: items and how each earns its points, groups, overtime and vetoes.

The marking part of a procedure file; `assessor/marks/` turns verdicts into points by it.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.procedure.conditions import (
    Condition,
    Id,
    Limits,
    Name,
    PersonSays,
    PhotoShows,
    ReadingIs,
    Seconds,
    key_of,
    word_of,
)
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
Points = Annotated[float, Field(ge=0, le=1000)]
PLACE_SEPARATOR = "/"
MOST_TRIES = 9


class Words(Located):
    """The same words in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=400)]
    en: Annotated[str, Field(min_length=1, max_length=400)]

    @property
    def text(self) -> Text:
        """For verdicts and mark sheets."""
        return Text(self.zh, self.en)


class Price(Located):
    """What something costs: `each` time, or `rising` with every time (the last value for all further ones),
    at most `cap`."""

    each: Points | None = None
    rising: Annotated[tuple[Points, ...], Field(min_length=1)] | None = None
    cap: Points | None = None

    @model_validator(mode="after")
    def _one_price(self) -> "Price":
        if (self.each is None) == (self.rising is None):
            raise UnfitError(Text("each 或 rising 之一", "one of the keys each, rising"))
        return self

    def price(self, nth: int) -> float:
        """What the mistake costs that comes as the nth of its kind, from 0."""
        if self.rising is None:
            return self.each or 0.0
        return self.rising[min(nth, len(self.rising) - 1)]


class Deduction(Price):
    """What a kind of mistake costs; `corrected`: each one that was put right."""

    corrected: Points | None = None


class Source(Located):
    """A fact that somebody or something supplies as a number: exactly one of the three."""

    person: Name | None = None
    reading: Name | None = None
    photo: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Source":
        if len(self._given) != 1:
            raise UnfitError(
                Text("person、reading、photo 中恰好一个", "exactly one of the keys person, reading, photo")
            )
        return self

    @property
    def key(self) -> FactKey:
        """The fact that is asked for."""
        ((kind, subject),) = self._given
        return FactKey(kind, subject)

    @property
    def _given(self) -> list[tuple[str, str]]:
        named = [(kind, getattr(self, kind)) for kind in ("person", "reading", "photo")]
        return [(kind, subject) for kind, subject in named if subject is not None]


class Counted(Source, Price):
    """Faults that somebody counts, and what each of them costs beyond those `allowed`."""

    title: Words
    allowed: Annotated[int, Field(ge=0, le=1000)] = 0


class Graded(Source):
    """A grade from 0 to `of`; the points follow in proportion. Several `judges` grade by themselves and the
    mean counts; grades further apart than `apart` are to be talked over. `levels`: what 0, 1, 2, ... mean."""

    of: Annotated[float, Field(gt=0, le=1000)]
    judges: Annotated[int, Field(ge=1, le=9)] = 1
    apart: Points | None = None
    levels: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _a_word_for_each_level(self) -> "Graded":
        if self.levels and len(self.levels) != self.of + 1:
            count = self.of + 1
            raise UnfitError(
                Text(f"{count:g} 级说明（0 至 {self.of:g}）", f"{count:g} levels, from 0 to {self.of:g}"),
                Text(f"{len(self.levels)} 级", str(len(self.levels))),
            )
        return self

    @property
    def keys(self) -> tuple[FactKey, ...]:
        """The fact of each judge."""
        key = self.key
        if self.judges == 1:
            return (key,)
        return tuple(at_place(key, str(judge)) for judge in range(1, self.judges + 1))


class Band(Limits):
    """Values between limits, and the points they earn."""

    points: Points


class Measured(Source):
    """A measured value earns the points of the first band that it fits; outside all of them it earns 0."""

    bands: Annotated[tuple[Band, ...], Field(min_length=1)]


class Ladder(Located):
    """Points by the number of failed tries before one that passed: `award[0]` without a failure, `award[1]`
    after one, ...; `otherwise` after more, or when none passed. A try is told by conditions (`passed`,
    `failed`) or entered: with `tries: {person: run}` as `run/1`, `run/2`, ..., each "passed" or "failed"."""

    passed: Condition | None = None
    failed: Condition | None = None
    tries: Source | None = None
    award: Annotated[tuple[Points, ...], Field(min_length=1)]
    otherwise: Points = 0.0

    @model_validator(mode="after")
    def _one_way_to_tell(self) -> "Ladder":
        told = (self.passed is not None, self.failed is not None, self.tries is not None)
        if told not in ((True, True, False), (False, False, True)):
            raise UnfitError(Text("passed 与 failed，或 tries", "passed and failed, or tries"))
        return self

    @property
    def try_keys(self) -> tuple[FactKey, ...]:
        """The facts that tell of each try, in their order."""
        key = None if self.tries is None else self.tries.key
        return tuple(at_place(key, str(n)) for n in range(1, MOST_TRIES + 1)) if key else ()

    def points(self, failures: int) -> float:
        """What a pass after so many failures earns."""
        return self.award[failures] if failures < len(self.award) else self.otherwise


def _places_once(places: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(places)) < len(places):
        raise UnfitError(Text("每个位置只写一次", "each place once"))
    return places


class Item(Located):
    """Points on the mark sheet, lost by mistakes: those of steps and rules (`judged_by`), of a condition of
    its own (`when`, at each of `places`) or `counted` by somebody; or given by a grade (`graded`), a value
    (`measured`) or the number of tries (`ladder`). A mistake without a deduction costs the whole item.

    `section`: the clause of the standard it comes from; `group`: one of the rubric's groups; `drawn`: it
    counts only when this was drawn for its group; `floor`: how far below 0 it may go.
    """

    id: Id
    title: Words
    points: Points
    check: Check
    dimension: Id
    section: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    group: Id | None = None
    drawn: Name | None = None
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


def at_place(key: FactKey, place: str) -> FactKey:
    """The fact about one place, or from one judge."""
    return FactKey(key.kind, f"{key.subject}{PLACE_SEPARATOR}{place}")


def at(condition: Condition, place: str) -> Condition:
    """A condition that asks for one fact, asked at a place."""
    word, key = word_of(condition), key_of(condition)
    if word is None or key is None:
        raise ValueError(f"expected a word about one fact, got {word}")
    return condition.model_copy(update={word: at_place(key, place).subject})
