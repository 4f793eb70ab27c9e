"""Measures of a result against the truth, for `evaluate`: order of steps, completions, any matching."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")
SAME_TIME_S = 0.0005  # truth files round times to milliseconds


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of true positives, false positives and false negatives. None where nothing was to be found."""

    true: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: "Rates") -> "Rates":
        """Counts of both together."""
        return Rates(self.true + other.true, self.false + other.false, self.missed + other.missed)

    @property
    def precision(self) -> float | None:
        """Share of what was reported that is right."""
        return _share(self.true, self.true + self.false)

    @property
    def recall(self) -> float | None:
        """Share of what is there that was reported."""
        return _share(self.true, self.true + self.missed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both."""
        return _share(2 * self.true, 2 * self.true + self.false + self.missed)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Completion:
    """A step was done at `t_s`."""

    step: str
    t_s: float


@dataclass(frozen=True, slots=True)
class Matching(Generic[A, B]):
    """Pairs (true, predicted), what was missed, what was reported falsely."""

    pairs: tuple[tuple[A, B], ...]
    missed: tuple[A, ...]
    false: tuple[B, ...]

    @property
    def rates(self) -> Rates:
        """The counts."""
        return Rates(len(self.pairs), len(self.false), len(self.missed))


# ---- order of steps ---------------------------------------------------------------------
def edit_distance(true: Sequence[Hashable], predicted: Sequence[Hashable]) -> int:
    """Damerau-Levenshtein distance with insert 1, delete 1, substitute 2, transpose 1.

    Lowrance and Wagner (1975): neighbours may be transposed and edited between.
    """
    rows, columns = len(true), len(predicted)
    far = rows + columns + 1
    cost = [[far] * (columns + 2) for _ in range(rows + 2)]  # row and column 0: no earlier partner
    for i in range(rows + 1):
        cost[i + 1][1] = i
    for j in range(columns + 1):
        cost[1][j + 1] = j
    last_row: dict[Hashable, int] = {}
    for i in range(1, rows + 1):
        last_column = 0
        for j in range(1, columns + 1):
            k, m = last_row.get(predicted[j - 1], 0), last_column
            same = true[i - 1] == predicted[j - 1]
            if same:
                last_column = j
            cost[i + 1][j + 1] = min(
                cost[i][j] + (0 if same else 2),
                cost[i + 1][j] + 1,
                cost[i][j + 1] + 1,
                cost[k][m] + (i - k - 1) + 1 + (j - m - 1),
            )
        last_row[true[i - 1]] = i
    return cost[rows + 1][columns + 1]


def order_similarity(true: Sequence[Hashable], predicted: Sequence[Hashable]) -> float | None:
    """POS = 1 - min(distance / length of the truth, 1), as published with IndustReal. None without truth."""
    if not true:
        return None
    return 1 - min(edit_distance(true, predicted) / len(true), 1)


# ---- completions in time ----------------------------------------------------------------
def match_completions(
    true: Iterable[Completion], predicted: Iterable[Completion]
) -> Matching[Completion, Completion]:
    """Match per step in time order. A prediction earlier than the truth is false; none is too late."""
    waiting = sorted(true, key=lambda c: c.t_s)
    pairs, false = [], []
    for guess in sorted(predicted, key=lambda c: c.t_s):
        known = (c for c in waiting if c.step == guess.step and c.t_s <= guess.t_s + SAME_TIME_S)
        found = next(known, None)
        if found is None:
            false.append(guess)
        else:
            waiting.remove(found)
            pairs.append((found, guess))
    return Matching(tuple(pairs), tuple(waiting), tuple(false))


def mean_delay(matching: Matching[Completion, Completion]) -> float | None:
    """τ: mean of predicted minus true time over the pairs, in seconds."""
    delays = [guess.t_s - found.t_s for found, guess in matching.pairs]
    return sum(delays) / len(delays) if delays else None


# ---- anything else ------------------------------------------------------------------------
def match_best(
    true: Sequence[A], predicted: Sequence[B], distance: Callable[[A, B], float | None]
) -> Matching[A, B]:
    """Match the nearest pairs first, each side once; `distance` None = cannot be the same."""
    scored = [
        (d, i, j)
        for i, expected in enumerate(true)
        for j, guess in enumerate(predicted)
        if (d := distance(expected, guess)) is not None
    ]
    rows: dict[int, int] = {}
    for _, i, j in sorted(scored):
        if i not in rows and j not in rows.values():
            rows[i] = j
    pairs = tuple((true[i], predicted[j]) for i, j in sorted(rows.items()))
    missed = tuple(a for i, a in enumerate(true) if i not in rows)
    false = tuple(b for j, b in enumerate(predicted) if j not in rows.values())
    return Matching(pairs, missed, false)
