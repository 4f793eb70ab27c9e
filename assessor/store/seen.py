"""What part of the stored attempts a query may find (given by `people/scope.py`, kept by the store)."""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, true


@dataclass(frozen=True, slots=True)
class Seen:
    """Conditions on the rows themselves. `drafts`: the attempts whose unreleased sheets may be seen too."""

    attempts: ColumnElement[bool] = field(default_factory=true)
    drafts: ColumnElement[bool] = field(default_factory=true)
    procedures: ColumnElement[bool] = field(default_factory=true)
    benches: ColumnElement[bool] = field(default_factory=true)


EVERYTHING = Seen()
