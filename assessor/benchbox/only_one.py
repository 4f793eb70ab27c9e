"""Lets one process at a time write a ring or a spool; the system lets go of it when the process dies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assessor.errors import StoreError


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """StoreError while another process is inside for the same folder, or where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / "in_use", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(
            f"expected to write to {folder}, got '{error.strerror}'; mend the rights of the folder"
        ) from error
    try:
        try:
            _lock(file)
        except OSError:
            raise StoreError(
                f"expected to be the only one that writes {folder}, but another process does; end that first"
            ) from None
        yield
    finally:
        os.close(file)  # and the lock with it


def _lock(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
