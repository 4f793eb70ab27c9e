"""One attempt while it runs: observations as they come → how it stands, picture by picture.

Facts, events and judge are those of a recording; what is kept of it is judged again as a recording when it
ends, so a live attempt and its recording get the same marks.
"""

from dataclasses import dataclass, field

from assessor.bench import Bench
from assessor.events import EventBuilder
from assessor.facts import FactBuilder
from assessor.judge import Judge
from assessor.live.standing import AlertKey, Standing, standing_of
from assessor.procedure import Procedure
from assessor.recording import rounded
from assessor.types import Fact, Observations

REJUDGE_S = 1.0  # what waits for time to pass is looked at so often though nothing happens


@dataclass(slots=True)
class LiveAttempt:
    """Take observations in time order with `see`; times count from the attempt's first picture."""

    bench: Bench
    procedure: Procedure
    size: tuple[int, int]
    observations: list[Observations] = field(default_factory=list)
    told: list[Fact] = field(default_factory=list)  # by persons: consent, a raised hand confirmed
    _facts: FactBuilder = field(init=False)
    _events: EventBuilder = field(init=False)
    _judge: Judge = field(init=False)
    _standing: Standing = field(init=False)
    _noticed: dict[AlertKey, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._facts = FactBuilder.of(self.procedure, self.bench, self.size)
        timing = self.procedure.timing
        self._events = EventBuilder(timing.hold_s, timing.forget_s)
        self._judge = Judge(self.procedure, self.bench)
        self._standing = standing_of(self.procedure, (), 0.0, {})

    def see(self, seen: Observations) -> Standing:
        """How the attempt stands after this picture; a picture that shows no bench makes facts unknown."""
        kept = rounded(seen)
        self.observations.append(kept)
        events = [event for fact in self._facts.update(kept) for event in self._events.update(fact)]
        events += self._events.advance(kept.t_s)
        self._judge.update(events)
        if events or kept.t_s - self._standing.t_s >= REJUDGE_S:
            self._stand(kept.t_s)
        return self._standing

    def tell(self, fact: Fact) -> Standing:
        """What a person says, as that the power may be switched on."""
        self.told.append(fact)
        self._judge.update(self._events.update(fact))
        self._stand(fact.t_s)
        return self._standing

    @property
    def standing(self) -> Standing:
        """As it was told last."""
        return self._standing

    def _stand(self, t_s: float) -> None:
        verdicts = self._judge.verdicts(t_s)
        self._standing = standing_of(self.procedure, verdicts, t_s, self._noticed)
        self._noticed = {alert.key: alert.noticed_s for alert in self._standing.alerts}
