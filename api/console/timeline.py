"""The bar over the whole recording: steps, mistakes, gaps, and where the chosen evidence lies."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nicegui.element import Element

from api.console.elements import ICONS, Words, box, icon, set_attributes
from api.console.sheet_data import SheetData
from api.console.texts import Language, say, say_or
from assessor.shown import clock, short_clock
from assessor.types import Evidence, Mistake, Verdict

LANES = 3
NEAREST = 0.016  # of the bar: marks closer than this go into another lane
AXIS_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
MOST_TICKS = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing at one time of the recording."""

    t_s: float
    kind: str
    text: str
    item: str | None


class Timeline:
    """Drawn once; `show` moves the band of the chosen evidence."""

    def __init__(self, data: SheetData, language: Language, choose: Callable[[str], None]) -> None:
        self._data, self._language, self._choose = data, language, choose
        self._length_s = max(data.attempt.duration_s, *(mark.t_s for mark in self._marks()), 1.0)
        with box("section", "card timeline", aria_label=say("timeline.title", language)):
            with box("div", "labels", aria_hidden="true"):
                Words("span", say("timeline.steps", language))
                Words("span", say("timeline.mistakes", language))
            with box("div", "bar"):
                self._draw_gaps()
                self._band: Element = box("div", "band")
                self._band.set_visibility(False)
                self._draw_track("steps", self._steps())
                self._draw_track("mistakes", self._mistakes())
                self._draw_axis()

    def show(self, evidence: Evidence | None) -> None:
        """Mark an interval, or none."""
        self._band.set_visibility(evidence is not None)
        if evidence is not None:
            self._band.style(replace=self._between(evidence.start_s, evidence.end_s))

    def _marks(self) -> Iterable[Mark]:
        return (*self._steps(), *self._mistakes())

    def _steps(self) -> list[Mark]:
        steps = [v for v in self._data.sheet.verdicts if v.kind == "step" and v.t_s is not None]
        return [self._step(verdict) for verdict in steps]

    def _step(self, verdict: Verdict) -> Mark:
        title = self._data.title_of(verdict, self._language)
        text = f"{title} · {say(f'outcome.{verdict.outcome.value}', self._language)}"
        return Mark(verdict.t_s or 0.0, verdict.outcome.value, text, self._data.item_of(verdict))

    def _mistakes(self) -> list[Mark]:
        found = [(verdict, one) for verdict in self._data.sheet.verdicts for one in verdict.mistakes]
        return [self._mistake(verdict, one) for verdict, one in sorted(found, key=lambda pair: pair[1].t_s)]

    def _mistake(self, verdict: Verdict, one: Mistake) -> Mark:
        words = [say_or("mistake", one.kind, self._language), getattr(one.reason, self._language)]
        if one.corrected:
            words.append(say("mistake.corrected", self._language))
        kind = "corrected" if one.corrected else "mistake"
        return Mark(one.t_s, kind, " · ".join(words), self._data.item_of(verdict))

    def _draw_track(self, classes: str, marks: Sequence[Mark]) -> None:
        with box("div", f"track {classes}"):
            ends = [-1.0] * LANES
            for mark in sorted(marks, key=lambda one: one.t_s):
                place = mark.t_s / self._length_s
                lane = next((n for n, end in enumerate(ends) if place - end >= NEAREST), 0)
                ends[lane] = place
                self._draw_mark(mark, lane)
            if not marks and classes == "mistakes":
                Words("span", say("timeline.no_mistakes", self._language), "quiet none")

    def _draw_mark(self, mark: Mark, lane: int) -> None:
        text = f"{clock(mark.t_s)} {mark.text}"
        button = box("button", f"mark {mark.kind} lane{lane}", type="button", title=text, aria_label=text)
        button.style(f"left: {100 * mark.t_s / self._length_s:.3f}%")
        set_attributes(button, data_icon=ICONS[mark.kind])
        if mark.item is not None:
            item = mark.item
            button.on("click", lambda: self._choose(item))

    def _draw_gaps(self) -> None:
        for gap in self._data.sheet.gaps:
            text = say(
                "timeline.gap",
                self._language,
                start=clock(gap.start_s),
                end=clock(gap.end_s),
                reason=say_or("gap", gap.reason, self._language),
            )
            with box("div", "gap", title=text, role="img", aria_label=text).style(
                self._between(gap.start_s, gap.end_s)
            ):
                icon("videocam_off")

    def _draw_axis(self) -> None:
        step_s = next((s for s in AXIS_STEPS_S if self._length_s / s <= MOST_TICKS), AXIS_STEPS_S[-1])
        with box("div", "axis", aria_hidden="true"):
            for number in range(int(self._length_s / step_s) + 1):
                tick = Words("span", short_clock(number * step_s), "tick")
                tick.style(f"left: {100 * number * step_s / self._length_s:.3f}%")

    def _between(self, start_s: float, end_s: float) -> str:
        first, last = (100 * min(max(t, 0.0), self._length_s) / self._length_s for t in (start_s, end_s))
        return f"left: {first:.3f}%; width: {max(last - first, 0.3):.3f}%"
