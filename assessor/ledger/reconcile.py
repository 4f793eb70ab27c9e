"""Compares the files with the rows that name them: at start, daily, and by `assessor retention`.

A file no row names is moved to `quarantine/`, not deleted, and only when it is a day old: a recording that is
being scored has files before it has rows. A file whose removal was noted is removed now. A row without its
file is told.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.ledger.audit import MACHINE, append
from assessor.store import Store
from assessor.store.ledger_tables import RemovalRow
from assessor.store.tables import AttemptRow, EvidenceRow

QUARANTINE = "quarantine"
FOLDERS = ("attempts", "evidence")  # of the data folder, in which files of attempts lie
YOUNG = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Names relative to the data folder."""

    quarantined: tuple[str, ...]
    removed: tuple[str, ...]
    missing: tuple[str, ...]


def reconcile(store: Store) -> Reconciled:
    """What did not fit, and was put right where that is possible. Raises StoreError."""
    now = store.now()
    named, gone = store.read(lambda session: (_named(session), set(session.scalars(select(RemovalRow.file)))))
    attempt_folders = {str(PurePosixPath(name).parent) for name in named}
    there = set(_files(store.data))
    removed = sorted(there & gone)
    orphans = [name for name in sorted(there - named - gone) if not _belongs(name, attempt_folders, named)]
    old = [name for name in orphans if _age(store.data / name, now) >= YOUNG]
    try:
        for name in removed:
            (store.data / name).unlink(missing_ok=True)
        for name in old:
            aside = store.data / QUARANTINE / name
            aside.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(store.data / name, aside)
    except OSError as error:
        raise StoreError(
            f"expected to move files inside {store.data}, but {error}; mend the rights of the folder"
        ) from error
    missing = tuple(sorted(named - gone - there))
    if old or removed or missing:
        told = {"quarantined": len(old), "removed": len(removed), "missing": len(missing)}
        store.write(lambda session: append(session, now, MACHINE, "file.reconcile", detail=told).seq)
    return Reconciled(tuple(old), tuple(removed), missing)


def _named(session: Session) -> set[str]:
    """Every file that a row names, and the list of frames beside each clip."""
    names: set[str] = set()
    for clip, still in session.execute(select(EvidenceRow.clip, EvidenceRow.still)):
        names.update(filter(None, (clip, still)))
    names.update(name for name in session.scalars(select(AttemptRow.observations)) if name is not None)
    return names


def _files(data: Path) -> Iterator[str]:
    for folder in FOLDERS:
        for path in (data / folder).rglob("*"):
            if path.is_file():
                yield path.relative_to(data).as_posix()


def _belongs(name: str, folders: set[str], named: set[str]) -> bool:
    """Beside an attempt's files lie the frames of its clips and what was supplied with it."""
    path = PurePosixPath(name)
    if path.suffix == ".json":
        beside = str(path.with_suffix(".mp4"))
        return beside in named or (path.name == "supplied.json" and str(path.parent) in folders)
    return path.name.startswith("board_photo_") and str(path.parent) in folders


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
