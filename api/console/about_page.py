"""About: what this is, which version runs, its licence and its source."""

from starlette.requests import Request

import assessor
from api.console.elements import Words, box
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import say


def show_about(request: Request) -> None:
    """Build the page."""
    language = preferences_of(request).language
    with page_frame(request, say("about.title", language), "about"):
        with box("div", "page-title"):
            Words("h1", say("about.title", language))
        with box("div", "card about"):
            Words("p", say("about.what", language), "lead")
            with box("dl"):
                _row(say("about.version", language), assessor.__version__)
                _row(say("about.licence", language), say("about.licence_text", language))
                _link(say("about.source", language), say("about.source_link", language), "/v1/source")
                _row(say("about.network", language), say("about.network_text", language))
                _link(say("about.api", language), say("about.api_link", language), "/v1/openapi.json")


def _row(name: str, text: str) -> None:
    Words("dt", name)
    Words("dd", text)


def _link(name: str, text: str, address: str) -> None:
    Words("dt", name)
    with box("dd"):
        Words("a", text, "", href=address)
