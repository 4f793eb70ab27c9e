"""Events become a timeline: for every fact, what was known from which moment on.

Takes `Event`s in any order and the `Gap`s; gives `Change`s in time order. A start that is known within some
seconds is an unknown stretch, and so is a gap: what could not be seen is never `no`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assessor.types import Event, FactKey, Gap

SCENE = FactKey("scene", "")
SEEN = "ok"
NOT_ENTERED = ""  # value of what somebody enters later
LASTING = (
    "switch",
    "lamp",
    "display",
    "tool_at",
    "part_at",
)  # seen first soon after the start, it has been so from the start
SOON_S = 5.0


@dataclass(frozen=True, slots=True)
class Change:
    """From `t_s` on the fact has `value` (None = unknown). `known_s`: when the machine could know that."""

    t_s: float
    key: FactKey
    value: str | None
    confidence: float
    known_s: float
    source: str = "video"


def changes_of(events: Iterable[Event], gaps: Iterable[Gap]) -> list[Change]:
    """The timeline of all facts. Nothing that the camera sees is known inside a gap."""
    by_key: dict[FactKey, list[Event]] = defaultdict(list)
    for event in events:
        by_key[event.key].append(event)
    blind = _merged([*gaps, *_scene_gaps(by_key.pop(SCENE, []))])
    changes = [change for gap in blind for change in _scene_changes(gap)]
    for key, of_key in by_key.items():
        known = _known(key, of_key)
        changes += _hide(known, blind) if known[0].source == "video" else known
    return sorted(changes, key=lambda change: (change.t_s, change.key))


def _known(key: FactKey, events: Sequence[Event]) -> list[Change]:
    changes: list[Change] = []
    if not any(event.source == "video" for event in events):
        changes.append(Change(0.0, key, NOT_ENTERED, 1.0, 0.0, events[0].source))
    ordered = sorted(events, key=lambda e: (e.start_s, e.decided_s, e.value or ""))
    first = ordered[0]
    if key.kind in LASTING and first.value is not None and 0 < first.start_s <= SOON_S:
        ordered[0] = replace(first, start_s=0.0, uncertainty_s=0.0)
    for event in ordered:
        earliest = changes[-1].t_s if changes else 0.0
        begin = max(event.start_s - event.uncertainty_s, earliest)
        t_s = max(event.start_s + event.uncertainty_s, begin)
        if begin < t_s:
            changes.append(Change(begin, key, None, 0.0, event.decided_s, event.source))
        changes.append(Change(t_s, key, event.value, event.confidence, event.decided_s, event.source))
    return changes


def _hide(known: list[Change], blind: Sequence[Gap]) -> list[Change]:
    for gap in blind:
        kept = [c for c in known if not gap.start_s <= c.t_s < gap.end_s]
        before = [c for c in known if c.t_s < gap.end_s]
        if not before:
            continue
        last = before[-1]
        hidden = Change(gap.start_s, last.key, None, 0.0, gap.start_s)
        seen_again = replace(last, t_s=gap.end_s, known_s=max(gap.end_s, last.known_s))
        after = [c for c in kept if c.t_s >= gap.end_s]
        again = [] if gap.end_s == math.inf or (after and after[0].t_s == gap.end_s) else [seen_again]
        known = [*(c for c in kept if c.t_s < gap.start_s), hidden, *again, *after]
    return known


def _scene_gaps(events: Sequence[Event]) -> list[Gap]:
    """A scene that is not "ok" is a gap until the scene changes again."""
    ordered = sorted(events, key=lambda e: e.start_s)
    ends = [event.start_s for event in ordered[1:]]
    ends += [e.end_s if e.end_s is not None else e.start_s for e in ordered[-1:]]
    return [
        Gap(event.start_s, max(end, event.start_s), event.value or "unseen")
        for event, end in zip(ordered, ends, strict=True)
        if event.value != SEEN
    ]


def _scene_changes(gap: Gap) -> list[Change]:
    return [
        Change(gap.start_s, SCENE, None, 0.0, gap.start_s),
        Change(gap.end_s, SCENE, SEEN, 1.0, gap.end_s),
    ]


def _merged(gaps: Iterable[Gap]) -> list[Gap]:
    merged: list[Gap] = []
    for gap in sorted(gaps, key=lambda g: (g.start_s, g.end_s)):
        if merged and gap.start_s <= merged[-1].end_s:
            merged[-1] = replace(merged[-1], end_s=max(gap.end_s, merged[-1].end_s))
        elif gap.end_s > gap.start_s:
            merged.append(gap)
    return merged
