"""The panel beside the mark sheet: for one line its clip, reason, figures and the rule as it was written."""

from uuid import UUID

from nicegui import ui

from api.console.elements import ICONS, Words, box, icon, outcome_state, rule_line
from api.console.rule_lines import rule_lines
from api.console.sheet_data import SheetData, loop_of
from api.console.texts import Language, say, say_or, shown_outcome
from api.schemas import evidence_address
from assessor.shown import clock, share
from assessor.types import Evidence, MarkLine, Outcome, Verdict


class LinePanel:
    """Shows one line at a time."""

    def __init__(self, data: SheetData, language: Language) -> None:
        self._data, self._language = data, language
        self._panel = box(
            "section", "card panel", aria_live="polite", aria_label=say("line.reason", language)
        )
        with self._panel:
            Words("p", say("line.choose", language), "quiet hint")

    def show(self, line: MarkLine, *, play: bool) -> None:
        """Fill the panel; `play`: start the clip at once."""
        self._panel.clear()
        with self._panel:
            self._title(line)
            self._reason(line)
            self._evidence(line, play)
            self._mistakes(line)
            self._rules(line)
            Words("p", say("line.keys", self._language), "quiet keys")

    def _title(self, line: MarkLine) -> None:
        with box("div", "panel-title"):
            Words("h2", getattr(line.title, self._language))
            outcome_state(shown_outcome(line.outcome, line.awarded), self._language)
            if line.awarded is not None:
                self._confidence(line.confidence)

    def _confidence(self, confidence: float) -> None:
        text = f"{say('line.confidence', self._language)} {share(confidence)}"
        with box("span", "confidence", title=text, data_confidence=""):
            Words("span", text)
            box("span", "meter", aria_hidden="true").style(f"--share: {confidence:.3f}")

    def _reason(self, line: MarkLine) -> None:
        reason = getattr(line.reason, self._language) or say("line.no_reason", self._language)
        Words("p", reason, f"reason {shown_outcome(line.outcome, line.awarded)}", data_reason="")

    def _evidence(self, line: MarkLine, play: bool) -> None:
        if not line.evidence:
            self._no_evidence(line)
            return
        if len(line.evidence) == 1:
            self._one_evidence(line, line.evidence[0], play)
            return
        with ui.tabs().props("dense no-caps align=left") as tabs:
            names = [
                ui.tab(f"{number}", say("line.evidence_n", self._language, number=number))
                for number in range(1, len(line.evidence) + 1)
            ]
        with ui.tab_panels(tabs, value=names[0]).classes("evidence-tabs"):
            for name, evidence in zip(names, line.evidence, strict=True):
                with ui.tab_panel(name):
                    self._one_evidence(line, evidence, play)

    def _no_evidence(self, line: MarkLine) -> None:
        if line.awarded is None:
            check = say_or("check", line.check, self._language)
            why = say("line.no_clip.open", self._language, check=check)
        else:
            met = line.outcome is Outcome.MET
            why = say("line.no_clip.met" if met else "line.no_clip.other", self._language)
        with box("div", "no-clip"):
            icon("pending" if line.awarded is None else "videocam_off")
            Words("b", say("line.no_clip", self._language))
            Words("span", why, "quiet")
        self._figures(line, None)

    def _one_evidence(self, line: MarkLine, evidence: Evidence, play: bool) -> None:
        evidence_id = self._data.evidence_ids[evidence]
        with box("div", "evidence"):
            if evidence.clip:
                self._clip(evidence, evidence_id, play)
            with box("div", "beside"):
                if evidence.still:
                    self._still(evidence_address(evidence_id, "still"))
                self._figures(line, evidence)

    def _clip(self, evidence: Evidence, evidence_id: UUID, play: bool) -> None:
        loop = loop_of(evidence)
        with box("div", "clip"):
            video = box(
                "video",
                src=evidence_address(evidence_id, "clip"),
                controls=True,
                muted=True,
                playsinline=True,
                preload="auto",
                aria_label=say("line.clip", self._language),
                data_in=f"{loop.in_s:.3f}",
                data_out=f"{loop.out_s:.3f}",
                data_offset=f"{loop.offset_s:.3f}",
                data_evidence=str(evidence_id),
            )
            if play:
                video.props["autoplay"] = True
            Words("output", clock(evidence.start_s), "clip-clock", aria_hidden="true")
            Words("p", say("line.clip_gone", self._language), "clip-gone")

    def _still(self, address: str) -> None:
        label = say("line.still_open", self._language)
        with box("a", "still", href=address, target="_blank", title=label):
            box("img", src=address, alt=say("line.still", self._language), loading="lazy")

    def _figures(self, line: MarkLine, evidence: Evidence | None) -> None:
        verdicts = self._data.verdicts(line)
        with box("dl", "figures"):
            if len(verdicts) == 1:
                self._figure("line.at", verdicts[0].t_s)
                self._figure("line.decided", verdicts[0].decided_s)
            else:
                for verdict in verdicts:
                    self._verdict_times(verdict)
            if evidence is not None:
                Words("dt", say("line.interval", self._language))
                Words("dd", f"{clock(evidence.start_s)}–{clock(evidence.end_s)}")
            Words("dt", say("sheet.check", self._language))
            Words("dd", say_or("check", line.check, self._language))

    def _figure(self, key: str, t_s: float | None) -> None:
        if t_s is not None:
            Words("dt", say(key, self._language))
            Words("dd", clock(t_s))

    def _verdict_times(self, verdict: Verdict) -> None:
        """One of several verdicts under its own name: when it came about and when it was clear."""
        at, decided = verdict.t_s, verdict.decided_s
        told = [] if at is None else [clock(at)]
        if decided is not None and decided != at:
            told.append(say("line.decided_at", self._language, at=clock(decided)))
        Words("dt", self._data.title_of(verdict, self._language))
        Words("dd", " · ".join(told) or "–")

    def _mistakes(self, line: MarkLine) -> None:
        mistakes = [one for verdict in self._data.verdicts(line) for one in verdict.mistakes]
        if not mistakes:
            return
        with box("ul", "mistake-list", aria_label=say("line.mistakes", self._language)):
            for one in mistakes:
                kind = "corrected" if one.corrected else "mistake"
                with box("li", kind, data_icon=ICONS[kind]):
                    Words("span", clock(one.t_s), "time")
                    Words("b", say_or("mistake", one.kind, self._language))
                    reason = getattr(one.reason, self._language)
                    if reason not in getattr(line.reason, self._language):
                        Words("span", reason)
                    if one.corrected:
                        Words("span", say("mistake.corrected", self._language), "put-right")

    def _rules(self, line: MarkLine) -> None:
        places = dict.fromkeys(map(self._data.place_of, self._data.verdicts(line))) | {("", line.line): None}
        with box("div", "rules"):
            with box("div", "rules-title"):
                Words("h3", say("line.rule", self._language))
                address = f"/procedures/{self._data.procedure.sha256}?line={line.line}#L{line.line}"
                Words("a", say("line.rule_whole", self._language), "", href=address)
            with box("div", "code"):
                shown = [(file, rule_lines(self._data.text_of(file), number)) for file, number in places]
                if not any(lines for _, lines in shown):
                    Words("p", say("line.rule_lost", self._language), "quiet")
                for file, lines in shown:
                    if lines and file:
                        Words("p", file, "quiet file")
                    with box("pre", "rule"):
                        for one in lines:
                            rule_line(one.number, one.text, one.marked)
