"""What a person has typed for an item and not sent: kept until it is sent (console, api -> store)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.desk import seen_attempt
from assessor.review.wishes import MOST_REASON, refuse
from assessor.store import Store
from assessor.store.decision_tables import ReviewDraftRow

MOST_FIELDS = 12


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """The fields of a form as they were left. Only its author sees it."""

    attempt_id: UUID
    item: str
    body: Mapping[str, str]
    updated_utc: datetime


def keep_draft(store: Store, caller: Caller, attempt_id: UUID, item: str, body: Mapping[str, str]) -> None:
    """Keep what was typed; the draft of a moment ago gives way. Raises RefusedError, UnknownIdError."""
    _check(body, item)
    now = store.now()

    def write(session: Session) -> None:
        seen_attempt(session, caller, Action.REVIEW, attempt_id)
        row = session.get(ReviewDraftRow, (caller.person, attempt_id, item))
        if row is None:
            row = ReviewDraftRow(person_id=caller.person, attempt_id=attempt_id, item=item)
            session.add(row)
        row.body, row.updated_utc = dict(body), now

    store.write(write)


def drafts_of(store: Store, caller: Caller, attempt_id: UUID) -> tuple[ReviewDraft, ...]:
    """What the caller has left lying for an attempt."""

    def read(session: Session) -> tuple[ReviewDraft, ...]:
        seen_attempt(session, caller, Action.REVIEW, attempt_id)
        query = select(ReviewDraftRow).where(
            ReviewDraftRow.person_id == caller.person, ReviewDraftRow.attempt_id == attempt_id
        )
        rows = session.scalars(query.order_by(ReviewDraftRow.item))
        return tuple(ReviewDraft(row.attempt_id, row.item, row.body, row.updated_utc) for row in rows)

    return store.read(read)


def drop_draft(store: Store, caller: Caller, attempt_id: UUID, item: str) -> None:
    """Forget what was typed; there need not be anything."""

    def write(session: Session) -> None:
        seen_attempt(session, caller, Action.REVIEW, attempt_id)
        session.execute(
            delete(ReviewDraftRow).where(
                ReviewDraftRow.person_id == caller.person,
                ReviewDraftRow.attempt_id == attempt_id,
                ReviewDraftRow.item == item,
            )
        )

    store.write(write)


def _check(body: Mapping[str, str], item: str) -> None:
    texts = (item, *body, *body.values())
    if len(body) > MOST_FIELDS or any(len(text) > MOST_REASON for text in texts):
        raise refuse(
            f"草稿最多 {MOST_FIELDS} 个字段，每个最多 {MOST_REASON} 字。",
            f"A draft has at most {MOST_FIELDS} fields of {MOST_REASON} characters.",
        )
    if any("\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text) for text in texts):
        raise refuse("草稿中有无法保存的字符。", "The draft holds characters that cannot be kept.")
