"""How far two series of marks agree: weighted kappa and intraclass correlation (numbers -> number)."""

import math
from collections.abc import Sequence

Pair = tuple[float, float]


def quadratic_kappa(pairs: Sequence[Pair]) -> float | None:
    """Cohen's kappa with quadratic weights (Cohen 1968), on the points themselves: for equally spaced
    categories it is the usual one. None where both always give the same single mark."""
    if not pairs:
        return None
    count = len(pairs)
    observed = math.fsum((one - other) ** 2 for one, other in pairs) / count
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    # The mean of (a - b)^2 over all combinations, without walking through them.
    expected = _mean_square(first) + _mean_square(second) - 2 * _mean(first) * _mean(second)
    return None if expected < 1e-12 else 1.0 - observed / expected


def icc_2_1(table: Sequence[Sequence[float]]) -> float | None:
    """ICC(2,1): two-way random effects, absolute agreement, a single marker (Shrout and Fleiss 1979).

    `table`: a row by subject, a column by marker. None with fewer than two of either, or no differences."""
    rows, columns = len(table), len(table[0]) if table else 0
    if rows < 2 or columns < 2:
        return None
    grand = _mean([mark for row in table for mark in row])
    between = columns * math.fsum((_mean(row) - grand) ** 2 for row in table) / (rows - 1)
    by_marker = list(zip(*table, strict=True))
    markers = rows * math.fsum((_mean(column) - grand) ** 2 for column in by_marker) / (columns - 1)
    whole = math.fsum((mark - grand) ** 2 for row in table for mark in row)
    left = whole - between * (rows - 1) - markers * (columns - 1)
    error = max(0.0, left) / ((rows - 1) * (columns - 1))
    below = between + (columns - 1) * error + columns * (markers - error) / rows
    return None if abs(below) < 1e-12 else (between - error) / below


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _mean_square(values: Sequence[float]) -> float:
    return math.fsum(value * value for value in values) / len(values)
