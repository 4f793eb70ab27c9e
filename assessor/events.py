"""Facts become events: a value counts once it has held long enough, and is forgotten when unseen for long.

Takes `Fact`s in time order; gives an `Event` when a value is settled, and the same event again when it ends.
A flicker shorter than the hold time leaves no event; "cannot be seen" neither ends nor starts one, unless it
lasts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assessor.types import Event, Fact, FactKey

HOLD_S = {
    "default": 0.3,
    "hand_at": 0.2,
    "tool_at": 0.5,
    "pose": 0.8,  # looked for twice a second: two looks say so
    "wire": 0.0,  # vision has waited for wires
}
FORGET_S = {
    "default": 10.0,
    "switch": 6.0,
    "hand_in": 0.7,
    "hand_at": 0.7,
    "holding": 1.0,
    "probing": 0.7,
    "display": 1.5,
    "pose": 3.0,
}
END_UNSEEN_S = 2.0  # what is unseen for so long when the recording ends is not known in the end


@dataclass(slots=True)
class _Candidate:
    """A new value that has not held long enough yet. `hidden_s`: how long it was out of sight since."""

    value: str
    earliest_s: float
    latest_s: float
    begun_s: float
    confidence: float
    source: str
    hidden_s: float = 0.0


@dataclass(slots=True)
class _Track:
    """What is known about one key: the settled event, the candidate after it, since when nothing is seen."""

    event: Event | None = None
    candidate: _Candidate | None = None
    unseen_since_s: float | None = None


@dataclass(slots=True)
class EventBuilder:
    """Settles facts. `hold_s`, `forget_s`: seconds by kind of fact (`switch`) or for one (`switch KM1`);
    `default` for the others."""

    hold_s: Mapping[str, float] = field(default_factory=dict)
    forget_s: Mapping[str, float] = field(default_factory=dict)
    _tracks: dict[FactKey, _Track] = field(default_factory=dict)
    _restless: dict[FactKey, None] = field(default_factory=dict)  # keys with a candidate or out of sight

    def update(self, fact: Fact) -> list[Event]:
        """Take one fact; facts come in time order. Gives the events that are settled or ended by now."""
        events = self.advance(fact.t_s)
        track = self._tracks.setdefault(fact.key, _Track())
        if fact.value is None:
            if track.unseen_since_s is None:
                track.unseen_since_s = fact.t_s
        else:
            events += _take(track, fact, fact.value)
        self._restless[fact.key] = None
        if fact.source != "video" or not self._limit(self.hold_s, HOLD_S, fact.key):
            events += self._settle(fact.key, fact.t_s)
        return events

    def advance(self, t_s: float) -> list[Event]:
        """Let time pass: a live run calls this with every frame, so that nothing waits for the next fact."""
        events: list[Event] = []
        for key in list(self._restless):
            events += self._settle(key, t_s)
        return events

    def finish(self, t_s: float) -> list[Event]:
        """The recording is over: what holds is ended, what has not held long enough is dropped."""
        events = self.advance(t_s)
        for key, track in self._tracks.items():
            since_s = track.unseen_since_s
            if (
                since_s is not None
                and t_s - since_s > END_UNSEEN_S
                and track.event
                and track.event.value is not None
            ):
                events += _replace(key, track, Event(key, None, since_s, t_s, None, 0.0))
        for track in self._tracks.values():
            if track.event is not None:
                events.append(replace(track.event, end_s=t_s))
        self._tracks.clear()
        self._restless.clear()
        return events

    def _settle(self, key: FactKey, t_s: float) -> list[Event]:
        track = self._tracks[key]
        if track.unseen_since_s is not None:
            return self._forget(key, track, t_s)
        candidate = track.candidate
        if candidate is None:
            self._restless.pop(key, None)
            return []
        hold_s = self._limit(self.hold_s, HOLD_S, key) if candidate.source == "video" else 0.0
        decided_s = candidate.begun_s + candidate.hidden_s + hold_s
        return _replace(key, track, _event(key, candidate, decided_s)) if t_s >= decided_s else []

    def _forget(self, key: FactKey, track: _Track, t_s: float) -> list[Event]:
        since = track.unseen_since_s
        forget_s = self._limit(self.forget_s, FORGET_S, key)
        if since is None or t_s < since + forget_s or (track.event and track.event.value is None):
            return []
        track.candidate = None
        return _replace(key, track, Event(key, None, since, since + forget_s, None, 0.0))

    def _limit(self, given: Mapping[str, float], usual: Mapping[str, float], key: FactKey) -> float:
        for name in (f"{key.kind} {key.subject}", key.kind):
            for limits in (given, usual):
                if name in limits:
                    return limits[name]
        return given.get("default", usual["default"])


def _take(track: _Track, fact: Fact, value: str) -> list[Event]:
    """A value is in sight: the settled one again, the candidate again, or a new candidate."""
    unseen_since, track.unseen_since_s = track.unseen_since_s, None
    if track.event is not None and track.event.value == value:
        track.candidate = None
        if fact.confidence <= track.event.confidence:
            return []
        track.event = replace(track.event, confidence=fact.confidence)
        return [track.event]
    candidate = track.candidate
    if candidate is not None and candidate.value == value:
        candidate.confidence = max(candidate.confidence, fact.confidence)
        if unseen_since is not None:
            candidate.hidden_s += fact.t_s - unseen_since
        return []
    earliest_s = min(fact.earliest_s, fact.t_s if unseen_since is None else unseen_since)
    latest_s = fact.t_s if fact.latest_s is None else max(fact.latest_s, earliest_s)
    track.candidate = _Candidate(value, earliest_s, latest_s, fact.t_s, fact.confidence, fact.source)
    return []


def _event(key: FactKey, candidate: _Candidate, decided_s: float) -> Event:
    start_s = (candidate.earliest_s + candidate.latest_s) / 2
    uncertainty_s = (candidate.latest_s - candidate.earliest_s) / 2
    confidence, source = candidate.confidence, candidate.source
    return Event(key, candidate.value, start_s, decided_s, None, confidence, source, uncertainty_s)


def _replace(key: FactKey, track: _Track, event: Event) -> list[Event]:
    ended = [replace(track.event, end_s=max(event.start_s, track.event.start_s))] if track.event else []
    track.event, track.candidate = event, None
    return [*ended, event]
