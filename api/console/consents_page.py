"""The consent ledger: what stands of every student the caller may see, purpose by purpose."""

from asyncio import to_thread

from starlette.requests import Request

from api.console.elements import Words, box, state, user_text
from api.console.fields import field
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.privacy_tabs import privacy_tabs
from api.console.texts import Language, say
from assessor.ledger.consent import PURPOSES
from assessor.ledger.consent_ledger import Standing, Word, ledger_of
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import persons_seen
from assessor.shown import moment
from assessor.store import Store

# What counts against keeping it stands out, also where a word alone is not enough.
_KINDS = {("given", True): "met", ("nothing", True): "open", ("withdrawn", False): "not_met"}


async def show_consents(store: Store, request: Request, caller: Caller, holding: str) -> None:
    """Build the page."""
    language = preferences_of(request).language
    seen = persons_seen(caller, Action.READ_CONSENT)
    found = await to_thread(ledger_of, store, PURPOSES, seen, holding)
    with page_frame(request, say("consents.title", language), "privacy"):
        privacy_tabs(caller, "consents", language)
        with box("div", "page-title"):
            Words("h1", say("consents.title", language))
        with box("form", "card form-row", method="get", action="/privacy", role="search"):
            field(say("people.find", language), "search", holding, name="q")
            with box("button", "button", type="submit"):
                Words("span", say("review.filter.apply", language))
        if not found:
            Words("p", say("consents.none", language), "quiet")
            return
        _table(found, language)


def _table(found: tuple[Standing, ...], language: Language) -> None:
    with box("section", "card scroll"), box("table", "attempts"):
        with box("thead"), box("tr"):
            for key in ("consents.number", "consents.name", *(f"purpose.{one}" for one in PURPOSES)):
                Words("th", say(key, language), "", scope="col")
        with box("tbody"):
            for one in found:
                _row(one, language)


def _row(one: Standing, language: Language) -> None:
    with box("tr", "entry", data_student=one.number):
        with box("td"):
            user_text(one.number, 40)
        with box("td", "student"), box("a", "cover", href=f"/privacy/people/{one.person_id}"):
            user_text(one.name or one.number, 60)
        for purpose in PURPOSES:
            with box("td", "", data_purpose=purpose):
                word_state(one.words.get(purpose), purpose in one.kept, language)


def word_state(word: Word | None, kept: bool, language: Language) -> None:
    """The newest word on a purpose, and whether something may be kept by it."""
    said = word.kind if word else "nothing"
    hint = say("consent.kept" if kept else "consent.not_kept", language)
    state(_KINDS.get((said, kept), "unsure"), say(f"consent.{said}", language), hint)
    if word is not None:
        told = say(f"consent.{word.given_by}", language)
        Words("div", f"{told} · {word.text_version} · {moment(word.created_utc)}", "quiet small")
    if not kept:
        Words("div", hint, "small")
