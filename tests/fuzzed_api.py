"""Sends generated requests, allowed and not, to every operation of the interface (Schemathesis on a socket).

Half of them name things that are there. Whoever asks holds every role, so that the services are reached; what
comes back must be a status that the document names, in the shape it says, and never a fault of the server.
"""

from collections import Counter
from collections.abc import Iterator
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
    """A served school; `ids`: values of path parameters that name something."""

    address: str
    document: dict[str, Any]
    ids: dict[str, str]
    token: str
    device_key: str


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
            yield Target(str(client.base_url), app.openapi(), named, school.session_of(person), key)


def fuzz(target: Target, cases: int, start: int = 0) -> Counter[str]:
    """Statuses of about `cases` requests, the same number to every operation. Raises what a check found."""
    schema = schemathesis.openapi.from_dict(target.document)
    operations: list[Any] = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    modes = [(mode, known) for mode in GenerationMode for known in (False, True)]
    each = max(1, round(cases / len(operations) / len(modes)))
    statuses: Counter[str] = Counter()
    faults: list[Exception] = []
    for operation in operations:
        if (operation.method.upper(), operation.path) in ENDS_THE_SESSION:
            continue
        for mode, known in modes:
            try:
                _fuzz_one(target, operation, (mode, known, each, start), statuses)
            except Failure as found:
                faults.append(found)
            except BaseExceptionGroup as group:
                faults.extend(found for found in group.exceptions if isinstance(found, Exception))
    if faults:
        raise ExceptionGroup("what the requests brought to light", faults)
    return statuses


def _fuzz_one(
    target: Target, operation: Any, how: tuple[GenerationMode, bool, int, int], statuses: Counter[str]
) -> None:
    mode, known, each, start = how
    names = [one.name for one in operation.path_parameters]
    given_ids = {name: target.ids[name] for name in names if name in target.ids} if known else {}
    device = (operation.method.upper(), operation.path) in FOR_DEVICES
    headers = {"Authorization": f"Bearer {target.device_key if device else target.token}"}
    path = {"path_parameters": given_ids} if given_ids and len(given_ids) == len(names) else {}

    @seed(start)
    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **path))
    def send(case: Any) -> None:
        answer = case.call(base_url=target.address, headers=headers, timeout=60)
        statuses[str(answer.status_code)] += 1
        case.validate_response(answer, checks=CHECKS)

    try:
        send()
    except Unsatisfiable:  # there is nothing to get wrong in a request without parameters
        return
