"""The editor's trial: a written timeline judged by the text as it is now (timeline -> mark sheet)."""

from asyncio import to_thread

from nicegui.element import Element

from api.console.elements import Words, box, outcome_state
from api.console.fields import VALUE, button, choice
from api.console.texts import Language, say, shown_outcome
from assessor.errors import RuleFileError
from assessor.located_yaml import Located
from assessor.own_rules import timelines_of
from assessor.procedure import Procedure
from assessor.shown import points
from assessor.simulate import fitting_bench, simulate
from assessor.story import read_story
from assessor.types import MarkLine, MarkSheet


class TrialPane:
    """Holds the timeline; judges it when asked."""

    def __init__(self, id: str, language: Language) -> None:
        self._language = language
        self._procedure: Procedure | None = None
        self._examples = {file.stem: file for file in timelines_of(id)}
        first = next(iter(self._examples), "")
        self._text = self._read(first)
        with box("div", "trial-head"):
            options = {stem: stem for stem in self._examples} or {"": say("trial.own", language)}
            choice(say("trial.example", language), options, first, self._take_example)
            button(say("trial.run", language), self.run, "main-button", "play_arrow").props["data-try"] = ""
        Words("p", say("trial.hint", language), "quiet")
        self._area = box("textarea", "timeline-text", aria_label=say("trial.timeline", language), rows=12)
        self._area.props["value"] = self._text
        self._area.props["spellcheck"] = "false"
        self._area.on("change", lambda e: self._typed(str(e.args)), js_handler=VALUE)
        self._result = box("div", "trial-result", aria_live="polite")

    def take(self, read: Located | None, _text: str) -> None:
        """What to judge by from now on; None while the text has faults."""
        self._procedure = read if isinstance(read, Procedure) else None

    async def refresh(self) -> None:
        """Nothing to show anew: the trial stands until the next one."""

    def _read(self, stem: str) -> str:
        return self._examples[stem].read_text(encoding="utf-8") if stem in self._examples else ""

    def _take_example(self, stem: str) -> None:
        self._text = self._read(stem)
        self._area.props["value"] = self._text
        self._area.update()

    def _typed(self, text: str) -> None:
        self._text = text

    async def run(self) -> None:
        """Judge the timeline and show the sheet, or what is wrong with the timeline."""
        language, procedure = self._language, self._procedure
        self._result.clear()
        if procedure is None:
            self._say(say("trial.no_procedure", language))
            return
        try:
            name, sheet = await to_thread(_judged, procedure, self._text)
        except RuleFileError as error:
            self._say(*(fault.render(language) for fault in error.faults))
            return
        with self._result:
            with box("div", "trial-total"):
                total = {"points": points(sheet.total), "possible": points(sheet.possible)}
                Words("b", say("trial.points", language, **total), "", data_trial_total="")
                Words("span", say("trial.bench", language, name=name), "quiet")
            self._table(sheet)

    def _say(self, *texts: str) -> None:
        with self._result:
            for text in texts:
                Words("p", text, "trial-fault")

    def _table(self, sheet: MarkSheet) -> None:
        with box("table", "sheet"), box("tbody"):
            for line in sheet.lines:
                self._line(line)

    def _line(self, line: MarkLine) -> Element:
        key = shown_outcome(line.outcome, line.awarded)
        row = box("tr", f"entry {key}", data_trial=line.item)
        with row:
            with box("td", "outcome"):
                outcome_state(key, self._language)
            with box("td", "title"):
                Words("div", getattr(line.title, self._language))
                Words("div", getattr(line.reason, self._language), "quiet why")
            with box("td", "points"):
                Words("b", "–" if line.awarded is None else points(line.awarded))
                if line.points:
                    Words("span", f" / {points(line.points)}", "quiet")
        return row


def _judged(procedure: Procedure, timeline: str) -> tuple[str, MarkSheet]:
    bench = fitting_bench(procedure)
    return bench.name, simulate(procedure, bench, read_story(timeline))
