"""A school of many students, attempts and events in a store, for benchmarks/server.py."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy import func, insert, literal, select, text
from sqlalchemy.orm import Session

from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.store import Store
from assessor.store.decision_tables import AssignmentRow
from assessor.store.ledger_tables import BenchEventRow
from assessor.store.people_tables import DeviceRow, EnrolmentRow, GrantRow, PersonRow
from assessor.store.tables import AttemptRow, MarkLineRow, MarkSheetRow
from tests.attempts import build_record
from tests.school import School

CLASS_SIZE = 40
ATTEMPTS_EACH = 4


@dataclass(frozen=True)
class Filled:
    """A teacher of one class, a student of it."""

    teacher: UUID
    student: UUID
    class_id: UUID
    class_size: int


def fill_school(school: School, students: int) -> Filled:
    """Classes of students, each with attempts that are released."""
    store, now = school.store, school.store.now()
    first = store.save_attempt(build_record())
    classes = [school.add_class(f"class {n}") for n in range(max(1, students // CLASS_SIZE))]
    people = [uuid4() for _ in range(students)]
    place = {person: classes[n % len(classes)] for n, person in enumerate(people)}
    number = {person: f"{n:08d}" for n, person in enumerate(people)}
    made = [(uuid4(), person) for _ in range(ATTEMPTS_EACH) for person in people]
    sheets = [(uuid4(), attempt, state) for state in ("proposed", "released") for attempt, _ in made]
    with store.engine.connect() as connection:
        attempt = dict(connection.execute(select(AttemptRow.__table__)).mappings().first() or {})
        sheet = dict(connection.execute(select(MarkSheetRow.__table__)).mappings().first() or {})
        lines = [dict(row) for row in connection.execute(select(MarkLineRow.__table__)).mappings()]
    assert attempt["id"] == first
    common = {"school_id": school.id, "created_utc": now, "must_change": False}
    new = {"created_utc": now}
    numbered = enumerate(made, 10)
    tables = (
        (PersonRow, [{"id": p, "number": number[p], "name": number[p], **common} for p in people]),
        (EnrolmentRow, [{"id": uuid4(), "class_id": place[p], "person_id": p, **new} for p in people]),
        (GrantRow, [{"id": uuid4(), "person_id": p, "role": "student", **new} for p in people]),
        (AttemptRow, [attempt | {"id": a, "seq": n, "fingerprint": a.hex * 2} for n, (a, _) in numbered]),
        (MarkSheetRow, [sheet | {"id": s, "attempt_id": a, "state": state} for s, a, state in sheets]),
        (MarkLineRow, [line | {"id": uuid4(), "sheet_id": s} for s, _, _ in sheets for line in lines]),
        (AssignmentRow, [
            {"attempt_id": a, "person_id": p, "class_id": place[p], "reason": "roster", **new}
            for a, p in made
        ]),
    )  # fmt: skip
    for table, rows in tables:
        store.write(partial(Session.execute, statement=insert(table.__table__), params=rows))
    teacher = school.add_person("teacher", Grant(Role.TEACHER, class_id=classes[0]))
    return Filled(teacher, people[0], classes[0], sum(at == classes[0] for at in place.values()))


def fill_events(store: Store, rows: int) -> UUID:
    """So many events, spread over all devices; the first device's id."""
    devices = store.read(lambda session: session.scalars(select(DeviceRow.id).order_by(DeviceRow.id)).all())
    highest = store.read(lambda session: session.scalar(select(func.max(BenchEventRow.bench_seq)))) or 0
    numbers = select(literal(0).label("i")).cte("n", recursive=True)
    numbers = numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i + 1 < rows))
    place = (func.row_number().over(order_by=DeviceRow.id) - 1).label("place")
    device = select(DeviceRow.id, DeviceRow.bench, place).subquery()
    now = store.now()
    found = select(
        device.c.id, device.c.bench, highest + 1 + numbers.c.i // len(devices), literal(now), literal(now),
        literal("switch"), literal("Q1"), literal("on"), literal(1.0),
    ).join(device, device.c.place == numbers.c.i % len(devices))  # fmt: skip
    columns = ["device_id", "bench", "bench_seq", "happened_utc", "received_utc"]
    columns += ["kind", "subject", "value", "confidence"]
    store.write(lambda session: session.execute(insert(BenchEventRow).from_select(columns, found)))
    return devices[0]


def size_mb(store: Store) -> float:
    """Megabytes of the database."""
    postgres = "SELECT pg_database_size(current_database())"
    sqlite = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    query = sqlite if store.engine.dialect.name == "sqlite" else postgres
    return float(store.read(lambda session: session.scalar(text(query))) or 0) / 1e6
