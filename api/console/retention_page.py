"""Retention: the days of each kind, what is kept against them and why, what was removed last."""

from asyncio import to_thread
from dataclasses import asdict

from starlette.requests import Request

from api.console.elements import Words, box, user_text
from api.console.fields import VALUE, button, field, toast
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.privacy_tabs import privacy_tabs
from api.console.texts import Language, say
from assessor.errors import RefusedError
from assessor.ledger.audit import Actor
from assessor.ledger.kept import KeptAttempt, Removal, kept_attempts, removals
from assessor.ledger.retention import Policy, change_policy, policy
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.shown import moment
from assessor.store import Store

MOST_DAYS = 36_500
KEPT, REMOVED = ("attempt", "why", "since"), ("when", "why", "files", "attempts")


async def show_retention(store: Store, request: Request, caller: Caller) -> None:
    """Build the page."""
    language = preferences_of(request).language
    days = await to_thread(store.read, policy)
    seen = attempts_seen(caller, Action.RETAIN)
    kept = await to_thread(kept_attempts, store, seen)
    gone = await to_thread(removals, store, seen)
    with page_frame(request, say("retention.title", language), "privacy"):
        privacy_tabs(caller, "retention", language)
        with box("div", "page-title"):
            Words("h1", say("retention.title", language))
        RetentionPage(store, caller, language).build(days)
        may_open = caller.may(Action.READ_ATTEMPTS)
        _kept(kept, may_open, language)
        _removed(gone, language)


class RetentionPage:
    """The form of one visitor; `_typed`: what stands in its fields."""

    def __init__(self, store: Store, caller: Caller, language: Language) -> None:
        self._store, self._caller, self._language = store, caller, language
        self._typed: dict[str, str] = {}

    def build(self, days: Policy) -> None:
        """A number for each kind."""
        language = self._language
        self._typed = {name: str(value) for name, value in asdict(days).items()}
        with box("section", "card"):
            Words("p", say("retention.hint", language), "note-line quiet")
            with box("div", "form-row days"):
                for name, value in self._typed.items():
                    made = field(
                        say(f"retention.{name}", language),
                        "number",
                        value,
                        min=1,
                        max=MOST_DAYS,
                        data_field=name,
                    )
                    made.on("input", lambda e, name=name: self._take(name, str(e.args)), js_handler=VALUE)
                made = button(say("retention.save", language), self._save, "main-button", "save")
                made.props["data-save"] = ""

    def _take(self, name: str, value: str) -> None:
        self._typed[name] = value

    async def _save(self) -> None:
        days = {name: int(text) for name, text in self._typed.items() if text.isdecimal() and len(text) < 6}
        if len(days) < len(self._typed) or not all(1 <= value <= MOST_DAYS for value in days.values()):
            toast(say("retention.not_days", self._language), "wrong")
            return
        try:
            self._caller.must(Action.RETAIN)
            actor = Actor(self._caller.kind, self._caller.id)
            await to_thread(change_policy, self._store, actor, Policy(**days))
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        toast(say("retention.saved", self._language))


def _kept(kept: tuple[KeptAttempt, ...], may_open: bool, language: Language) -> None:
    with box("section", "card scroll", aria_label=say("retention.kept", language), data_kept=len(kept)):
        Words("h2", say("retention.kept", language), "section-title")
        if not kept:
            Words("p", say("retention.kept_none", language), "quiet form-row")
            return
        with box("table", "plain-table"):
            _heads(KEPT, language)
            with box("tbody"):
                for one in kept:
                    with box("tr"):
                        with box("td"):
                            attempt_link(one, may_open)
                        key = "by_hold" if one.hold_id else "by_appeal"
                        with box("td"):
                            user_text(say(f"retention.{key}", language, reason=one.reason), 200)
                        Words("td", moment(one.since_utc), "quiet")


def attempt_link(one: KeptAttempt, may_open: bool) -> None:
    """The beginning of its id; a link for whoever may open it."""
    shown = str(one.attempt_id)[:8]
    if may_open:
        Words("a", shown, "", href=f"/attempts/{one.attempt_id}")
    else:
        Words("span", shown)


def _removed(gone: tuple[Removal, ...], language: Language) -> None:
    with box("section", "card scroll", aria_label=say("retention.removed", language)):
        Words("h2", say("retention.removed", language), "section-title")
        if not gone:
            Words("p", say("retention.removed_none", language), "quiet form-row")
            return
        with box("table", "plain-table"):
            _heads(REMOVED, language)
            with box("tbody"):
                for one in gone:
                    with box("tr", "", data_removal=one.why):
                        Words("td", moment(one.created_utc), "quiet")
                        Words("td", say(f"why.{one.why}", language))
                        Words("td", str(one.files))
                        Words("td", str(one.attempts))


def _heads(columns: tuple[str, ...], language: Language) -> None:
    with box("thead"), box("tr"):
        for column in columns:
            Words("th", say(f"retention.{column}", language), "", scope="col")
