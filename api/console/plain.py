"""Long parts of a page in which nothing changes: one piece of HTML from a template of `templates/`.

An element of NiceGUI for every word of a class's table holds megabytes for each page that is open. What a
template prints is escaped, whatever a user wrote.
"""

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from api.console.elements import ICONS
from api.console.texts import Language, say
from assessor.shown import clock, moment, points, shortened, visible

if TYPE_CHECKING:
    from jinja2 import Environment


def plain(tag: str, classes: str, template: str, language: Language, **values: Any) -> None:
    """Put the template, filled with the values, into an element of its own."""
    ui.html(printed(template, language, **values), sanitize=False, tag=tag).classes(classes)


def printed(template: str, language: Language, **values: Any) -> str:
    """The template filled with the values: HTML."""
    words = partial(say, language=language)
    return _environment().get_template(template).render(values, language=language, say=words)


def user_words(text: str, most: int) -> str:
    """What a user wrote as it is shown; the template keeps its writing direction to itself (`<bdi>`)."""
    return visible(shortened(text, most))


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(user_words=user_words, points=points, moment=moment, clock=clock)
    environment.globals.update(icons=ICONS)
    return environment
