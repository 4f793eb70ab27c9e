"""A child process that looks at pictures of several benches with one set of models (Frame → Observations).

Alone in a process, a model that hangs or crashes is ended and started again; nothing else stops for it.
"""

import contextlib
import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.shared_memory import SharedMemory
from typing import TYPE_CHECKING

import numpy as np

from assessor.bench import Bench
from assessor.errors import AssessorError
from assessor.types import Frame, Image, Observations

if TYPE_CHECKING:
    from assessor.vision.networks import Networks
    from assessor.vision.see import Eyes

MAX_PIXELS = 1920 * 1440
OPEN_S = 120.0  # models of a cold disk
PATIENCE_S = 10.0  # a look that takes longer hangs


class LookerLostError(AssessorError):
    """The child hung or died over a picture; it was started again."""


@dataclass(frozen=True, slots=True)
class _Look:
    """At the picture on the shelf."""

    name: str
    index: int
    t_s: float
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _LastLook:
    """The attempt is over."""

    name: str
    last: Observations


@dataclass(frozen=True, slots=True)
class _Forget:
    """An attempt begins."""

    name: str


_Asked = _Look | _LastLook | _Forget


class Looker:
    """One child. `benches` by name; only one thread may use it. `restarts` counts the children before.

    Every method raises LookerLostError after a hang or a crash; ModelError if no models can be opened.
    """

    def __init__(self, benches: Mapping[str, Bench]) -> None:
        self._benches = dict(benches)
        self._shelf = SharedMemory(create=True, size=MAX_PIXELS * 3)
        self.restarts = 0
        self._start()

    def look(self, name: str, frame: Frame) -> Observations:
        """What is seen."""
        height, width = frame.image.shape[:2]
        _picture(self._shelf, (width, height))[:] = frame.image
        seen = self._ask(_Look(name, frame.index, frame.t_s, (width, height)))
        assert seen is not None
        return seen

    def forget(self, name: str) -> None:
        """The next picture of this bench begins anew, as at the start of an attempt."""
        self._ask(_Forget(name))

    def last_look(self, name: str, last: Observations) -> Observations:
        """An attempt's last observations with what the last clean picture says about the wires."""
        return self._ask(_LastLook(name, last)) or last

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._child.pid

    def close(self) -> None:
        """End the child."""
        self._end()
        self._shelf.close()
        self._shelf.unlink()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, self._benches, self._shelf.name)
        self._child: BaseProcess = context.Process(target=_serve, args=arguments, name="looker", daemon=True)
        self._child.start()
        theirs.close()
        self._answer(OPEN_S)

    def _ask(self, asked: _Asked) -> Observations | None:
        try:
            self._pipe.send(asked)
            return self._answer(PATIENCE_S)
        except (EOFError, OSError):
            self._end()
            self.restarts += 1
            self._start()
            raise LookerLostError(
                f"expected an answer about a picture of {asked.name} within {PATIENCE_S:.0f} s, but the "
                "process that looks hung or died; it was started again and the picture is passed over"
            ) from None

    def _answer(self, patience_s: float) -> Observations | None:
        if not self._pipe.poll(patience_s):
            raise EOFError
        answer = self._pipe.recv()
        if isinstance(answer, AssessorError):
            raise answer
        found: Observations | None = answer
        return found

    def _end(self) -> None:
        self._child.kill()
        self._child.join()
        self._pipe.close()


def _picture(shelf: SharedMemory, size: tuple[int, int]) -> Image:
    width, height = size
    return np.ndarray((height, width, 3), np.uint8, shelf.buf)


def _serve(pipe: Connection, benches: Mapping[str, Bench], shelf_name: str) -> None:
    """The child: answers until its parent is gone."""
    from assessor.vision.networks import load_networks

    shelf = SharedMemory(shelf_name)
    try:
        eyes = _AllEyes(benches, shelf, load_networks())
    except AssessorError as error:
        pipe.send(error)
        return
    pipe.send(None)
    with contextlib.suppress(EOFError, ConnectionError, KeyboardInterrupt):
        while True:
            pipe.send(eyes.answer(pipe.recv()))


class _AllEyes:
    """In the child: the eyes of every bench on shared networks."""

    def __init__(self, benches: Mapping[str, Bench], shelf: SharedMemory, networks: "Networks") -> None:
        self._benches, self._shelf, self._networks = benches, shelf, networks
        self._eyes: dict[str, Eyes] = {}

    def answer(self, asked: _Asked) -> Observations | None:
        match asked:
            case _Forget():
                self._eyes.pop(asked.name, None)
                return None
            case _LastLook():
                known = self._eyes.get(asked.name)
                return None if known is None else known.last_look(asked.last)
            case _Look():
                image = _picture(self._shelf, asked.size).copy()  # eyes keep pictures
                return self._eyes_of(asked.name).look(Frame(asked.index, asked.t_s, image))

    def _eyes_of(self, name: str) -> "Eyes":
        from assessor.stage_times import StageTimes
        from assessor.vision.see import open_eyes

        if name not in self._eyes:
            self._eyes[name] = open_eyes(self._benches[name], StageTimes(), networks=self._networks)
        return self._eyes[name]
