"""What may stand in a name, a number or a login: one line, no control characters (outside -> row)."""

import unicodedata

from assessor.errors import RefusedError
from assessor.types import Text

LONGEST = 100
# They turn the direction of what follows: a name must not disguise the text beside it.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def check_name(text: str) -> str:
    """The text in its usual form (NFC, no blanks around). Raises RefusedError."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RefusedError(_ODD) from error
    usual = unicodedata.normalize("NFC", text).strip()
    if not usual:
        raise RefusedError(Text("此处不能为空。", "This must not be empty."))
    if len(usual) > LONGEST:
        raise RefusedError(
            Text(
                f"最多 {LONGEST} 个字符，实际为 {len(usual)} 个。",
                f"Expected at most {LONGEST} characters, got {len(usual)}.",
            )
        )
    if any(unicodedata.category(one) in ("Cc", "Zl", "Zp", "Cs") or one in _TURNING for one in usual):
        raise RefusedError(_ODD)
    return usual


_ODD = Text(
    "名称中有控制字符或改变书写方向的字符，请删除后重试。",
    "The text holds control characters or ones that turn the direction of writing; take them out.",
)
