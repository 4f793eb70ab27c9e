"""How an item stands after what people have decided about it (opinions -> standing); no database here.

Every place that asks - queue, sheet, release, student's page - asks this, so their numbers agree.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Decision(StrEnum):
    """What a person may say of an item; of a veto `confirm` and `refuse`."""

    ACCEPT = "accept"
    OVERTURN = "overturn"
    ENTER = "enter"
    DOUBT = "doubt"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    UNDO = "undo"


class Round(StrEnum):
    """In whose turn it was said."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    ARBITRATION = "arbitration"
    APPEAL = "appeal"


class Tab(StrEnum):
    """Where an item is found in the queue; `clear`: nobody has to look at it."""

    TO_REVIEW = "to_review"
    DOUBT = "doubt"
    CONFIRMED = "confirmed"
    OVERTURNED = "overturned"
    CLEAR = "clear"


SETTLED = (Tab.CONFIRMED, Tab.OVERTURNED, Tab.CLEAR)


@dataclass(frozen=True, slots=True)
class Opinion:
    """One decision as it was stored (see `ReviewRow`)."""

    seq: int
    id: UUID
    round: Round
    decision: Decision
    awarded: float | None
    by_id: UUID
    created_utc: datetime
    seen_seq: int
    undoes_id: UUID | None = None
    value: float | None = None
    reason_code: str | None = None
    reason: str | None = None

    @property
    def mark(self) -> float | None:
        """Points, or of a veto 1 for called and 0 for refused; None for a doubt."""
        if self.decision in (Decision.CONFIRM, Decision.REFUSE):
            return float(self.decision is Decision.CONFIRM)
        return None if self.decision is Decision.DOUBT else self.awarded


@dataclass(frozen=True, slots=True)
class Chain:
    """The decisions of one round in which each knew the one before. `head`: the one that counts; `apart`:
    opinions that differ from it, of people who did not know it; `version`: the newest that counts."""

    head: Opinion | None = None
    version: int = 0
    apart: tuple[Opinion, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is decided about. `proposed`: the machine's points, None where it left them open (of a veto 1);
    `tolerance`: how far two markers may differ; `double`: two markers; `flagged`: somebody must look."""

    proposed: float | None
    flagged: bool
    double: bool = False
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """`mark`: what counts now, None while nobody has decided; `awaits`: the round to be done; `decisive`: the
    opinion that it came from; `apart`: opinions that contradict it."""

    tab: Tab
    mark: float | None
    awaits: Round | None
    decisive: Opinion | None
    chains: Mapping[Round, Chain] = field(default_factory=dict)
    apart: tuple[Opinion, ...] = ()

    def version(self, round_: Round) -> int:
        """What whoever decides in this round has to have seen."""
        return self.chains[round_].version if round_ in self.chains else 0


def chain_of(opinions: Iterable[Opinion]) -> Chain:
    """The chain of one round, oldest opinion first."""
    stack: list[Opinion] = []
    apart: list[Opinion] = []
    version = 0
    for opinion in opinions:
        if opinion.seen_seq != version:
            apart.append(opinion)
            continue
        version = opinion.seq
        if opinion.decision is Decision.UNDO:
            stack.pop()
        else:
            stack.append(opinion)
            apart.clear()  # whoever decides again has seen them
    head = stack[-1] if stack else None
    return Chain(head, version, tuple(one for one in apart if _differs(one, head)))


def standing_of(question: Question, opinions: Sequence[Opinion]) -> Standing:
    """How the item stands."""
    chains = {
        round_: chain_of(one for one in opinions if one.round is round_)
        for round_ in dict.fromkeys(one.round for one in opinions)
    }
    if (appeal := chains.get(Round.APPEAL)) and appeal.head:
        return _settled(question, appeal.head.mark, appeal.head, chains)
    return _double(question, chains) if question.double else _single(question, chains)


def _single(question: Question, chains: Mapping[Round, Chain]) -> Standing:
    chain = chains.get(Round.FIRST, Chain())
    if chain.head is None:
        tab = Tab.DOUBT if chain.apart else Tab.TO_REVIEW if question.flagged else Tab.CLEAR
        awaits = None if tab is Tab.CLEAR else Round.FIRST
        return Standing(tab, None, awaits, None, chains, chain.apart)
    if chain.head.decision is Decision.DOUBT or chain.apart:
        return Standing(Tab.DOUBT, chain.head.mark, Round.FIRST, chain.head, chains, chain.apart)
    return _settled(question, chain.head.mark, chain.head, chains)


def _double(question: Question, chains: Mapping[Round, Chain]) -> Standing:
    """Two markers; where they differ too much a third one, else whoever arbitrates."""
    heads = {round_: chain.head for round_, chain in chains.items() if chain.head is not None}
    if (last := heads.get(Round.ARBITRATION)) is not None and last.mark is not None:
        return _settled(question, last.mark, last, chains)
    if not heads and not question.flagged:
        return Standing(Tab.CLEAR, None, None, None, chains)
    newest = max(heads.values(), key=lambda head: head.seq, default=None)
    marks: list[float] = []
    for round_ in (Round.FIRST, Round.SECOND, Round.THIRD):
        if (agreed := _agreed(marks, question.tolerance)) is not None:
            return _settled(question, agreed, newest, chains)
        if round_ not in heads:
            return Standing(Tab.TO_REVIEW, None, round_, newest, chains)
        if (mark := heads[round_].mark) is None:  # a doubt
            break
        marks.append(mark)
    if (agreed := _agreed(marks, question.tolerance)) is not None:
        return _settled(question, agreed, newest, chains)
    return Standing(Tab.DOUBT, None, Round.ARBITRATION, newest, chains)


def _agreed(marks: Sequence[float], tolerance: float) -> float | None:
    """The mean of two marks that agree: of the first two, else of the third and the one nearer to it."""
    if len(marks) < 2:
        return None
    one, other = (marks[0], marks[1]) if len(marks) == 2 else (_nearest(marks[:2], marks[2]), marks[2])
    return round(math.fsum((one, other)) / 2, 2) if abs(one - other) <= tolerance + 1e-9 else None


def _nearest(marks: Sequence[float], to: float) -> float:
    """Of two that are as near as each other the higher: a doubt is not the student's."""
    return min(marks, key=lambda mark: (abs(mark - to), -mark))


def _settled(
    question: Question, mark: float | None, decisive: Opinion | None, chains: Mapping[Round, Chain]
) -> Standing:
    same = question.proposed is None or mark == question.proposed
    return Standing(Tab.CONFIRMED if same else Tab.OVERTURNED, mark, None, decisive, chains)


def _differs(opinion: Opinion, head: Opinion | None) -> bool:
    if opinion.decision is Decision.UNDO:
        return False
    return head is None or (opinion.decision is Decision.DOUBT, opinion.mark) != (
        head.decision is Decision.DOUBT,
        head.mark,
    )
