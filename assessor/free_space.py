"""Says whether a disk still has room for pictures (used by what writes clips and recordings).

Pictures are large and the work can be judged without them; results are small and must not be lost. So
clips, stills and recordings are written only while more than the reserve is free, and results go on into it.
"""

import errno
import shutil
from pathlib import Path

from assessor import settings

_FULL = {errno.ENOSPC, errno.EDQUOT}


def free_bytes(folder: Path) -> int:
    """What is free where the folder lies, or will lie."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def has_room(folder: Path) -> bool:
    """Whether more than the reserve is free there."""
    return free_bytes(folder) > settings.reserve_bytes()


def is_full(error: OSError) -> bool:
    """Whether writing failed because nothing fits any more, on the disk or in a quota."""
    return error.errno in _FULL
