"""The rule files of a kind as a list that leads to their editor, and the form that begins a new one."""

from asyncio import to_thread
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nicegui import ui

from api.console.elements import Words, box
from api.console.fields import VALUE, button, choice, field, quoted, toast
from api.console.texts import Language, say
from assessor.bench import Bench
from assessor.errors import RefusedError, RuleFileError
from assessor.own_rules import Kind, begin, known, origin_of, read_text, versions_of
from assessor.procedure import Procedure
from assessor.procedure.rule_set import RuleSet
from assessor.shown import points
from assessor.types import Text

EDITORS = {Kind.PROCEDURES: "/rules", Kind.RULE_SETS: "/rules/sets", Kind.BENCHES: "/benches"}
HEADS = {
    Kind.PROCEDURES: (
        "attempts.procedure",
        "rules.id",
        "rules.versions",
        "timeline.steps",
        "attempts.points",
    ),
    Kind.RULE_SETS: ("rules.set", "rules.id", "rules.versions", "timeline.steps", "rules.rules"),
    Kind.BENCHES: ("rules.bench", "rules.id", "rules.versions", "rules.devices", "rules.terminals"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One rule file as the list shows it; `number` 0: as it came with the package; `figures`: two of them."""

    id: str
    title: Text
    number: int
    figures: tuple[str, str]


async def show_rule_files(kind: Kind, language: Language, may_begin: bool) -> None:
    """Build list and form."""
    found = await to_thread(_listed, kind)
    if may_begin:
        NewFile(kind, language, [one.id for one in found]).build()
    with box("div", "card scroll"), box("table", "attempts"):
        with box("thead"), box("tr"):
            for key in HEADS[kind]:
                Words("th", say(key, language), "", scope="col")
        with box("tbody"):
            for one in found:
                _row(kind, one, language)


def _row(kind: Kind, one: Listed, language: Language) -> None:
    with box("tr", "entry", **{f"data_{kind.word}": one.id}):
        with box("td", "recording"):
            Words("a", getattr(one.title, language), "cover", href=f"{EDITORS[kind]}/{one.id}")
        Words("td", one.id, "quiet")
        own = say("rules.own", language, number=one.number)
        Words("td", own if one.number else say("rules.shipped", language))
        for figure in one.figures:
            Words("td", figure)


class NewFile:
    """The form of one visitor."""

    def __init__(self, kind: Kind, language: Language, ids: list[str]) -> None:
        self._kind, self._language, self._ids = kind, language, ids
        self._typed = {"id": "", "copied": ""}

    def build(self) -> None:
        """A name, and what to begin with."""
        language = self._language
        with box("details", "card"):
            Words("summary", say(f"rules.new.{self._kind.word}", language), "form-row")
            with box("div", "form-row"):
                made = field(
                    say("rules.id", language), data_field="id", placeholder="our_panel", maxlength=60
                )
                made.on("input", self._taker("id"), js_handler=VALUE)
                options = {"": say("rules.template", language)} | {id: id for id in self._ids}
                chosen = choice(say("rules.copied", language), options, "", self._take_copied)
                chosen.props["data-field"] = "copied"
                made = button(say("rules.begin", language), self._begin, "main-button", "add")
                made.props["data-begin"] = ""
            Words("p", say("rules.new_hint", language), "note-line quiet")

    def _taker(self, name: str) -> Callable[[object], None]:
        return lambda event: self._typed.update({name: str(getattr(event, "args", ""))})

    def _take_copied(self, id: str) -> None:
        self._typed["copied"] = id

    async def _begin(self) -> None:
        id = self._typed["id"].strip()
        try:
            await to_thread(begin, id, self._typed["copied"], self._kind)
        except RefusedError as refused:
            toast(getattr(refused.text, self._language), "wrong")
            return
        except RuleFileError as error:
            toast(error.faults[0].render(self._language), "wrong")
            return
        ui.run_javascript(f"location.assign({quoted(f'{EDITORS[self._kind]}/{id}')})")


def _listed(kind: Kind) -> list[Listed]:
    places = ((id, origin_of(id, kind)) for id in known(kind))
    return [_read_at(kind, id, path, path.stat().st_mtime_ns) for id, path in places]


@lru_cache(maxsize=512)
def _read_at(kind: Kind, id: str, path: Path, _written_ns: int) -> Listed:
    number = versions_of(id, kind)[0].number
    try:
        read = read_text(id, path.read_text(encoding="utf-8"), kind)
    except RuleFileError:  # written for another version of the rule language: the editor says what is wrong
        return Listed(id, Text(id, id), number, ("–", "–"))
    match read:
        case Procedure():
            total = points(sum(item.points for item in read.rubric.items))
            return Listed(id, read.title.text, number, (str(len(read.steps)), total))
        case RuleSet():
            return Listed(id, read.title.text, number, (str(len(read.steps)), str(len(read.rules))))
        case Bench():
            counts = str(len(read.devices)), str(len(read.terminals))
            return Listed(id, Text(read.name, read.name), number, counts)
    return Listed(id, Text(id, id), number, ("–", "–"))
