"""Verdicts become points: items, groups, overtime, vetoes, and the sheet of them all."""

from assessor.marks.items import losses_of, price_of
from assessor.marks.sheet import mark, sheet_json, without_files

__all__ = ["losses_of", "mark", "price_of", "sheet_json", "without_files"]
