"""The list of procedures: the shipped ones and the school's own, each leading to its editor."""

from asyncio import to_thread
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request

from api.console.elements import Words, box
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.errors import RuleFileError
from assessor.own_rules import known_procedures, origin_of, versions_of
from assessor.procedure import load_procedure
from assessor.shown import points
from assessor.types import Text


@dataclass(frozen=True, slots=True)
class Listed:
    """One procedure as the list shows it; `number` 0: as it came with the package."""

    id: str
    title: Text
    number: int
    steps: int
    points: float


async def show_rules(request: Request) -> None:
    """Build the page."""
    language = preferences_of(request).language
    found = await to_thread(_listed)
    with page_frame(request, say("rules.title", language), "rules"):
        with box("div", "page-title"):
            Words("h1", say("rules.title", language))
        with box("div", "card scroll"), box("table", "attempts"):
            with box("thead"), box("tr"):
                for key in ("attempts.procedure", "rules.id", "rules.versions", "timeline.steps"):
                    Words("th", say(key, language), "", scope="col")
                Words("th", say("attempts.points", language), "points-head", scope="col")
            with box("tbody"):
                for one in found:
                    _row(one, language)


def _row(one: Listed, language: Language) -> None:
    with box("tr", "entry", data_procedure=one.id):
        with box("td", "recording"):
            Words("a", getattr(one.title, language), "cover", href=f"/rules/{one.id}")
        Words("td", one.id, "quiet")
        own = say("rules.own", language, number=one.number)
        Words("td", own if one.number else say("rules.shipped", language))
        Words("td", str(one.steps))
        Words("td", points(one.points), "points")


def _listed() -> list[Listed]:
    return [_read(id) for id in known_procedures()]


def _read(id: str) -> Listed:
    path = origin_of(id)
    return _read_at(id, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _read_at(id: str, path: Path, _written_ns: int) -> Listed:
    number = versions_of(id)[0].number
    try:
        read = load_procedure(path)
    except RuleFileError:  # written for another version of the rule language: the editor says what is wrong
        return Listed(id, Text(id, id), number, 0, 0.0)
    return Listed(
        id, read.title.text, number, len(read.steps), sum(item.points for item in read.rubric.items)
    )
