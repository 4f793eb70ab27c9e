"""What the review page reads for one item and for its filter (services -> values; called in a thread)."""

from contextlib import suppress
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from api.console.procedure_words import procedure_words
from api.console.review_filter import Asked, Choices, day_of
from api.console.review_panel import Shown
from api.console.sheet_data import SheetData, read_sheet
from api.console.texts import Language
from assessor.errors import InputError
from assessor.overlay import Overlay, overlay_of
from assessor.people.accounts import list_people
from assessor.people.caller import Caller
from assessor.people.classes import list_classes
from assessor.people.roles import Action
from assessor.people.scope import seen_by
from assessor.review.drafts import drafts_of
from assessor.review.item_view import ItemView, item_view
from assessor.review.reference import reference_clip
from assessor.store import Store


def read_item(store: Store, caller: Caller, attempt_id: UUID, item: str) -> Shown:
    """All that is shown of an item. Raises UnknownIdError."""
    view = item_view(store, caller, attempt_id, item)
    data = read_sheet(store.seen_as(seen_by(caller, Action.REVIEW)), attempt_id)
    drafts = [one for one in drafts_of(store, caller, attempt_id) if one.item == item]
    names = [verdict.id for verdict in view.verdicts]
    reference = reference_clip(store, caller, attempt_id, names) if names else None
    return Shown(view, data, drafts[0] if drafts else None, reference, _seen(store, data, view))


def _seen(store: Store, data: SheetData, view: ItemView) -> dict[UUID, Overlay]:
    """What the machine saw in each clip; nothing where the observations are not kept any more."""
    shown = view.line.evidence if view.line else (view.veto.evidence,) if view.veto else ()
    if data.attempt.observations is None:
        return {}
    found, observations = {}, store.data / data.attempt.observations
    for id in [data.evidence_ids[one] for one in shown if one is not None and one.clip]:
        clip = store.evidence(id).clip
        with suppress(OSError, InputError):
            found[id] = overlay_of(store.data / str(clip), observations)
    return found


def choices_for(store: Store, caller: Caller, language: Language, procedure: str | None) -> Choices:
    """Classes, benches and procedures that the caller may see; steps and rules by name, of one procedure if
    one is chosen."""
    results = store.seen_as(seen_by(caller, Action.REVIEW))
    classes = list_classes(store, caller) if caller.may(Action.READ_PEOPLE) else ()
    benches = sorted({bench.name for bench in results.benches()})
    versions = results.procedures()
    procedures = {one.id: getattr(one.title, language) for one in versions}
    parts: dict[str, str] = {}
    for one in versions:  # the newest first: its words count
        if procedure in (None, one.id):
            for id, title in procedure_words(one).titles.items():
                parts.setdefault(id, f"{getattr(title, language)} ({id})")
    return Choices(classes, benches, procedures, parts)


def month_meant(asked: Asked, zone: ZoneInfo) -> date:
    """The month the calendar opens with: that of the days asked for, else this one."""
    return day_of(asked.values.get("since")) or day_of(asked.values.get("until")) or datetime.now(zone).date()


def student_meant(store: Store, caller: Caller, text: str) -> UUID | None:
    """Whom a number or a part of a name means: the first that fits; an id that nobody has for no one."""
    if not text:
        return None
    found = list_people(store, caller, text, limit=1) if caller.may(Action.READ_PEOPLE) else ()
    return found[0].id if found else UUID(int=0)
