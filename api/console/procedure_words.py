"""A procedure as it was at the scoring, and what it calls its steps and rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from api.console.texts import Language
from assessor.errors import RuleFileError
from assessor.procedure import Procedure, load_procedure
from assessor.procedure.parts import Rule, Step
from assessor.store import ProcedureVersion
from assessor.types import Text


@dataclass(frozen=True, slots=True)
class ProcedureWords:
    """Titles of steps and standing rules by id; `files`: which included rule set those of one come from."""

    titles: Mapping[str, Text] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def title(self, id: str, language: Language) -> str | None:
        """What a step or rule is called; None if the text does not say."""
        return getattr(self.titles[id], language) if id in self.titles else None


@lru_cache(maxsize=32)
def read_procedure(procedure: ProcedureVersion) -> Procedure | None:
    """A procedure as it was read at the scoring; None where the language has changed since then."""
    try:
        return load_procedure(procedure.source, procedure.kept)
    except RuleFileError:
        return None


def procedure_words(procedure: ProcedureVersion) -> ProcedureWords:
    """The words of a procedure; none where it cannot be read."""
    read = read_procedure(procedure)
    if read is None:
        return ProcedureWords()
    parts: list[Step | Rule] = [*read.steps, *read.rules]
    return ProcedureWords(
        titles={part.id: part.title.text for part in parts},
        files={part.id: part.from_file for part in parts if part.from_file in procedure.included},
    )
