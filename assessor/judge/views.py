"""What is known about one step, and what is thought of it: between what was done and the verdict.

Takes nothing by itself; `steps.py` fills these values.
"""

from dataclasses import dataclass

from assessor.judge.acts import Act
from assessor.judge.order import Misplaced
from assessor.judge.wire_findings import WireFinding
from assessor.procedure.parts import Step
from assessor.types import Mistake, Outcome, Text

SURE = 0.6  # below this confidence a verdict is `unsure`
LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Turn:
    """A step's place in what was done: since when it could have been its turn, the first of the later steps
    that was done, and whether it was out of place."""

    step: Step
    start_s: float
    successor: str | None
    misplaced: Misplaced | None


@dataclass(frozen=True, slots=True)
class View:
    """What is known about one step. `act`: when it was carried out; `proper`: when as asked, wires in the
    right colour; `undone`: taken back by the end; `works`: carried out and not taken back, in any colour;
    `window`: when it could have been done; `successor`: the first of the later steps that was done."""

    step: Step
    act: Act | None
    proper: Act | None
    undone: bool
    works: bool
    window: tuple[float, float]
    successor: str | None
    findings: tuple[WireFinding, ...]
    misplaced: Misplaced | None

    @property
    def is_done(self) -> bool:
        """Done as asked, and still so at the end where it has to stay."""
        return self.proper is not None and not self.undone


@dataclass(frozen=True, slots=True)
class Opinion:
    """What becomes a verdict. `act`: when the step was done; `span`: what to look at when it was not;
    `not_reached`: because of another step."""

    outcome: Outcome
    confidence: float
    said: Text | None = None
    mistakes: tuple[Mistake, ...] = ()
    act: Act | None = None
    span: tuple[float, float] | None = None
    not_reached: bool = False
