"""What a procedure calls its steps, rules and dimensions, read from its text as it was at the scoring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from api.console.texts import Language
from assessor.errors import RuleFileError
from assessor.procedure import load_procedure
from assessor.store import ProcedureVersion
from assessor.types import Text


@dataclass(frozen=True, slots=True)
class ProcedureWords:
    """Titles by id."""

    titles: Mapping[str, Text] = field(default_factory=dict)  # of steps and standing rules
    dimensions: Mapping[str, Text] = field(default_factory=dict)

    def title(self, id: str, language: Language) -> str | None:
        """What a step or rule is called; None if the text does not say."""
        return getattr(self.titles[id], language) if id in self.titles else None

    def dimension(self, id: str, language: Language) -> str:
        """What a dimension is called; its id if the text does not say."""
        return getattr(self.dimensions[id], language) if id in self.dimensions else id


@lru_cache(maxsize=32)
def procedure_words(procedure: ProcedureVersion) -> ProcedureWords:
    """The words of a procedure; none where its text is of another version of the rule language."""
    try:
        read = load_procedure(procedure.source, procedure.kept)
    except RuleFileError:
        return ProcedureWords()
    steps = {step.id: step.title.text for step in read.steps}
    rules = {rule.id: rule.title.text for rule in read.rules}
    return ProcedureWords(
        titles=steps | rules,
        dimensions={id: words.text for id, words in read.rubric.dimensions.items()},
    )
