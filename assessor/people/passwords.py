"""Keeps passwords as argon2id hashes and compares them (between accounts and sign-in)."""

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from assessor.errors import RefusedError
from assessor.types import Text

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SHORTEST, LONGEST = 12, 200
_AT_ONCE = threading.BoundedSemaphore(2)  # each takes 64 MiB and a core


def hash_password(password: str, login: str) -> str:
    """The hash to keep. Raises RefusedError for a password that is too easy to guess."""
    usual = _usual(password)
    if not SHORTEST <= len(usual) <= LONGEST:
        raise RefusedError(
            Text(
                f"密码应为 {SHORTEST}–{LONGEST} 个字符，实际为 {len(usual)} 个。",
                f"Expected a password of {SHORTEST} to {LONGEST} characters, got {len(usual)}.",
            )
        )
    if len(set(usual)) < 5 or login.casefold() in usual.casefold():
        raise RefusedError(
            Text(
                "密码不能包含用户名，且至少要有 5 个不同的字符。",
                "A password must not hold the user name and needs at least 5 different characters.",
            )
        )
    with _AT_ONCE:
        return _hasher().hash(usual)


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password; as slow for an account that has none or does not exist."""
    with _AT_ONCE:
        right = _hasher().verify(_usual(password)[: LONGEST + 1], kept or _nobodys())
    return right and kept is not None


def _usual(password: str) -> str:
    """One form for what another keyboard would type with other code points."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


@cache
def _hasher() -> "PasswordHash":
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys() -> str:
    return _hasher().hash("no password at all")
