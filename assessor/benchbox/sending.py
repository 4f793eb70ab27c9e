"""Sends what a spool still holds and ends; `replay.run` goes on for ever (a box that broke → server)."""

import time
from collections.abc import Callable
from pathlib import Path

from assessor.benchbox.clock import own_clock
from assessor.benchbox.replay import Replay
from assessor.benchbox.server_line import ServerLine
from assessor.benchbox.spool import FILE, Spool
from assessor.errors import StoreError

PATIENCE_S = 60.0  # for a server that is away


def send_events(
    folder: Path, line: ServerLine, report: Callable[[float], None], patience_s: float = PATIENCE_S
) -> tuple[int, int]:
    """How many events were sent, how many of them the server did not take. StoreError where no spool is there
    or the server stays away; what was not sent is still in the spool."""
    if not (folder / FILE).is_file():
        raise StoreError(f"expected a folder that holds {FILE}, but {folder} does not; name a bench's spool")
    clock = own_clock()
    with Spool(folder, clock) as spool:
        replay, first, since_s = Replay(spool, line, clock, folder), spool.state.waiting, clock.t_s()
        while waiting := spool.state.waiting:
            wait_s = replay.step()
            if replay.state.away is None:
                since_s = clock.t_s()
            elif clock.t_s() - since_s > patience_s:
                raise StoreError(
                    f"expected the server to take the events, but {replay.state.away}; {waiting} events wait "
                    f"in {folder}: check the address, the network and the device's key, then send again"
                )
            report(1 - waiting / max(first, waiting))
            time.sleep(wait_s)
    return first, replay.state.set_aside
