"""The yearly audit report: what a school accounts for in one year, to read and to print."""

from asyncio import to_thread

from starlette.requests import Request

from api.console.elements import Words, box, state
from api.console.fields import field
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import say
from assessor.ledger.audit_report import table_of, year_report
from assessor.store import Store

COLUMNS = ("what", "kind", "count")
FIRST_YEAR, LAST_YEAR = 2000, 9998


async def show_year_report(store: Store, request: Request) -> None:
    """Build the page; a year that is none is this one."""
    language = preferences_of(request).language
    asked = request.query_params.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        year = store.now().year
    report = await to_thread(year_report, store, year)
    table = table_of(report, language)
    with page_frame(request, table.title, "audit"):
        with box("div", "page-title"):
            Words("h1", table.title)
            state("met" if report.chain.bad is None else "not_met", say("report.chain", language))
        with box("form", "card form-row", method="get", action="/audit/report"):
            field(
                say("report.year", language),
                "number",
                str(year),
                name="year",
                min=FIRST_YEAR,
                max=LAST_YEAR,
            )
            with box("button", "button", type="submit"):
                Words("span", say("report.show", language))
            Words("code", table.note, "signature")
        with box("section", "card scroll"), box("table", "plain-table"):
            with box("thead"), box("tr"):
                for column in COLUMNS:
                    Words("th", say(f"report.{column}", language), "", scope="col")
            with box("tbody"):
                for row in table.rows:
                    with box("tr", "", data_row=" ".join(row[:2])):
                        for text in row:
                            Words("td", text)
