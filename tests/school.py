"""Builders of a school with its people, for the tests of who may what."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.people import passwords
from assessor.people.caller import Caller, Grant, device_caller, person_caller
from assessor.people.roles import Role
from assessor.people.secrets import DEVICE_KEY, hash_of, new_token
from assessor.people.sign_in import Visit, open_session
from assessor.store import Store
from assessor.store.decision_tables import AssignmentRow
from assessor.store.load import to_evidence
from assessor.store.people_tables import (
    ClassRow,
    DeviceRow,
    EnrolmentRow,
    GrantRow,
    PersonRow,
    SchoolRow,
)
from assessor.store.save import sheet_row
from assessor.store.tables import EvidenceRow, MarkSheetRow

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real hashes of small cost: the usual ones take a core some 0.1 s each."""
    hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64),))
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


class Clock:
    """What a store takes for the time; it stands until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class School:
    """A school in a store; what its methods add is committed at once."""

    store: Store
    id: UUID

    def add_class(self, name: str, term: str = "2026-1") -> UUID:
        now = self.store.now()
        return self._add(lambda: ClassRow(school_id=self.id, name=name, term=term, created_utc=now))

    def add_person(self, number: str, *grants: Grant, login: str | None = None, name: str = "") -> UUID:
        """Somebody with these roles; with a login, but without a password."""
        now, name = self.store.now(), name or f"人员 {number}"

        def work(session: Session) -> UUID:
            row = PersonRow(school_id=self.id, number=number, name=name, login=login, created_utc=now)
            session.add(row)
            session.flush()
            for grant in grants:
                session.add(
                    GrantRow(
                        person_id=row.id,
                        role=grant.role.value,
                        class_id=grant.class_id,
                        bench=grant.bench,
                        until_utc=grant.until_utc,
                        created_utc=now,
                    )
                )
            return row.id

        return self.store.write(work)

    def add_student(self, number: str, class_id: UUID, seat: str | None = None) -> UUID:
        person, now = self.add_person(number, Grant(Role.STUDENT), login=number), self.store.now()
        self._add(lambda: EnrolmentRow(class_id=class_id, person_id=person, seat=seat, created_utc=now))
        return person

    def add_device(self, bench: str, name: str = "bench PC") -> tuple[UUID, str]:
        """A device and its key; no bench: a monitor."""
        key, now = new_token(DEVICE_KEY), self.store.now()
        fields = {"school_id": self.id, "bench": bench, "name": name, "key_sha256": hash_of(key)}
        return self._add(lambda: DeviceRow(**fields, created_utc=now)), key

    def assign(
        self, attempt: UUID, person: UUID | None, class_id: UUID | None = None, bench: str = ""
    ) -> None:
        now = self.store.now()
        row = {"attempt_id": attempt, "person_id": person, "class_id": class_id, "bench": bench or None}
        self.store.write(lambda session: session.add(AssignmentRow(**row, reason="roster", created_utc=now)))

    def release(self, attempt: UUID, total: float = 50.0) -> None:
        """Add an empty released sheet."""
        self.add_sheet(attempt, "released", total, after_s=1)

    def release_as_proposed(self, attempt: UUID) -> None:
        """Add the machine's sheet once more, released, with its lines and their evidence."""
        sheet, later = self.store.mark_sheet(attempt), self.store.now() + timedelta(seconds=1)
        rows = select(EvidenceRow).where(EvidenceRow.attempt_id == attempt)

        def work(session: Session) -> None:
            evidence = {to_evidence(row): row for row in session.scalars(rows)}
            row = sheet_row(replace(sheet, state="released"), evidence, later)
            row.attempt_id = attempt
            session.add(row)

        self.store.write(work)

    def rename(self, person: UUID, name: str) -> None:
        """Another name for somebody."""
        self.store.write(lambda session: setattr(session.get_one(PersonRow, person), "name", name))

    def revoke(self, person: UUID) -> None:
        """Take all roles of a person."""
        now = self.store.now()

        def work(session: Session) -> None:
            for row in session.scalars(select(GrantRow).where(GrantRow.person_id == person)):
                row.revoked_utc = now

        self.store.write(work)

    def grants_of(self, person: UUID) -> list[UUID]:
        query = select(GrantRow.id).where(GrantRow.person_id == person)
        return self.store.read(lambda session: list(session.scalars(query)))

    def add_sheet(self, attempt: UUID, state: str, total: float, after_s: float) -> None:
        row = {"attempt_id": attempt, "state": state, "total": total, "possible": 100.0}
        later = self.store.now() + timedelta(seconds=after_s)
        self.store.write(lambda session: session.add(MarkSheetRow(**row, created_utc=later)))

    def caller(self, person: UUID) -> Caller:
        """As `Identify` would find them now."""
        now = self.store.now()
        found = self.store.read(
            lambda session: person_caller(session, session.get_one(PersonRow, person), now)
        )
        assert found is not None
        return found

    def device(self, device: UUID) -> Caller:
        found = self.store.read(lambda session: device_caller(session.get_one(DeviceRow, device)))
        assert found is not None
        return found

    def session_of(self, person: UUID) -> str:
        """The token of a session of somebody signed in."""
        return open_session(self.store, person, Visit("127.0.0.1", "test"))

    def _add(self, make: "Callable[[], SchoolRow | ClassRow | EnrolmentRow | DeviceRow]") -> UUID:
        return add_row(self.store, make)


def add_row(store: Store, make: "Callable[[], SchoolRow | ClassRow | EnrolmentRow | DeviceRow]") -> UUID:
    def work(session: Session) -> UUID:
        row = make()
        session.add(row)
        session.flush()
        return row.id

    return store.write(work)


def add_school(store: Store, name: str = "学校") -> School:
    now = store.now()
    row = {"name": name, "time_zone": "Asia/Shanghai", "created_utc": now}
    return School(store, add_row(store, lambda: SchoolRow(**row)))
