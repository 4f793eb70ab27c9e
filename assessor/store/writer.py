"""The one thread that writes: what waits is committed together, nobody hears "stored" before the commit.

While the database restarts the jobs wait, PATIENCE_S at the longest. A commit whose answer was lost is not
tried again: nobody knows whether it is stored, and what was added must not be added twice.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.store.engine import is_passing

T = TypeVar("T")
PATIENCE_S = 30.0
_PAUSE_S = 0.1
_Done = Future[Any]
_Job = tuple[Callable[[Session], Any], _Done]


class _UnansweredError(StoreError):
    """Whether the group is stored is not known."""


class GroupWriter:
    """Runs jobs in one thread, up to `most` of them in one transaction (group commit).

    A job that fails raises at its own caller, the others are committed; so a job may run twice and must do
    nothing but read and add rows of its session.
    """

    def __init__(self, engine: Engine, most: int = 256) -> None:
        self._engine = engine
        self._most = most
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._open = True
        self.observe: Callable[[float], None] = lambda seconds: None  # told how long each job took
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Jobs that nobody has begun."""
        return self._jobs.qsize()

    def write(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, once it is committed."""
        done: Future[T] = Future()
        began = time.perf_counter()
        with self._lock:
            if not self._open:
                raise StoreError(
                    "expected an open store, but it was closed before this was written; open it again"
                )
            self._jobs.put((work, done))
        try:
            return done.result()
        finally:
            self.observe(time.perf_counter() - began)

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._lock:
            self._open = False
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch = [first]
            ended = self._gather(batch)
            self._commit(batch)
            if ended:
                return

    def _gather(self, batch: list[_Job]) -> bool:
        while len(batch) < self._most and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                return True
            batch.append(job)
        return False

    def _commit(self, batch: list[_Job]) -> None:
        try:
            answers = self._answers(batch)
        except BaseException as fault:  # noqa: BLE001 - whoever waits must hear of it
            if len(batch) == 1 or isinstance(fault, _UnansweredError):
                for _, done in batch:
                    done.set_exception(fault)
                return
            # Nothing of the group is stored: each again on its own, to find whose fault it is.
            for job in batch:
                self._commit([job])
        else:
            for (_, done), answer in zip(batch, answers, strict=True):
                done.set_result(answer)

    def _answers(self, batch: list[_Job]) -> list[Any]:
        """What the jobs return, once it is committed."""
        until = time.monotonic() + PATIENCE_S
        while True:
            committing = False
            try:
                with Session(self._engine, expire_on_commit=False) as session:
                    answers = [work(session) for work, _ in batch]
                    session.flush()
                    committing = True
                    session.commit()
                    return answers
            except DBAPIError as error:
                if committing and error.connection_invalidated:
                    raise _UnansweredError(
                        "expected the database to say that it is stored, but the connection broke before; "
                        "look whether it is there before you do it again"
                    ) from error
                if committing or not is_passing(error) or time.monotonic() > until:
                    raise
            time.sleep(_PAUSE_S)
