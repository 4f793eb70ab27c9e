"""Above a mark sheet, for whoever may release it: what is left to decide, confirm, release."""

from asyncio import to_thread
from collections.abc import Callable
from uuid import UUID

from api.console.elements import Words, box, state
from api.console.fields import button, reload_page, toast
from api.console.texts import Language, say
from assessor.errors import RefusedError
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review import release as releasing
from assessor.review.release import Draft, Finish, KeptSheet, State
from assessor.store import Store

MOST_NAMED = 4


def draft_for(store: Store, caller: Caller, attempt_id: UUID) -> Draft | None:
    """The sheet as the decisions make it, for whoever may release it."""
    return releasing.draft(store, caller, attempt_id) if caller.may(Action.RELEASE) else None


class ReleaseBar:
    """Confirms and releases one attempt's sheet."""

    def __init__(self, store: Store, caller: Caller, draft: Draft, language: Language) -> None:
        self._store, self._caller, self._draft, self._language = store, caller, draft, language
        with box("section", "card release", data_release=draft.state.value):
            state(draft.state.value, say(f"state.{draft.state.value}", language))
            Words("span", self._told(), "left", data_left=str(len(draft.left)))
            box("span", "spring")
            address = f"/review?at={draft.attempt_id}/{draft.left[0].item}" if draft.left else "/review"
            Words("a", say("release.review", language), "button", href=address)
            if not draft.left and (draft.state is State.PROPOSED or draft.stale):
                key = "release.confirm"
                button(say(key, language), self._confirm, "main-button", "how_to_reg").props[
                    "data-confirm"
                ] = ""
            elif draft.state is State.CONFIRMED:
                key = "release.release"
                button(say(key, language), self._release, "main-button", "send").props["data-send"] = ""

    def _told(self) -> str:
        draft, language = self._draft, self._language
        if draft.left:
            names = [getattr(one.title, language) for one in draft.left[:MOST_NAMED]]
            items = ("、" if language == "zh" else ", ").join(names)
            return say("release.left", language, count=len(draft.left), items=items)
        if draft.stale:
            return say("release.stale", language)
        key = "ready" if draft.state is State.PROPOSED else draft.state.value
        return say(f"release.{key}", language)

    async def _confirm(self) -> None:
        await self._do(releasing.confirm, "release.now_confirmed")

    async def _release(self) -> None:
        await self._do(releasing.release, "release.now_released")

    async def _do(self, work: Callable[[Store, Caller, Finish], KeptSheet], told: str) -> None:
        finish = Finish(self._draft.attempt_id, self._draft.version)
        try:
            await to_thread(work, self._store, self._caller, finish)
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        toast(say(told, self._language))
        reload_page()
