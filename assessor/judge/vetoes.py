"""Vetoes that the machine has to propose, and from when on nothing counts any more.

Takes the verdicts on steps, rules and items; gives one `Verdict` of kind "veto" per veto: `not_met` = to be
proposed, `met` = no reason seen. Whether a veto acts is decided by a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from assessor.judge import item_messages as messages
from assessor.judge.acts import first_yes, last_belief
from assessor.judge.case import Case, Record
from assessor.judge.messages import sentences
from assessor.judge.replay import CAMERA
from assessor.judge.views import SURE
from assessor.procedure.parts import Procedure
from assessor.procedure.rubric import Veto
from assessor.types import Evidence, Outcome, Truth, Verdict

CONFIRMED, REFUSED = "confirmed", "refused"


def judge_vetoes(case: Case, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """One verdict per veto."""
    by_id = {verdict.id: verdict for verdict in verdicts}
    return [_judge(case, veto, by_id) for veto in case.procedure.rubric.vetoes]


def may_stop(procedure: Procedure) -> bool:
    """Whether anything in the procedure can end the work before the recording ends."""
    overtime = procedure.rubric.overtime
    late = overtime is not None and overtime.stop_s is not None
    return late or any(veto.effect == "stop" for veto in procedure.rubric.vetoes)


def stopped_s(case: Case, verdicts: Iterable[Verdict]) -> float | None:
    """From when on nothing that the camera sees counts; None = all of it counts."""
    rubric, times = case.procedure.rubric, []
    if rubric.overtime is not None and rubric.overtime.stop_s is not None:
        times.append(rubric.overtime.allowed_s + rubric.overtime.stop_s)
    proposed = {verdict.id: verdict.t_s for verdict in verdicts if verdict.kind == "veto"}
    for veto in rubric.vetoes:
        decided = case.last_change(veto.key)
        if veto.effect == "stop" and decided is not None and decided.value == CONFIRMED:
            t_s = proposed.get(veto.id)
            times.append(decided.t_s if t_s is None else t_s)
    stopped = min(times, default=None)
    return None if stopped is None or stopped >= case.end_s else stopped


def stop(record: Record, stopped_s: float) -> Record:
    """The record as if the camera had seen nothing change after `stopped_s`."""
    kept = (event for event in record.events if event.source != CAMERA or event.start_s <= stopped_s)
    return replace(record, events=tuple(kept))


def _judge(case: Case, veto: Veto, verdicts: Mapping[str, Verdict]) -> Verdict:
    if veto.when is not None:
        return _by_condition(case, veto)
    if veto.judged_by:
        return _by_mistakes(veto, [verdicts[id] for id in veto.judged_by if id in verdicts])
    return _verdict(veto, Outcome.MET, 1.0)


def _by_condition(case: Case, veto: Veto) -> Verdict:
    signal = case.signals[veto.id]
    act = first_yes(signal)
    if act is None:
        unseen = last_belief(signal).truth is Truth.UNKNOWN
        return _verdict(veto, Outcome.NOT_OBSERVED if unseen else Outcome.MET, 1.0)
    outcome = Outcome.NOT_MET if act.confidence >= SURE else Outcome.UNSURE
    found = replace(_verdict(veto, outcome, act.confidence), reason=messages.veto_came_true(veto, act))
    return replace(
        found,
        t_s=round(act.t_s, 3),
        decided_s=round(act.known_s, 3),
        evidence=Evidence(round(act.earliest_s, 3), round(act.latest_s, 3)),
    )


def _by_mistakes(veto: Veto, judged: Sequence[Verdict]) -> Verdict:
    mistakes = sorted(
        (m for verdict in judged for m in verdict.mistakes if not m.corrected), key=lambda m: m.t_s
    )
    sure = [mistake for mistake in mistakes if mistake.confidence >= SURE]
    counted = sure if len(sure) >= veto.times else mistakes
    if len(counted) < veto.times:
        return _verdict(veto, Outcome.MET, 1.0)
    decisive = counted[veto.times - 1]
    outcome = Outcome.NOT_MET if counted is sure else Outcome.UNSURE
    shown = [v.evidence for v in judged if v.evidence is not None and v.mistakes]
    reason = sentences(dict.fromkeys(mistake.reason for mistake in counted))
    return replace(
        _verdict(veto, outcome, min(m.confidence for m in counted)),
        reason=reason,
        t_s=decisive.t_s,
        decided_s=decisive.t_s,
        evidence=shown[0] if shown else None,
        mistakes=(),
    )


def _verdict(veto: Veto, outcome: Outcome, confidence: float) -> Verdict:
    return Verdict(
        veto.id, "veto", outcome, confidence, messages.veto_not_seen(), None, None, None, (), veto.line
    )
