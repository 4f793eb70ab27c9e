"""An iterator run by a thread of its own, some items ahead of who takes them: joins two stages."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

AHEAD = 3  # items that are made before they are asked for: evens out slow ones, keeps few pictures in memory


class _End:
    """Nothing more comes."""


_END = _End()


def ahead(items: Iterator[T], most: int = AHEAD) -> Generator[T, None, None]:
    """The same items in the same order; a fault is raised where it would have come.

    `items` is only ever used by that one thread, so what it makes does not depend on timing.
    """
    with ThreadPoolExecutor(1) as thread:
        asked: deque[Future[T | _End]] = deque(thread.submit(next, items, _END) for _ in range(most))
        try:
            while not isinstance(item := asked.popleft().result(), _End):
                asked.append(thread.submit(next, items, _END))
                yield item
        finally:
            for future in asked:
                future.cancel()
