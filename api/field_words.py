"""Says in both languages what is wrong with one value of a request (pydantic's finding -> words)."""

from collections.abc import Mapping
from typing import Any

from assessor.located_yaml.faults import EXPECTED
from assessor.types import Text

_WHOLE: Mapping[str, Text] = {
    "missing": Text("缺少这一项", "this is missing"),
    "extra_forbidden": Text("不认识这一项，请删去", "this is not known here; leave it out"),
    "json_invalid": Text("不是有效的 JSON", "this is no JSON"),
    "string_unicode": Text("文字中有无效的字符", "the text holds half a character"),
    "string_pattern_mismatch": Text("格式不符合要求", "the text has not the form that is asked for"),
    "timezone_aware": Text(
        "时间缺少时区，如 2026-03-02T08:00:00Z", "expected a time with its zone, as 2026-03-02T08:00:00Z"
    ),
}
_BEGINS = (
    ("uuid", Text("应为 UUID 编号", "expected an id (UUID)")),
    ("datetime", Text("应为时间，如 2026-03-02T08:00:00Z", "expected a time such as 2026-03-02T08:00:00Z")),
    ("date", Text("应为日期，如 2026-03-02", "expected a date such as 2026-03-02")),
    ("bool", Text("应为 true 或 false", "expected true or false")),
    ("bytes", Text("应为文件内容", "expected the bytes of a file")),
)
_PLACE = "列表位置无效，请使用上一页给出的 next"
_OWN = {
    "expected one line of text without control characters": "应为一行文字，不含控制字符",
    "expected text without NUL": "文字中不能有空字符（NUL）",
    "expected the `next` of an earlier page": _PLACE,
}


def field_words(finding: Mapping[str, Any]) -> Text:
    """What was expected of a value, as one of `ValidationError.errors()` finds it."""
    kind, said = str(finding["type"]), str(finding["msg"]).removeprefix("Value error, ")
    if kind in _WHOLE:
        return _WHOLE[kind]
    if kind in EXPECTED:
        zh, en = EXPECTED[kind]
        context = finding.get("ctx", {})
        return Text(f"应为{zh.format(**context)}", f"expected {en.format(**context)}")
    begins = (text for start, text in _BEGINS if kind.startswith(start))
    return next(begins, Text(_OWN.get(said, "这个值不合规"), said))
