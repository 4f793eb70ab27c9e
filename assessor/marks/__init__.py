"""Verdicts become points: items, groups, overtime, vetoes, and the sheet of them all."""

from assessor.marks.decided import OVERTIME, Award, decided, points_of_value
from assessor.marks.items import losses_of, price_of
from assessor.marks.sheet import mark, sheet_json, without_files
from assessor.marks.wording import advice_of

__all__ = [
    "OVERTIME",
    "Award",
    "advice_of",
    "decided",
    "losses_of",
    "mark",
    "points_of_value",
    "price_of",
    "sheet_json",
    "without_files",
]
