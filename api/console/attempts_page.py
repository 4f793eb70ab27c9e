"""The list of attempts: what was scored, the points the machine proposes, and what to look at first."""

from asyncio import to_thread
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request

from api.console.attempts_filter import Asked, Choices, asked_of, filter_of, show_filter
from api.console.elements import Words, box, icon, state, user_text
from api.console.frame import is_student, page_frame
from api.console.plain import plain
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.people.attempt_filter import looked_for
from assessor.people.caller import Caller
from assessor.people.classes import list_classes
from assessor.people.roles import Action
from assessor.people.scope import seen_by
from assessor.shown import partial_note, points
from assessor.store import AttemptPage, AttemptSummary, Store
from assessor.types import Outcome

COLUMNS = ("recording", "student", "procedure", "points", "outcomes", "state", "notes", "scored")
COMMAND = "assessor score VIDEO --bench BENCH.yaml --procedure PROCEDURE.yaml"
PAGE = 50


async def show_attempts(store: Store, request: Request, caller: Caller) -> None:
    """Build the page."""
    language = preferences_of(request).language
    asked = asked_of(request.query_params)
    wanted = filter_of(asked)
    seen = store.seen_as(await to_thread(looked_for, caller, wanted))
    found = await to_thread(seen.attempts, PAGE, asked.before)
    count = await to_thread(seen.count_attempts)
    own = "marks" if is_student(caller) else "attempts"
    with page_frame(request, say(f"{own}.title", language), own):
        with box("div", "page-title"):
            Words("h1", say(f"{own}.title", language))
            Words("span", say("attempts.count", language, count=count), "quiet", data_count=count)
        if not is_student(caller):
            show_filter(asked, await to_thread(_choices, store, caller, language), language)
        if found.items:
            _table(found, language)
        elif asked.values or asked.before is not None:
            Words("p", say("attempts.none_found", language), "card hint quiet")
        else:
            _nothing(language)
        _pages(found, asked, language)


def _choices(store: Store, caller: Caller, language: Language) -> Choices:
    seen = store.seen_as(seen_by(caller))
    classes = list_classes(store, caller) if caller.may(Action.READ_PEOPLE) else ()
    procedures = {one.id: getattr(one.title, language) for one in reversed(seen.procedures())}
    return Choices(classes, procedures, sorted({one.name for one in seen.benches()}))


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader of the points must know; `kind` gives colour and icon."""

    kind: str
    text: str
    hint: str


def _table(found: AttemptPage, language: Language) -> None:
    shown = {"columns": COLUMNS, "attempts": found.items, "outcomes": tuple(Outcome)}
    ways = {"notes_of": partial(notes_of, language=language), "hint_of": partial(say_hint, language=language)}
    with box("div", "card scroll"):
        plain("table", "attempts", "attempts.html", language, **shown, **ways)


def student_name(student: str | None, language: Language) -> None:
    """The student, or that none was named."""
    if student:
        user_text(student, 40)
    else:
        Words("span", say("student.none", language), "quiet")


def say_hint(sheet_state: str, language: Language) -> str:
    """What a state means, where it needs saying."""
    return say("state.proposed.hint", language) if sheet_state == "proposed" else ""


def attempt_notes(attempt: AttemptSummary, language: Language) -> None:
    """Show the notes."""
    for note in notes_of(attempt, language):
        state(note.kind, note.text, note.hint)


def notes_of(attempt: AttemptSummary, language: Language) -> Iterator[Note]:
    """Partial, gaps, open items."""
    if attempt.partial is not None:
        text = say("partial", language, note=partial_note(attempt.partial, language))
        yield Note("partial", text, say("partial.hint", language))
    if attempt.gaps:
        yield Note("gaps", say("gaps", language, count=attempt.gaps), say("gaps.hint", language))
    if attempt.open_points:
        text = say("open_points", language, points=points(attempt.open_points))
        yield Note("open", text, say("open_points.hint", language))


def _nothing(language: Language) -> None:
    with box("div", "card empty"):
        icon("movie")
        Words("h2", say("attempts.none", language))
        Words("p", say("attempts.none_hint", language), "quiet")
        Words("code", COMMAND)


def _pages(found: AttemptPage, asked: Asked, language: Language) -> None:
    if asked.before is None and found.next is None:
        return
    with box("nav", "pages"):
        if asked.before is not None:
            Words("a", say("attempts.newest", language), "", href=asked.address())
        if found.next is not None:
            Words("a", say("attempts.older", language), "", href=asked.address(found.next), data_older="")
