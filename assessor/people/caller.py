"""Who asks: a signed-in person or a device, with what they hold right now (sign-in -> routes and pages)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from assessor.errors import NotAllowedError
from assessor.people.roles import Action, Role, allows
from assessor.store.people_tables import DeviceRow, GrantRow, PersonRow
from assessor.types import Text

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, in one class or at one bench; neither: everywhere in the school."""

    role: Role
    class_id: UUID | None = None
    bench: str | None = None
    until_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Either `person_id` or `device_id` is set. Made anew for every request: a right that ended is gone."""

    school_id: UUID
    grants: tuple[Grant, ...]
    person_id: UUID | None = None
    device_id: UUID | None = None
    bench: str | None = None  # the one of a device
    name: str = field(default="", repr=False)
    language: Language = "zh"
    must_change: bool = False  # nothing but a new password is allowed until there is one

    @property
    def kind(self) -> str:
        """As the audit chain names it: "person" or "device"."""
        return "person" if self.person_id else "device"

    @property
    def id(self) -> str:
        """Of the person or the device."""
        return str(self.person_id or self.device_id)

    @property
    def roles(self) -> frozenset[Role]:
        """What the caller is, wherever."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def person(self) -> UUID:
        """The person's id. Raises NotAllowedError for a device."""
        if self.person_id is None:
            raise NotAllowedError(Text("这里需要由人登录。", "Only a person may do this, not a device."))
        return self.person_id

    def grants_for(self, action: Action) -> tuple[Grant, ...]:
        """The grants that allow it; the scope of the action is made of them alone."""
        if self.must_change and action is not Action.OWN_ACCOUNT:
            return ()
        return tuple(grant for grant in self.grants if allows(grant.role, action))

    def may(self, action: Action) -> bool:
        """Whether the caller may do it anywhere."""
        if action is Action.OWN_ACCOUNT:  # also whose last role has ended
            return self.person_id is not None
        return bool(self.grants_for(action))

    def must(self, action: Action) -> None:
        """Raise NotAllowedError unless the caller may do it somewhere."""
        if self.must_change and action is not Action.OWN_ACCOUNT:
            raise NotAllowedError(Text("请先设置新密码。", "Set a new password first."))
        if not self.may(action):
            raise NotAllowedError(
                Text("您的角色不允许这样做。", "Your role does not allow this; ask your administrator.")
            )


def person_caller(
    session: Session, person: PersonRow, now: datetime, language: Language = "zh"
) -> Caller | None:
    """The person with all that holds at `now`; None for a disabled account."""
    if person.disabled_utc is not None:
        return None
    return Caller(
        school_id=person.school_id,
        grants=tuple(_grant(row) for row in grant_rows(session, person.id, now)),
        person_id=person.id,
        name=person.name,
        language=language,
        must_change=person.must_change,
    )


def as_now(session: Session, caller: Caller, now: datetime) -> Caller:
    """A person with what they hold now: a page may be open for hours. NotAllowedError: a closed account."""
    found = person_caller(session, session.get_one(PersonRow, caller.person), now, caller.language)
    if found is None:
        raise NotAllowedError(Text("账户已停用。", "The account is closed."))
    return found


def is_student_numbered(session: Session, caller: Caller, number: str) -> bool:
    """Whether the caller is the student with this number."""
    row = session.get(PersonRow, caller.person)
    return row is not None and row.number == number and Role.STUDENT in caller.roles


def grant_rows(session: Session, person_id: UUID, now: datetime) -> Sequence[GrantRow]:
    """What the person holds at `now`."""
    query = select(GrantRow).where(
        GrantRow.person_id == person_id,
        GrantRow.revoked_utc.is_(None),
        or_(GrantRow.until_utc.is_(None), GrantRow.until_utc > now),
    )
    return session.scalars(query.order_by(GrantRow.created_utc, GrantRow.id)).all()


def _grant(row: GrantRow) -> Grant:
    return Grant(Role(row.role), row.class_id, row.bench, row.until_utc)


def device_caller(device: DeviceRow) -> Caller | None:
    """The device at its bench, or a monitor where it has none; None for a revoked key."""
    if device.revoked_utc is not None:
        return None
    role = Role.DEVICE if device.bench else Role.MONITOR
    return Caller(
        school_id=device.school_id,
        grants=(Grant(role, bench=device.bench or None),),
        device_id=device.id,
        bench=device.bench or None,
        name=device.name,
    )
