"""The caller of a page that stays open: what they may do is looked up again whenever it is asked.

A page lives as long as its tab. Without this a role that was taken, an account that was disabled or a session
that was ended would go on deciding, releasing and erasing there.
"""

import time
from collections.abc import Callable
from dataclasses import fields

from assessor.errors import NotAllowedError
from assessor.people.caller import Caller, Grant
from assessor.people.roles import Action
from assessor.types import Text

FRESH_S = 1.0  # one action asks many times
ENDED = Text("登录已结束，请重新登录。", "You are signed out; sign in again.")


class LastingCaller(Caller):
    """Knows no rights of its own; made by `lasting`."""

    _again: Callable[[], Caller | None]
    _known: tuple[float, Caller | None]

    def grants_for(self, action: Action) -> tuple[Grant, ...]:
        """Those that hold now."""
        caller = self._now()
        return () if caller is None else caller.grants_for(action)

    def may(self, action: Action) -> bool:
        """Whether the caller may do it now."""
        caller = self._now()
        return caller is not None and caller.may(action)

    def must(self, action: Action) -> None:
        """Raise NotAllowedError unless the caller may do it now."""
        caller = self._now()
        if caller is None:
            raise NotAllowedError(ENDED)
        caller.must(action)

    def _now(self) -> Caller | None:
        looked_s, caller = self._known
        if time.monotonic() - looked_s > FRESH_S:
            caller = self._again()
            object.__setattr__(self, "_known", (time.monotonic(), caller))
        return caller


def lasting(caller: Caller, again: Callable[[], Caller | None]) -> Caller:
    """The same person, whose rights `again` tells. It must not write: it may be asked within a write."""
    made = LastingCaller(**{field.name: getattr(caller, field.name) for field in fields(caller)})
    object.__setattr__(made, "_again", again)
    object.__setattr__(made, "_known", (time.monotonic(), caller))
    return made
