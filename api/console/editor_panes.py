"""What stands beside the text in the editor, by kind of rule file: picture, what a camera sees, includers."""

from asyncio import to_thread
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Protocol

from nicegui import ui

from api.console.editor_compare import ComparePane
from api.console.editor_trial import TrialPane
from api.console.elements import Words, box, state
from api.console.texts import Language, say
from assessor.bench import Bench
from assessor.bench_picture import bench_picture
from assessor.errors import RuleFileError
from assessor.graph import graph_of
from assessor.located_yaml import Located
from assessor.own_rules import Kind, known, origin_of
from assessor.procedure import Procedure, load_procedure
from assessor.shown import points
from assessor.sight import ItemSight, Sight, fits, sight_of

STATES = {
    Sight.SEEN: "met",
    Sight.PARTLY: "unsure",
    Sight.UNSEEN: "not_met",
    Sight.ELSEWHERE: "not_observed",
}


class Pane(Protocol):
    """One view of the text being edited."""

    def take(self, read: Located | None, text: str) -> None:
        """The text as it is now and what it makes; None: it has faults."""

    async def refresh(self) -> None:
        """A tab was opened, or a version was added."""


def panes_of(kind: Kind, id: str, language: Language) -> Mapping[str, Callable[[], Pane]]:
    """The views of this kind of file, by the key of their tab."""
    versions = partial(ComparePane, kind, id, language)
    views: dict[Kind, dict[str, Callable[[], Pane]]] = {
        Kind.PROCEDURES: {
            "graph": partial(PicturePane, language),
            "trial": partial(TrialPane, id, language),
            "versions": versions,
        },
        Kind.BENCHES: {
            "bench": partial(PicturePane, language),
            "sight": partial(SightPane, language),
            "versions": versions,
        },
        Kind.RULE_SETS: {"users": partial(UsersPane, id, language), "versions": versions},
    }
    return views[kind]


class PicturePane:
    """The picture of a procedure's steps, or of a bench from above."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._place = box("div", "graph")

    def take(self, read: Located | None, _text: str) -> None:
        """Draw it."""
        self._place.clear()
        with self._place:
            if isinstance(read, Procedure):
                ui.html(graph_of(read, self._language), sanitize=False)  # its texts are escaped
            elif isinstance(read, Bench):
                ui.html(bench_picture(read), sanitize=False)  # likewise
            else:
                Words("p", say("editor.no_picture", self._language), "quiet hint")

    async def refresh(self) -> None:
        """It is drawn as soon as the text changes."""


class SightPane:
    """What the camera of the bench sees of every procedure that fits it, item by item."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._bench: Bench | None = None
        self._place = box("div", "sight", data_sight="")

    def take(self, read: Located | None, _text: str) -> None:
        """Only told once the tab is opened: it reads every procedure."""
        self._bench = read if isinstance(read, Bench) else None
        self._place.clear()

    async def refresh(self) -> None:
        """Tell it."""
        bench = self._bench
        found = [] if bench is None else await to_thread(_fitting, bench)
        self._place.clear()
        with self._place:
            if bench is None:
                Words("p", say("editor.no_picture", self._language), "quiet hint")
                return
            Words("p", say("sight.hint" if found else "sight.none", self._language), "quiet")
            for procedure in found:
                self._procedure(procedure, bench)

    def _procedure(self, procedure: Procedure, bench: Bench) -> None:
        items = sight_of(procedure, bench)
        counts = Counter(item.sight for item in items)
        with box("details", "sight-of", data_procedure=procedure.procedure):
            with box("summary"):
                Words("span", getattr(procedure.title.text, self._language))
                for sight in Sight:
                    if counts[sight]:
                        words = say(f"sight.{sight}", self._language)
                        state(STATES[sight], f"{words} {counts[sight]}")
            with box("table", "plain-table"), box("tbody"):
                for item in items:
                    self._item(item)

    def _item(self, item: ItemSight) -> None:
        with box("tr", "", data_item=item.id):
            Words("td", getattr(item.title, self._language))
            Words("td", points(item.points), "points")
            with box("td"):
                state(STATES[item.sight], say(f"sight.{item.sight}", self._language))
                for why in item.why:
                    Words("div", getattr(why, self._language), "quiet small")


class UsersPane:
    """The procedures that include a rule set: saving a version of it changes those of the school."""

    def __init__(self, id: str, language: Language) -> None:
        self._id, self._language = id, language
        self._place = box("div", "rows")

    def take(self, _read: Located | None, _text: str) -> None:
        """Who includes it does not hang on its text."""
        if not list(self._place):
            self._show()

    async def refresh(self) -> None:
        """Nothing to show anew."""

    def _show(self) -> None:
        with self._place:
            Words("p", say("users.hint", self._language), "quiet")
            for procedure in _procedures():
                if self._id in {PurePosixPath(include.file).stem for include in procedure.include}:
                    text = getattr(procedure.title.text, self._language)
                    address = f"/rules/{procedure.procedure}"
                    Words("a", text, "", href=address, data_user=procedure.procedure)


def _fitting(bench: Bench) -> list[Procedure]:
    return [one for one in _procedures() if fits(one, bench)]


def _procedures() -> list[Procedure]:
    """Every known procedure that can be read."""
    places = [origin_of(id) for id in known()]
    read = (_procedure_at(place, place.stat().st_mtime_ns) for place in places)
    return [one for one in read if one is not None]


@lru_cache(maxsize=512)
def _procedure_at(place: Path, _written_ns: int) -> Procedure | None:
    try:
        return load_procedure(place)
    except RuleFileError:
        return None
