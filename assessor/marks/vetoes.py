"""Vetoes on the mark sheet: proposed by the machine, acting only when a person has confirmed them.

Takes the verdicts of kind "veto" and what persons decided; gives `MarkVeto`s and the lines they change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from assessor.judge.vetoes import CONFIRMED, REFUSED
from assessor.marks import wording
from assessor.marks.limits import sum_of
from assessor.procedure.rubric import Rubric, Veto
from assessor.types import MarkLine, MarkVeto, Outcome, Verdict

PROPOSED = "proposed"
ENDING = ("fail", "disqualify", "stop")


def vetoes_of(
    rubric: Rubric, verdicts: Mapping[str, Verdict], decisions: Mapping[str, str]
) -> tuple[MarkVeto, ...]:
    """Every veto that is proposed or was called."""
    return tuple(_vetoes(rubric, verdicts, decisions))


def with_zeros(rubric: Rubric, vetoes: Sequence[MarkVeto], lines: Sequence[MarkLine]) -> list[MarkLine]:
    """The lines, those that a confirmed veto sets to zero among them."""
    titles = {item: veto for veto in rubric.vetoes for item in veto.items if _acts(veto, vetoes)}
    return [_zero(line, titles[line.item]) if line.item in titles else line for line in lines]


def disqualified(vetoes: Sequence[MarkVeto], lines: Sequence[MarkLine]) -> list[MarkLine]:
    """The line by which a confirmed disqualification takes all points."""
    called = [veto for veto in vetoes if veto.effect == "disqualify" and veto.state == CONFIRMED]
    total = sum_of(line.awarded for line in lines if line.awarded is not None)
    return [_nothing_left(called[0], lines[0].dimension, total)] if called else []


def ends_it(vetoes: Sequence[MarkVeto], state: str) -> bool:
    """Whether a veto in this state decides that the exam is not passed."""
    return any(veto.effect in ENDING and veto.state == state for veto in vetoes)


def _vetoes(
    rubric: Rubric, verdicts: Mapping[str, Verdict], decisions: Mapping[str, str]
) -> Iterator[MarkVeto]:
    for veto in rubric.vetoes:
        verdict, decided = verdicts.get(veto.id), decisions.get(veto.id)
        seen = verdict is not None and verdict.outcome in (Outcome.NOT_MET, Outcome.UNSURE)
        state = decided if decided in (CONFIRMED, REFUSED) else PROPOSED if seen else None
        if state is None:
            continue
        reason = verdict.reason if verdict is not None and seen else wording.called_by_a_person()
        shown = verdict.evidence if verdict is not None else None
        yield MarkVeto(
            veto.id,
            veto.title.text,
            veto.effect,
            state,
            wording.veto_reason(veto, reason, state),
            shown,
            veto.line,
        )


def _acts(veto: Veto, vetoes: Sequence[MarkVeto]) -> bool:
    return any(one.id == veto.id and one.state == CONFIRMED for one in vetoes)


def _zero(line: MarkLine, veto: Veto) -> MarkLine:
    awarded = min(line.awarded, 0.0) if line.awarded is not None else 0.0
    reason = wording.zero_by_veto(veto, line.reason)
    return replace(line, awarded=awarded, outcome=Outcome.NOT_MET, confidence=1.0, reason=reason)


def _nothing_left(veto: MarkVeto, dimension: str, total: float) -> MarkLine:
    return MarkLine(
        item=veto.id,
        title=veto.title,
        check="person",
        dimension=dimension,
        points=0.0,
        awarded=0.0 - total if total else 0.0,
        outcome=Outcome.NOT_MET,
        confidence=1.0,
        reason=veto.reason,
        verdict_ids=(),
        evidence=(veto.evidence,) if veto.evidence is not None else (),
        line=veto.line,
    )
