"""The list of attempts: what was scored, the points the machine proposes, and what to look at first."""

from asyncio import to_thread

from starlette.requests import Request

from api.console.elements import Words, box, icon, state, user_text
from api.console.frame import is_student, page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from api.deps import caller_of
from api.schemas import PageQuery, to_cursor
from assessor.shown import moment, partial_note, points, shortened, visible
from assessor.store import AttemptPage, AttemptSummary, Results
from assessor.types import Outcome

COLUMNS = ("recording", "student", "procedure", "points", "outcomes", "state", "notes", "scored")
COMMAND = "assessor score VIDEO --bench BENCH.yaml --procedure PROCEDURE.yaml"
PAGE = 50


async def show_attempts(store: Results, request: Request, cursor: str | None) -> None:
    """Build the page."""
    found = await to_thread(store.attempts, PAGE, _place(cursor))
    language = preferences_of(request).language
    caller = caller_of(request)
    own = "marks" if caller is not None and is_student(caller) else "attempts"
    with page_frame(request, say(f"{own}.title", language), own):
        with box("div", "page-title"):
            Words("h1", say(f"{own}.title", language))
            Words("span", say("attempts.count", language, count=len(found.items)), "quiet")
        if found.items:
            _table(found, language)
        else:
            _nothing(language)
        _pages(found, cursor is not None, language)


def _place(cursor: str | None) -> int | None:
    try:
        return PageQuery(cursor=cursor).before
    except ValueError:  # a mistyped address shows the newest attempts
        return None


def _table(found: AttemptPage, language: Language) -> None:
    with box("div", "card scroll"), box("table", "attempts"):
        with box("thead"), box("tr"):
            for column in COLUMNS:
                Words("th", say(f"attempts.{column}", language), f"{column}-head", scope="col")
        with box("tbody"):
            for attempt in found.items:
                _row(attempt, language)


def _row(attempt: AttemptSummary, language: Language) -> None:
    with box("tr", "entry"):
        with box("td", "recording"), box("a", "cover", href=f"/attempts/{attempt.id}"):
            user_text(attempt.recording_names[0], 80)
            _other_names(attempt, language)
        with box("td", "student"):
            student_name(attempt.student, language)
        with box("td", "procedure"):
            Words("div", getattr(attempt.procedure_title, language))
            Words("div", attempt.bench, "quiet bench")
        with box("td", "points"):
            Words("b", points(attempt.total))
            Words("span", f" / {points(attempt.possible)}", "quiet")
        with box("td", "outcomes"):
            _outcome_counts(attempt, language)
        with box("td"):
            state(attempt.state, say(f"state.{attempt.state}", language), say_hint(attempt.state, language))
        with box("td", "notes"):
            attempt_notes(attempt, language)
        Words("td", moment(attempt.created_utc), "scored quiet")


def _other_names(attempt: AttemptSummary, language: Language) -> None:
    if others := attempt.recording_names[1:]:
        names = ", ".join(visible(shortened(name, 80)) for name in others[:10])
        text = say("attempts.more_names", language, count=len(others), names=names)
        Words("span", f" +{len(others)}", "quiet", title=text, aria_label=text)


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
    """What a reader of the points must know: partial, gaps, open items."""
    if attempt.partial is not None:
        state(
            "partial",
            say("partial", language, note=partial_note(attempt.partial, language)),
            say("partial.hint", language),
        )
    if attempt.gaps:
        state("gaps", say("gaps", language, count=attempt.gaps), say("gaps.hint", language))
    if attempt.open_points:
        text = say("open_points", language, points=points(attempt.open_points))
        state("open", text, say("open_points.hint", language))


def _outcome_counts(attempt: AttemptSummary, language: Language) -> None:
    for outcome in Outcome:
        if count := attempt.outcomes.get(outcome, 0):
            state(outcome.value, str(count), f"{say(f'outcome.{outcome.value}', language)} {count}", "count")


def _nothing(language: Language) -> None:
    with box("div", "card empty"):
        icon("movie")
        Words("h2", say("attempts.none", language))
        Words("p", say("attempts.none_hint", language), "quiet")
        Words("code", COMMAND)


def _pages(found: AttemptPage, later: bool, language: Language) -> None:
    if not later and found.next is None:
        return
    with box("nav", "pages"):
        if later:
            Words("a", say("attempts.newest", language), "", href="/")
        if found.next is not None:
            Words("a", say("attempts.older", language), "", href=f"/?cursor={to_cursor(found.next)}")
