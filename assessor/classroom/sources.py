"""Where a bench's pictures come from, as the classroom file says it: USB, RTSP, MJPEG, a file played as live.

A camera is named by what stays the same: a USB socket or serial number, an address. Who signs in at it is
told by the name of an environment variable or of a file, never in the classroom file.
"""

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError, one_of
from assessor.outbound import redact
from assessor.types import Text

STABLE = re.compile(r"/dev/v4l/by-(path|id)/[^/]+")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SOCKETS = Text(
    "/dev/v4l/by-path/… 或 /dev/v4l/by-id/…（重启后不变）",
    "a path below /dev/v4l/by-path or /dev/v4l/by-id, which stays the same after a restart",
)
LIST_THEM = Text("可用 assessor cameras 列出", "assessor cameras lists them")
NOT_SHOWN = Text("其他内容（不显示）", "something else, which is not shown")
LOGIN_BLOCK = Text(
    "{env: 环境变量名} 或 {file: 文件}，其内容为 用户名:密码",
    "{env: NAME} or {file: PATH} of what holds user:password",
)


def _of_login(value: Any) -> Any:
    """Whatever else stands here may be the password itself: it is never repeated in a message."""
    known = isinstance(value, dict) and len(value) == 1 and set(value) <= {"env", "file"}
    if not known or not all(isinstance(given, str) and given for given in value.values()):
        raise UnfitError(LOGIN_BLOCK, NOT_SHOWN)
    if "env" in value and not VARIABLE.fullmatch(value["env"]):
        raise UnfitError(Text("环境变量的名称", "the name of an environment variable"), NOT_SHOWN)
    return value


class Login(Located):
    """What holds `user:password`: an environment variable, or a file that nobody else may read."""

    env: str | None = None
    file: str | None = None


class Source(Located):
    """What every source has. `size`: (width, height) and `fps`: pictures a second that are wished."""

    kind: ClassVar[str]
    size: tuple[Annotated[int, Field(ge=16, le=4096)], Annotated[int, Field(ge=16, le=2304)]] | None = None
    fps: Annotated[float, Field(gt=0, le=60)] = 15.0

    @property
    def named(self) -> str:
        """The camera as people are told of it: no user, no password, no query."""
        return redact(str(getattr(self, self.kind)))


def _stable_path(path: str) -> str:
    if not STABLE.fullmatch(path) or PurePosixPath(path).name in (".", ".."):
        raise UnfitError(SOCKETS, hint=LIST_THEM)
    return path


class UsbCamera(Source):
    """A webcam, by its socket (`by-path`) or by its serial number (`by-id`)."""

    kind = "usb"
    usb: Annotated[str, BeforeValidator(lambda path: _stable_path(str(path)))]


def _address(url: Any, scheme: str) -> str:
    expected = Text(f"{scheme}://主机[:端口]/路径", f"an address like {scheme}://host[:port]/path")
    try:
        parts = urlsplit(str(url))
        written = str(url).isprintable() and parts.scheme == scheme and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        written = False
    if not written:
        raise UnfitError(expected, NOT_SHOWN if "@" in str(url) else None)
    if "@" in parts.netloc:
        without = Text("不含用户名和密码的地址", "an address without user and password")
        hint = Text("请写在 login 中：login: {env: 变量名}", "name them under login: {env: NAME}")
        raise UnfitError(without, Text("含有用户名或密码的地址", "one with them"), hint)
    return str(url)


class NetworkCamera(Source):
    """A camera that is called over the network, and who signs in at it."""

    login: Annotated[Login, BeforeValidator(_of_login)] | None = None


class RtspCamera(NetworkCamera):
    """RTSP over TCP."""

    kind = "rtsp"
    rtsp: Annotated[str, BeforeValidator(lambda url: _address(url, "rtsp"))]


class MjpegCamera(NetworkCamera):
    """Motion JPEG over HTTP (`multipart/x-mixed-replace`)."""

    kind = "mjpeg"
    mjpeg: Annotated[str, BeforeValidator(lambda url: _address(url, "http"))]


class PlayedFile(Source):
    """A recording that is played at its own speed, as if it were a camera; `loop`: again and again."""

    kind = "file"
    file: Annotated[str, Field(min_length=1, max_length=400)]
    loop: bool = False

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_recorded(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and "size" in raw:
            expected = Text("没有 size（按录像原尺寸）", "no size: a recording has its own")
            raise UnfitError(expected, Text("键 “size”", "the key 'size'"))
        return raw


KINDS = {kind.kind: kind for kind in (UsbCamera, RtspCamera, MjpegCamera, PlayedFile)}


def source_of(value: Any) -> str | None:
    """The word that names the kind of source."""
    if isinstance(value, Source):
        return value.kind
    return next((word for word in value if word in KINDS), None) if isinstance(value, dict) else None


def _is_block(value: Any) -> Any:
    """An address in place of a block may hold a password: it is not repeated."""
    if not isinstance(value, dict | Source):
        raise UnfitError(one_of(f"{{{word}: …}}" for word in KINDS), NOT_SHOWN)
    return value


Camera = Annotated[
    Annotated[UsbCamera, Tag("usb")]
    | Annotated[RtspCamera, Tag("rtsp")]
    | Annotated[MjpegCamera, Tag("mjpeg")]
    | Annotated[PlayedFile, Tag("file")],
    Discriminator(source_of),
    BeforeValidator(_is_block),
]
