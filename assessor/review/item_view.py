"""One item as its reviewer sees it: the machine's line, what was decided, whose turn it is (desk -> console).

Of an attempt with two markers, a marker sees what they decided themself; whoever arbitrates sees all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.marks import advice_of
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.procedure.scoring import Words
from assessor.review.decide import round_of
from assessor.review.desk import Desk, read_desk, seen_attempt
from assessor.review.standing import Decision, Opinion, Round, Tab
from assessor.store import Store, UnknownIdError
from assessor.store.people_tables import PersonRow
from assessor.types import MarkLine, MarkVeto, Text, Verdict


@dataclass(frozen=True, slots=True)
class OpinionView:
    """A decision as it is shown. `counts`: it is the one that stands, and not undone or contradicted."""

    review_id: UUID
    round: Round
    decision: Decision
    awarded: float | None
    value: float | None
    reason_code: str | None
    reason: str | None
    by_id: UUID
    by: str
    created_utc: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """How a value becomes points: a grade up to `of` with what each level means, or a reading."""

    of: float | None
    levels: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """Either `line` or `veto` is set, or neither for a veto that nobody has proposed. `round`: in which the
    caller decides, None when it is not their turn (`why_not`); `version`: what their decision has to know;
    `blind`: the caller must not learn whose it is, nor what other markers gave."""

    attempt_id: UUID
    item: str
    title: Text
    line: MarkLine | None
    veto: MarkVeto | None
    verdicts: tuple[Verdict, ...]
    least: float
    most: float
    scale: Scale | None
    tab: Tab
    mark: float | None
    round: Round | None
    why_not: Text | None
    version: int
    opinions: tuple[OpinionView, ...]
    advice: Text | None
    blind: bool = False


def item_view(store: Store, caller: Caller, attempt_id: UUID, item: str) -> ItemView:
    """One item. Raises UnknownIdError, NotAllowedError."""
    return store.read(lambda session: _read(session, caller, attempt_id, item))


def _read(session: Session, caller: Caller, attempt_id: UUID, item: str) -> ItemView:
    desk = read_desk(session, seen_attempt(session, caller, Action.REVIEW, attempt_id))
    if item not in desk.lines and not desk.is_veto(item):
        raise UnknownIdError("item", item)
    standing, line = desk.standing(item), desk.lines.get(item)
    round_, why_not = _turn(desk, item, caller)
    opinions = _opinions_for(desk, item, caller)
    blind = is_blind(desk, caller)
    own = standing.chains.get(round_) if round_ else None
    least, most = desk.range(item)
    return ItemView(
        attempt_id=attempt_id,
        item=item,
        title=desk.title(item),
        line=line,
        veto=desk.vetoes.get(item),
        verdicts=_verdicts(desk, item),
        least=least,
        most=most,
        scale=scale_of(desk, item),
        tab=standing.tab,
        mark=(own.head.mark if own and own.head else None) if blind else standing.mark,
        round=round_,
        why_not=why_not,
        version=own.version if own else 0,
        opinions=_shown(session, opinions, standing.decisive),
        advice=advice_of(desk.items[item], ()) if item in desk.items else None,
        blind=blind,
    )


def marks_blind(store: Store, caller: Caller, attempt_id: UUID) -> bool:
    """Whether the caller is to mark the attempt without knowing whose it is."""

    def read(session: Session) -> bool:
        try:
            found = seen_attempt(session, caller, Action.REVIEW, attempt_id)
        except UnknownIdError:
            return False  # it is not theirs to mark
        return is_blind(read_desk(session, found), caller)

    return caller.may(Action.REVIEW) and store.read(read)


def is_blind(desk: Desk, caller: Caller) -> bool:
    """Whether the caller must not see what other markers gave."""
    return desk.scheme.double and not caller.may(Action.ARBITRATE)


def _turn(desk: Desk, item: str, caller: Caller) -> tuple[Round | None, Text | None]:
    try:
        return round_of(desk, item, caller), None
    except RefusedError as error:
        return None, error.text


def _opinions_for(desk: Desk, item: str, caller: Caller) -> list[Opinion]:
    opinions = desk.opinions.get(item, [])
    if is_blind(desk, caller):
        return [one for one in opinions if one.by_id == caller.person_id]
    return list(opinions)


def _verdicts(desk: Desk, item: str) -> tuple[Verdict, ...]:
    names = desk.lines[item].verdict_ids if item in desk.lines else (item,)
    return tuple(verdict for verdict in desk.sheet.verdicts if verdict.id in names)


def scale_of(desk: Desk, item: str) -> Scale | None:
    """How a value becomes points of the item; None where it takes none."""
    asked = desk.items.get(item)
    if asked is None or asked.judged_by or asked.counted is not None:
        return None
    levels: Sequence[Words] = asked.graded.levels if asked.graded is not None else ()
    return Scale(asked.graded.of if asked.graded else None, tuple(level.text for level in levels))


def _shown(
    session: Session, opinions: Sequence[Opinion], decisive: Opinion | None
) -> tuple[OpinionView, ...]:
    ids = {one.by_id for one in opinions}
    people = session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(ids)))
    names = {row.id: row.name for row in people}
    return tuple(
        OpinionView(
            one.id,
            one.round,
            one.decision,
            one.awarded,
            one.value,
            one.reason_code,
            one.reason,
            one.by_id,
            names.get(one.by_id, ""),
            one.created_utc,
            decisive is not None and one.id == decisive.id,
        )
        for one in opinions
    )
