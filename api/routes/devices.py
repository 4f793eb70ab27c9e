"""Devices at the benches: their keys, and what they reported."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import StoreDep, may
from api.once import ONCE_UNTOLD
from api.pages import PageOut, PageQuery, listed, page_out
from api.problems import problem_responses
from api.schemas_people import DeviceIn, DeviceOut, EventOut, NewDeviceOut
from assessor.people import devices
from assessor.people.caller import Caller
from assessor.people.device_events import events_of
from assessor.people.roles import Action

router = APIRouter(prefix="/devices", tags=["devices"])
Editor = Annotated[Caller, may(Action.EDIT_DEVICES)]


@router.get("", responses=problem_responses(401, 403))
def list_devices(store: StoreDep, caller: Editor, page: Annotated[PageQuery, Query()]) -> PageOut[DeviceOut]:
    """The school's devices, by bench, page by page."""
    return page_out(devices.devices_page(store, caller, page.part))


@router.post(
    "", status_code=201, dependencies=[ONCE_UNTOLD], responses=problem_responses(400, 401, 403, 409, 413)
)
def add_device(store: StoreDep, caller: Editor, given: DeviceIn, response: Response) -> NewDeviceOut:
    """A new device; its key is told this once."""
    device, key = devices.add_device(store, caller, given.bench, given.name)
    response.headers["Cache-Control"] = "no-store"
    return NewDeviceOut(device=DeviceOut.model_validate(device), key=key)


@router.delete("/{device_id}", status_code=204, responses=problem_responses(401, 403, 404))
def revoke_device(store: StoreDep, caller: Editor, device_id: UUID) -> Response:
    """Its key opens nothing any more; what it reported stays."""
    devices.revoke_device(store, caller, device_id)
    return Response(status_code=204)


@router.get("/{device_id}/events", responses=problem_responses(401, 403, 404))
def list_events(
    store: StoreDep,
    caller: Annotated[Caller, may(Action.READ_EVENTS)],
    device_id: UUID,
    page: Annotated[PageQuery, Query()],
) -> PageOut[EventOut]:
    """What the device reported, in the order of the bench, page by page."""
    found = events_of(store, caller, device_id, page.number or 0, page.limit + 1)
    return listed(found[: page.limit], found[page.limit].seq if len(found) > page.limit else None)
