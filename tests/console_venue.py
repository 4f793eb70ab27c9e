"""A served class without clips, soon there: for browser tests of what people decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.console_site import Site, serving
from tests.review_cases import Classroom, build_classroom
from tests.stores import open_store


@dataclass(frozen=True)
class Venue:
    """`tokens`: sessions of the class's people by name."""

    site: Site
    tokens: dict[str, str]
    room: Classroom


@contextmanager
def serving_venue(data: Path, attempts: int = 1) -> Iterator[Venue]:
    """The class of `build_classroom`."""
    with open_store(data) as store:
        room = build_classroom(store, attempts)
        tokens = {name: room.school.session_of(id) for name, id in room.people.items()}
    with serving(data) as address:
        yield Venue(Site(address, room.attempt, room.attempt, "", tokens["head"]), tokens, room)
