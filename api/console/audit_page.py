"""The audit page: whether the chain holds, and its newest entries."""

import json
from asyncio import to_thread

from starlette.requests import Request

from api.console.elements import Words, box, state
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.ledger.audit import Chain, verify
from assessor.ledger.entries import Entry, newest_entries
from assessor.people.caller import Caller
from assessor.shown import moment, shortened
from assessor.store import Store

PAGE = 100
COLUMNS = ("time", "actor", "action", "object", "detail")


async def show_audit(store: Store, request: Request, caller: Caller, before: int | None) -> None:
    """Build the page."""
    language = preferences_of(request).language
    chain = await to_thread(verify, store)
    entries = await to_thread(newest_entries, store, caller.school_id, PAGE, before)
    with page_frame(request, say("audit.title", language), "audit"):
        with box("div", "page-title"):
            Words("h1", say("audit.title", language))
            _chain(chain, language)
            box("span", "spring")
            Words("a", say("report.title", language), "button", href="/audit/report")
        with box("div", "card scroll"), box("table", "plain-table"):
            with box("thead"), box("tr"):
                for column in COLUMNS:
                    Words("th", say(f"audit.{column}", language), "", scope="col")
            with box("tbody"):
                for entry in entries:
                    _row(entry)
        if len(entries) == PAGE:
            with box("nav", "pages"):
                Words("a", say("audit.older", language), "", href=f"/audit?before={entries[-1].seq}")


def _chain(chain: Chain, language: Language) -> None:
    if chain.bad is None:
        state("met", say("audit.holds", language, count=chain.entries))
    else:
        why = getattr(chain.bad.why, language)
        state("not_met", say("audit.broken", language, seq=chain.bad.seq, why=why))


def _row(entry: Entry) -> None:
    with box("tr", "", data_seq=entry.seq):
        Words("td", moment(entry.utc), "quiet")
        Words("td", f"{entry.actor_kind} {(entry.actor_id or '')[:8]}")
        Words("td", entry.action)
        Words("td", f"{entry.object_kind or ''} {(entry.object_id or '')[:8]}")
        Words("td", shortened(json.dumps(entry.detail, ensure_ascii=False), 200), "quiet")
