"""Notes in the audit chain who looked at a clip or was refused, once for a stretch (routes -> ledger).

A player asks for one clip in many pieces: what the same person asked for a moment ago is not noted again.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from fastapi import Request

from api.deps import store_of
from assessor.ledger import audit
from assessor.people.caller import Caller

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


def note_view(request: Request, caller: Caller, action: str, what: object) -> None:
    """Note `clip.view`, `clip.refused` and the like of one piece of evidence."""
    store, views = store_of(request), request.app.state.views
    now = store.now()
    if not views.is_new((caller.id, action, str(what)), now):
        return
    actor = audit.Actor(caller.kind, caller.id)
    store.write(lambda session: audit.append(session, now, actor, action, "evidence", what))
