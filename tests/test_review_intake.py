"""New attempts take their place in the queue, whatever they hold and whenever they were committed."""

from sqlalchemy import delete, update

from assessor.review.intake import take_in
from assessor.store import Store
from assessor.store.decision_tables import ReviewItemRow
from assessor.store.tables import MarkSheetRow
from tests.attempts import build_record


def test_an_attempt_without_items_ends_the_taking_in(store: Store) -> None:
    empty = store.save_attempt(build_record(content="no items"))
    sheets = MarkSheetRow.attempt_id == empty
    store.write(lambda session: session.execute(update(MarkSheetRow).where(sheets).values(state="draft")))
    other = store.save_attempt(build_record(content="another"))
    take_in(store)
    take_in(store)
    taken = store.read(lambda session: {row.attempt_id for row in session.query(ReviewItemRow)})
    assert taken == {other}


def test_an_attempt_committed_after_a_later_one_is_taken_in(store: Store) -> None:
    first, second = (store.save_attempt(build_record(content=text)) for text in ("first", "second"))
    take_in(store)
    late = ReviewItemRow.attempt_id == first  # as if another process had committed it only now
    store.write(lambda session: session.execute(delete(ReviewItemRow).where(late)))
    assert take_in(store) == 1
    taken = store.read(lambda session: {row.attempt_id for row in session.query(ReviewItemRow)})
    assert taken == {first, second}
