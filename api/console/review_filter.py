"""The filter of the review page: read from the address, shown as a form, so that a link carries it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from api.console.elements import Words, box
from api.console.fields import field as line
from api.console.fields import picker
from api.console.texts import Language, say
from assessor.people.caller import Caller
from assessor.people.classes import SchoolClass
from assessor.review.days import day_begins
from assessor.review.queue import Filter
from assessor.review.standing import Tab

TABS = (Tab.TO_REVIEW, Tab.CONFIRMED, Tab.OVERTURNED, Tab.DOUBT)
KEYS = ("class", "bench", "procedure", "part", "student", "sure", "reviewer", "since", "until")
FIRST_YEAR, LAST_YEAR = 1971, 2999
SURENESS = ("0.5", "0.7", "0.9")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; only what is not empty."""

    tab: Tab
    values: Mapping[str, str] = field(default_factory=dict)

    def address(self, tab: Tab | None = None) -> str:
        """The page of this filter at a tab."""
        return "/review?" + urlencode({"tab": (tab or self.tab).value, **self.values})


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen among."""

    classes: Sequence[SchoolClass] = ()
    benches: Sequence[str] = ()
    procedures: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)


def asked_of(query: Mapping[str, str]) -> Asked:
    """What the address asks for; nonsense counts as not asked."""
    tab = next((one for one in TABS if one.value == query.get("tab")), Tab.TO_REVIEW)
    return Asked(tab, {key: query[key].strip()[:100] for key in KEYS if query.get(key, "").strip()})


def filter_of(asked: Asked, caller: Caller, student: UUID | None, zone: ZoneInfo) -> Filter:
    """The service's filter. `student`: whom the text given for the student means; `zone`: whose days."""
    get = asked.values.get
    since, until = day_of(get("since")), day_of(get("until"))
    return Filter(
        tab=asked.tab,
        class_id=_uuid(get("class")),
        bench=get("bench"),
        procedure=get("procedure"),
        step=get("part"),
        student=student if get("student") else None,
        reviewer=caller.person_id if get("reviewer") == "me" else None,
        since=day_begins(since, zone) if since else None,
        before=day_begins(until + timedelta(days=1), zone) if until else None,
        less_sure_than=float(get("sure", "")) if get("sure") in SURENESS else None,
    )


def show_filter(asked: Asked, choices: Choices, language: Language, calendar: Callable[[], None]) -> None:
    """The form; sending it opens the page with its address. `calendar`: draws what days are chosen in."""
    with box("form", "filter", method="get", action="/review", role="search", data_filter=""):
        box("input", type="hidden", name="tab", value=asked.tab.value)
        _select("class", {str(one.id): one.name for one in choices.classes}, asked, language)
        _select("bench", {name: name for name in choices.benches}, asked, language)
        _select("procedure", choices.procedures, asked, language)
        _select("part", _with_asked(choices.parts, asked.values.get("part")), asked, language)
        line(say("review.filter.student", language), name="student", value=asked.values.get("student", ""))
        _select("sure", {one: f"{float(one):.0%}" for one in SURENESS}, asked, language)
        _select("reviewer", {"me": say("review.filter.mine", language)}, asked, language)
        for key in ("since", "until"):
            line(say(f"review.filter.{key}", language), "date", name=key, value=asked.values.get(key, ""))
        calendar()
        with box("button", "button", type="submit"):
            Words("span", say("review.filter.apply", language))
        Words("a", say("review.filter.clear", language), "plain", href=Asked(asked.tab).address())


def _with_asked(parts: Mapping[str, str], asked: str | None) -> Mapping[str, str]:
    """A link may name a step that no procedure has any more: it stays chosen, by its id."""
    return parts if not asked or asked in parts else {**parts, asked: asked}


def _select(key: str, options: Mapping[str, str], asked: Asked, language: Language) -> None:
    label, every = say(f"review.filter.{key}", language), say("review.filter.all", language)
    picker(key, label, every, options, asked.values.get(key))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def day_of(text: str | None) -> date | None:
    """The day an address names; None for nonsense, and for days no calendar goes beyond."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None
