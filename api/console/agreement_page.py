"""The agreement page: machine and people, people among themselves, item by item and week by week."""

from asyncio import to_thread
from collections.abc import Sequence

from starlette.requests import Request

from api.console.elements import Words, box, icon
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.people.caller import Caller
from assessor.review.agreement import Agreement, Drift, agreement, drift
from assessor.shown import share
from assessor.store import Store

COLUMNS = ("item", "between", "count", "same", "difference")
DRIFT = ("marker", "week", "count", "difference", "overturned", "took")


async def show_agreement(store: Store, request: Request, caller: Caller) -> None:
    """Build the page."""
    language = preferences_of(request).language
    rows = await to_thread(agreement, store, caller)
    weeks = await to_thread(drift, store, caller)
    with page_frame(request, say("agreement.title", language), "agreement"):
        with box("div", "page-title"):
            Words("h1", say("agreement.title", language))
            Words("span", say("agreement.hint", language), "quiet")
        if not rows:
            with box("div", "card empty"):
                icon("handshake")
                Words("h2", say("agreement.none", language))
            return
        _items(rows, language)
        _weeks(weeks, language)


def _items(rows: Sequence[Agreement], language: Language) -> None:
    with box("div", "card scroll"), box("table", "plain-table"):
        with box("thead"), box("tr"):
            for column in COLUMNS:
                Words("th", say(f"agreement.{column}", language), "", scope="col")
            for name in ("κ", "ICC"):
                Words("th", name, "", scope="col")
        with box("tbody"):
            for row in rows:
                with box("tr", "", data_agreement=row.item):
                    Words("td", getattr(row.title, language))
                    Words("td", say(f"agreement.{row.between.value}", language))
                    Words("td", str(row.count))
                    Words("td", share(row.same))
                    Words("td", f"{row.difference:+.2f}")
                    for figure in (row.kappa, row.icc):
                        Words("td", "–" if figure is None else f"{figure:.2f}")


def _weeks(weeks: Sequence[Drift], language: Language) -> None:
    with box("div", "card scroll"):
        Words("h2", say("agreement.drift", language), "form-row")
        with box("table", "plain-table"):
            with box("thead"), box("tr"):
                for column in DRIFT:
                    Words("th", say(f"agreement.{column}", language), "", scope="col")
            with box("tbody"):
                for week in weeks:
                    with box("tr"):
                        Words("td", week.person)
                        Words("td", f"{week.week:%Y-%m-%d}")
                        Words("td", str(week.count))
                        Words("td", f"{week.difference:+.0%}")
                        Words("td", share(week.overturned))
                        Words("td", "–" if week.took_s is None else f"{week.took_s:.1f} s")
