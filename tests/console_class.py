"""A served class for the tests of reviewing in the browser: teachers, students, attempts with clips."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from assessor.people.caller import Grant
from assessor.people.passwords import hash_password
from assessor.people.roles import Role
from assessor.recording import RecordingHeader, write_observations
from assessor.store import AttemptRecord, Store, open_store
from assessor.store.people_tables import PersonRow
from assessor.types import HandObservation, ObjectObservation, Observations, Outcome
from tests.attempts import build_good_record, build_record, write_evidence
from tests.console_site import ROOT, Site, serving
from tests.school import School, add_school

PASSWORD = "a long enough password"
NUMBERS = ("20260107", "20260112", "20260121")


@dataclass(frozen=True)
class ClassRoom:
    """The site of a class. `tokens`: sessions by role; `attempts`: in the order of NUMBERS."""

    site: Site
    tokens: dict[str, str]
    attempts: tuple[UUID, ...]
    class_id: UUID


@contextmanager
def serving_class(data: Path) -> Iterator[ClassRoom]:
    """Two attempts with ten flagged items each, and one that was done well, with clips to compare with."""
    with open_store(data) as store:
        place = add_school(store, "示范学校")
        room = place.add_class("电气 2601")
        people = _people(place, room)
        _give_password(store, people["teacher"])
        attempts = tuple(store.save_attempt(record) for record in _records(data))
        for number, attempt in zip(NUMBERS, attempts, strict=True):
            student = place.add_person(number, Grant(Role.STUDENT), login=number, name=f"学生 {number[-3:]}")
            _enrol(place, student, room)
            place.assign(attempt, student, room)
            people.setdefault("student", student)
        tokens = {role: place.session_of(person) for role, person in people.items()}
    with serving(data) as address:
        site = Site(address, attempts[0], attempts[0], "", tokens["teacher"])
        yield ClassRoom(site, tokens, attempts, room)


def _people(place: School, room: UUID) -> dict[str, UUID]:
    of_class = Grant(Role.TEACHER, class_id=room)
    return {
        "teacher": place.add_person("T01", of_class, login="teacher", name="教师 1"),
        "second": place.add_person("T02", of_class, login="second", name="教师 2"),
        "third": place.add_person("T03", of_class, login="third", name="教师 3"),
        "head": place.add_person("T04", Grant(Role.HEAD), login="head", name="负责人"),
        "administrator": place.add_person("A01", Grant(Role.ADMINISTRATOR), login="admin", name="管理员"),
        "operator": place.add_person("O01", Grant(Role.OPERATOR), login="operator", name="设备员"),
    }


def _enrol(place: School, student: UUID, room: UUID) -> None:
    from assessor.store.people_tables import EnrolmentRow

    now = place.store.now()
    row = {"class_id": room, "person_id": student, "seat": "trainer_24v", "created_utc": now}
    place.store.write(lambda session: session.add(EnrolmentRow(**row)))


def _give_password(store: Store, person: UUID) -> None:
    hashed = hash_password(PASSWORD, "teacher")

    def work(session: Session) -> None:
        session.get_one(PersonRow, person).password_hash = hashed

    store.write(work)


def _records(data: Path) -> Iterator[AttemptRecord]:
    video = ROOT / "samples" / "start_stop_faulty.mp4"
    first = build_record("start_stop_faulty.mp4", "faulty", NUMBERS[0])
    write_evidence(first, data, video)
    yield replace(first, observations=_observations(first, data))
    second = build_record("bench3_0915.mp4", "another", NUMBERS[1])
    yield replace(second, evidence_folder=first.evidence_folder)
    good = build_good_record("start_stop_good.mp4", NUMBERS[2])
    clips = {verdict.id: verdict.evidence for verdict in first.sheet.verdicts}
    verdicts = tuple(replace(one, evidence=clips[one.id]) for one in good.sheet.verdicts)
    assert all(one.outcome is Outcome.MET for one in verdicts)
    sheet = replace(good.sheet, verdicts=verdicts)
    yield replace(good, sheet=sheet, evidence_folder=first.evidence_folder)


def _observations(record: AttemptRecord, data: Path) -> str:
    """A hand and a box that move across the picture, ten times a second."""
    name = f"{record.evidence_folder}/observations.jsonl.gz"
    sha256, bench = record.recording.sha256, record.bench.sha256
    header = RecordingHeader(sha256, bench, {}, 473, None, 47.3, 640, 360)
    write_observations(data / name, header, (_seen(index) for index in range(473)))
    return name


def _seen(index: int) -> Observations:
    x = 200.0 + index % 100
    joints = tuple((x + 5.0 * (joint % 5), 150.0 + 8.0 * (joint // 5)) for joint in range(21))
    hand = HandObservation(1, "right", 0.9, joints)
    box = ObjectObservation("screwdriver", 0.9, (x, 120.0, x + 90, 180.0))
    return Observations(index, index / 10, "ok", None, hands=(hand,), objects=(box,))
