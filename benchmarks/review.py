"""How long a page of the review queue, an item and a decision take in a school of 3,000 students.

    python -m benchmarks.review                # 3,000 attempts in 100 classes; SQLite in a new folder
    python -m benchmarks.review --students 300

Every attempt has the seven items of the tests' procedure, five of them flagged. Times are of the services, in
this process, one after the other; the queue is asked by a head (the whole school) and by a teacher (a class).
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import UUID

from assessor.ledger.audit import Actor, append
from assessor.people.caller import Caller, Grant
from assessor.people.roles import Role
from assessor.review import decide as deciding
from assessor.review.decide import Seen, decide
from assessor.review.intake import take_in
from assessor.review.item_view import item_view
from assessor.review.queue import Filter, review_queue
from assessor.review.standing import Decision, Tab
from assessor.review.wishes import Wish
from assessor.store import Store, open_store
from tests.review_cases import record
from tests.school import School, add_school

IN_A_CLASS = 30


def say(text: str) -> None:
    """One line of the table."""
    sys.stdout.write(text + "\n")


def timed(name: str, work: Callable[[int], object], times: int = 30) -> None:
    """Median and 95th percentile of the time that passed, and the median of the processor's."""
    taken, used = [], []
    for number in range(times):
        begun, before = time.perf_counter(), time.process_time()
        work(number)
        taken.append((time.perf_counter() - begun) * 1000)
        used.append((time.process_time() - before) * 1000)
    p95 = sorted(taken)[max(0, round(times * 0.95) - 1)]
    say(f"{name:<40}{statistics.median(taken):9.1f}{p95:9.1f}{statistics.median(used):9.1f}")


def fill(store: Store, students: int) -> tuple[School, Caller, Caller]:
    """The school; a head and a teacher of one class."""
    school = add_school(store)
    head = school.caller(school.add_person("head", Grant(Role.HEAD)))
    classes = [school.add_class(f"class {number}") for number in range(max(1, students // IN_A_CLASS))]
    teacher = school.caller(school.add_person("teacher", Grant(Role.TEACHER, classes[0])))
    for number in range(students):
        class_id = classes[number % len(classes)]
        student = school.add_student(f"{number}", class_id)
        school.assign(store.save_attempt(record(f"attempt {number}")), student, class_id)
    return school, head, teacher


def measure(store: Store, head: Caller, teacher: Caller) -> None:
    """The table."""
    say(f"{'ms':<40}{'median':>9}{'p95':>9}{'CPU':>9}")
    page = review_queue(store, head, Filter())
    timed("queue, first page, whole school", lambda _: review_queue(store, head, Filter()))
    timed("queue, a later page", lambda _: review_queue(store, head, Filter(), after=page.next))
    timed(
        "queue, one item, all sure ones",
        lambda _: review_queue(store, head, Filter(Tab.CLEAR, item="powered")),
    )
    timed("queue, first page, one class", lambda _: review_queue(store, teacher, Filter()))
    items = page.items
    timed("one item", lambda n: item_view(store, head, items[n].attempt_id, items[n].item))
    timed("a decision", lambda n: decide(store, head, doubt(items[n].attempt_id, items[n].item)))


def waits_beside(store: Store, head: Caller, at_once: int) -> tuple[list[float], float, int]:
    """How long another writer waits (ms) while 200 items are accepted, how long that takes (s), how many."""
    deciding.AT_ONCE = at_once
    found = review_queue(store, head, Filter(Tab.CLEAR), limit=deciding.MOST_AT_ONCE).items
    seen = [Seen(one.attempt_id, one.item, one.version) for one in found]
    waits: list[float] = []
    with ThreadPoolExecutor(1) as bulk:
        begun = time.perf_counter()
        done = bulk.submit(deciding.accept_all, store, head, seen)
        while not done.done():
            since = time.perf_counter()
            store.write(partial(append, now=store.now(), actor=Actor("system", None), action="bench.x"))
            waits.append((time.perf_counter() - since) * 1000)
            time.sleep(0.01)
        return waits, time.perf_counter() - begun, len(done.result().accepted)


def measure_beside(store: Store, head: Caller) -> None:
    """What accepting many at once does to a bench that writes meanwhile."""
    for at_once in (deciding.MOST_AT_ONCE, deciding.AT_ONCE):
        waits, took, count = waits_beside(store, head, at_once)
        p95 = sorted(waits)[max(0, round(len(waits) * 0.95) - 1)]
        name = f"a writer beside, {count} accepted by {at_once}"
        figures = f"{statistics.median(waits):9.1f}{p95:9.1f}"
        say(f"{name:<40}{figures}  most {max(waits):.0f}; all in {took:.1f} s")


def doubt(attempt: UUID, item: str) -> Wish:
    """A decision that every item takes."""
    return Wish(attempt, item, Decision.DOUBT, 0, reason="x")


def main() -> None:
    """Fill a store, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=3000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        _, head, teacher = fill(store, given.students)
        begun, before = time.perf_counter(), time.process_time()
        count = take_in(store)
        took, used = time.perf_counter() - begun, time.process_time() - before
        say(f"{count} attempts taken into the queue in {took:.1f} s (CPU {used:.1f} s)")
        measure(store, head, teacher)
        measure_beside(store, head)


if __name__ == "__main__":
    main()
