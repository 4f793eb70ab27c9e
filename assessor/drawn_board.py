"""A board photo, its reading and what is wrong → one picture that shows all of it (for `board_commands.py`).

Every wire that was read is drawn over the photo, every finding has a number at its place, with its measure,
and a line below the photo in words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from assessor.board_findings import BAD_END, LOOSE_END, MISSING, Finding
from assessor.types import Image, Point, Text
from assessor.vision.board import BoardReading, WirePath

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont
    from PIL.ImageFont import ImageFont as BitmapFont

    Font = FreeTypeFont | BitmapFont

SURE = 0.6  # a finding below is drawn as unsure, as a rubric item stays open
WRONG_INK, UNSURE_INK, RIGHT_INK = (214, 32, 32), (224, 138, 0), (24, 150, 60)
PAPER, INK, WHITE = (250, 250, 247), (24, 24, 24), (255, 255, 255)
CHINESE_FONTS = (  # file name, and which of its faces is simplified Chinese; Pillow knows where fonts lie
    ("NotoSansCJK-Regular.ttc", 2),
    ("NotoSansSC-Regular.otf", 0),
    ("NotoSansCJKsc-Regular.otf", 0),
    ("SourceHanSansCN-Regular.otf", 0),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("msyh.ttc", 0),
    ("simhei.ttf", 0),
    ("PingFang.ttc", 0),
    ("Hiragino Sans GB.ttc", 0),
    ("DroidSansFallbackFull.ttf", 0),
)
NONE = Text("未发现问题。", "Nothing was found to be wrong.")
DOUBT = Text("（不确定，请人工查看）", " (unsure: somebody has to look)")
NOT_READ = Text(
    "照片上不判读：冷压端子、线号管、螺钉是否拧紧、导线松弛成环。",
    "Not read from a photo: ferrules, number sleeves, how tight a screw is, slack loops.",
)


@dataclass(frozen=True, slots=True)
class _Pen:
    """Where it is drawn, and sizes that suit the picture."""

    draw: "ImageDraw"
    font: "Font"
    unit: float  # px


def draw_board(image: Image, reading: BoardReading, findings: Sequence[Finding], language: str) -> Image:
    """The photo (height, width, 3) BGR with its findings numbered from 1, and below it what they say, in "zh"
    or "en"; in English where the system has no Chinese font."""
    from PIL import Image as Pictures
    from PIL import ImageDraw

    spoken = language if language == "en" or _chinese() is not None else "en"
    unit = image.shape[1] / 1600
    font = _font(spoken, round(24 * unit))
    photo = Pictures.fromarray(np.ascontiguousarray(image[..., ::-1]))
    _mark(_Pen(ImageDraw.Draw(photo), font, unit), reading, findings)
    lines = list(_lines(findings, spoken, font, image.shape[1] - 90 * unit))
    below = round((len(lines) * 36 + 30) * unit)
    sheet = Pictures.new("RGB", (photo.width, photo.height + below), PAPER)
    sheet.paste(photo)
    pen = _Pen(ImageDraw.Draw(sheet), font, unit)
    for row, (number, words) in enumerate(lines):
        y = photo.height + (33 + row * 36) * unit
        if number:
            _disc(pen, (36 * unit, y), number, _ink(findings[number - 1]))
        pen.draw.text((64 * unit, y), words, INK, font, anchor="lm")
    return np.ascontiguousarray(np.asarray(sheet, np.uint8)[..., ::-1])


def _mark(pen: _Pen, reading: BoardReading, findings: Sequence[Finding]) -> None:
    blamed = {frozenset(f.terminals): f for f in findings if len(f.terminals) == 2 and f.count != MISSING}
    for path in reading.paths:
        found = blamed.get(_ends(path))
        ink = _ink(found) if found else RIGHT_INK if path.wire.confidence >= SURE else UNSURE_INK
        pen.draw.line(path.points_px, WHITE, round(4 * pen.unit))
        pen.draw.line(path.points_px, ink, round(2 * pen.unit))
    taken: list[Point] = []
    for number, finding in enumerate(findings, start=1):
        at = _point_out(pen, reading, finding)
        if at is not None:
            free = _free_place(at, taken, pen.unit)
            pen.draw.line((at, free), _ink(finding), round(2 * pen.unit))
            _number(pen, number, finding, free)


def _point_out(pen: _Pen, reading: BoardReading, finding: Finding) -> Point | None:
    """Draw what a finding is about; where its number may stand. None where it has no place in the picture."""
    places = {end.terminal: end.at_px for end in reading.terminals}
    ends = [places[terminal] for terminal in finding.terminals if terminal in places]
    if not ends:
        return None
    if finding.count in (BAD_END, LOOSE_END):
        _copper(pen, reading, finding)
        x, y, r = *ends[0], 20 * pen.unit
        pen.draw.ellipse((x - r, y - r, x + r, y + r), outline=_ink(finding), width=round(4 * pen.unit))
        return x + 34 * pen.unit, y
    path = next((p for p in reading.paths if _ends(p) == frozenset(finding.terminals)), None)
    if path is not None and finding.count != MISSING:
        return path.points_px[len(path.points_px) // 2]
    start, end = np.array(ends[0]), np.array(ends[-1])
    for dash in np.arange(0, 1, 0.04):
        dashed = [tuple(start + (end - start) * share) for share in (dash, dash + 0.022)]
        pen.draw.line(dashed, _ink(finding), round(4 * pen.unit))
    x, y = (start + end) / 2
    return float(x), float(y)


def _copper(pen: _Pen, reading: BoardReading, finding: Finding) -> None:
    """A line along the copper that was measured; a way has one point per mm."""
    for path in reading.paths:
        ways = {path.wire.start: path.points_px, path.wire.end: path.points_px[::-1]}
        way = ways.get(finding.terminals[0], ())[: 1 + round(finding.measured_mm or 0)]
        if len(way) > 1:
            pen.draw.line(way, _ink(finding), round(6 * pen.unit))


def _number(pen: _Pen, number: int, finding: Finding, at: Point) -> None:
    ink = _ink(finding)
    if finding.measured_mm is not None:
        said = f"{finding.measured_mm:.1f} mm"
        left, top = at[0] + 20 * pen.unit, at[1]
        box = pen.draw.textbbox((left, top), said, pen.font, anchor="lm")
        pen.draw.rectangle((box[0] - 4, box[1] - 3, box[2] + 4, box[3] + 3), WHITE, ink)
        pen.draw.text((left, top), said, ink, pen.font, anchor="lm")
    _disc(pen, at, number, ink)


def _disc(pen: _Pen, at: Point, number: int, ink: tuple[int, int, int]) -> None:
    (x, y), r = at, 15 * pen.unit
    pen.draw.ellipse((x - r, y - r, x + r, y + r), ink, WHITE, max(1, round(2 * pen.unit)))
    pen.draw.text((x, y), str(number), WHITE, pen.font, anchor="mm")


def _free_place(at: Point, taken: list[Point], unit: float) -> Point:
    """The place, or the next one below it that no number has."""
    x, y = at
    while any(abs(x - a) < 150 * unit and abs(y - b) < 34 * unit for a, b in taken):
        y += 36 * unit
    taken.append((x, y))
    return x, y


def _lines(
    findings: Sequence[Finding], language: str, font: "Font", width: float
) -> Iterator[tuple[int, str]]:
    """What is said below the photo: (number of the finding, 0 for none, one line of words)."""
    told = [(n, _words(f, language)) for n, f in enumerate(findings, start=1)] or [(0, _in(NONE, language))]
    for number, words in [*told, (0, _in(NOT_READ, language))]:
        for row, part in enumerate(_wrapped(words, font, width)):
            yield (0 if row else number), part


def _wrapped(words: str, font: "Font", width: float) -> list[str]:
    """The words in lines that fit; Chinese may break anywhere, English at a space."""
    lines = [""]
    for part in re.findall(r"[!-~–]+ ?|.", words):
        if lines[-1] and font.getlength(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return lines


def _words(finding: Finding, language: str) -> str:
    return _in(finding.said, language) + ("" if finding.confidence >= SURE else _in(DOUBT, language))


def _in(text: Text, language: str) -> str:
    return text.zh if language == "zh" else text.en


def _ink(finding: Finding) -> tuple[int, int, int]:
    return WRONG_INK if finding.confidence >= SURE else UNSURE_INK


def _ends(path: WirePath) -> frozenset[str]:
    return frozenset((path.wire.start, path.wire.end))


def _font(language: str, size: int) -> "Font":
    from PIL import ImageFont

    chinese = _chinese()
    if chinese is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(chinese[0], size, index=chinese[1])


@cache
def _chinese() -> tuple[str, int] | None:
    """A font of this machine that has Chinese characters."""
    from PIL import ImageFont

    for name, face in CHINESE_FONTS:
        try:
            ImageFont.truetype(name, 10, index=face)
        except OSError:
            continue
        return name, face
    return None
