"""The file of a spool as it is read (file → events, up to where they are acknowledged, what is damaged)."""

import json
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assessor.benchbox.spool_records import Damage, Data, Record, records

EVENT, ACKNOWLEDGED = b'{"seq":', b'{"acknowledged":'  # how their texts begin


@dataclass(frozen=True, slots=True)
class SpooledEvent:
    """What happened at a bench. `t_s`: when, on the clock of that name; `utc_s`: by the wall clock then."""

    seq: int
    clock: str
    t_s: float
    utc_s: float
    kind: str
    subject: str
    value: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Batch:
    """The oldest events that the server has not acknowledged; `end`: where the file goes on."""

    events: tuple[SpooledEvent, ...]
    end: int


@dataclass(slots=True)
class Scan:
    """What a file holds. `acknowledged`: None where the server never answered; `first_at`: where the first
    event stands that waits; `last`: the highest number; `torn`: damaged bytes behind the last event."""

    acknowledged: int | None = None
    first_at: int = 0
    waiting: int = 0
    last: int = 0
    newest: SpooledEvent | None = None
    damaged: int = 0
    torn: int = 0


def scan(path: Path) -> Scan:
    """Read the whole file: what is acknowledged stands behind the events that it is about."""
    found, newest = Scan(), None
    with _mapped(path) as data:
        for record in records(data):
            if isinstance(record, Damage):
                found.damaged += record.end - record.at
                found.torn += record.end - record.at
            elif record.text.startswith(ACKNOWLEDGED):
                found.acknowledged = max(int(record.text[len(ACKNOWLEDGED) : -1]), found.acknowledged or 0)
            elif record.text.startswith(EVENT):
                found.last, found.torn, newest = _number(record), 0, record
        found.newest = _event(newest) if newest is not None else None
        found.last = max(found.last, found.acknowledged or 0)
        found.first_at = len(data)
        for record in records(data):
            if _waits(record, found.acknowledged):
                found.waiting += 1
                found.first_at = min(found.first_at, record.at)
    return found


def read_batch(path: Path, at: int, most: int) -> Batch:
    """Up to so many events from there on."""
    events: list[SpooledEvent] = []
    end = at
    with _mapped(path) as data:
        for record in records(data, at):
            if len(events) == most:
                break
            end = record.end
            if isinstance(record, Record) and record.text.startswith(EVENT):
                events.append(_event(record))
    return Batch(tuple(events), end)


def _waits(record: Record | Damage, acknowledged: int | None) -> bool:
    is_event = isinstance(record, Record) and record.text.startswith(EVENT)
    return is_event and isinstance(record, Record) and _number(record) > (acknowledged or 0)


def _number(record: Record) -> int:
    return int(record.text[len(EVENT) : record.text.index(b",")])


def _event(record: Record) -> SpooledEvent:
    return SpooledEvent(**json.loads(record.text))


@contextmanager
def _mapped(path: Path) -> Iterator[Data]:
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data
