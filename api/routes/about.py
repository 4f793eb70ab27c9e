"""Whether the server is well, and the source of what it runs (AGPL-3.0, section 13)."""

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

import assessor
from api.deps import StoreDep, anybody, may
from api.problems import problem_responses
from api.schemas import HealthOut
from assessor import settings
from assessor.people.caller import Caller
from assessor.people.roles import Action

router = APIRouter(tags=["about"])
_PACKAGES = (Path(assessor.__file__).parent, Path(__file__).parents[1])
_PIECE = 64 * 1024
_AROUND = ("LICENSE", "pyproject.toml", "README.md")  # what it takes to build and to pass on the program
_SOURCE_TYPES = {".py", ".yaml", ".mako", ".html", ".css", ".js", ".svg", ".md"}


@router.get("/health", dependencies=[Depends(anybody)], responses=problem_responses())
def read_health(store: StoreDep) -> HealthOut:
    """200 if the server and its database answer, 503 if not."""
    store.check()
    return HealthOut(status="ok", version=assessor.__version__)


@router.get(
    "/source",
    dependencies=[Depends(anybody)],  # the licence gives it to whoever reaches the program
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "The packages that run"}},
)
def read_source() -> Response:
    """The source of the running program, as it runs."""
    name = f"assessor-{assessor.__version__}-source.zip"
    packed = _source_zip()
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(len(packed)),
    }
    # Piece by piece: a slow client holds one of them, not a copy of all.
    pieces = (packed[start : start + _PIECE] for start in range(0, len(packed), _PIECE))
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.get("/openapi.json", include_in_schema=False)
def read_openapi(request: Request, _caller: Annotated[Caller, may(Action.OWN_ACCOUNT)]) -> JSONResponse:
    """What can be asked here."""
    return JSONResponse(cast(FastAPI, request.app).openapi())


@cache
def _source_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path, name in _source_files():
            archive.write(path, name)
    return packed.getvalue()


def _source_files() -> Iterator[tuple[Path, str]]:
    """Each file with its place in a checkout."""
    for name in _AROUND:
        yield settings.shipped(name), name
    for folder in (settings.rules_folder(), settings.models_folder(), *_PACKAGES):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.suffix in _SOURCE_TYPES and path.is_file() and inside.parts[0] != "data":
                yield path, f"{folder.name}/{inside.as_posix()}"
