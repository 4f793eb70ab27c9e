"""The one shape of lists that can grow: `items`, and in `next` the cursor of the rest (service -> route)."""

import base64
import json
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Field

from api.schemas import Out, Query
from assessor.errors import RefusedError
from assessor.store.pages import NO_PLACE, Page, Part, Place

T = TypeVar("T")
MOST = 200
_LONGEST = 2000
_SAID = "expected the `next` of an earlier page"


def to_cursor(*place: str | int) -> str:
    """An opaque name for a place in a list."""
    told = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> Place:
    """The place. Raises ValueError."""
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:  # base64, text and JSON errors are ValueErrors
        raise ValueError(_SAID) from error
    if not isinstance(told, list) or not all(_is_key(one) for one in told):
        raise ValueError(_SAID)
    return tuple(told)


def _is_key(one: object) -> bool:
    """What a database can compare: whole text or a number."""
    if isinstance(one, str):
        return "\0" not in one and one.encode("utf-8", "replace").decode() == one
    return isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 2**63


def _checked(cursor: str) -> str:
    from_cursor(cursor)
    return cursor


class PageQuery(Query):
    """Which page of a list."""

    limit: int = Field(default=50, ge=1, le=MOST)
    cursor: Annotated[str, AfterValidator(_checked)] | None = Field(
        default=None,
        max_length=_LONGEST,
        description="`next` of the page before.",
        examples=["WyIyMDI2MDEwNyJd"],
    )

    @property
    def part(self) -> Part:
        """As the services take it."""
        return Part(self.limit, None if self.cursor is None else from_cursor(self.cursor))

    @property
    def number(self) -> int | None:
        """The place in a list whose places are numbers. Raises RefusedError for one of another list."""
        after = self.part.after
        if after is None:
            return None
        if len(after) != 1 or not isinstance(after[0], int):
            raise RefusedError(NO_PLACE)
        return after[0]


class PageOut(Out, Generic[T]):
    """A page of a list; `next` is the `cursor` of the following page, null at the end."""

    items: tuple[T, ...]
    next: str | None = Field(examples=["WyIyMDI2MDEwNyJd", None])


def page_out(page: Page[Any]) -> PageOut[Any]:
    """A page of a service as a route answers with it; the type of the route's answer checks the items."""
    return listed(page.items, page.next)


def listed(items: Sequence[Any], place: Place | int | None) -> PageOut[Any]:
    """The same of items and where the next ones begin."""
    if isinstance(place, int):
        place = (place,)
    return PageOut[Any](items=tuple(items), next=None if place is None else to_cursor(*place))
