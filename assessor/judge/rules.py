"""Verdicts on standing rules.

Takes a `Case` and when each step was carried out; gives one `Verdict` per rule: every breach with its time,
or that the rule was kept, or that too much could not be seen to say so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assessor.judge import messages
from assessor.judge.acts import PERHAPS, Act, belief_at, blame, last_belief, mean_confidence, seconds, share
from assessor.judge.case import Case, context_name, sign_name
from assessor.judge.replay import Signal, Span
from assessor.judge.views import LIKELY, SURE
from assessor.judge.wire_findings import corrected, wire_acts
from assessor.judge.wiring import UNSEEN_CONFIDENCE, ends_of
from assessor.located_yaml import Located
from assessor.procedure.conditions import (
    Condition,
    ToolAt,
    UnplannedWire,
    WireChanges,
    key_of,
    keys_of,
    parts_of,
)
from assessor.procedure.parts import END, Rule
from assessor.types import Evidence, FactKey, Mistake, Outcome, Text, Truth, Verdict

UNSEEN_S, UNSEEN_SHARE = 2.0, 0.05  # a rule still counts as kept when no more than this could not be seen
SUPPLIED = ("person", "photo", "reading")  # kinds of facts that somebody enters
STILL_S = 2.0  # how much of a lasting state the evidence shows


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach of a rule. `sign`: which of the signs it was seen by (the first ones tell most)."""

    sign: int
    subject: str
    start_s: float
    end_s: float
    t_s: float
    known_s: float
    confidence: float
    said: Text
    corrected: bool = False


def judge_rules(case: Case, acts: Mapping[str, Act]) -> list[Verdict]:
    """One verdict per standing rule."""
    return [_judge(case, rule, acts) for rule in case.procedure.rules]


def _judge(case: Case, rule: Rule, acts: Mapping[str, Act]) -> Verdict:
    breaches = _at_moments(case, rule, acts) if rule.at else _all_the_time(case, rule)
    if breaches:
        sure = any(b.confidence >= SURE for b in breaches)
        confidence = max(b.confidence for b in breaches)
        reason = messages.sentences(dict.fromkeys(b.said for b in breaches))
        return _verdict(rule, Outcome.NOT_MET if sure else Outcome.UNSURE, confidence, reason, breaches)
    if missing := _not_supplied(case, rule):
        return _verdict(rule, Outcome.NOT_OBSERVED, 1.0, messages.rule_not_supplied(missing))
    hidden = _hidden_moments(case, rule, acts) if rule.at else None
    if hidden:
        return _verdict(rule, Outcome.NOT_OBSERVED, 1.0, messages.rule_moment_hidden(hidden))
    unseen_s = 0.0 if rule.at else _unseen(case, rule)
    if unseen_s > UNSEEN_S + UNSEEN_SHARE * case.end_s:
        reason = messages.rule_hidden(unseen_s, case.end_s)
        return _verdict(rule, Outcome.NOT_OBSERVED, 1.0, reason)
    reason = messages.rule_kept(unseen_s, case.end_s)
    return _verdict(rule, Outcome.MET, _kept_confidence(case, rule, unseen_s), reason)


def _not_supplied(case: Case, rule: Rule) -> list[FactKey]:
    """What the rule rests on and nobody has entered, where that leaves something unknown."""
    conditions = (*rule.never, rule.while_, rule.except_)
    keys = {key for condition in conditions if condition is not None for key in keys_of(condition)}
    missing = [key for key in sorted(keys) if key.kind in SUPPLIED and case.last_change(key) is None]
    unknown = any(seconds(signal, Truth.UNKNOWN) > 0 for signal in _signals(case, rule))
    return missing if unknown else []


def _all_the_time(case: Case, rule: Rule) -> list[Breach]:
    breaches = []
    for index, sign in enumerate(rule.never):
        match sign:
            case WireChanges():
                breaches += _wire_changes(case, rule, index)
            case UnplannedWire():
                breaches += _unplanned_wires(case, rule, index)
            case _:
                breaches += _lasting(case, rule, index, sign)
    breaches = _close_together(breaches, rule.apart_s)
    return _same_acts(breaches, rule.apart_s) if rule.same_act else breaches


def _wire_changes(case: Case, rule: Rule, index: int) -> list[Breach]:
    """One breach per wire; moving the end of a wire is taking it out and putting it in again."""
    context = case.signals[context_name(rule)]
    breaches: list[Breach] = []
    for subject, act in wire_acts(case.wires, case.plan):
        if (likely := share(context, Truth.YES, act)) < LIKELY:
            continue
        said = messages.wire_changed(rule, ends_of(subject), act)
        breach = _breach_of_act(index, subject, act, likely, said)
        last = breaches[-1] if breaches else None
        moved = last and set(ends_of(last.subject)) & set(ends_of(subject))
        if last and moved and act.earliest_s - last.end_s <= rule.apart_s:
            breaches[-1] = _extended(last, breach)
        else:
            breaches.append(breach)
    return breaches


def _unplanned_wires(case: Case, rule: Rule, index: int) -> list[Breach]:
    breaches = []
    for finding in case.wire_findings:
        if finding.step is None:
            put_right = corrected(finding, {})
            said = messages.wire_wrong(finding, put_right)
            breach = _breach_of_act(index, finding.life.subject, finding.act, 1.0, said)
            if finding.life.hidden:  # it may have been put right unseen
                breach = replace(breach, confidence=breach.confidence * PERHAPS)
            breaches.append(replace(breach, corrected=put_right))
    return breaches


def _breach_of_act(index: int, subject: str, act: Act, likely: float, said: Text) -> Breach:
    sure = act.confidence * blame(likely, act)
    return Breach(index, subject, act.earliest_s, act.latest_s, act.t_s, act.known_s, sure, said)


def _lasting(case: Case, rule: Rule, index: int, sign: Condition) -> list[Breach]:
    breaches = []
    for span in _yes_runs(case.signals[sign_name(rule, index)]):
        start_s = span.start_s - rule.for_s
        said = messages.rule_broken(rule, sign, (start_s, span.end_s))
        sure = span.belief.confidence
        breach = Breach(index, _subject(sign), start_s, span.end_s, start_s, span.known_s, sure, said)
        breaches.append(breach)
    return breaches


def _yes_runs(signal: Signal) -> list[Span]:
    """The stretches of `yes`, each as sure as it gets."""
    runs: list[Span] = []
    for span in signal:
        if span.belief.truth is not Truth.YES:
            continue
        if runs and runs[-1].end_s == span.start_s:
            best = max(runs[-1].belief, span.belief, key=lambda belief: belief.confidence)
            runs[-1] = replace(runs[-1], end_s=span.end_s, belief=best)
        else:
            runs.append(span)
    return runs


def _close_together(breaches: Sequence[Breach], apart_s: float) -> list[Breach]:
    """Breaches by the same sign that follow each other closely are one."""
    joined: list[Breach] = []
    for breach in sorted(breaches, key=lambda b: (b.sign, b.subject, b.start_s, b.t_s)):
        last = joined[-1] if joined else None
        same = last and (last.sign, last.subject) == (breach.sign, breach.subject)
        if last and same and breach.start_s - last.end_s <= apart_s:
            joined[-1] = _extended(last, breach)
        else:
            joined.append(breach)
    return sorted(joined, key=lambda b: (b.t_s, b.sign))


def _extended(first: Breach, second: Breach) -> Breach:
    end_s, sure = max(first.end_s, second.end_s), max(first.confidence, second.confidence)
    return replace(first, end_s=end_s, confidence=sure)


def _same_acts(breaches: Sequence[Breach], apart_s: float) -> list[Breach]:
    """A breach that overlaps one by an earlier sign is the same act."""
    return [
        breach
        for breach in breaches
        if not any(
            other.sign < breach.sign
            and other.start_s - apart_s <= breach.end_s
            and breach.start_s <= other.end_s + apart_s
            for other in breaches
        )
    ]


def _at_moments(case: Case, rule: Rule, acts: Mapping[str, Act]) -> list[Breach]:
    """What lies there at several moments without a break is one breach, told by the first of them."""
    breaches: list[Breach] = []
    for index, sign in enumerate(rule.never):
        signal = case.signals[sign_name(rule, index)]
        runs = _yes_runs(signal)
        gone = last_belief(signal).truth is Truth.NO
        for moment, at_s in _moments(case, rule, acts):
            run = next(
                (r for r in runs if r.start_s <= at_s < r.end_s or r.end_s == at_s == case.end_s), None
            )
            if run is None or any(b.sign == index and b.start_s == run.start_s for b in breaches):
                continue
            said = messages.left_lying(sign, moment, run.start_s, gone)
            end_s, sure = min(run.end_s, run.start_s + STILL_S), run.belief.confidence
            subject, known_s = _subject(sign), max(at_s, run.known_s)
            breaches.append(
                Breach(index, subject, run.start_s, end_s, run.start_s, known_s, sure, said, gone)
            )
    return breaches


def _moments(case: Case, rule: Rule, acts: Mapping[str, Act]) -> list[tuple[Text, float]]:
    """When to look; the end counts only when it has come."""
    moments = []
    for name in rule.at:
        if name == END and case.closed:
            moments.append((messages.moment_of_end(case.end_s), case.end_s))
        elif name in acts:
            t_s = acts[name].t_s
            moments.append((messages.moment_of_step(case.procedure.step(name), t_s), t_s))
    return sorted(moments, key=lambda moment: moment[1])


def _hidden_moments(case: Case, rule: Rule, acts: Mapping[str, Act]) -> list[Text]:
    signals = [case.signals[sign_name(rule, index)] for index in range(len(rule.never))]
    return [
        moment
        for moment, at_s in _moments(case, rule, acts)
        if any(belief_at(signal, at_s).truth is Truth.UNKNOWN for signal in signals)
    ]


def _signals(case: Case, rule: Rule) -> list[Signal]:
    names = [sign_name(rule, index) for index in range(len(rule.never))]
    return [case.signals[name] for name in names if name in case.signals]


def _unseen(case: Case, rule: Rule) -> float:
    unseen = [seconds(signal, Truth.UNKNOWN) for signal in _signals(case, rule)]
    return max(unseen) if len(unseen) == len(rule.never) else max([case.blind_s, *unseen])


def _kept_confidence(case: Case, rule: Rule, unseen_s: float) -> float:
    seen_share = 1.0 - unseen_s / case.end_s if case.end_s else 1.0
    sure = [mean_confidence(signal, Truth.NO, 0.0, case.end_s) for signal in _signals(case, rule)]
    silent = any(isinstance(sign, WireChanges | UnplannedWire) for sign in rule.never)
    return seen_share * min([*sure, UNSEEN_CONFIDENCE] if silent else sure, default=1.0)


def _subject(sign: Located) -> str:
    """What a sign is about: its tool, or its first fact."""
    for part in parts_of(sign):
        if isinstance(part, ToolAt):
            return part.tool_at
        if key := key_of(part):
            return key.subject
    return ""


def _verdict(
    rule: Rule, outcome: Outcome, confidence: float, reason: Text, breaches: Sequence[Breach] = ()
) -> Verdict:
    first = breaches[0] if breaches else None
    return Verdict(
        id=rule.id,
        kind="rule",
        outcome=outcome,
        confidence=round(confidence, 3),
        reason=reason,
        t_s=round(first.t_s, 3) if first else None,
        decided_s=round(first.known_s, 3) if first else None,
        evidence=Evidence(round(first.start_s, 3), round(first.end_s, 3)) if first else None,
        mistakes=tuple(_mistake(rule, breach) for breach in breaches),
        line=rule.line,
    )


def _mistake(rule: Rule, breach: Breach) -> Mistake:
    sure, t_s = round(breach.confidence, 3), round(breach.t_s, 3)
    return Mistake(rule.mistake, breach.subject, t_s, breach.said, breach.corrected, sure)
