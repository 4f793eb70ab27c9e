"""Keys of bench PCs and camera boxes: each may append to its own bench, nothing else (key -> `Caller`)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.ledger import audit
from assessor.people.caller import Caller, device_caller
from assessor.people.names import check_name
from assessor.people.roles import Action
from assessor.people.scope import devices_seen
from assessor.people.secrets import DEVICE_KEY, hash_of, new_token
from assessor.store import Store, UnknownIdError
from assessor.store.pages import WHOLE, By, Page, Part, page_of
from assessor.store.people_tables import DeviceRow, SchoolRow


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it is listed. No `bench`: a monitor, it may read the metrics and nothing else."""

    id: UUID
    bench: str | None
    name: str
    created_utc: datetime
    seen_utc: datetime | None
    revoked_utc: datetime | None


def device_of(store: Store, key: str) -> Caller | None:
    """Whose key it is."""

    def find(session: Session) -> Caller | None:
        row = session.scalar(select(DeviceRow).where(DeviceRow.key_sha256 == hash_of(key)))
        return None if row is None else device_caller(row)

    return store.read(find)


def list_devices(store: Store, caller: Caller) -> tuple[Device, ...]:
    """All of `devices_page`."""
    return devices_page(store, caller, WHOLE).items


def devices_page(store: Store, caller: Caller, part: Part) -> Page[Device]:
    """The school's devices, by bench and name."""
    caller.must(Action.EDIT_DEVICES)
    query = select(DeviceRow).where(devices_seen(caller))
    order = (By(DeviceRow.bench), By(DeviceRow.name), By(DeviceRow.id))
    return store.read(lambda session: page_of(session, query, order, part, _device))


def add_device(store: Store, caller: Caller, bench: str | None, name: str) -> tuple[Device, str]:
    """A new device and its key, which is told this once. Without a bench it is a monitor."""
    caller.must(Action.EDIT_DEVICES)
    bench, name = check_name(bench) if bench is not None else "", check_name(name)
    key, now = new_token(DEVICE_KEY), store.now()

    def add(session: Session) -> Device:
        row = DeviceRow(
            school_id=caller.school_id,
            bench=bench,
            name=name,
            key_sha256=hash_of(key),
            by_id=caller.person_id,
            created_utc=now,
        )
        session.add(row)
        session.flush()
        audit.append(session, now, audit.Actor(caller.kind, caller.id), "device.add", "device", row.id)
        return _device(row)

    return store.write(add), key


def school_of(store: Store, device_id: UUID) -> UUID:
    """Whose device it is. UnknownIdError."""
    found = store.read(
        lambda session: session.scalar(select(DeviceRow.school_id).where(DeviceRow.id == device_id))
    )
    if found is None:
        raise UnknownIdError("device", device_id)
    return found


def own_device(store: Store, bench: str, name: str) -> UUID:
    """The device in whose name this machine itself reports of a bench; nobody holds its key. Of several
    schools it is the first one's. StoreError where none is set up."""
    key, now = hash_of(new_token(DEVICE_KEY)), store.now()

    def work(session: Session) -> UUID:
        named = DeviceRow.bench == bench, DeviceRow.name == name
        known = session.scalar(select(DeviceRow.id).where(*named))
        if known is not None:
            return known
        school = session.scalars(select(SchoolRow.id).order_by(SchoolRow.created_utc)).first()
        if school is None:
            raise StoreError("expected a school, but none is set up; open the console's set-up link first")
        row = DeviceRow(school_id=school, bench=bench, name=name, key_sha256=key, created_utc=now)
        session.add(row)
        session.flush()
        return row.id

    return store.write(work)


def revoke_device(store: Store, caller: Caller, device_id: UUID) -> None:
    """Its key opens nothing any more."""
    caller.must(Action.EDIT_DEVICES)
    now = store.now()

    def revoke(session: Session) -> None:
        row = session.scalar(select(DeviceRow).where(DeviceRow.id == device_id, devices_seen(caller)))
        if row is None:
            raise UnknownIdError("device", device_id)
        if row.revoked_utc is None:
            row.revoked_utc = now
            audit.append(session, now, audit.Actor(caller.kind, caller.id), "device.revoke", "device", row.id)

    store.write(revoke)


def _device(row: DeviceRow) -> Device:
    return Device(row.id, row.bench or None, row.name, row.created_utc, row.seen_utc, row.revoked_utc)
