"""Notes in the audit chain who looked at a clip or was refused, once for a stretch (routes -> ledger).

A player asks for one clip in many pieces: what the same person asked for a moment ago is not noted again.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Request

from assessor.ledger import audit
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.store import Store

STRETCH = timedelta(minutes=10)
_MOST = 20_000
_Key = tuple[str, str, str]


class Views:
    """What was noted lately, by who, what and which; the oldest is forgotten first."""

    def __init__(self) -> None:
        self._noted: OrderedDict[_Key, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, key: _Key, now: datetime) -> bool:
        """Whether it has to be noted; it counts as noted from now."""
        with self._lock:
            before = self._noted.get(key)
            if before is not None and before <= now < before + STRETCH:
                return False
            self._noted[key] = now
            self._noted.move_to_end(key)
            if len(self._noted) > _MOST:
                self._noted.popitem(last=False)
            return True


def note_view(request: Request, caller: Caller, action: str, evidence_id: UUID) -> None:
    """Note `clip.view`, `clip.refused` and the like of one piece of evidence."""
    _note(request, caller, (caller.id, action, str(evidence_id)), ("evidence", str(evidence_id)))


def note_print(request: Request, attempt_id: UUID) -> None:
    """Note `sheet.print`: the printed mark sheet shows stills of the evidence."""
    caller: Caller = request.state.caller
    _note(request, caller, (caller.id, "sheet.print", str(attempt_id)), ("attempt", str(attempt_id)))


def note_refusal(request: Request, caller: Caller, action: Action) -> None:
    """Note that somebody asked for what their roles do not allow; of each kind the first address."""
    _note(request, caller, (caller.id, f"{action}.refused", ""), ("address", request.url.path[:200]))


def _note(request: Request, caller: Caller, key: _Key, what: tuple[str, str]) -> None:
    store: Store = request.app.state.store
    views: Views = request.app.state.views
    now = store.now()
    if views.is_new(key, now):
        actor = audit.Actor(caller.kind, caller.id)
        store.write(lambda session: audit.append(session, now, actor, key[1], *what))
