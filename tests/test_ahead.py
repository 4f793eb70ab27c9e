"""Items made ahead by another thread: the same ones, in the same order, with their faults."""

import threading
from collections.abc import Iterator

import pytest

from assessor.ahead import ahead


def counting(until: int, made: list[int]) -> Iterator[int]:
    for number in range(until):
        made.append(number)
        yield number


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_items_come_in_their_order(count: int) -> None:
    assert list(ahead(counting(count, []), 3)) == list(range(count))


def test_they_are_made_by_one_other_thread() -> None:
    makers = set(ahead(threading.get_ident() for _ in range(20)))
    assert len(makers) == 1 and threading.get_ident() not in makers


def test_no_more_than_some_are_made_before_they_are_asked_for() -> None:
    made: list[int] = []
    items = ahead(counting(100, made), 4)
    assert [next(items), next(items)] == [0, 1]
    items.close()
    assert len(made) <= 2 + 4


def failing() -> Iterator[int]:
    yield 1
    raise OSError("unplugged")


def test_a_fault_comes_where_it_arose() -> None:
    items = ahead(failing())
    assert next(items) == 1
    with pytest.raises(OSError, match="unplugged"):
        next(items)
