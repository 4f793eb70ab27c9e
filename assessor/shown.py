"""How points, times, shares and what users wrote are shown, on a printed sheet and in the console."""

from datetime import datetime
from enum import StrEnum
from unicodedata import category


class PageLanguage(StrEnum):
    """Languages of a page to print."""

    zh = "zh"
    en = "en"
    both = "both"


def points(value: float) -> str:
    """`6`, `7.5`: no more decimals than needed, two at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def clock(t_s: float) -> str:
    """`0:04.4`, `1:02:03.0`: time of the recording to a tenth of a second."""
    tenths = round(t_s * 10)
    seconds, minutes, hours = tenths / 10 % 60, tenths // 600 % 60, tenths // 36000
    return f"{hours}:{minutes:02}:{seconds:04.1f}" if hours else f"{minutes}:{seconds:04.1f}"


def short_clock(t_s: float) -> str:
    """`0:04`, for the marks of an axis."""
    return clock(t_s).rsplit(".", 1)[0]


def share(value: float) -> str:
    """`87 %`."""
    return f"{value * 100:.0f} %"


def moment(when: datetime) -> str:
    """`2026-03-01 14:05` on the server's clock."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def partial_note(note: str, language: str) -> str:
    """`40/100 frames` in "zh" or "en"."""
    return note.replace(" frames", " 帧") if language == "zh" else note


def shortened(text: str, most: int) -> str:
    """At most so many characters of what a user wrote."""
    return text if len(text) <= most else text[: most - 1] + "…"


def visible(text: str) -> str:
    """Control characters, which could turn the text round or hide part of it, become a visible sign."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(letter)[0] == "C" else letter for letter in text)
