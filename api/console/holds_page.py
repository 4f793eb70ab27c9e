"""Holds: those that last, a new one, lifting one."""

import re
from asyncio import to_thread
from uuid import UUID

from starlette.requests import Request

from api.console.elements import Words, box, user_text
from api.console.fields import VALUE, button, field, reload_page, toast
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.privacy_tabs import privacy_tabs
from api.console.retention_page import attempt_link
from api.console.texts import Language, say
from assessor.errors import RefusedError
from assessor.ledger.audit import Actor
from assessor.ledger.holds import lift_hold, put_hold
from assessor.ledger.kept import KeptAttempt, kept_attempts
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import attempts_seen
from assessor.shown import moment
from assessor.store import Store, UnknownIdError

ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
COLUMNS = ("retention.attempt", "holds.reason", "retention.since")


async def show_holds(store: Store, request: Request, caller: Caller) -> None:
    """Build the page; `?attempt=` fills the form."""
    language = preferences_of(request).language
    kept = await to_thread(kept_attempts, store, attempts_seen(caller, Action.HOLD))
    with page_frame(request, say("holds.title", language), "privacy"):
        privacy_tabs(caller, "holds", language)
        with box("div", "page-title"):
            Words("h1", say("holds.title", language))
        asked = request.query_params.get("attempt", "")[:200]
        HoldsPage(store, caller, language, asked).build([one for one in kept if one.hold_id])


class HoldsPage:
    """The page of one visitor."""

    def __init__(self, store: Store, caller: Caller, language: Language, asked: str) -> None:
        self._store, self._caller, self._language = store, caller, language
        self._typed = {"attempt": asked, "reason": ""}
        self._actor = Actor(caller.kind, caller.id)

    def build(self, holds: list[KeptAttempt]) -> None:
        """The form, then the holds that last."""
        language = self._language
        with box("section", "card"):
            Words("p", say("holds.hint", language), "note-line quiet")
            with box("div", "form-row wide-fields"):
                for name, value in self._typed.items():
                    made = field(say(f"holds.{name}", language), value=value, data_field=name)
                    made.on("input", lambda e, name=name: self._take(name, str(e.args)), js_handler=VALUE)
                made = button(say("holds.put", language), self._put, "main-button", "lock")
                made.props["data-put"] = ""
        with box("section", "card scroll"):
            if not holds:
                Words("p", say("holds.none", language), "quiet form-row")
                return
            with box("table", "plain-table"):
                with box("thead"), box("tr"):
                    for key in COLUMNS:
                        Words("th", say(key, language), "", scope="col")
                    box("td")
                with box("tbody"):
                    for hold in holds:
                        self._row(hold)

    def _take(self, name: str, value: str) -> None:
        self._typed[name] = value

    def _row(self, hold: KeptAttempt) -> None:
        hold_id = hold.hold_id
        with box("tr", "", data_hold=str(hold_id)):
            with box("td"):
                attempt_link(hold, may_open=True)
            with box("td"):
                user_text(hold.reason, 200)
            Words("td", moment(hold.since_utc), "quiet")
            with box("td"):
                if hold_id is not None:
                    button(say("holds.lift", self._language), lambda: self._lift(hold_id), "", "lock_open")

    async def _put(self) -> None:
        found = ID.search(self._typed["attempt"])
        if found is None:
            toast(say("holds.no_attempt", self._language), "wrong")
            return
        seen = attempts_seen(self._caller, Action.HOLD)
        attempt, reason = UUID(found.group()), self._typed["reason"].strip()[:500]
        try:
            await to_thread(put_hold, self._store, self._actor, attempt, reason, seen)
        except UnknownIdError:
            toast(say("missing.attempt", self._language), "wrong")
            return
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        toast(say("holds.was_put", self._language))
        reload_page()

    async def _lift(self, hold_id: UUID) -> None:
        seen = attempts_seen(self._caller, Action.HOLD)
        try:
            await to_thread(lift_hold, self._store, self._actor, hold_id, seen)
        except UnknownIdError:  # somebody lifted it meanwhile
            reload_page()
            return
        toast(say("holds.lifted", self._language))
        reload_page()
