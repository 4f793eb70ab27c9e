"""The one shape of every error of the API (RFC 9457 problem+json), with its sentence in both languages."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from api.field_words import field_words
from assessor.errors import ConflictError, NotAllowedError, RefusedError, StoreError
from assessor.people.sign_in import LockedOutError, WrongPasswordError
from assessor.store import UnknownIdError
from assessor.types import Text

log = logging.getLogger("assessor.api")

WORDS = {
    "appeal": Text("申诉", "appeal"),
    "attempt": Text("作答", "attempt"),
    "bench": Text("工位", "bench"),
    "class": Text("班级", "class"),
    "device": Text("设备", "device"),
    "evidence": Text("证据", "evidence"),
    "grant": Text("授权", "role"),
    "hold": Text("保留", "hold"),
    "item": Text("评分项", "rubric item"),
    "person": Text("人员", "person"),
    "procedure": Text("作业流程", "procedure"),
    "request": Text("请求", "request"),
    "review": Text("复核", "review"),
    "sheet": Text("评分表", "mark sheet"),
}
TITLES = {
    400: Text("请求无效", "Bad request"),
    401: Text("未登录", "Not signed in"),
    403: Text("没有权限", "Not allowed"),
    404: Text("找不到", "Not found"),
    405: Text("不支持此方法", "Method not allowed"),
    408: Text("请求超时", "Request too slow"),
    409: Text("内容已变", "Changed meanwhile"),
    412: Text("内容已变", "Changed meanwhile"),
    413: Text("请求过大", "Request too large"),
    416: Text("字节范围无效", "Range not satisfiable"),
    422: Text("请求无效", "Invalid request"),
    428: Text("缺少 If-Match", "If-Match is missing"),
    429: Text("请求过多", "Too many requests"),
    503: Text("数据暂不可用", "Results not available"),
}
DETAILS = {
    404: Text("没有这个地址。", "There is nothing at this address."),
    405: Text("这个地址不支持此方法，见 Allow。", "This address does not take this method, see Allow."),
    408: Text("请求没有在限时内到达。", "The request did not arrive in time."),
    413: Text("请求超过了允许的大小。", "The request is larger than is taken here."),
    429: Text("请求过多，请稍后再试。", "Too many requests; wait and try again."),
    422: Text(
        "请求中有不认识或不合规的值，见 errors。",
        "The request holds values that are not allowed, see errors.",
    ),
    503: Text(
        "数据库没有应答；请检查磁盘后重试。", "The database does not answer; look at the disk and try again."
    ),
}
_THING = Text("内容", "thing")
_STATUS_OF = {NotAllowedError: 403, ConflictError: 409, WrongPasswordError: 401, LockedOutError: 429}
_EVERYWHERE = (422, 429, 503)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FAULT = Text("服务器出错", "Fault of the server")
FAULT_DETAIL = Text("这是程序的错误，已写入日志。", "This is a fault of the program; it is in the log.")


class ProblemError(Exception):
    """Raised by a route to answer with a problem."""

    def __init__(self, status: int, detail: Text, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail.en)
        self.status = status
        self.detail = detail
        self.headers = headers


class NoSuchRoute:
    """Answers, before the console can, what no route took: 405 where another method would do, else 404."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = tuple(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        allowed = [method for method in METHODS if self._takes(dict(scope, method=method))]
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        raise HTTPException(404)

    def _takes(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes)


class FieldProblem(BaseModel):
    """One value of the request that is not allowed; `what` follows Accept-Language, `text` has both."""

    model_config = ConfigDict(extra="forbid")
    where: str
    what: str
    text: dict[str, str]


class Problem(BaseModel):
    """What went wrong. `title` and `detail` follow Accept-Language (zh unless it asks for en)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:assessor:problem:404",
                    "title": "找不到",
                    "status": 404,
                    "detail": "没有编号为 0b1e… 的作答。",
                    "instance": "/v1/attempts/0b1e…",
                    "text": {
                        "zh": "没有编号为 0b1e… 的作答。",
                        "en": "There is no attempt with the id 0b1e….",
                    },
                    "errors": [],
                }
            ]
        },
    )
    type: str
    title: str
    status: int
    detail: str
    instance: str
    text: dict[str, str]
    errors: list[FieldProblem] = []


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI of a route: which problems it may answer with."""
    return {
        status: {
            "model": Problem,
            "description": TITLES[status].en,
            "content": {"application/problem+json": {}},
        }
        for status in (*statuses, *_EVERYWHERE)
    }


def add_problem_handlers(app: FastAPI) -> None:
    """Turn every error into a problem."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(UnknownIdError, _on_unknown_id)
    app.add_exception_handler(StoreError, _on_store_error)
    app.add_exception_handler(RefusedError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_fault)


def problem_answer(
    request: HTTPConnection,
    status: int,
    detail: Text,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[FieldProblem] | None = None,
) -> JSONResponse:
    """The problem as it goes out."""
    language = _language_of(request)
    problem = Problem(
        type=f"urn:assessor:problem:{status}",
        title=getattr(TITLES.get(status, FAULT), language),
        status=status,
        detail=getattr(detail, language),
        instance=request.url.path,
        text={"zh": detail.zh, "en": detail.en},
        errors=errors or [],
    )
    return JSONResponse(
        problem.model_dump(), status, headers=dict(headers or {}), media_type="application/problem+json"
    )


def _language_of(request: HTTPConnection) -> str:
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return problem_answer(request, error.status, error.detail, headers=error.headers)


async def _on_unknown_id(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, UnknownIdError)
    what = WORDS.get(error.what, _THING)
    return problem_answer(
        request,
        404,
        Text(f"没有编号为 {error.key} 的{what.zh}。", f"There is no {what.en} with the id {error.key}."),
    )


async def _on_store_error(request: Request, error: Exception) -> JSONResponse:
    log.error("%s", error)
    return problem_answer(request, 503, DETAILS[503])


async def _on_refusal(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)
    status = next((status for kind, status in _STATUS_OF.items() if isinstance(error, kind)), 422)
    wait = {"Retry-After": str(error.wait_s)} if isinstance(error, LockedOutError) else None
    return problem_answer(request, status, error.text, headers=wait)


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [_field_problem(one, _language_of(request)) for one in error.errors()]
    return problem_answer(request, 422, DETAILS[422], errors=errors)


def _field_problem(finding: Mapping[str, Any], language: str) -> FieldProblem:
    words = field_words(finding)
    text = {"zh": _shown(words.zh), "en": _shown(words.en)}
    where = ".".join(str(part) for part in finding["loc"])
    return FieldProblem(where=_shown(where), what=text[language], text=text)


def _shown(text: str) -> str:
    """What a client sent, as it can be answered: half a character cannot, and nobody reads a whole book."""
    return text.encode("utf-8", "replace").decode()[:300]


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = DETAILS.get(error.status_code, Text(str(error.detail), str(error.detail)))
    return problem_answer(request, error.status_code, detail, headers=error.headers)


async def _on_fault(request: Request, error: Exception) -> JSONResponse:
    return problem_answer(request, 500, FAULT_DETAIL)
