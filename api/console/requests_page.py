"""Requests about one's own data: a student asks to put something right or to erase, the school answers."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request

from api.console.elements import Words, box, state, user_text
from api.console.fields import VALUE, button, choice, field, reload_page, toast
from api.console.frame import is_student, page_frame
from api.console.gate import uuid_of
from api.console.preferences import preferences_of
from api.console.privacy_tabs import privacy_tabs
from api.console.texts import Language, say
from assessor.errors import ConflictError, NotAllowedError, RefusedError
from assessor.people import data_requests
from assessor.people.caller import Caller
from assessor.people.data_requests import OPEN, Answer, DataRequest, Kind, Wish
from assessor.people.roles import Action
from assessor.shown import moment
from assessor.store import Store, UnknownIdError

STATES = {"open": "open", "approved": "met", "refused": "not_met", "withdrawn": "not_observed"}
ASKED = (Kind.NAME, Kind.NUMBER, Kind.BORN, Kind.DELETION, Kind.OTHER)  # of an attempt: over /v1


async def show_requests(store: Store, request: Request, caller: Caller) -> None:
    """Build the page; `?person=`: of whom staff asks."""
    language = preferences_of(request).language
    found = await to_thread(data_requests.list_requests, store, caller)
    asked = request.query_params.get("person", "")
    person = caller.person if is_student(caller) else uuid_of(asked) if asked else None
    with page_frame(
        request, say("requests.title", language), "own_data" if is_student(caller) else "privacy"
    ):
        privacy_tabs(caller, "requests", language)
        with box("div", "page-title"):
            Words("h1", say("requests.title", language))
        page = RequestsPage(store, caller, language)
        if person is not None:
            page.form(person)
        if not found:
            Words("p", say("requests.none", language), "card hint quiet")
        for one in sorted(found, key=lambda one: one.state != OPEN):
            page.show(one)


class RequestsPage:
    """The page of one visitor."""

    def __init__(self, store: Store, caller: Caller, language: Language) -> None:
        self._store, self._caller, self._language = store, caller, language

    def form(self, person: UUID) -> None:
        """What is asked for, the right value where there is one, and why."""
        language, typed = self._language, {"kind": Kind.NAME.value, "wanted": "", "text": ""}
        with box("section", "card form-row wide-fields", aria_label=say("requests.ask", language)):
            kinds = {kind.value: say(f"request.{kind}", language) for kind in ASKED}
            choice(say("requests.kind", language), kinds, typed["kind"], self._taker(typed, "kind"))
            self._field(typed, "wanted")
            self._field(typed, "text")
            made = button(
                say("requests.ask", language), lambda: self._ask(person, typed), "main-button", "send"
            )
            made.props["data-ask"] = ""

    def show(self, one: DataRequest) -> None:
        """One request, and what the visitor may do with it."""
        language = self._language
        with box("section", "card about", data_request=one.state):
            with box("div", "page-title"):
                state(STATES[one.state], say(f"request.{one.state}", language))
                Words("h2", say(f"request.{one.kind}", language))
                user_text(f"{one.number} {one.name}", 80)
                Words("span", moment(one.created_utc), "quiet")
            if one.wanted:
                user_text(f"{one.now or '–'} → {one.wanted}", 200)
            Words("p", one.text, "said")
            if one.reason:
                Words("p", say("requests.answered", language, reason=one.reason), "said quiet")
            if one.state == OPEN:
                self._decide(one)

    def _decide(self, one: DataRequest) -> None:
        language, typed = self._language, {"reason": "", "number": ""}
        may_answer = self._caller.may(Action.ANSWER_DATA) and one.person_id != self._caller.person_id
        with box("div", "form-row wide-fields"):
            if may_answer:
                self._field(typed, "reason")
                if one.kind is Kind.DELETION:
                    self._field(typed, "number")
                for key, approve in (("approve", True), ("refuse", False)):
                    words = say(f"requests.{key}", language)
                    made = button(words, self._answerer(one.id, approve, typed))
                    made.props["data-answer"] = key
            else:
                words = say("requests.withdraw", language)
                button(words, lambda: self._do(lambda: self._withdraw(one.id))).props["data-withdraw"] = ""

    def _field(self, typed: dict[str, str], name: str) -> None:
        made = field(say(f"requests.{name}", self._language), data_field=name, maxlength=2000)
        take = self._taker(typed, name)
        made.on("input", lambda e: take(str(e.args)), js_handler=VALUE)

    def _taker(self, typed: dict[str, str], name: str) -> Callable[[str], None]:
        return lambda value: typed.update({name: value})

    async def _ask(self, person: UUID, typed: dict[str, str]) -> None:
        wish = Wish(Kind(typed["kind"]), typed["text"], typed["wanted"].strip())
        await self._do(lambda: data_requests.ask(self._store, self._caller, person, wish))

    def _answerer(self, id: UUID, approve: bool, typed: dict[str, str]) -> Callable[[], Awaitable[None]]:
        async def answer() -> None:
            given = Answer(approve, typed["reason"], typed["number"].strip())
            await self._do(lambda: data_requests.answer(self._store, self._caller, id, given))

        return answer

    def _withdraw(self, id: UUID) -> None:
        data_requests.withdraw(self._store, self._caller, id)

    async def _do(self, work: Callable[[], object]) -> None:
        try:
            await to_thread(work)
        except (RefusedError, ConflictError, NotAllowedError) as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        except UnknownIdError:
            toast(say("missing.person", self._language), "wrong")
            return
        toast(say("requests.done", self._language))
        reload_page()
