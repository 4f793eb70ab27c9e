"""A served class for the tests of reviewing in the browser: teachers, students, attempts with clips."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from assessor.people.caller import Grant
from assessor.people.passwords import hash_password
from assessor.people.roles import Role
from assessor.procedure import load_procedure
from assessor.recording import RecordingHeader, write_observations
from assessor.settings import rules_folder
from assessor.simulate import fitting_bench, simulate
from assessor.store import AttemptRecord, Store
from assessor.store.people_tables import PersonRow
from assessor.story import read_story
from assessor.types import Evidence, HandObservation, ObjectObservation, Observations
from tests.attempts import build_record, by_shipped, clip_at, write_evidence
from tests.console_site import ROOT, Site, serving
from tests.school import School, add_school
from tests.stores import open_store

PASSWORD = "a long enough password"
NUMBERS = ("20260107", "20260112", "20260121")


@dataclass(frozen=True)
class ClassRoom:
    """The site of a class. `tokens`: sessions by role; `attempts`: in the order of NUMBERS."""

    site: Site
    tokens: dict[str, str]
    attempts: tuple[UUID, ...]
    class_id: UUID
    student: UUID


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
        yield ClassRoom(site, tokens, attempts, room, people["student"])


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
    """The shipped procedure's own timelines, with clips of the sample recordings; for the second one nobody
    has supplied what the camera does not see."""
    faulty, perfect = (_timeline(name) for name in ("faulty", "perfect"))
    first = _scored("start_stop_faulty.mp4", NUMBERS[0], faulty)
    write_evidence(first, data, ROOT / "samples" / "start_stop_faulty.mp4")
    yield replace(first, observations=_observations(first, data))
    seen = "\n".join(line for line in faulty.splitlines() if not re.search(r"photo|reading|person", line))
    yield replace(_scored("bench3_0915.mp4", NUMBERS[1], seen), evidence_folder=first.evidence_folder)
    good = _scored("start_stop_good.mp4", NUMBERS[2], perfect)
    write_evidence(good, data, ROOT / "samples" / "start_stop_good.mp4")
    yield good


def _timeline(name: str) -> str:
    file = rules_folder() / "procedures" / "motor_start_stop" / f"{name}.timeline"
    return file.read_text(encoding="utf-8")


def _scored(name: str, student: str, timeline: str) -> AttemptRecord:
    """What the judge says of a timeline, as an attempt whose evidence all has clips."""
    record = by_shipped(build_record(name, name, student), "motor_start_stop")
    procedure = load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml")
    sheet = simulate(procedure, fitting_bench(procedure), read_story(timeline))
    sheet = replace(
        sheet,
        recording_sha256=record.recording.sha256,
        bench_sha256=record.bench.sha256,
        verdicts=tuple(replace(one, evidence=_with_clip(one.evidence)) for one in sheet.verdicts),
        lines=tuple(replace(one, evidence=tuple(map(_with_clip, one.evidence))) for one in sheet.lines),
    )
    return replace(record, sheet=sheet)


def _with_clip(evidence: Evidence | None) -> Any:
    return None if evidence is None else clip_at(evidence.start_s, evidence.end_s)


def _observations(record: AttemptRecord, data: Path) -> str:
    """The hand where it really was, ten times a second; tools were looked for every half second."""
    name = f"{record.evidence_folder}/observations.jsonl.gz"
    truth = json.loads((ROOT / "samples" / "start_stop_faulty.truth.json").read_text("utf-8"))
    size = truth["width"], truth["height"]
    header = RecordingHeader(record.recording.sha256, record.bench.sha256, {}, 473, None, 47.3, *size)
    write_observations(data / name, header, list(_seen(truth["frames"])))
    return name


def _seen(rows: list[dict[str, Any]]) -> Iterator[Observations]:
    tools: tuple[ObjectObservation, ...] = ()
    for index, row in enumerate(rows):
        joints = tuple((x, y) for x, y in row.get("joints", ()))
        if index % 5 == 0:
            tips = row.get("tool_tips", {}).items()
            tools = tuple(
                ObjectObservation(tool, 0.9, (x - 20, y - 20, x + 60, y + 90)) for tool, (x, y) in tips
            )
        hands = (HandObservation(1, "right", 0.9, joints),) if joints else ()
        yield Observations(index, row["t"], "ok", None, hands=hands, objects=tools)
