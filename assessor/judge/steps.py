"""Verdicts on steps: done or not, in order or not, with which wires, and what could not be seen.

Takes a `Case`; gives one `Verdict` per step. Nobody is blamed for what could not be seen, nor twice for one
cause.
"""

from collections.abc import Iterable, Mapping

from assessor.judge import messages
from assessor.judge.acts import (
    PERHAPS,
    Act,
    blame,
    first_after,
    first_yes,
    last_belief,
    longest,
    mean_confidence,
    share,
)
from assessor.judge.case import Case, hides_s, requires_name
from assessor.judge.order import misplaced
from assessor.judge.replay import Signal
from assessor.judge.views import LIKELY, SURE, Opinion, Turn, View
from assessor.judge.wire_findings import corrected
from assessor.procedure.conditions import ToolAt, parts_of
from assessor.procedure.parts import Step
from assessor.types import Evidence, FactKey, Mistake, Outcome, Truth, Verdict

EVIDENCE_BEFORE_S = 10.0  # how far back the evidence of an omission reaches


def judge_steps(case: Case, acts: Mapping[str, Act]) -> list[Verdict]:
    """One verdict per step; steps that are still to come have none before the attempt is over. `acts`: when
    each was carried out."""
    before = case.procedure.before()
    waiting = {step.id for step in case.procedure.steps if step.waits}
    found = misplaced(before, acts, case.procedure.order_costs(), waiting)
    placed = {one.step: one for one in found}
    later, starts = _successors(acts, before), _starts(case, acts)
    views = {
        step.id: _view(case, acts, Turn(step, starts[step.id], later.get(step.id), placed.get(step.id)))
        for step in case.procedure.steps
    }
    opinions = [(view, _judge(case, view, views)) for view in views.values()]
    return [_verdict(view, opinion) for view, opinion in opinions if opinion is not None]


def carried_out(case: Case) -> dict[str, Act]:
    """When each step was carried out, whether properly or not."""
    before = case.procedure.before()
    acts: dict[str, Act] = {}
    for step in sorted(case.procedure.steps, key=lambda s: len(before[s.id])):
        act = _first(case, case.carried(step), step, acts)
        if act is not None:
            acts[step.id] = act
    return acts


def _first(case: Case, signal: Signal, step: Step, acts: Mapping[str, Act]) -> Act | None:
    """When a step was done first. What waits for steps nobody could see is not known to be done; where none
    of those was done, it must have been otherwise before: tools that were never used are not put back."""
    awaited = step.after if step.waits else ()
    missing = [case.procedure.step(id) for id in awaited if id not in acts]
    if awaited and len(missing) == len(awaited) and case.closed:
        return _after_it_was_not(signal)
    if missing and (not case.closed or any(_unseen(case, s, (0.0, case.end_s)) for s in missing)):
        return None
    return first_after(signal, *_counts_from(step, acts))


def _after_it_was_not(signal: Signal) -> Act | None:
    """When the signal was `yes` for the first time after it was `no`."""
    before = next((span for span in signal if span.belief.truth is Truth.NO), None)
    return None if before is None else first_yes(signal, before.start_s)


def _counts_from(step: Step, acts: Mapping[str, Act]) -> tuple[float, float]:
    """From when on a step counts: an interval, as are the acts that it waits for."""
    awaited = [acts[id] for id in step.after if step.waits and id in acts]
    earliest_s = max((act.earliest_s for act in awaited), default=0.0)
    return earliest_s, max((act.latest_s for act in awaited), default=0.0)


def _successors(acts: Mapping[str, Act], before: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """For each step the first of those that come later by the rule and were surely done."""
    successors: dict[str, str] = {}
    done = [id for id, act in acts.items() if act.confidence >= SURE]
    for id in sorted(done, key=lambda id: (acts[id].t_s, id)):
        for earlier in before[id]:
            successors.setdefault(earlier, id)
    return successors


def _starts(case: Case, acts: Mapping[str, Act]) -> dict[str, float]:
    """For each step from when on it could have been its turn: since the last of those before it was done."""
    starts: dict[str, float] = {}
    before = case.procedure.before()
    for step in sorted(case.procedure.steps, key=lambda s: len(before[s.id])):
        own = [acts[id].earliest_s for id in step.after if id in acts]
        starts[step.id] = max([0.0, *own, *(starts[id] for id in step.after)])
    return starts


def _view(case: Case, acts: Mapping[str, Act], turn: Turn) -> View:
    step, start_s, successor = turn.step, turn.start_s, turn.successor
    done, act = case.signals[step.id], acts.get(step.id)
    end_s = acts[successor].latest_s if successor else case.end_s
    return View(
        step=step,
        act=act,
        proper=_first(case, done, step, acts) if step.wires else act,
        undone=step.stays and last_belief(done).truth is Truth.NO,
        works=step.id in acts and not (step.stays and last_belief(case.carried(step)).truth is Truth.NO),
        window=(start_s, end_s) if end_s > start_s else (0.0, case.end_s),
        successor=successor,
        findings=tuple(finding for finding in case.wire_findings if finding.step == step.id),
        misplaced=turn.misplaced,
    )


def _judge(case: Case, view: View, views: Mapping[str, View]) -> Opinion | None:
    mistakes = (*_wire_mistakes(case, view, views), *_order_mistakes(case, view, views))
    if view.act is not None and (view.is_done or mistakes):
        opinion = _carried_out(view, view.act, mistakes)
        return _unknown_requirement(case, view, view.act) or opinion if not mistakes else opinion
    if mistakes:
        sure = max(mistake.confidence for mistake in mistakes)
        return Opinion(_outcome(mistakes), sure, mistakes=mistakes)
    if not case.closed and (view.successor is None or view.act is not None):
        return None
    return _not_done(case, view, views)


def _carried_out(view: View, act: Act, mistakes: tuple[Mistake, ...]) -> Opinion:
    """Done, perhaps with mistakes; those put right in time leave it met."""
    grave = [mistake for mistake in mistakes if not mistake.corrected]
    if grave:
        sure = max(mistake.confidence for mistake in grave)
        return Opinion(_outcome(grave), sure, mistakes=mistakes, act=act)
    done = view.proper or act
    said = messages.step_met(view.step, done)
    if done.confidence < SURE:
        said = messages.step_unsure(done.confidence, said)
        return Opinion(Outcome.UNSURE, done.confidence, said, mistakes, done)
    return Opinion(Outcome.MET, done.confidence, said, mistakes, done)


def _unknown_requirement(case: Case, view: View, act: Act) -> Opinion | None:
    """Done, but nobody knows whether what it requires held then."""
    requires = view.step.requires
    if requires is None or share(case.signals[requires_name(view.step)], Truth.UNKNOWN, act) < LIKELY:
        return None
    said = messages.requirement_unknown(requires, act, case.seen(requires, act.t_s))
    return Opinion(Outcome.NOT_OBSERVED, 1.0, said, act=act)


def _not_done(case: Case, view: View, views: Mapping[str, View]) -> Opinion:
    step = view.step
    for other in views.values():
        if other.step.instead_of == step.id and other.is_done and other.proper is not None:
            said = messages.step_by_other(other.step)
            return Opinion(Outcome.MET, other.proper.confidence, said, act=other.proper)
    if hidden := _unseen(case, step, view.window):
        said = messages.step_hidden(step, hidden, case.seen(step.done, sum(hidden) / 2))
        return Opinion(Outcome.NOT_OBSERVED, 1.0, said, span=hidden)
    needed = [*step.follows_from, *(step.after if step.waits else ())]
    for cause in (views[id] for id in needed if not views[id].works):
        anywhere = step.waits and cause.act is None  # as for when this step began to count
        if hidden := _unseen(case, cause.step, (0.0, case.end_s) if anywhere else cause.window):
            said = messages.step_depends(cause.step)
            return Opinion(Outcome.NOT_OBSERVED, 1.0, said, span=hidden)
    if step.optional or step.instead_of is not None:
        return Opinion(Outcome.MET, 1.0, messages.step_optional())
    nothing_awaited = step.waits and all(views[id].act is None for id in step.after)
    builds_on = [*step.follows_from, *(step.after if nothing_awaited else ())]
    causes = [views[id].step for id in dict.fromkeys(builds_on) if not views[id].works]
    if causes:
        said = messages.step_follows(causes)
        return Opinion(Outcome.NOT_MET, _sureness(case, view), said, span=_span(view), not_reached=True)
    return _omitted(case, view, views)


def _omitted(case: Case, view: View, views: Mapping[str, View]) -> Opinion:
    """Not done although it could be seen: by the next step, or at all."""
    successor = views[view.successor] if view.successor else None
    if view.undone and view.act is not None:
        t_s, said = case.end_s, messages.step_undone(view.step, view.act)
    elif successor and successor.act:
        t_s = successor.act.t_s
        due = messages.too_late(successor.step, t_s)
        said = messages.step_omitted(view.step, due, case.seen(view.step.done, t_s))
    else:
        t_s = case.end_s
        due = messages.by_the_end(t_s)
        said = messages.step_omitted(view.step, due, case.seen(view.step.done, t_s))
    sure, kind = _sureness(case, view), view.step.mistake
    mistakes = tuple(
        Mistake(kind, subject, round(since_s or t_s, 3), said, False, sure)
        for subject, since_s in _blamed(case, view)
    )
    return Opinion(_outcome(mistakes), sure, said, mistakes, span=_span(view))


def _blamed(case: Case, view: View) -> list[tuple[str, float | None]]:
    """What an omission is charged to: each tool out of place and since when, or the step itself."""
    if view.step.mistake != "tool_left":
        return [(view.step.id, None)]
    wanted = {part.tool_at: part.is_ for part in parts_of(view.step.done) if isinstance(part, ToolAt)}
    last = [case.last_change(FactKey("tool_at", tool)) for tool in wanted]
    astray = [(c.key.subject, c.t_s) for c in last if c and c.value not in (None, wanted[c.key.subject])]
    return [*astray] or [(view.step.id, None)]


def _unseen(case: Case, step: Step, window: tuple[float, float]) -> tuple[float, float] | None:
    """The stretch in which a step may have been done unseen, if there is one that is long enough."""
    signal = case.signals[step.id]
    if step.stays:
        last = signal[-1]
        return (last.start_s, last.end_s) if last.belief.truth is Truth.UNKNOWN else None
    start_s, end_s = window
    if longest(signal, Truth.UNKNOWN, start_s, end_s) < hides_s(step):
        return None
    spans = [
        (max(s.start_s, start_s), min(s.end_s, end_s)) for s in signal if s.belief.truth is Truth.UNKNOWN
    ]
    return max(spans, key=lambda span: span[1] - span[0])


def _sureness(case: Case, view: View) -> float:
    signal = case.signals[view.step.id]
    start_s, end_s = (case.end_s, case.end_s) if view.step.stays else view.window
    return round(mean_confidence(signal, Truth.NO, start_s, end_s), 3)


def _span(view: View) -> tuple[float, float]:
    end_s = view.window[1]
    return max(view.window[0], end_s - EVIDENCE_BEFORE_S), end_s


def _wire_mistakes(case: Case, view: View, views: Mapping[str, View]) -> list[Mistake]:
    if not view.findings:
        return []
    done = {id: other.is_done for id, other in views.items()}
    unseen = last_belief(case.signals[view.step.id]).truth is Truth.UNKNOWN
    mistakes = []
    for finding in view.findings:
        put_right = corrected(finding, done)
        said = messages.wire_wrong(finding, put_right)
        hidden = not put_right and (unseen or finding.life.hidden)  # it may have been put right unseen
        sure = round(finding.act.confidence * (PERHAPS if hidden else 1.0), 3)
        subject, t_s = finding.life.subject, round(finding.act.t_s, 3)
        mistakes.append(Mistake(finding.kind, subject, t_s, said, put_right, sure))
    return mistakes


def _order_mistakes(case: Case, view: View, views: Mapping[str, View]) -> list[Mistake]:
    step, act, found = view.step, view.act, view.misplaced
    if act is None:
        return []
    mistakes = []
    if found is not None:
        others = [(views[id].step, views[id].act or act) for id in found.others]
        said = messages.order_broken(step, found, act, others)
        sure = round(found.confidence, 3)
        mistakes.append(Mistake("order", step.id, round(found.t_s, 3), said, False, sure))
    if step.requires is not None:
        broken = share(case.signals[requires_name(step)], Truth.NO, act)
        if broken >= LIKELY:
            said = messages.requirement_broken(step.requires, act)
            sure = round(blame(broken, act) * act.confidence, 3)
            mistakes.append(Mistake("order", step.id, round(act.t_s, 3), said, False, sure))
    return mistakes


def _outcome(mistakes: Iterable[Mistake]) -> Outcome:
    return Outcome.NOT_MET if any(m.confidence >= SURE for m in mistakes) else Outcome.UNSURE


def _verdict(view: View, opinion: Opinion) -> Verdict:
    act, mistakes = opinion.act, opinion.mistakes
    span = (act.earliest_s, act.latest_s) if act else opinion.span
    if span is None and mistakes:
        span = mistakes[0].t_s, mistakes[0].t_s
    said = [opinion.said] if opinion.said else []
    reasons = [mistake.reason for mistake in mistakes if mistake.reason != opinion.said]
    return Verdict(
        id=view.step.id,
        kind="step",
        outcome=opinion.outcome,
        confidence=round(opinion.confidence, 3),
        reason=messages.sentences([*said, *dict.fromkeys(reasons)]),
        t_s=round(act.t_s, 3) if act else None,
        decided_s=_decided(act, span),
        evidence=Evidence(round(span[0], 3), round(span[1], 3)) if span else None,
        mistakes=mistakes,
        line=view.step.line,
        not_reached=opinion.not_reached,
    )


def _decided(act: Act | None, span: tuple[float, float] | None) -> float | None:
    if act is not None:
        return round(act.known_s, 3)
    return round(span[1], 3) if span else None
