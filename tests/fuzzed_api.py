"""Sends generated requests, allowed and not, to every operation of the interface (Schemathesis on a socket).

Half of them name things that are there. Whoever asks holds every role, so that the services are reached; what
comes back must be a status that the document names, in the shape it says, and never a fault of the server.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import Settings, create_app
from api.limits import Rate
from assessor.people.caller import Grant
from assessor.people.roles import PERSONAL
from tests.api_site import serving_app
from tests.attempts import build_record, write_evidence
from tests.school import add_school
from tests.stores import open_store

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDS_THE_SESSION = {("DELETE", "/v1/session"), ("PUT", "/v1/session/password")}
FOR_DEVICES = {("POST", "/v1/events")}


@dataclass(frozen=True)
class Target:
    """A served school; `ids`: values of path parameters that name something; `new_token`: a new session's."""

    address: str
    document: dict[str, Any]
    ids: dict[str, str]
    token: str
    device_key: str
    new_token: Callable[[], str]

    def headers(self, operation: Any) -> dict[str, str]:
        """Who asks."""
        what = (operation.method.upper(), operation.path)
        token = self.device_key if what in FOR_DEVICES else self.token
        return {"Authorization": f"Bearer {self.new_token() if what in ENDS_THE_SESSION else token}"}


@dataclass(frozen=True, slots=True)
class Way:
    """How requests to one operation are made: allowed or not, naming what is there or not."""

    operation: Any
    mode: GenerationMode
    known: bool

    @property
    def name(self) -> str:
        """As the report tells it."""
        return f"{self.operation.method.upper()} {self.operation.path}"


@contextmanager
def serving_school(data: Path) -> Iterator[Target]:
    """With an attempt, its clips, a student, a class and a device."""
    record = build_record()
    write_evidence(record, data)
    with open_store(data) as store:
        school = add_school(store)
        place = school.add_class("一班")
        student = school.add_student("001", place)
        attempt = store.save_attempt(record)
        school.assign(attempt, student, place, "bench1")
        school.release_as_proposed(attempt)
        everything = [Grant(role) for role in PERSONAL]
        person = school.add_person("all", *everything, login="all")
        device, key = school.add_device("bench1")
        ids = {
            "attempt_id": attempt,
            "evidence_id": next(iter(store.evidence_ids(attempt).values())),
            "sha256": record.procedure.sha256,
            "person_id": student,
            "class_id": place,
            "device_id": device,
            "item": "isolation",
        }
        app = create_app(Settings(store, console=False, rate=Rate(10**9, 10**9)))
        with serving_app(app) as client:
            named = {name: str(value) for name, value in ids.items()}
            yield Target(
                address=str(client.base_url),
                document=app.openapi(),
                ids=named,
                token=school.session_of(person),
                device_key=key,
                new_token=lambda: school.session_of(person),
            )


def fuzz(target: Target, cases: int, start: int = 0) -> Counter[tuple[str, str]]:
    """How often each operation answered with which status; at least `cases` requests, about as many to each.

    The same `start` makes the same requests. Raises what a check found.
    """
    schema = schemathesis.openapi.from_dict(target.document)
    operations: list[Any] = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    ways = [Way(one, mode, known) for one in operations for mode in GenerationMode for known in (False, True)]
    counts: Counter[tuple[str, str]] = Counter()
    faults: list[Exception] = []
    turn = 0
    while ways and counts.total() < cases and not faults:
        each = -(-(cases - counts.total()) // len(ways))
        ways = [way for way in ways if _ask(target, way, (each, start + turn), (counts, faults))]
        turn += 1
    if faults:
        raise ExceptionGroup("what the requests brought to light", faults)
    return counts


def _ask(
    target: Target, way: Way, how: tuple[int, int], found: tuple[Counter[tuple[str, str]], list[Exception]]
) -> bool:
    """Whether there was anything to ask: a request without parameters has nothing to get wrong."""
    (each, turn), (counts, faults) = how, found
    operation, before = way.operation, counts.total()
    names = [one.name for one in operation.path_parameters]
    given_ids = {name: target.ids[name] for name in names if name in target.ids} if way.known else {}
    if way.known and not given_ids:
        return False  # the same as not known
    path = {"path_parameters": given_ids} if len(given_ids) == len(names) and names else {}

    @seed(turn)
    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=way.mode, **path))
    def send(case: Any) -> None:
        answer = case.call(base_url=target.address, headers=target.headers(operation), timeout=60)
        counts[way.name, str(answer.status_code)] += 1
        case.validate_response(answer, checks=CHECKS)

    try:
        send()
    except Unsatisfiable:
        pass
    except Failure as fault:
        faults.append(fault)
    except BaseExceptionGroup as group:
        faults.extend(fault for fault in group.exceptions if isinstance(fault, Exception))
    return counts.total() - before > each // 10
