"""Who signs in at a network camera: read from the environment or from a file that nobody else may read.

Takes a `Login`; gives user and password, which no message and no log ever shows.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from assessor.classroom.sources import Login
from assessor.errors import Fault, RefusedError, RuleFileError
from assessor.types import Text

OTHERS = 0o077
MOST_BYTES = 1000
EXPECTED = Text("一行 用户名:密码", "one line user:password")


def address_with_login(url: str, login: Login | None, folder: Path) -> str:
    """The address with user and password in it, for the one who calls it. RefusedError: none there."""
    if login is None:
        return url
    try:
        user, password = _read(login, folder)
    except RuleFileError as error:
        told = error.faults[0]
        raise RefusedError(Text(told.render("zh"), told.render("en"))) from None
    parts = urlsplit(url)
    return parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}").geturl()


def faults_of_login(login: Login, folder: Path) -> Iterator[Fault]:
    """Warnings about a login that cannot be read on this machine."""
    try:
        _read(login, folder)
    except RuleFileError as error:
        yield from error.faults


def _read(login: Login, folder: Path) -> tuple[str, str]:
    held = _from_environment(login) if login.env is not None else _from_file(login, folder)
    user, colon, password = held.strip().partition(":")
    if not (user and colon and held.strip().isprintable()):
        raise _fault(login, EXPECTED, Text("其他内容（不显示）", "something else, which is not shown"))
    return user, password


def _from_environment(login: Login) -> str:
    held = os.environ.get(login.env or "")
    if held is None:
        expected = Text("已设置的环境变量", "an environment variable that is set")
        raise _fault(login, expected, Text(f"没有 {login.env}", f"no {login.env}"))
    return held


def _from_file(login: Login, folder: Path) -> str:
    path = folder / (login.file or "")
    try:
        mode = path.stat().st_mode
        with path.open("rb") as file:
            held = file.read(MOST_BYTES)
    except OSError:
        raise _fault(login, Text("可读取的文件", "a file that can be read"), Text("没有", "none")) from None
    if os.name == "posix" and mode & OTHERS:
        expected = Text("仅本人可读的文件（chmod 600）", "a file that nobody else may read (chmod 600)")
        raise _fault(login, expected, Text(f"权限 {mode & 0o777:o}", f"mode {mode & 0o777:o}"))
    return held.decode("utf-8", errors="replace")


def _fault(login: Login, expected: Text, came: Text) -> RuleFileError:
    key = "env" if login.env is not None else "file"
    return RuleFileError([login.fault(key, expected=expected, came=came, severity="warning")])
