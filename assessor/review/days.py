"""On which days something was scored that is in the queue: the dots of a calendar (queue -> console).

Days are those of the school's time zone, as whoever looks for yesterday's class means them.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.review.intake import take_in
from assessor.review.queue import Filter, conditions_of
from assessor.store import Store
from assessor.store.decision_tables import ReviewItemRow
from assessor.store.people_tables import SchoolRow
from assessor.store.tables import AttemptRow


def time_zone(store: Store, caller: Caller) -> ZoneInfo:
    """Where the school's days begin."""
    return store.read(lambda session: ZoneInfo(session.get_one(SchoolRow, caller.school_id).time_zone))


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """Its first moment there."""
    return datetime.combine(day, time(), zone)


def days_with_items(store: Store, caller: Caller, wanted: Filter, month: date) -> dict[date, int]:
    """Items of the filter's tab by the day of their scoring, in the month of that day."""
    caller.must(Action.REVIEW)
    take_in(store)
    zone = time_zone(store, caller)
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    within = replace(wanted, since=day_begins(first, zone), before=day_begins(after, zone))

    def read(session: Session) -> dict[date, int]:
        query = (
            select(AttemptRow.created_utc, func.count())
            .join(ReviewItemRow, ReviewItemRow.attempt_id == AttemptRow.id)
            .where(ReviewItemRow.tab == wanted.tab.value, *conditions_of(caller, within))
            .group_by(AttemptRow.id, AttemptRow.created_utc)
        )
        found: Counter[date] = Counter()
        for scored_utc, count in session.execute(query):
            found[scored_utc.astimezone(zone).date()] += count
        return dict(found)

    return store.read(read)
