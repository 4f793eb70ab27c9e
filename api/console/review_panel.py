"""The item under review: why it was flagged, clip and reference, what the machine saw, the decision."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nicegui import ui

from api.console.elements import Words, box, state
from api.console.fields import button, quoted
from api.console.line_panel import LinePanel
from api.console.review_keys import shown_key
from api.console.sheet_data import SheetData, loop_of
from api.console.texts import TEXTS, Language, say
from api.schemas import evidence_address
from assessor.overlay import Overlay
from assessor.review.drafts import ReviewDraft
from assessor.review.item_view import ItemView
from assessor.review.keys import Keys
from assessor.review.reference import Reference
from assessor.review.standing import Decision
from assessor.review.wishes import ABNORMAL, REASONS
from assessor.shown import moment, points
from assessor.types import Evidence, MarkLine, Outcome, Text

NOTHING = Text("", "")
HANDS = ("hand", "gloved_hand")
ACTION_OF = {"A": "accept", "R": "overturn", "S": "doubt", "X": "abnormal"}
UNSHOWN = (*HANDS, "wire")  # boxes of wires overlap each other and say nothing of where they end
FIELDS = "(e) => emit(typedIn(e))"


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is shown of one item."""

    view: ItemView
    data: SheetData
    draft: ReviewDraft | None
    reference: Reference | None
    seen: Mapping[UUID, Overlay]  # by evidence


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields beside a decision."""

    points: str = ""
    value: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """What the page does when something is pressed."""

    decide: Callable[[Decision, Typed, str | None], Awaitable[None]]
    keep: Callable[[Typed], Awaitable[None]]


class ReviewPanel(LinePanel):
    """Shows one item at a time."""

    def __init__(self, data: SheetData, language: Language, actions: Actions, keys: Keys) -> None:
        super().__init__(data, language)
        self._actions, self._keys = actions, keys

    def show_item(self, shown: Shown) -> None:
        """Fill the panel."""
        view, self._data = shown.view, shown.data
        line = view.line or _line_of_veto(view)
        self._panel.clear()
        with self._panel:
            self._head(view, line)
            self._bar(view, line, shown.draft)
            self._evidence(line, play=True)
            if line.evidence or shown.reference is not None:
                self._beside(shown.reference)
            self._why(view, line)
            self._mistakes(line)
            self._rules(line)
            self._history(view)
        seen = {str(id): _drawn(overlay, self._language) for id, overlay in shown.seen.items()}
        ui.run_javascript(f"overlayOf({quoted(seen)}); itemShown()")

    def _head(self, view: ItemView, line: MarkLine) -> None:
        language, attempt = self._language, self._data.attempt
        with box("div", "panel-title"):
            Words("h2", getattr(view.title, language), "", data_current=f"{view.attempt_id}/{view.item}")
            Words("span", self._machine(view, line), "state proposed", data_icon="smart_toy")
            if view.mark is not None and view.veto is None:
                state("confirmed", say("review.stands", language, points=points(view.mark)))
            self._confidence(line.confidence)
        with box("div", "facts quiet"):
            Words("span", getattr(attempt.procedure_title, language))
            Words("span", attempt.bench)
            if view.blind:
                Words("span", say("review.blind", language, code=blind_code(attempt.id)), "", data_blind="")
            else:
                address = f"/attempts/{attempt.id}?line={view.item}"
                Words("a", say("review.sheet", language), "", href=address)

    def _machine(self, view: ItemView, line: MarkLine) -> str:
        if view.line is None:
            return say("review.veto", self._language)
        if line.awarded is None:
            return say("review.open", self._language, possible=points(line.points))
        values = {"points": points(line.awarded), "possible": points(line.points)}
        return say("review.proposed", self._language, **values)

    def _bar(self, view: ItemView, line: MarkLine, draft: ReviewDraft | None) -> None:
        """The decisions, and the fields that open for another mark than the machine's."""
        language = self._language
        if view.round is None:
            Words("p", getattr(view.why_not or NOTHING, language), "done-note")
            return
        agree, other = _decisions(view, line)
        with box("div", "decisions"):
            if agree is not None:
                key = "review.confirm" if view.line is None else "review.accept"
                self._decision(say(key, language), "A", "check", agree).classes("main-button")
            names = {Decision.REFUSE: "review.refuse", Decision.ENTER: "review.enter"}
            self._key(say(names.get(other, "review.overturn"), language), "R", "edit").props["data-open"] = ""
            self._decision(say("review.doubt", language), "S", "help", Decision.DOUBT)
            if view.blind:
                self._abnormal()
        self._fields(view, line, other, draft)

    def _key(self, text: str, key: str, picture: str) -> ui.element:
        made = button(text, None, "", picture)
        made.props["data-key"] = key.lower()
        shown = shown_key(self._keys, ACTION_OF[key]) if key in ACTION_OF else key
        if self._keys.on or key not in ACTION_OF:
            with made:
                Words("kbd", shown, "", aria_hidden="true")
        return made

    def _decision(self, text: str, key: str, picture: str, decision: Decision) -> ui.element:
        made = self._key(text, key, picture)
        made.on("click", lambda e: self._actions.decide(decision, _typed(e.args), None), js_handler=FIELDS)
        return made

    def _abnormal(self) -> None:
        """Something is out of order: the chief referee has to know. It needs a note."""
        made = self._key(say("review.abnormal", self._language), "X", "report")
        made.on(
            "click",
            lambda e: self._actions.decide(Decision.DOUBT, _typed(e.args), ABNORMAL),
            js_handler="(e) => abnormal() && emit(typedIn(e))",
        )

    def _fields(self, view: ItemView, line: MarkLine, other: Decision, draft: ReviewDraft | None) -> None:
        language, kept = self._language, dict(draft.body) if draft else {}
        hidden = {} if draft else {"hidden": True}
        with box("div", "reasons", data_reasons="", role="group", **hidden):
            if draft:
                Words("p", say("review.draft_back", language), "quiet")
            if view.line is not None:
                self._numbers(view, line, kept)
            self._input("note", say("review.note", language), kept.get("note", ""), maxlength=500)
            if other is Decision.ENTER:
                self._levels(view)
                self._decision(say("review.send", language), "Enter", "send", other)
            else:
                Words("p", say("review.reasons", language), "quiet")
                with box("div", "reason-list"):
                    for number, (code, text) in enumerate(REASONS.items(), 1):
                        self._because(number, code, getattr(text, language), other)

    def _numbers(self, view: ItemView, line: MarkLine, kept: dict[str, str]) -> None:
        likely = view.most if line.awarded is None or line.awarded < view.most else view.least
        limits = {"least": points(view.least), "most": points(view.most)}
        self._input(
            "points",
            say("review.points", self._language, **limits),
            kept.get("points") or points(likely),
            type="number",
            step="any",
            min=view.least,
            max=view.most,
        )

    def _input(self, name: str, label: str, value: str, **attributes: Any) -> None:
        with box("label", f"field {name}-field"):
            Words("span", label)
            typed = box("input", value=value, data_typed=name, **{"type": "text", **attributes})
        typed.on(
            "input",
            lambda e: self._actions.keep(_typed(e.args)),
            js_handler=FIELDS,
            throttle=0.5,
            leading_events=False,
        )

    def _levels(self, view: ItemView) -> None:
        if view.scale is None:
            return
        if not view.scale.levels:
            self._input("value", say("review.value", self._language), "", type="number", step="any")
            return
        with box("div", "reason-list"):
            for number, level in enumerate(view.scale.levels):
                text = getattr(level, self._language)
                self._level(number, text)

    def _level(self, number: int, text: str) -> None:
        made = button(text)
        made.props["data-digit"] = str(number)
        with made:
            Words("kbd", str(number), "", aria_hidden="true")
        made.on(
            "click",
            lambda e: self._actions.decide(Decision.ENTER, _by_value(_typed(e.args), number), None),
            js_handler=FIELDS,
        )

    def _because(self, number: int, code: str, text: str, other: Decision) -> None:
        made = button(text)
        made.props["data-digit"] = str(number)
        with made:
            Words("kbd", str(number), "", aria_hidden="true")
        made.on("click", lambda e: self._actions.decide(other, _typed(e.args), code), js_handler=FIELDS)

    def _beside(self, reference: Reference | None) -> None:
        """The same step as it should be, in a player that follows the first one."""
        with box(
            "section", "reference", data_reference="", aria_label=say("review.reference", self._language)
        ):
            Words("h3", say("review.reference", self._language))
            if reference is None:
                Words("p", say("review.no_reference", self._language), "quiet no-clip")
                return
            loop = loop_of(Evidence(reference.start_s, reference.end_s))
            with box("div", "clip"):
                box(
                    "video",
                    src=evidence_address(reference.evidence_id, "clip"),
                    muted=True,
                    playsinline=True,
                    preload="auto",
                    data_follows="",
                    data_begin=f"{loop.in_s:.3f}",
                    data_end=f"{loop.out_s:.3f}",
                    aria_label=say("review.reference", self._language),
                )

    def _why(self, view: ItemView, line: MarkLine) -> None:
        language, attempt = self._language, self._data.attempt
        with box("section", "why-flagged"):
            Words("h3", say("review.why", language))
            self._reason(line)
            ids = " · ".join(verdict.id for verdict in view.verdicts) or view.item
            models = ", ".join(f"{name} {sha[:8]}" for name, sha in attempt.models.items()) or "–"
            versions = say("review.versions", language, models=models, rules=attempt.procedure_sha256[:8])
            Words("p", f"{ids} · {versions}", "quiet versions", data_versions="")

    def _history(self, view: ItemView) -> None:
        if not view.opinions:
            return
        language = self._language
        with box("section", "history"):
            Words("h3", say("review.history", language))
            for one in view.opinions:
                with box("p", "" if one.counts else "quiet"):
                    said = say(f"review.said.{one.decision}", language)
                    gave = "" if one.awarded is None else f" {points(one.awarded)}"
                    why = getattr(REASONS.get(one.reason_code or "", NOTHING), language)
                    why = say("review.abnormal", language) if one.reason_code == ABNORMAL else why
                    told = " · ".join(filter(None, (f"{said}{gave}", one.by, why, one.reason or "")))
                    Words("span", f"{moment(one.created_utc)} {told}")


def blind_code(attempt_id: UUID) -> str:
    """What an attempt is called where nobody may know whose it is."""
    return attempt_id.hex[:6].upper()


def _decisions(view: ItemView, line: MarkLine) -> tuple[Decision | None, Decision]:
    """What agrees with the machine (None where it said nothing), and what does not."""
    if view.line is None:
        return Decision.CONFIRM, Decision.REFUSE
    if line.awarded is None:
        return None, Decision.ENTER
    return Decision.ACCEPT, Decision.OVERTURN


def _drawn(overlay: Overlay, language: Language) -> dict[str, Any]:
    """For the page: tools by name, what stands fixed on the bench without; a hand whose joints are known has
    no box."""
    pictures = []
    for one in overlay.pictures:
        tools = [(_name(name, language), *places) for name, places in one.tools if name not in UNSHOWN]
        hands = [] if one.hands else [("", *places) for name, places in one.tools if name in HANDS]
        pictures.append((tools + hands, one.hands))
    return {"fps": overlay.fps, "pictures": pictures}


def _name(name: str, language: Language) -> str:
    return say(f"seen.{name}", language) if f"seen.{name}" in TEXTS else ""


def _typed(args: object) -> Typed:
    told = args if isinstance(args, dict) else {}
    return Typed(**{key: str(told.get(key, ""))[:500] for key in ("points", "value", "note")})


def _by_value(typed: Typed, value: float) -> Typed:
    return Typed("", f"{value:g}", typed.note)


def _line_of_veto(view: ItemView) -> MarkLine:
    """A veto as a line without points, for what both show alike."""
    veto = view.veto
    return MarkLine(
        item=view.item,
        title=view.title,
        check="person",
        dimension="",
        points=0.0,
        awarded=0.0,
        outcome=Outcome.NOT_MET,
        confidence=view.verdicts[0].confidence if view.verdicts else 1.0,
        reason=veto.reason if veto else NOTHING,
        verdict_ids=tuple(verdict.id for verdict in view.verdicts),
        evidence=(veto.evidence,) if veto and veto.evidence else (),
        line=veto.line if veto else 0,
    )
