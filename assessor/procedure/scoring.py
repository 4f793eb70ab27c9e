"""By what an item earns or loses: prices of mistakes, counts, grades, measured values, numbers of tries.

The parts of a rubric item (`rubric.py`), as its file has them.
"""

from typing import Annotated

from pydantic import Field, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.procedure.conditions import Condition, Limits, Name
from assessor.types import FactKey, Text

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
    after one, ...; `further` after more; `otherwise` when none passed. A try is told by conditions (`passed`,
    `failed`) or entered: with `tries: {person: run}` as `run/1`, `run/2`, ..., each "passed" or "failed"."""

    passed: Condition | None = None
    failed: Condition | None = None
    tries: Source | None = None
    award: Annotated[tuple[Points, ...], Field(min_length=1)]
    further: Points | None = None
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
        if failures < len(self.award):
            return self.award[failures]
        return self.otherwise if self.further is None else self.further


def at_place(key: FactKey, place: str) -> FactKey:
    """The fact about one place, or from one judge."""
    return FactKey(key.kind, f"{key.subject}{PLACE_SEPARATOR}{place}")
