"""Seconds spent per stage of the flow, for `assessor score --profile`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


class _End:
    """Nothing more comes."""


_END = _End()


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Wall time by stage. Stages must not lie inside each other; two threads may be in one each."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - start

    def each(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """Pass the items on, adding the time that each takes to come."""
        source = iter(items)
        while True:
            with self.stage(name):
                item = next(source, _END)
            if isinstance(item, _End):
                return
            yield item
