"""The lists of rule files, shipped and the school's own: procedures, rule sets, benches."""

from starlette.requests import Request

from api.console.elements import Words, box
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.rule_files import show_rule_files
from api.console.texts import say
from assessor.own_rules import Kind


async def show_rules(request: Request) -> None:
    """Build the page; `?kind=` chooses the list."""
    language = preferences_of(request).language
    asked = request.query_params.get("kind")
    kind = next((one for one in Kind if one.value == asked), Kind.PROCEDURES)
    title = say(f"rules.kind.{kind.word}", language)
    with page_frame(request, title, "rules"):
        with box("div", "review-head"), box("nav", "tabs", aria_label=say("rules.kinds", language)):
            for one in (Kind.PROCEDURES, Kind.RULE_SETS, Kind.BENCHES):
                current = {"aria_current": "page"} if one is kind else {}
                Words(
                    "a", say(f"rules.kind.{one.word}", language), "tab", href=f"/rules?kind={one}", **current
                )
        with box("div", "page-title"):
            Words("h1", title)
        await show_rule_files(kind, language, may_begin=True)
