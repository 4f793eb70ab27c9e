"""Observations → Facts: what is true on the bench now, in the words of devices, terminals, tools and zones.

Takes one recording's observations in time order; gives a fact whenever its value changes. A thing that cannot
be seen now has the value None. Nothing is smoothed here: `events.py` decides what held long enough.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from assessor.bench import Bench
from assessor.bench.parts import CameraModel
from assessor.errors import InputError
from assessor.hand_facts import HandWatch, Moment, Said
from assessor.part_facts import PartWatch, parts_asked
from assessor.pose_facts import postures
from assessor.procedure import Procedure, one_handed, probe_pairs
from assessor.procedure.conditions import PartAt
from assessor.types import Fact, FactKey, Gap, Observations, Text, WireObservation
from assessor.vision.grip import GripWatch

PROBES = "probes"
SURE_MEASURING, SURE_BOTH, SURE_ONE = 0.8, 0.95, 0.7
ONSET_SPREAD_S = 1.0  # a wire end is in within this time after its terminal was touched
SEEN = "ok"


@dataclass(slots=True)
class FactBuilder:
    """Facts of one recording on one bench. `size`: picture width and height; `probe_pairs`: terminals between
    which the procedure asks for a measurement; `parts`: places at which it asks for parts; `one_handed`: what
    it asks of one hand."""

    bench: Bench
    size: tuple[int, int]
    probe_pairs: tuple[tuple[str, str], ...] = ()
    parts: tuple[PartAt, ...] = ()
    one_handed: frozenset[FactKey] = frozenset()
    _camera: CameraModel = field(init=False)
    _parts: PartWatch = field(init=False)
    _grips: GripWatch = field(default_factory=GripWatch)
    _hands: HandWatch = field(init=False)
    _last: dict[FactKey, Fact] = field(default_factory=dict)
    _touches_s: dict[str, list[float]] = field(default_factory=dict)
    _now_at: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, procedure: Procedure, bench: Bench, size: tuple[int, int]) -> "FactBuilder":
        """The facts that the procedure asks for."""
        return cls(bench, size, probe_pairs(procedure), parts_asked(procedure), one_handed(procedure))

    def __post_init__(self) -> None:
        self._camera = self.bench.scaled_camera(*self.size)
        self._parts = PartWatch(self.bench, self.parts)
        self._hands = HandWatch(self.size)

    def update(self, seen: Observations) -> list[Fact]:
        """Facts that changed with this frame, in a fixed order."""
        if seen.pose is None or seen.scene != SEEN:
            return self._changed(seen.t_s, [(key, None, 0.0) for key in self._last])
        told = self._grips.update(seen), self._hands.update(seen)
        moment = Moment(self.bench, self._camera, seen.pose, seen, *told, self.one_handed)
        self._remember(seen.t_s, moment.touched_terminals())
        indicators = [(FactKey(i.kind, i.device), i.value, i.confidence) for i in seen.indicators]
        said = [*indicators, *moment.zones(), *moment.reaches(), *moment.tools(), *self._probing(seen)]
        said += [*postures(moment), *self._parts.update(moment)]
        return [*self._changed(seen.t_s, said), *(self._wire(seen.t_s, wire) for wire in seen.wires)]

    def _changed(self, t_s: float, said: Iterable[Said]) -> list[Fact]:
        """Only what is new, or surer than before."""
        facts = []
        for key, value, unrounded in said:
            last, confidence = self._last.get(key), round(unrounded, 3)
            if last is None or last.value != value or confidence > last.confidence:
                earliest_s = last.earliest_s if last is not None and last.value == value else t_s
                self._last[key] = Fact(t_s, key, value, confidence, earliest_s)
                facts.append(self._last[key])
        return facts

    def _probing(self, seen: Observations) -> Iterator[Said]:
        """A meter that shows something measures; where, is told by the terminals that are touched."""
        shown = [i.value for i in seen.indicators if i.kind == "display"]
        measuring = any(shown)
        blank = bool(shown) and all(value == "" for value in shown)
        answer = "yes" if measuring else "no" if blank else None
        yield FactKey("holding", PROBES), answer, SURE_MEASURING if answer else 0.0
        for key in sorted(key for key in self.one_handed if key.subject == PROBES):
            yield key, "no" if blank else None, SURE_MEASURING if blank else 0.0  # the meter knows no hands
        for a, b in self.probe_pairs:
            key = FactKey("probing", f"{a}/{b}")
            if measuring:
                yield key, *self._touching(seen, (a, b))
            else:
                yield key, "no" if blank else None, SURE_BOTH if blank else 0.0

    def _touching(self, seen: Observations, pair: tuple[str, str]) -> tuple[str | None, float]:
        contacts = [self._contact(seen, terminal) for terminal in pair]
        if contacts == ["touched", "touched"]:
            return "yes", SURE_BOTH
        if "free" in contacts:
            return "no", SURE_ONE
        return ("yes", SURE_ONE) if "touched" in contacts else (None, 0.0)

    def _contact(self, seen: Observations, terminal: str) -> str:
        """Whether a terminal is "touched", "hidden" or "free"; any clamp of the same node will do."""
        node = {t for t in self.bench.terminals if self.bench.same_node(t, terminal)}
        if node & set(seen.touched):
            return "touched"
        return "hidden" if node & set(seen.hidden) else "free"

    def _wire(self, t_s: float, wire: WireObservation) -> Fact:
        """A wire came or went within an interval; a hand at its terminals in that time says when."""
        key = FactKey("wire", "-".join(sorted((wire.start, wire.end))))
        touches = [
            t
            for terminal in (wire.start, wire.end)
            for t in self._touches_s.get(terminal, [])
            if wire.earliest_s <= t <= wire.latest_s
        ]
        earliest_s = min(touches, default=wire.earliest_s)
        latest_s = min(wire.latest_s, earliest_s + ONSET_SPREAD_S) if touches else wire.latest_s
        value = wire.colour if wire.present else "absent"
        return Fact(t_s, key, value, wire.confidence, earliest_s, latest_s=latest_s)

    def _remember(self, t_s: float, terminals: list[str]) -> None:
        for terminal in terminals:
            times = self._touches_s.setdefault(terminal, [])
            if terminal not in self._now_at:
                times.append(t_s)
        self._now_at = set(terminals)


def end_of(scenes: Sequence[tuple[float, str]]) -> float:
    """When the last frame was seen. InputError when there was none."""
    if not scenes:
        raise InputError(
            Text(
                zh="应有至少一帧的观测，实际一帧也没有；请重新评分该录像",
                en="expected observations of at least one frame, got none; score the recording again",
            )
        )
    return scenes[-1][0]


def gaps_in(scenes: Sequence[tuple[float, str]], end_s: float) -> tuple[Gap, ...]:
    """The times at which the bench was not seen, with the reason. `scenes`: (t_s, scene) of every frame."""
    runs = [(scene, next(run)[0]) for scene, run in groupby(scenes, key=lambda one: one[1])]
    ends = [*(start_s for _, start_s in runs[1:]), end_s]
    pairs = zip(runs, ends, strict=True)
    return tuple(Gap(start, end, scene) for (scene, start), end in pairs if scene != SEEN)
