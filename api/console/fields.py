"""What a person fills in or presses: labelled fields, choices, buttons, and the message that follows."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from nicegui import ui
from nicegui.element import Element

from api.console.elements import Words, box, icon

RELOAD_AFTER_MS = 900
VALUE = "(e) => emit(e.target.value)"
Handler = Callable[[], Awaitable[None] | None]
Taker = Callable[[str], Awaitable[None] | None]


def button(text: str, pressed: Handler | None = None, classes: str = "", picture: str = "") -> Element:
    """A button; without `pressed` the page's script gives it its meaning."""
    made = box("button", f"button {classes}", type="button")
    with made:
        if picture:
            icon(picture)
        Words("span", text)
    if pressed is not None:
        made.on("click", pressed, [])
    return made


def field(label: str, kind: str = "text", value: str = "", **attributes: Any) -> Element:
    """A line to type into, under its label; gives the input."""
    with box("label", "field"):
        Words("span", label)
        return box("input", type=kind, value=value, **attributes)


def choice(label: str, options: Mapping[str, str], chosen: str, taken: Taker) -> Element:
    """One of several words, by key."""
    with box("label", "field"):
        Words("span", label)
        made = box("select")
    with made:
        for key, text in options.items():
            selected = {"selected": True} if key == chosen else {}
            Words("option", text, "", value=key, **selected)
    made.on("change", lambda e: taken(str(e.args)), js_handler=VALUE)
    return made


def picker(name: str, label: str, every: str, options: Mapping[str, str], chosen: str | None) -> None:
    """One of several words for a form that is sent as an address; `every`: none of them in particular."""
    with box("label", "field"):
        Words("span", label)
        with box("select", name=name):
            Words("option", every, "", value="")
            for value, text in options.items():
                selected = {"selected": True} if value == chosen else {}
                Words("option", text, "", value=value, **selected)


def on_typed(element: Element, taken: Taker, after_s: float = 0.4) -> Element:
    """Tell what was typed, at most once in so many seconds."""
    element.on(
        "input", lambda e: taken(str(e.args)), js_handler=VALUE, throttle=after_s, leading_events=False
    )
    return element


def toast(text: str, kind: Literal["done", "wrong"] = "done") -> None:
    """A short message that is also read aloud; it goes by itself."""
    ui.run_javascript(f"toast({quoted(text)}, {quoted(kind)})")


def quoted(value: object) -> str:
    """A value as JavaScript writes it."""
    return json.dumps(value).replace("</", "<\\/")


def reload_page() -> None:
    """Show the page again as it stands now, once the message could be read."""
    ui.run_javascript(f"setTimeout(() => location.reload(), {RELOAD_AFTER_MS})")
