"""Whether the server is well, and the source of what it runs (AGPL-3.0, section 13)."""

import io
import zipfile
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

import assessor
from api.deps import StoreDep
from api.problems import problem_responses
from api.schemas import HealthOut

router = APIRouter(tags=["about"])
_PACKAGES = (Path(assessor.__file__).parent, Path(__file__).parents[1])
_SOURCE_TYPES = {".py", ".yaml", ".mako", ".css", ".js", ".md"}


@router.get("/health", responses=problem_responses())
def read_health(store: StoreDep) -> HealthOut:
    """200 if the server and its database answer, 503 if not."""
    store.check()
    return HealthOut(status="ok", version=assessor.__version__)


@router.get(
    "/source",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "The packages that run"}},
)
def read_source() -> Response:
    """The source of the running program, as it runs."""
    name = f"assessor-{assessor.__version__}-source.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_source_zip(), media_type="application/zip", headers=headers)


@cache
def _source_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for package in _PACKAGES:
            for path in sorted(package.rglob("*")):
                if path.suffix in _SOURCE_TYPES and path.is_file():
                    archive.write(path, path.relative_to(package.parent))
    return packed.getvalue()
