"""What leaves the server of a student: everything as a zip, or everything for ever."""

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from api.deps import StoreDep, may
from api.once import ONCE, TWICE_IS_ONCE
from api.problems import ProblemError, problem_responses
from api.schemas_ledger import ErasureIn
from assessor.ledger.audit import Actor
from assessor.ledger.erase import Receipt, erase, number_of
from assessor.ledger.export import write_person
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.scope import persons_seen
from assessor.types import Text

router = APIRouter(prefix="/people/{person_id}", tags=["exports"])
_PIECE = 64 * 1024
_OTHER_NUMBER = Text("学号与所选学生不符，未删除。", "The number is another one's; nothing was erased.")


@router.post(
    "/export",
    dependencies=[TWICE_IS_ONCE],  # it changes nothing, and what is in it is kept nowhere else
    response_class=Response,
    responses={
        200: {"description": "Everything that is kept", "content": {"application/zip": {}}},
        **problem_responses(401, 403, 404),
    },
)
def export(
    store: StoreDep, caller: Annotated[Caller, may(Action.EXPORT_PERSON)], person_id: UUID
) -> Response:
    """Everything that is kept of the student; who took it is in the audit chain."""
    number_of(store, person_id, persons_seen(caller, Action.EXPORT_PERSON))
    packed = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it is sent; it never has a name
    own = caller.person_id == person_id
    try:
        write_person(store, Actor(caller.kind, caller.id), person_id, packed, released_only=own)
    except BaseException:
        packed.close()
        raise
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{person_id}.zip"',
        "Content-Length": str(packed.tell()),
    }
    return StreamingResponse(_pieces(packed), media_type="application/zip", headers=headers)


def _pieces(packed: IO[bytes]) -> Iterator[bytes]:
    with packed:
        packed.seek(0)
        while piece := packed.read(_PIECE):
            yield piece


@router.post("/erasure", dependencies=[ONCE], responses=problem_responses(400, 401, 403, 404, 409, 413))
def erase_person(
    store: StoreDep, caller: Annotated[Caller, may(Action.ERASE)], person_id: UUID, given: ErasureIn
) -> Receipt:
    """Erase the student for ever. The number is asked for again; a hold or an appeal refuses it."""
    if number_of(store, person_id, persons_seen(caller, Action.ERASE)) != given.number:
        raise ProblemError(409, _OTHER_NUMBER)
    return erase(store, Actor(caller.kind, caller.id), person_id)
