"""What happened, read from signals: when something was done, how surely, and what could not be seen.

Takes the `Signal`s of a replay; gives `Act`s. An act that nobody saw happening lies somewhere in an interval;
the probability that it lies before another, or while something held, takes all its moments as equally likely.
"""

from dataclasses import dataclass, replace

from assessor.judge.operators import Belief
from assessor.judge.replay import Signal
from assessor.types import Truth

PERHAPS = 0.5  # confidence that is left when a thing may or may not count
SAME_TIME_S = 1e-6
LONGEST_GUESS_S = 10.0  # an act in a longer interval is given the time at which it was certain


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done at `t_s`, surely within [earliest_s, latest_s]."""

    earliest_s: float
    t_s: float
    latest_s: float
    known_s: float
    confidence: float


def act_between(earliest_s: float, latest_s: float, known_s: float, confidence: float) -> Act:
    """An act in an interval; the middle is its best guess as long as the interval is short."""
    short = latest_s - earliest_s <= LONGEST_GUESS_S
    t_s = (earliest_s + latest_s) / 2 if short else latest_s
    return Act(earliest_s, t_s, latest_s, max(known_s, latest_s), confidence)


def first_after(signal: Signal, earliest_s: float, latest_s: float) -> Act | None:
    """When the signal was `yes` for the first time after something that lies in an interval itself."""
    if earliest_s == latest_s:
        return first_yes(signal, latest_s)
    first, surely = first_yes(signal, earliest_s), first_yes(signal, latest_s)
    if first is None or surely is None:
        return replace(first, confidence=first.confidence * PERHAPS) if first else None
    confidence = min(first.confidence, surely.confidence)
    return act_between(first.earliest_s, surely.latest_s, surely.known_s, confidence)


def first_yes(signal: Signal, from_s: float = 0.0) -> Act | None:
    """When the signal was `yes` for the first time, not counting what was before `from_s`. What somebody
    entered was done when it was entered, whatever could be seen before."""
    for index, span in enumerate(signal):
        over = span.end_s <= from_s + SAME_TIME_S and span is not signal[-1]
        if span.belief.truth is not Truth.YES or over:
            continue
        latest_s = max(span.start_s, from_s)
        earliest_s = latest_s
        for before in () if span.entered else reversed(signal[:index]):
            if before.belief.truth is not Truth.UNKNOWN or earliest_s <= from_s:
                break
            earliest_s = max(before.start_s, from_s)
        return act_between(earliest_s, latest_s, span.known_s, _best(signal[index:]))
    return None


def last_belief(signal: Signal) -> Belief:
    """What the signal says in the end."""
    return signal[-1].belief


def belief_at(signal: Signal, t_s: float) -> Belief:
    """What the signal says at a moment."""
    return next((span.belief for span in reversed(signal) if span.start_s <= t_s), signal[0].belief)


def seconds(signal: Signal, truth: Truth, start_s: float = 0.0, end_s: float = float("inf")) -> float:
    """For how long the signal says so between two moments."""
    return sum(_overlaps(signal, truth, start_s, end_s))


def longest(signal: Signal, truth: Truth, start_s: float, end_s: float) -> float:
    """The longest stretch without a break in which the signal says so between two moments."""
    best = now = 0.0
    for span in signal:
        inside = max(0.0, min(span.end_s, end_s) - max(span.start_s, start_s))
        now = now + inside if span.belief.truth is truth else 0.0
        best = max(best, now)
    return best


def mean_confidence(signal: Signal, truth: Truth, start_s: float, end_s: float) -> float:
    """How sure the signal is where it says so, by time; at an instant, how sure it is there."""
    lengths = _overlaps(signal, truth, start_s, end_s)
    spans = [span for span in signal if span.belief.truth is truth]
    if (total := sum(lengths)) > 0:
        return sum(s.belief.confidence * length for s, length in zip(spans, lengths, strict=True)) / total
    return belief_at(signal, start_s).confidence


def share(signal: Signal, truth: Truth, act: Act) -> float:
    """Probability that the signal said so when the act was done."""
    if act.latest_s <= act.earliest_s:
        return float(belief_at(signal, act.t_s).truth is truth)
    return seconds(signal, truth, act.earliest_s, act.latest_s) / (act.latest_s - act.earliest_s)


def blame(likely: float, *acts: Act) -> float:
    """How sure a blame is that is right with this probability: 0 for a coin toss, 1 for certainty. What rests
    on a long interval in which nothing was seen is worth little."""
    if likely >= 1:
        return 1.0
    longest_s = max(act.latest_s - act.earliest_s for act in acts)
    return max(0.0, 2 * likely - 1) * min(1.0, LONGEST_GUESS_S / max(longest_s, LONGEST_GUESS_S))


def share_before(first: Act, second: Act) -> float:
    """Probability that the first act was done before the second; acts at the same instant are in order."""
    a, b, c, d = first.earliest_s, first.latest_s, second.earliest_s, second.latest_s
    if b <= a:
        return _share_after(a, c, d)
    certain = max(0.0, min(b, c) - a)  # the part of [a, b] that lies before c altogether
    low, high = max(a, c), min(b, d)
    mixed = ((d - low) ** 2 - (d - high) ** 2) / (2 * (d - c)) if high > low else 0.0
    return (certain + mixed) / (b - a)


def _share_after(t_s: float, start_s: float, end_s: float) -> float:
    """Probability that something in [start_s, end_s] comes after `t_s`."""
    if end_s <= start_s:
        return float(start_s > t_s)
    return min(1.0, max(0.0, (end_s - t_s) / (end_s - start_s)))


def _best(spans: Signal) -> float:
    """How sure the signal gets while it stays `yes`."""
    best = 0.0
    for span in spans:
        if span.belief.truth is not Truth.YES:
            break
        best = max(best, span.belief.confidence)
    return best


def _overlaps(signal: Signal, truth: Truth, start_s: float, end_s: float) -> list[float]:
    return [
        max(0.0, min(span.end_s, end_s) - max(span.start_s, start_s))
        for span in signal
        if span.belief.truth is truth
    ]
