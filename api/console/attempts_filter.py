"""The filter of the list of attempts: read from the address, shown as a form, so that a link carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from api.console.elements import Words, box
from api.console.fields import field as line
from api.console.fields import picker
from api.console.texts import Language, say
from assessor.people.attempt_filter import AttemptFilter
from assessor.people.classes import SchoolClass

KEYS = ("class", "student", "procedure", "bench", "state", "since", "until")
STATES = ("proposed", "confirmed", "released")
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; only what is not empty. `before`: where the page begins."""

    values: Mapping[str, str] = field(default_factory=dict)
    before: int | None = None

    def address(self, before: int | None = None) -> str:
        """The list of this filter from a place on."""
        asked = {**self.values} | ({} if before is None else {"before": str(before)})
        return f"/?{urlencode(asked)}" if asked else "/"


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen among."""

    classes: Sequence[SchoolClass] = ()
    procedures: Mapping[str, str] = field(default_factory=dict)
    benches: Sequence[str] = ()


def asked_of(query: Mapping[str, str]) -> Asked:
    """What the address asks for; nonsense counts as not asked."""
    before = query.get("before", "")
    place = int(before) if before.isdecimal() and len(before) <= MOST_DIGITS else None
    return Asked({key: query[key].strip()[:100] for key in KEYS if query.get(key, "").strip()}, place)


def filter_of(asked: Asked) -> AttemptFilter:
    """As the service takes it; a day is one of the server's clock, by which the list shows times."""
    get = asked.values.get
    until, state = _day(get("until")), get("state")
    return AttemptFilter(
        class_id=_uuid(get("class")),
        student=get("student"),
        procedure=get("procedure"),
        bench=get("bench"),
        state=state if state in STATES else None,
        since=_day(get("since")),
        before=until + timedelta(days=1) if until else None,
    )


def show_filter(asked: Asked, choices: Choices, language: Language) -> None:
    """The form; sending it opens the page with its address."""
    with box("form", "card form-row", method="get", action="/", role="search", data_filter=""):
        if choices.classes:
            _select("class", {str(one.id): one.name for one in choices.classes}, asked, language)
        student = asked.values.get("student", "")
        line(say("review.filter.student", language), "search", student, name="student")
        _select("procedure", choices.procedures, asked, language)
        _select("bench", {name: name for name in choices.benches}, asked, language)
        _select("state", {one: say(f"state.{one}", language) for one in STATES}, asked, language)
        for key in ("since", "until"):
            line(say(f"review.filter.{key}", language), "date", asked.values.get(key, ""), name=key)
        with box("button", "button", type="submit"):
            Words("span", say("review.filter.apply", language))
        if asked.values:
            Words("a", say("review.filter.clear", language), "plain", href="/")


def _select(key: str, options: Mapping[str, str], asked: Asked, language: Language) -> None:
    label = "attempts.state" if key == "state" else f"review.filter.{key}"
    every = say("review.filter.all", language)
    picker(key, say(label, language), every, options, asked.values.get(key))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)  # a class that there is not


def _day(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").astimezone() if text else None
    except (ValueError, OverflowError):
        return None
