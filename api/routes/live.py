"""The benches that this server watches: how each stands, its picture, and what a teacher does there."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.deps import may
from api.once import TWICE_IS_ONCE
from api.problems import ProblemError, problem_responses
from api.schemas_live import BeginIn, HandIn, PauseIn, SeatName, TellIn
from assessor.live.room import Room
from assessor.live.seat import SeatView
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.types import Text

router = APIRouter(tags=["live"])
READS, CHANGES = problem_responses(401, 403, 404), problem_responses(400, 401, 403, 404, 413)
NO_ROOM = Text(
    "本服务器没有观察任何教室；请用 assessor watch 启动。",
    "This server watches no classroom; start it with assessor watch.",
)


def room_of(request: Request) -> Room:
    """The classroom the app was made with. 404 without one."""
    room = cast(Room | None, request.app.state.room)
    if room is None:
        raise ProblemError(404, NO_ROOM)
    return room


RoomDep = Annotated[Room, Depends(room_of)]
Watcher = Annotated[Caller, may(Action.WATCH_LIVE)]
AtBench = Annotated[Caller, may(Action.READ_BENCH)]
Teacher = Annotated[Caller, may(Action.RUN_LIVE)]


@router.get("/live", responses=READS)
def list_seats(caller: Watcher, room: RoomDep) -> tuple[SeatView, ...]:
    """Every bench that the caller may watch."""
    return room.views(caller)


@router.get("/live/{bench}", responses=READS)
def read_seat(caller: AtBench, room: RoomDep, bench: SeatName) -> SeatView:
    """One bench; a student sees the one they work at."""
    return room.view(caller, bench)


@router.get(
    "/live/{bench}/picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 204: {"description": "No picture yet"}, **READS},
)
def read_picture(caller: Watcher, room: RoomDep, bench: SeatName) -> Response:
    """The newest picture: the bench alone, faces blurred. Who looks stands in the audit chain."""
    picture = room.picture(caller, bench)
    if picture is None:
        return Response(status_code=204)
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/live/{bench}/begin", status_code=204, responses=CHANGES, dependencies=[TWICE_IS_ONCE])
def begin_attempt(caller: Teacher, room: RoomDep, bench: SeatName, given: BeginIn) -> Response:
    """Begin an attempt of a student; nobody named: whom the seat plan names."""
    room.begin(caller, bench, given.student)
    return Response(status_code=204)


@router.post("/live/{bench}/end", status_code=204, responses=CHANGES, dependencies=[TWICE_IS_ONCE])
def end_attempt(caller: Teacher, room: RoomDep, bench: SeatName) -> Response:
    """End the attempt; it is judged and stored."""
    room.end(caller, bench)
    return Response(status_code=204)


@router.post("/live/{bench}/tell", status_code=204, responses=CHANGES, dependencies=[TWICE_IS_ONCE])
def tell_judge(caller: Teacher, room: RoomDep, bench: SeatName, given: TellIn) -> Response:
    """Say what only a person can, as that the power may be switched on: the judge takes it as a fact."""
    room.tell(caller, bench, given.subject, given.value)
    return Response(status_code=204)


@router.post("/live/{bench}/hand", status_code=204, responses=CHANGES, dependencies=[TWICE_IS_ONCE])
def raise_hand(caller: AtBench, room: RoomDep, bench: SeatName, given: HandIn) -> Response:
    """Ask for the teacher, or no longer."""
    room.raise_hand(caller, bench, given.up)
    return Response(status_code=204)


@router.post("/live-pause", status_code=204, responses=CHANGES, dependencies=[TWICE_IS_ONCE])
def pause_class(caller: Teacher, room: RoomDep, given: PauseIn) -> Response:
    """Stop all attempts, or let them go on; what is seen meanwhile is a gap."""
    room.pause(caller, given.on)
    return Response(status_code=204)
