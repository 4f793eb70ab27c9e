"""Counts of what was found against what was tagged, and how they are printed."""

from collections.abc import Hashable, Iterable, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """True and false alarms, and what was missed or rightly passed over."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    @property
    def precision(self) -> float:
        """Share of the alarms that were right; 1 when there was none."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        """Share of what there was that was found; 1 when there was nothing."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def row(self) -> str:
        """One line of a table."""
        cells = f"{self.tp:5d}{self.fp:5d}{self.fn:5d}{self.tn:6d}"
        return f"{cells}   {self.precision:.3f}  {self.recall:.3f}"


HEAD = f"{'tp':>5}{'fp':>5}{'fn':>5}{'tn':>6}   prec.  recall"


def counted(found: Set[Hashable], tagged: Set[Hashable], everything: Set[Hashable]) -> Counts:
    """Every single thing found or tagged."""
    hit = len(found & tagged)
    tn = len(everything - found - tagged)
    return Counts(hit, len(found - tagged), len(tagged - found), tn)


def one(found: bool, tagged: bool) -> Counts:
    """A whole recording: whether anything was found, and whether anything was tagged."""
    return Counts(found and tagged, found and not tagged, tagged and not found, not (found or tagged))


def total(counts: Iterable[Counts]) -> Counts:
    """The sum."""
    return sum(counts, Counts())
