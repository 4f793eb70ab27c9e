"""Gives long lists page by page, in an order that no two rows share a place of (query -> `Page`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from assessor.errors import RefusedError
from assessor.store.tables import UtcDateTime
from assessor.types import Text

T = TypeVar("T")
Key = str | int
Place = tuple[Key, ...]
Rows = Select[*tuple[Any, ...]]
NO_PLACE = Text(
    "分页位置无效，请使用本列表上一页给出的 next。",
    "Expected as cursor the `next` of this list's page before.",
)


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list: so many of it (None: all) after a place (None: from the beginning)."""

    limit: int | None = None
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list. `next`: the place of its last item where more follows, else None."""

    items: tuple[T, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class By:
    """A column that a list is sorted by."""

    column: "InstrumentedAttribute[Any]"
    falling: bool = False


WHOLE = Part()


def page_of(
    session: Session,
    query: "Select[*tuple[Any, ...]]",
    order: Sequence[By],
    part: Part,
    make: Callable[[Any], T],
) -> Page[T]:
    """A part of the query's rows, sorted, each as `make` makes it; what a row selects first holds the columns
    of the order. Raises RefusedError for a place that is none of this order."""
    query = query.order_by(*(by.column.desc() if by.falling else by.column.asc() for by in order))
    if part.after is not None:
        query = query.where(_beyond(order, part.after))
    if part.limit is not None:
        query = query.limit(part.limit + 1)
    rows = session.execute(query).all()
    shown = rows if part.limit is None else rows[: part.limit]
    more = len(rows) > len(shown)
    return Page(
        tuple(make(row if len(row) > 1 else row[0]) for row in shown),
        _place(order, shown[-1][0]) if more else None,
    )


def part_of(items: Sequence[T], part: Part) -> Page[T]:
    """The same of a list that has to be made as a whole; its places are numbers of items."""
    first = 0
    if part.after is not None:
        if len(part.after) != 1 or not isinstance(part.after[0], int) or part.after[0] < 0:
            raise RefusedError(NO_PLACE)
        first = part.after[0]
    end = len(items) if part.limit is None else first + part.limit
    return Page(tuple(items[first:end]), (end,) if end < len(items) else None)


def _beyond(order: Sequence[By], place: Place) -> ColumnElement[bool]:
    """Further along than the place, column by column."""
    if len(place) != len(order):
        raise RefusedError(NO_PLACE)
    values = [_value(by.column, key) for by, key in zip(order, place, strict=True)]
    ways: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for by, value in zip(order, values, strict=True):
        ways.append(and_(*same, by.column < value if by.falling else by.column > value))
        same.append(by.column == value)
    return or_(*ways)


def _place(order: Sequence[By], row: Any) -> Place:
    return tuple(_key(getattr(row, by.column.key)) for by in order)


def _key(value: Any) -> Key:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _value(column: "InstrumentedAttribute[Any]", key: Key) -> Any:
    kind = datetime if isinstance(column.type, UtcDateTime) else column.type.python_type
    try:
        if kind is datetime and isinstance(key, str):
            moment = datetime.fromisoformat(key)
            if moment.tzinfo is not None:
                return moment
        elif kind is UUID and isinstance(key, str):
            return UUID(key)
        elif isinstance(key, kind) and not isinstance(key, bool):
            return key
    except ValueError:
        pass
    raise RefusedError(NO_PLACE)
