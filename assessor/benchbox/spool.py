"""Events of a bench → one file that only grows, until the server has them (bench → spool → `replay`).

An event is with the operating system when `append` returns: a killed process loses none. `sync` brings what
was added since to the disk at once (group commit); nothing is sent before. What the server acknowledged is
noted in the same file, and taken out of it when it is half of it. A number is never given to two events, also
not one that stood in a damaged stretch.
"""

import logging
import os
import threading
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from assessor.benchbox.clock import BenchClock
from assessor.benchbox.only_one import only_one
from assessor.benchbox.spool_file import Batch, Scan, SpooledEvent, read_batch, scan
from assessor.benchbox.spool_records import packed
from assessor.errors import StoreError
from assessor.recording import whole_file

log = logging.getLogger("assessor.benchbox")
FILE = "events.spool"
LIMIT_BYTES = 200_000_000  # a million events; 24 hours at two a second take a sixth of it
JUMP_S = 2.0  # from here on somebody set the wall clock
COMPACT_BYTES = 1_000_000  # fewer are not worth a new file
SMALLEST_BYTES = 90  # of an event's record: a damaged stretch held no more of them than that gives


@dataclass(frozen=True, slots=True)
class Noted:
    """What happened, in the words of `/v1/events`. `t_s`: when, on the bench's clock; None: now."""

    kind: str
    subject: str
    value: str | None = None
    confidence: float = 1.0
    t_s: float | None = None


@dataclass(frozen=True, slots=True)
class SpoolState:
    """For the health of a bench. `lost`: events that had no room; `damaged`: bytes that could not be read."""

    waiting: int
    size_bytes: int
    lost: int
    damaged: int


class Spool:
    """The spool of one bench, for all threads of one process. Once it is open the disk raises nothing."""

    def __init__(self, folder: Path, clock: BenchClock, limit_bytes: int = LIMIT_BYTES) -> None:
        """Opens it; what is damaged is skipped and told. StoreError where it cannot be opened."""
        self._path, self._clock, self._limit = folder / FILE, clock, limit_bytes
        self._changed = threading.Condition(threading.RLock())
        self._acknowledged: int | None = None
        self._read_at, self._waiting, self._size, self._next = 0, 0, 0, 1
        self._lost, self._dirty, self._ahead_s = 0, False, 0.0
        self._alone = ExitStack()
        self._alone.enter_context(only_one(folder))
        try:
            found = self._open()
        except OSError as error:
            self._alone.close()
            raise StoreError(
                f"expected to open the events kept in {self._path}, got '{error.strerror}'; "
                "check the rights of the folder and the disk"
            ) from error
        self._damaged = found.damaged
        if found.damaged:
            log.warning("%s: %d bytes were damaged and are skipped", self._path, found.damaged)
            self.append(Noted("spool", "damaged", f"{found.damaged} bytes"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def state(self) -> SpoolState:
        """How it stands."""
        with self._changed:
            return SpoolState(self._waiting, self._size, self._lost, self._damaged)

    def append(self, noted: Noted) -> int | None:
        """Keep an event; its number, or None where it has no room. How many were lost is told by an event of
        its own as soon as there is room again."""
        with self._changed:
            self._note_jump()
            if self._lost and self._add(Noted("spool", "lost", str(self._lost))) is not None:
                self._lost = 0
            number = self._add(noted)
            if number is None:
                self._lost += 1
            self._changed.notify_all()
            return number

    def wait(self, timeout_s: float) -> bool:
        """Until there is something to send, or somebody calls `wake`; whether there is."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(timeout_s)
            return self._waiting > 0

    def wake(self) -> None:
        """Let `wait` return."""
        with self._changed:
            self._changed.notify_all()

    def sync(self) -> None:
        """Bring what was added to the disk itself; others may add meanwhile."""
        with self._changed:
            if not self._dirty:
                return
            self._dirty, file = False, os.dup(self._file.fileno())
        try:
            os.fsync(file)
        except OSError as error:
            log.warning("%s: %s", self._path, error)
        finally:
            os.close(file)

    def batch(self, most: int) -> Batch:
        """Up to so many of the oldest events that wait."""
        with self._changed:
            return read_batch(self._path, self._read_at, most)

    def acknowledge(self, batch: Batch) -> None:
        """The server has them: they are not given again."""
        with self._changed:
            self._acknowledged = batch.events[-1].seq
            self._waiting -= len(batch.events)
            self._read_at = batch.end
            self._write({"acknowledged": self._acknowledged})
            if self._read_at > max(COMPACT_BYTES, self._size / 2):
                with suppress(OSError):  # no room for the new file: the old one serves
                    self._rewrite()

    def meet(self, highest: int) -> None:
        """The server knows this bench up to that number; a spool that begins anew (a new disk) numbers on
        from it. OSError where the disk is full."""
        with self._changed:
            if self._acknowledged is None:
                self._acknowledged = highest
                self._rewrite(highest)
            self._next = max(self._next, highest + 1)

    def close(self) -> None:
        """Bring everything to the disk; then another process may write."""
        self.sync()
        with self._changed:
            self._file.close()
        self._alone.close()

    def _open(self) -> Scan:
        self._path.touch()
        found = scan(self._path)
        # What is damaged has been in use: it does not begin anew, even if no answer is found in it.
        self._acknowledged = 0 if found.damaged and found.acknowledged is None else found.acknowledged
        self._read_at, self._waiting = found.first_at, found.waiting
        self._next = found.last + 1 + -(-found.torn // SMALLEST_BYTES)
        last = found.newest
        is_known = last is not None and last.clock == self._clock.name
        self._ahead_s = last.utc_s - last.t_s if last is not None and is_known else self._clock.ahead_s()
        self._file: BinaryIO = self._path.open("ab", buffering=0)
        self._size = self._path.stat().st_size
        if found.damaged:
            self._rewrite()
        return found

    def _note_jump(self) -> None:
        """Somebody set the wall clock: all events stay in their order, and one tells of it."""
        jumped_s = self._clock.ahead_s() - self._ahead_s
        if abs(jumped_s) > JUMP_S:
            self._ahead_s += jumped_s
            log.warning("the clock of this bench was set by %+.1f s", jumped_s)
            self._add(Noted("clock", "jump", f"{jumped_s:+.1f} s"))

    def _add(self, noted: Noted) -> int | None:
        at_s = self._clock.t_s() if noted.t_s is None else noted.t_s
        when = self._clock.name, at_s, at_s + self._ahead_s
        event = SpooledEvent(self._next, *when, noted.kind, noted.subject, noted.value, noted.confidence)
        if not self._write(asdict(event)):
            return None
        self._next += 1
        self._waiting += 1
        return event.seq

    def _write(self, value: dict[str, object]) -> bool:
        """Add a record, whole or not at all; whether there was room."""
        record = packed(value)
        if "seq" in value and self._size + len(record) > self._limit:
            return False
        try:
            written = self._file.write(record)
        except OSError as error:
            log.warning("%s: %s", self._path, error)
            written = 0
        if written != len(record):
            os.ftruncate(self._file.fileno(), self._size)
            return False
        self._size += len(record)
        self._dirty = True
        return True

    def _rewrite(self, add: int = 0) -> None:
        """A new file of what waits, without damage, its numbers greater by `add`. OSError."""
        at, end = 0, self._read_at
        try:
            with whole_file(self._path) as part, part.open("wb") as file:
                if self._acknowledged is not None:
                    at = file.write(packed({"acknowledged": self._acknowledged}))
                while (batch := read_batch(self._path, end, 1000)).events:
                    end = batch.end
                    for event in batch.events:
                        file.write(packed(asdict(replace(event, seq=event.seq + add))))
                self._file.close()  # Windows does not replace an open file
        finally:
            if self._file.closed:
                self._file = self._path.open("ab", buffering=0)
        self._read_at, self._size, self._next = at, self._path.stat().st_size, self._next + add
