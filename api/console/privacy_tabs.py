"""The tabs over the pages of personal data: those that the caller may open."""

from api.console.elements import Words, box
from api.console.texts import Language, say
from assessor.people.caller import Caller
from assessor.people.roles import Action

TABS = (
    ("consents", "/privacy", Action.READ_CONSENT),
    ("requests", "/privacy/requests", Action.ASK_DATA),
    ("retention", "/privacy/retention", Action.RETAIN),
    ("holds", "/privacy/holds", Action.HOLD),
)


def privacy_tabs(caller: Caller, active: str, language: Language) -> None:
    """Leave out what is not allowed; the services refuse it anyhow."""
    allowed = [(key, address) for key, address, action in TABS if caller.may(action)]
    if len(allowed) < 2:
        return
    with box("div", "review-head"), box("nav", "tabs", aria_label=say("nav.privacy", language)):
        for key, address in allowed:
            current = {"aria_current": "page"} if key == active else {}
            Words("a", say(f"privacy.{key}", language), "tab", href=address, **current)
