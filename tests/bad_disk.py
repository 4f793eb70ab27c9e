"""Runs in a process that has a small disk of its own: a full one and one that became read-only, at a store.

unshare --user --map-root-user --mount python -m tests.small_disk full|readonly FOLDER
"""

import json
import subprocess
import sys
from pathlib import Path

from assessor.errors import StoreError
from assessor.ledger.audit import MACHINE, append, verify
from assessor.store import Store, open_store

KILOBYTES = 3000


def tell(store: Store, text: str) -> int:
    now = store.now()
    return store.write(lambda session: append(session, now, MACHINE, "told", detail={"text": text}).seq)


def until_refused(store: Store) -> tuple[int, str]:
    """How many entries were acknowledged, and what was said when one was not."""
    stored = 0
    try:
        while True:
            tell(store, "x" * 4000)
            stored += 1
    except StoreError as error:
        return stored, str(error)


def full(folder: Path) -> dict[str, object]:
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(1000 * 1024))
    with open_store(folder) as store:
        before = verify(store).entries
        stored, told = until_refused(store)
        refused = verify(store)
        ballast.unlink()
        tell(store, "again")
        after = verify(store)
    return {
        "told": told,
        "lost": before + stored - refused.entries,
        "recovered": after.entries - refused.entries,
        "sound": refused.bad is None and after.bad is None,
    }


def broken(folder: Path) -> dict[str, object]:
    """Every write beyond the first kilobytes of a file fails, as on a disk that gives errors."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_store(folder) as store:
        tell(store, "before")
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, unlimited[1]))
        stored, told = until_refused(store)
        read = verify(store).entries
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        tell(store, "after")
        return {"told": told, "stored": stored, "read": read, "recovered": verify(store).entries - read}


if __name__ == "__main__":
    where = Path(sys.argv[2])
    if sys.argv[1] == "full":
        options = ["-o", f"size={KILOBYTES}k"]
        subprocess.run(["mount", "-t", "tmpfs", *options, "none", str(where)], check=True)
    found = {"full": full, "broken": broken}[sys.argv[1]](where)
    sys.stdout.write(json.dumps(found))
