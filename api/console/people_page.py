"""People: who there is, what each may do, new accounts and their links."""

from asyncio import to_thread
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from nicegui import ui
from starlette.requests import Request

from api.console.elements import Words, box, state, user_text
from api.console.fields import VALUE, button, choice, field, quoted, reload_page, toast
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.errors import RefusedError
from assessor.people.accounts import (
    HeldGrant,
    NewAccount,
    Person,
    create_account,
    disable,
    enable,
    list_people,
)
from assessor.people.caller import Caller, Grant
from assessor.people.classes import SchoolClass, list_classes
from assessor.people.grants import give_role, take_role
from assessor.people.links import link_for
from assessor.people.roles import PERSONAL, Action, Role
from assessor.store import Store, UnknownIdError

COLUMNS = ("number", "name", "login", "roles")


async def show_people(store: Store, request: Request, caller: Caller, holding: str) -> None:
    """Build the page."""
    language = preferences_of(request).language
    people = await to_thread(list_people, store, caller, holding)
    classes = await to_thread(list_classes, store, caller)
    with page_frame(request, say("people.title", language), "people"):
        PeoplePage(store, caller, language, classes).build(people, holding)


class PeoplePage:
    """The page of one visitor; `_typed`: what stands in the forms."""

    def __init__(
        self, store: Store, caller: Caller, language: Language, classes: tuple[SchoolClass, ...]
    ) -> None:
        self._store, self._caller, self._language, self._classes = store, caller, language, classes
        self._may_edit = caller.may(Action.EDIT_PEOPLE)

    def build(self, people: tuple[Person, ...], holding: str) -> None:
        """Search, new account, the list."""
        language = self._language
        with box("div", "page-title"):
            Words("h1", say("people.title", language))
            box("span", "spring")
            if self._caller.may(Action.IMPORT_ROSTER):
                Words("a", say("roster.title", language), "button", href="/people/roster")
        with box("form", "card form-row", method="get", action="/people", role="search"):
            field(say("people.find", language), "search", holding, name="q")
            with box("button", "button", type="submit"):
                Words("span", say("review.filter.apply", language))
        self._told = box("div", "card form-row", aria_live="polite")
        self._told.set_visibility(False)
        if self._may_edit:
            self._new()
        with box("section", "card scroll"), box("table", "plain-table"):
            with box("thead"), box("tr"):
                for column in COLUMNS:
                    Words("th", say(f"people.{column}", language), "", scope="col")
                box("th")
            with box("tbody"):
                for person in people:
                    self._row(person)
        if not people:
            Words("p", say("people.none", language), "quiet")

    def _new(self) -> None:
        language, typed = self._language, {"number": "", "name": "", "login": ""}
        with box("details", "card"):
            Words("summary", say("people.add", language), "form-row")
            with box("div", "form-row"):
                self._fields(typed)
                grant = self._grant_fields()
                made = button(
                    say("people.create", language), lambda: self._create(typed, grant), "main-button", "add"
                )
                made.props["data-create"] = ""

    def _fields(self, typed: dict[str, str]) -> None:
        for name in typed:
            made = field(say(f"people.{name}", self._language), data_field=name)
            made.on("input", lambda e, name=name: typed.update({name: str(e.args)}), js_handler=VALUE)

    def _grant_fields(self) -> dict[str, str]:
        """Role, class, bench and date; gives what is chosen."""
        language, chosen = self._language, {"role": Role.TEACHER.value, "class": "", "bench": "", "until": ""}

        def take(name: str) -> Callable[[str], None]:
            return lambda value: chosen.update({name: value})

        roles = {role.value: say(f"role.{role}", language) for role in PERSONAL}
        classes = {"": say("people.everywhere", language)} | {str(c.id): c.name for c in self._classes}
        choice(say("people.role", language), roles, chosen["role"], take("role"))
        choice(say("people.class", language), classes, "", take("class"))
        for name, kind in (("bench", "text"), ("until", "date")):
            made = field(say(f"people.{name}", language), kind)
            made.on("change", lambda e, name=name: chosen.update({name: str(e.args)}), js_handler=VALUE)
        return chosen

    def _row(self, person: Person) -> None:
        language = self._language
        with box("tr", "", data_person=person.number):
            for text in (person.number, person.name):
                with box("td"):
                    user_text(text, 60)
            with box("td"):
                if person.login:
                    user_text(person.login, 60)
                else:
                    Words("span", say("people.no_account", language), "quiet")
                if person.disabled_utc is not None:
                    state("not_observed", say("people.disabled", language))
            with box("td"):
                for held in person.grants:
                    self._held(held)
            with box("td"):
                if self._may_edit:
                    self._actions(person)

    def _held(self, held: HeldGrant) -> None:
        language = self._language
        where = next((one.name for one in self._classes if one.id == held.class_id), held.bench or "")
        until = f"{held.until_utc:%Y-%m-%d}" if held.until_utc else ""
        told = " · ".join(filter(None, (say(f"role.{held.role}", language), where, until)))
        with box("div", "decisions"):
            Words("span", told)
            if self._may_edit:
                work = lambda: take_role(self._store, self._caller, held.id)  # noqa: E731
                label = f"{say('people.take', language)}: {told}"
                made = box("button", "plain", type="button", title=label, aria_label=label)
                with made:
                    Words("span", "×")
                made.on("click", lambda: self._do(work, "people.taken"), [])

    def _actions(self, person: Person) -> None:
        language = self._language
        with box("details"):
            Words("summary", say("people.edit", language))
            with box("div", "form-row"):
                grant = self._grant_fields()
                button(say("people.give", language), lambda: self._give(person.id, grant))
                if person.login:
                    button(say("people.link_for", language), lambda: self._link(person))
                    work, key = (enable, "enable") if person.disabled_utc else (disable, "disable")
                    button(
                        say(f"people.{key}", language),
                        lambda: self._do(
                            lambda: work(self._store, self._caller, person.id), "people.changed"
                        ),
                    )

    async def _create(self, typed: dict[str, str], grant: dict[str, str]) -> None:
        def work() -> str:
            new = NewAccount(typed["number"], typed["name"], typed["login"], (_grant(grant),))
            return create_account(self._store, self._caller, new)[1]

        await self._show_link(work, typed["name"])

    async def _link(self, person: Person) -> None:
        await self._show_link(lambda: link_for(self._store, self._caller, person.id), person.name)

    async def _show_link(self, work: Callable[[], str], name: str) -> None:
        try:
            token = await to_thread(work)
        except (RefusedError, UnknownIdError) as error:
            self._refused(error)
            return
        self._told.clear()
        self._told.set_visibility(True)
        with self._told:
            Words("span", say("people.link_hint", self._language, name=name))
            Words("code", f"/enter/{token}", "once", data_link="")
        ui.run_javascript(
            "const shown = document.querySelector('[data-link]'); "
            f"shown.textContent = location.origin + {quoted(f'/enter/{token}')}"
        )

    async def _give(self, person_id: UUID, chosen: dict[str, str]) -> None:
        await self._do(
            lambda: give_role(self._store, self._caller, person_id, _grant(chosen)), "people.given"
        )

    async def _do(self, work: Callable[[], object], told: str) -> None:
        try:
            await to_thread(work)
        except (RefusedError, UnknownIdError) as error:
            self._refused(error)
            return
        toast(say(told, self._language))
        reload_page()

    def _refused(self, error: RefusedError | UnknownIdError) -> None:
        toast(error.render(self._language), "wrong")


def _grant(chosen: dict[str, str]) -> Grant:
    until = None
    if chosen["until"]:  # the whole of that day
        until = datetime.strptime(chosen["until"], "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    class_id = UUID(chosen["class"]) if chosen["class"] else None
    return Grant(Role(chosen["role"]), class_id, chosen["bench"].strip() or None, until)
