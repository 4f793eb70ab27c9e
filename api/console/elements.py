"""The few building blocks of every page: words, boxes, links, states (colour, icon and text together)."""

from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from api.console.texts import Language, say
from assessor.shown import shortened, visible

ICONS = {
    "met": "check_circle",
    "not_met": "cancel",
    "unsure": "help",
    "not_observed": "visibility_off",
    "open": "pending",
    "mistake": "error",
    "corrected": "published_with_changes",
    "proposed": "smart_toy",
    "confirmed": "how_to_reg",
    "released": "verified",
    "passed": "verified",
    "failed": "cancel",
    "undecided": "pending",
    "veto-proposed": "gpp_maybe",
    "veto-confirmed": "gpp_bad",
    "veto-refused": "gpp_good",
    "step-done": "check_circle",
    "step-now": "arrow_forward",
    "step-waiting": "schedule",
    "step-wrong": "error",
    "step-unsure": "help",
    "live-free": "event_seat",
    "live-running": "play_circle",
    "live-paused": "pause_circle",
    "live-closing": "hourglass_top",
    "partial": "content_cut",
    "gaps": "videocam_off",
    "video": "videocam",
    "photo": "photo_camera",
    "reading": "speed",
    "person": "person",
}
SCROLLS = {"scroll", "rule", "editor-tabs"}


class Words(TextElement):
    """Text in a tag of its own. It reaches the browser as text, never as HTML, whatever a user wrote."""

    def __init__(self, tag: str, text: str, classes: str = "", **attributes: Any) -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)
        set_attributes(self, **attributes)


def box(tag: str, classes: str = "", **attributes: Any) -> Element:
    """An element that holds others."""
    element = ui.element(tag).classes(classes)
    if SCROLLS & set(classes.split()):
        attributes = {"tabindex": 0} | attributes  # what scrolls is reached by keyboard too
    set_attributes(element, **attributes)
    return element


def set_attributes(element: Element, **attributes: Any) -> None:
    """HTML attributes; `aria_label` becomes `aria-label`, a trailing underscore is dropped."""
    for name, value in attributes.items():
        element.props[name.rstrip("_").replace("_", "-")] = value


def icon(name: str, classes: str = "") -> None:
    """A picture that repeats what the text beside it says."""
    ui.icon(name).classes(classes)


def state(kind: str, text: str, hint: str = "", classes: str = "") -> None:
    """A state in colour, icon (added by the style: a long list holds hundreds of these) and text."""
    Words("span", text, f"state {kind} {classes}", title=hint or text, data_icon=ICONS[kind])


def rule_line(number: int, text: str, marked: bool) -> Element:
    """One line of a rule file with its number (which the style adds, so that it is not copied)."""
    return Words("code", text, "marked" if marked else "", data_number=number)


def outcome_state(key: str, language: Language) -> None:
    """An outcome, or "open"."""
    state(key, say(f"outcome.{key}", language))


def user_text(text: str, most: int) -> None:
    """What a user wrote, at most so many characters, its writing direction kept to itself."""
    Words("bdi", visible(shortened(text, most)))
