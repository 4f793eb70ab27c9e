"""What is kept of one student by whose consent: every word, a further one, export, erasure with a receipt."""

import json
from asyncio import to_thread
from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from nicegui import ui
from starlette.requests import Request

from api.console.consents_page import word_state
from api.console.elements import Words, box, user_text
from api.console.fields import VALUE, button, choice, field, reload_page, toast
from api.console.frame import is_student, page_frame
from api.console.preferences import preferences_of
from api.console.privacy_tabs import privacy_tabs
from api.console.texts import Language, say
from assessor.errors import RefusedError
from assessor.ledger.audit import Actor
from assessor.ledger.consent import PURPOSES, Consent, record
from assessor.ledger.consent_ledger import Standing, Word, history_of, standing_of
from assessor.ledger.erase import Receipt, erase
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import persons_seen
from assessor.shown import moment
from assessor.store import Store

COLUMNS = ("purpose", "said", "given_by", "version", "when", "recorder")
COUNTED = ("attempts", "files")
TOLD = ("receipt", "erased_utc", "attempts", "files", "exports_given_out_utc")


async def show_person_data(store: Store, request: Request, caller: Caller, person_id: UUID) -> None:
    """Build the page. Raises UnknownIdError."""
    language = preferences_of(request).language
    seen = persons_seen(caller, Action.READ_CONSENT)
    standing = await to_thread(standing_of, store, PURPOSES, person_id, seen)
    words = await to_thread(history_of, store, person_id)
    own = is_student(caller)
    title = say("nav.own_data", language) if own else standing.name or standing.number
    with page_frame(request, title, "own_data" if own else "privacy"):
        privacy_tabs(caller, "consents", language)
        with box("div", "page-title"):
            Words("h1", title)
            user_text(standing.number, 40)
            if caller.may(Action.ASK_DATA) and not own:
                address = f"/privacy/requests?person={person_id}"
                Words("a", say("requests.ask", language), "button", href=address)
        PersonDataPage(store, caller, language, person_id).build(standing, words)


class PersonDataPage:
    """The page of one visitor about one student."""

    def __init__(self, store: Store, caller: Caller, language: Language, person_id: UUID) -> None:
        self._store, self._caller, self._language, self._person = store, caller, language, person_id
        self._said = {"purpose": PURPOSES[0], "kind": "given", "given_by": "self", "version": ""}
        self._actor = Actor(caller.kind, caller.id)

    def build(self, standing: Standing, words: tuple[Word, ...]) -> None:
        """What stands, a further word, every word, export, erasure."""
        self._now(standing)
        if self._caller.may(Action.RECORD_CONSENT):
            self._further()
        self._history(words)
        if self._caller.may(Action.EXPORT_PERSON):
            self._export()
        self._place = box("div", "rows", aria_live="polite")
        if self._caller.may(Action.ERASE):
            with self._place:
                self._erasure(standing.number)

    def _now(self, standing: Standing) -> None:
        with box("section", "card form-row purposes", aria_label=say("person.now", self._language)):
            for purpose in PURPOSES:
                with box("div", "", data_purpose=purpose):
                    Words("h2", say(f"purpose.{purpose}", self._language), "small-title")
                    word_state(standing.words.get(purpose), purpose in standing.kept, self._language)

    def _further(self) -> None:
        language = self._language
        options = {
            "purpose": {one: say(f"purpose.{one}", language) for one in PURPOSES},
            "kind": {one: say(f"consent.{one}", language) for one in ("given", "withdrawn")},
            "given_by": {one: say(f"consent.{one}", language) for one in ("self", "guardian")},
        }
        labels = {"purpose": "consent.purpose", "kind": "consent.said", "given_by": "consent.given_by"}
        with box("section", "card", aria_label=say("consent.record", language)):
            with box("div", "form-row"):
                for name, words in options.items():
                    made = choice(
                        say(labels[name], language),
                        words,
                        self._said[name],
                        self._taker(name),
                    )
                    made.props["data-field"] = name
                version = field(say("consent.version", language), data_field="version", maxlength=40)
                version.on("input", lambda e: self._said.update(version=str(e.args)), js_handler=VALUE)
                made = button(say("consent.record", language), self._record, "main-button", "edit_note")
                made.props["data-record"] = ""
            Words("p", say("consent.withdraw_hint", language), "quiet note-line")

    def _taker(self, name: str) -> Callable[[str], None]:
        return lambda value: self._said.update({name: value})

    async def _record(self) -> None:
        language, said = self._language, self._said
        version = said["version"].strip()
        if not version:
            toast(say("consent.version_missing", language), "wrong")
            return
        word = Consent(self._person, said["purpose"], said["kind"], said["given_by"], version)
        try:
            seen = persons_seen(self._caller, Action.RECORD_CONSENT)
            await to_thread(standing_of, self._store, PURPOSES, self._person, seen)
            gone = await to_thread(record, self._store, self._actor, word)
        except RefusedError as error:
            toast(getattr(error.text, language), "wrong")
            return
        toast(
            say("consent.recorded_gone", language, count=gone) if gone else say("consent.recorded", language)
        )
        reload_page()

    def _history(self, words: tuple[Word, ...]) -> None:
        language = self._language
        with box("section", "card scroll", aria_label=say("person.history", language)):
            if not words:
                Words("p", say("person.no_history", language), "quiet form-row")
                return
            with box("table", "plain-table"):
                with box("thead"), box("tr"):
                    for column in COLUMNS:
                        Words("th", say(f"consent.{column}", language), "", scope="col")
                with box("tbody"):
                    for word in words:
                        self._word(word)

    def _word(self, word: Word) -> None:
        language = self._language
        with box("tr", "", data_word=f"{word.purpose} {word.kind}"):
            Words("td", say(f"purpose.{word.purpose}", language))
            Words("td", say(f"consent.{word.kind}", language))
            Words("td", say(f"consent.{word.given_by}", language))
            with box("td"):
                user_text(word.text_version, 40)
            Words("td", moment(word.created_utc), "quiet")
            with box("td"):
                user_text(word.by or "–", 40)

    def _export(self) -> None:
        language = self._language
        address = f"/v1/people/{self._person}/export"
        with box("form", "card form-row", method="post", action=address, data_export=""):
            with box("button", "button", type="submit"):
                Words("span", say("person.export", language))
            Words("p", say("person.export_hint", language), "quiet")

    def _erasure(self, number: str) -> None:
        language, typed = self._language, {"number": ""}
        with box("details", "card"):
            Words("summary", say("person.erase", language), "form-row")
            Words("p", say("person.erase_hint", language), "note-line")
            with box("div", "form-row"):
                made = field(say("consents.number", language), data_field="again", autocomplete="off")
                made.on("input", lambda e: typed.update(number=str(e.args)), js_handler=VALUE)
                made = button(
                    say("person.erase", language),
                    lambda: self._erase(number, typed["number"]),
                    "danger-button",
                    "delete_forever",
                )
                made.props["data-erase"] = ""

    async def _erase(self, number: str, typed: str) -> None:
        if typed.strip() != number:
            toast(say("person.other_number", self._language), "wrong")
            return
        try:
            seen = persons_seen(self._caller, Action.ERASE)
            await to_thread(standing_of, self._store, PURPOSES, self._person, seen)
            receipt = await to_thread(erase, self._store, self._actor, self._person)
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        self._place.clear()
        with self._place:
            self._receipt(receipt)
            toast(say("person.erased", self._language))

    def _receipt(self, receipt: Receipt) -> None:
        language = self._language
        with box("section", "card about", data_receipt=""):
            Words("h2", say("receipt.title", language))
            with box("dl"):
                for name in TOLD:
                    value = receipt.content[name]
                    Words("dt", say(f"receipt.{name}", language))
                    Words("dd", str(len(value)) if name in COUNTED else _listed(value))
                Words("dt", say("receipt.signature", language))
                Words("dd", receipt.signature, "signature")
            Words("p", say("receipt.backups", language), "quiet")
            whole = json.dumps(asdict(receipt), ensure_ascii=False, indent=2).encode()
            name = f"receipt-{receipt.content['receipt']}.json"
            made = button(
                say("receipt.download", language), lambda: ui.download.content(whole, name), "", "download"
            )
            made.props["data-download"] = ""


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)
