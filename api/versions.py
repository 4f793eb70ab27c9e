"""Lets a client say which version it looked at: ETag out, If-Match in (routes that change something).

409 is told by the service when somebody else decided meanwhile; 412 here when If-Match names another version.
"""

import re
from typing import Annotated

from fastapi import Depends, Header
from starlette.responses import Response

from api.problems import ProblemError
from assessor.types import Text

_TAG = re.compile(r'"v(\d{1,18})"')
IF_MATCH = Annotated[
    str | None, Header(alias="If-Match", description="ETag of what was looked at.", examples=['"v3"'])
]
MISSING = Text(
    "缺少 If-Match：请带上读取时得到的 ETag。", "If-Match is missing: send the ETag that reading it gave."
)
OTHER = Text("内容已被他人更改，请重新读取。", "Somebody changed it meanwhile; read it again, then decide.")


def etag_of(version: int) -> str:
    """As the header carries it."""
    return f'"v{version}"'


def set_etag(response: Response, version: int) -> None:
    """Tell the version of what is answered."""
    response.headers["ETag"] = etag_of(version)


def expected_version(if_match: IF_MATCH = None) -> int:
    """The version the client looked at: 428 without one, 412 for what was never an ETag of ours."""
    if if_match is None:
        raise ProblemError(428, MISSING)
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise ProblemError(412, OTHER)
    return int(found[1])


ExpectedVersion = Annotated[int, Depends(expected_version)]
