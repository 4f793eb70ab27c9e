"""A person decides about an item: kept as a row of its own, with the version its author knew (desk -> queue).

Whoever did not know the newest decision gets ConflictError; what both think is kept, the first one counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from assessor.errors import ConflictError, RefusedError
from assessor.ledger.audit import Actor, append
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.appeal_state import is_under_appeal
from assessor.review.desk import Desk, lock, read_desk, seen_attempt
from assessor.review.intake import refresh, take_in_attempts
from assessor.review.standing import Chain, Decision, Opinion, Round, Standing, Tab
from assessor.review.subjects import Severity
from assessor.review.wishes import Wish, checked_points, refuse
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import ReviewDraftRow, ReviewItemRow, ReviewRow
from assessor.types import Text

MOST_AT_ONCE = 200
AT_ONCE = 1  # of one transaction
MARKING = (Round.FIRST, Round.SECOND, Round.THIRD)


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it. `version`: what the next decision of this person on the item has to know
    (also as ETag)."""

    attempt_id: UUID
    item: str
    review_id: UUID
    tab: Tab
    mark: float | None
    version: int


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as its reviewer saw it."""

    attempt_id: UUID
    item: str
    version: int


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """What was not accepted, and why."""

    attempt_id: UUID
    item: str
    why: Text


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a bulk accept came to, item by item: what was accepted, and what was left."""

    accepted: tuple[Decided, ...]
    left: tuple[NotAccepted, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A caller at a desk: in which round they decide, and when."""

    desk: Desk
    round: Round
    now: datetime


def decide(store: Store, caller: Caller, wish: Wish) -> Decided:
    """Keep a decision. Raises RefusedError, ConflictError, NotAllowedError, UnknownIdError."""
    now = store.now()
    outcome = store.write(lambda session: _decide(session, caller, wish, now))
    if isinstance(outcome, ConflictError):
        raise outcome
    return outcome


def undo(store: Store, caller: Caller, seen: Seen) -> Decided:
    """Take the caller's own last decision on the item back; the one before counts again."""
    now = store.now()
    return store.write(lambda session: _undo(session, caller, seen, now))


def accept_all(store: Store, caller: Caller, items: Sequence[Seen]) -> Bulk:
    """Accept what the machine proposed for these items; never for safety and vetoes."""
    if len(items) > MOST_AT_ONCE:
        raise refuse(f"一次最多 {MOST_AT_ONCE} 项。", f"At most {MOST_AT_ONCE} items at once.")
    accepted: list[Decided] = []
    left: list[NotAccepted] = []
    for part in _parts(list(dict.fromkeys(items))):
        done = store.write(partial(_accept_all, caller=caller, items=part, now=store.now()))
        accepted += done.accepted
        left += done.left
    return Bulk(tuple(accepted), tuple(left))


def _parts(items: Sequence[Seen]) -> Iterator[Sequence[Seen]]:
    """So many that the single writer is soon free again for what benches report."""
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def round_of(desk: Desk, item: str, caller: Caller) -> Round:
    """In which round the caller decides about the item. Raises RefusedError if it is not their turn."""
    if not desk.scheme.double:
        return Round.FIRST
    standing = desk.standing(item)
    if caller.may(Action.ARBITRATE):
        if standing.awaits is Round.ARBITRATION or Round.ARBITRATION in standing.chains:
            return Round.ARBITRATION
        raise refuse("仲裁人在评分员意见不一致后才裁定。", "An arbiter decides once the markers differ.")
    own = [r for r in MARKING if (head := _head(standing, r)) is not None and head.by_id == caller.person_id]
    if own:
        return own[0]
    if standing.awaits in MARKING:
        return standing.awaits
    if standing.tab is Tab.CLEAR:
        return Round.FIRST
    raise refuse("两位评分员都已评过。", "Its markers have marked it already.")


def _decide(session: Session, caller: Caller, wish: Wish, now: datetime) -> Decided | ConflictError:
    desk, round_ = _sit_down(session, caller, wish.attempt_id, wish.item)
    return _take(session, caller, Turn(desk, round_, now), wish)


def _take(session: Session, caller: Caller, turn: Turn, wish: Wish) -> Decided | ConflictError:
    desk, round_ = turn.desk, turn.round
    points = checked_points(desk, wish)
    chain = desk.standing(wish.item).chains.get(round_, Chain())
    if repeated := _repeated(chain, wish, points, caller):
        return _told(desk, wish.item, repeated.id, round_)
    row = ReviewRow(
        id=uuid4(),
        attempt_id=wish.attempt_id,
        item=wish.item,
        round=round_.value,
        decision=wish.decision.value,
        awarded=points,
        value=wish.value,
        seen_seq=wish.version,
        reason_code=wish.reason_code,
        reason=wish.reason,
        by_id=caller.person,
        created_utc=turn.now,
        took_s=wish.took_s,
    )
    keep(session, row, Actor(caller.kind, caller.id))
    desk = desk.again(session)
    refresh(session, desk, wish.item)
    _forget_draft(session, caller, wish.attempt_id, wish.item)
    if wish.version != chain.version:
        return _conflict(chain)
    return _told(desk, wish.item, row.id, round_)


def _undo(session: Session, caller: Caller, seen: Seen, now: datetime) -> Decided:
    desk, round_ = _sit_down(session, caller, seen.attempt_id, seen.item)
    chain = desk.standing(seen.item).chains.get(round_, Chain())
    if chain.version != seen.version:
        raise _conflict(chain)
    if chain.head is None or chain.head.by_id != caller.person_id:
        raise refuse("只能撤销自己的最后一次决定。", "Only your own last decision can be undone.")
    row = ReviewRow(
        id=uuid4(),
        attempt_id=seen.attempt_id,
        item=seen.item,
        round=round_.value,
        decision=Decision.UNDO.value,
        undoes_id=chain.head.id,
        seen_seq=seen.version,
        by_id=caller.person,
        created_utc=now,
    )
    keep(session, row, Actor(caller.kind, caller.id))
    desk = desk.again(session)
    refresh(session, desk, seen.item)
    return _told(desk, seen.item, row.id, round_)


def _accept_all(session: Session, caller: Caller, items: Sequence[Seen], now: datetime) -> Bulk:
    accepted: list[Decided] = []
    left: list[NotAccepted] = []
    for seen in items:
        try:
            accepted.append(_accept(session, caller, seen, now))
        except RefusedError as error:
            left.append(NotAccepted(seen.attempt_id, seen.item, error.text))
        except UnknownIdError as error:
            left.append(NotAccepted(seen.attempt_id, seen.item, Text("找不到这一项。", str(error))))
    return Bulk(tuple(accepted), tuple(left))


def _accept(session: Session, caller: Caller, seen: Seen, now: datetime) -> Decided:
    desk, round_ = _sit_down(session, caller, seen.attempt_id, seen.item)
    row = session.get_one(ReviewItemRow, (seen.attempt_id, seen.item))
    if row.severity <= Severity.SAFETY:
        raise refuse("安全项须逐项复核。", "What is about safety is reviewed one by one.")
    chain = desk.standing(seen.item).chains.get(round_, Chain())
    if chain.version != seen.version:
        raise _conflict(chain)
    wish = Wish(seen.attempt_id, seen.item, Decision.ACCEPT, seen.version)
    outcome = _take(session, caller, Turn(desk, round_, now), wish)
    assert isinstance(outcome, Decided)
    return outcome


def keep(session: Session, row: ReviewRow, actor: Actor) -> None:
    """Add the decision, and what the audit chain says of it."""
    session.add(row)
    session.flush()
    detail = {"item": row.item, "round": row.round, "decision": row.decision, "awarded": row.awarded}
    append(
        session,
        row.created_utc,
        actor,
        "review.decide",
        "attempt",
        row.attempt_id,
        {**detail, "review": row.id},
    )


def _sit_down(session: Session, caller: Caller, attempt_id: UUID, item: str) -> tuple[Desk, Round]:
    """The desk with the attempt on it, nobody else at it, and the round the caller decides in."""
    lock(session, seen_attempt(session, caller, Action.REVIEW, attempt_id))
    take_in_attempts(session, [attempt_id])
    desk = read_desk(session, attempt_id)
    if item not in desk.lines and not desk.is_veto(item):
        raise UnknownIdError("item", item)
    standing = desk.standing(item)
    if Round.APPEAL in standing.chains or is_under_appeal(session, attempt_id, item):
        raise refuse("此项已进入申诉，由申诉决定。", "An appeal decides about this item.")
    return desk, round_of(desk, item, caller)


def _repeated(chain: Chain, wish: Wish, points: float | None, caller: Caller) -> Opinion | None:
    """The same decision, sent again because its answer got lost."""
    head = chain.head
    if head is None or head.by_id != caller.person_id or head.seen_seq != wish.version:
        return None
    return head if (head.decision, head.awarded) == (wish.decision, points) else None


def _told(desk: Desk, item: str, review_id: UUID, round_: Round) -> Decided:
    standing = desk.standing(item)
    own = standing.chains[round_]
    mark = standing.mark
    if desk.scheme.double and round_ in MARKING:  # who marks does not learn what others gave
        mark = own.head.mark if own.head else None
    return Decided(desk.row.id, item, review_id, standing.tab, mark, own.version)


def _conflict(chain: Chain) -> ConflictError:
    gave = "" if chain.head is None or chain.head.mark is None else f"{chain.head.mark:g}"
    return ConflictError(
        Text(
            f"他人刚刚作出了决定{gave and f'（{gave}）'}。您的意见已保留，但未生效；请重新查看后再决定。",
            f"Somebody decided meanwhile{gave and f' ({gave})'}. What you think is kept beside it, but does "
            "not count; look again, then decide.",
        )
    )


def _head(standing: Standing, round_: Round) -> Opinion | None:
    return standing.chains[round_].head if round_ in standing.chains else None


def _forget_draft(session: Session, caller: Caller, attempt_id: UUID, item: str) -> None:
    session.execute(
        delete(ReviewDraftRow).where(
            ReviewDraftRow.person_id == caller.person,
            ReviewDraftRow.attempt_id == attempt_id,
            ReviewDraftRow.item == item,
        )
    )
