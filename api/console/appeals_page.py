"""Appeals: what a marker has to mark without knowing whose it is, and how every appeal stands."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request

from api.console.elements import Words, box, icon
from api.console.fields import VALUE, button, choice, reload_page, toast
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from api.schemas import evidence_address
from assessor.errors import RefusedError
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.appeal_state import AppealState
from assessor.review.appeal_views import AppealView, BlindTask, Candidate, appeals, candidates, marking_tasks
from assessor.review.appeals import Mark, arbitrate, assign_markers, mark_appeal, withdraw
from assessor.shown import moment, points
from assessor.store import Store

Candidates = dict[UUID, tuple[Candidate, ...]]
ASSIGNABLE = (AppealState.OPEN,)


async def show_appeals(store: Store, request: Request, caller: Caller) -> None:
    """Build the page."""
    language = preferences_of(request).language
    tasks = await to_thread(marking_tasks, store, caller) if caller.may(Action.MARK_APPEAL) else ()
    views = await to_thread(appeals, store, caller)
    named: Candidates = {}
    if caller.may(Action.ARBITRATE):
        waiting = [view.appeal_id for view in views if view.state in ASSIGNABLE]
        named = {id: await to_thread(candidates, store, caller, id) for id in waiting}
    with page_frame(request, say("nav.appeals", language), "appeals"):
        AppealsPage(store, caller, language).build(tasks, views, named)


class AppealsPage:
    """The page of one visitor."""

    def __init__(self, store: Store, caller: Caller, language: Language) -> None:
        self._store, self._caller, self._language = store, caller, language

    def build(self, tasks: tuple[BlindTask, ...], views: tuple[AppealView, ...], named: Candidates) -> None:
        """The tasks first, then all appeals."""
        language = self._language
        if tasks:
            with box("div", "page-title"):
                Words("h1", say("appeal.tasks", language))
                Words("span", say("appeal.blind", language), "quiet")
            for task in tasks:
                self._task(task)
        with box("div", "page-title"):
            Words("h1", say("appeal.all", language))
        if not views:
            with box("div", "card empty"):
                icon("gavel")
                Words("h2", say("appeal.none", language))
        for view in views:
            if not view.mine:  # its marker has it above, without what leads to the student
                self._view(view, named.get(view.appeal_id, ()))

    def _task(self, task: BlindTask) -> None:
        with box("section", "card appeal", data_task=str(task.appeal_id)):
            Words("h2", getattr(task.title, self._language))
            Words("p", task.text, "said")
            for seen in task.seen:
                Words("p", getattr(seen, self._language), "reason")
            for evidence_id in task.evidence_ids[:1]:
                with box("div", "clip"):
                    address = evidence_address(evidence_id, "clip")
                    label = say("line.clip", self._language)
                    box("video", src=address, controls=True, muted=True, preload="auto", aria_label=label)
            limits = {"least": points(task.least), "most": points(task.most)}
            self._mark(task.appeal_id, limits, "appeal.mark", self._send)

    def _mark(
        self,
        appeal_id: UUID,
        limits: dict[str, str],
        key: str,
        send: Callable[[UUID, str, str], Awaitable[None]],
    ) -> None:
        """Points, reason, and the button that sends both."""
        typed = {"points": "", "reason": ""}
        with box("div", "row"):
            for name, kind in (("points", "number"), ("reason", "text")):
                with box("label", "field"):
                    Words(
                        "span", say(f"appeal.{name}", self._language, **(limits if name == "points" else {}))
                    )
                    made = box("input", type=kind, step="any", data_field=name)
                made.on(
                    "input",
                    lambda e, name=name: typed.update({name: str(e.args)}),
                    js_handler=VALUE,
                )
            pressed = button(
                say(key, self._language),
                lambda: send(appeal_id, typed["points"], typed["reason"]),
                "main-button",
                "gavel",
            )
            pressed.props["data-mark"] = ""

    def _view(self, view: AppealView, named: tuple[Candidate, ...]) -> None:
        language = self._language
        with box("section", "card appeal", data_appeal=view.item):
            with box("div", "row"):
                Words("h2", getattr(view.title, language))
                text = say(f"appeal.state.{view.state.value}", language)
                Words("span", text, f"state appeal-{view.state.value}", data_icon="gavel")
                Words("span", moment(view.created_utc), "quiet")
                Words(
                    "a",
                    say("appeal.sheet", language),
                    "",
                    href=f"/attempts/{view.attempt_id}?line={view.item}",
                )
            Words("p", view.text, "said")
            for mark in view.marks:
                gave = say("appeal.gave", language, who=mark.by, points=points(mark.awarded))
                Words("p", f"{gave} · {mark.reason}", "reason")
            if view.awarded is not None:
                Words(
                    "p",
                    say("appeal.came_to", language, points=points(view.awarded)),
                    "done-note",
                    data_result="",
                )
                if view.answer:
                    Words("p", view.answer, "said")
            self._actions(view, named)

    def _actions(self, view: AppealView, named: tuple[Candidate, ...]) -> None:
        if named:
            self._assign(view.appeal_id, named)
        if view.state is AppealState.ARBITRATION and self._caller.may(Action.ARBITRATE):
            limits = {"least": "0", "most": points(view.points)}
            self._mark(view.appeal_id, limits, "appeal.arbitrate", self._decide)
        own = self._caller.may(Action.APPEAL)
        if own and view.state in (AppealState.OPEN, AppealState.MARKING):
            button(say("appeal.withdraw", self._language), lambda: self._withdraw(view.appeal_id))

    def _assign(self, appeal_id: UUID, named: tuple[Candidate, ...]) -> None:
        options = {str(one.person_id): one.name for one in named}
        chosen = (list(options) * 2)[:2] if len(options) < 2 else list(options)[:2]
        with box("div", "row"):
            for place in (0, 1):
                label = say("appeal.marker", self._language, number=place + 1)

                def take(id: str, place: int = place) -> None:
                    chosen[place] = id

                choice(label, options, chosen[place], take)
            made = button(
                say("appeal.assign", self._language),
                lambda: self._give(appeal_id, chosen),
                "main-button",
                "group",
            )
            made.props["data-assign"] = ""

    async def _give(self, appeal_id: UUID, chosen: list[str]) -> None:
        markers = [UUID(id) for id in chosen]
        await self._do(
            lambda: assign_markers(self._store, self._caller, appeal_id, markers), "appeal.assigned"
        )

    async def _send(self, appeal_id: UUID, gave: str, reason: str) -> None:
        await self._do(
            lambda: mark_appeal(self._store, self._caller, _mark_of(appeal_id, gave, reason)), "appeal.marked"
        )

    async def _decide(self, appeal_id: UUID, gave: str, reason: str) -> None:
        await self._do(
            lambda: arbitrate(self._store, self._caller, _mark_of(appeal_id, gave, reason)), "appeal.decided"
        )

    async def _withdraw(self, appeal_id: UUID) -> None:
        await self._do(lambda: withdraw(self._store, self._caller, appeal_id), "appeal.withdrawn")

    async def _do(self, work: Callable[[], object], told: str) -> None:
        try:
            await to_thread(work)
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        toast(say(told, self._language))
        reload_page()


def _mark_of(appeal_id: UUID, gave: str, reason: str) -> Mark:
    try:
        return Mark(appeal_id, reason.strip(), awarded=float(gave))
    except ValueError:
        return Mark(appeal_id, reason.strip())
