"""Why each column that says something of a person is kept (tables -> docs/privacy.md, impact assessment).

A column of these tables that has no purpose here fails a test: nothing is kept for no reason.
"""

from collections.abc import Mapping

from assessor.store import (  # noqa: F401 - their tables
    decision_tables,
    ledger_tables,
    people_tables,
    rights_tables,
)
from assessor.store.tables import Base
from assessor.types import Text

_ROSTER = Text("名册：认出该生并归属其作答", "roster: to know the student and whose attempt it is")
_SIGN_IN = Text("登录与锁定", "signing in, lock-out")
_RIGHTS = Text("权限：谁可以看什么", "rights: who may see what")
_MARK = Text("成绩及其由来，申诉", "the mark, how it came about, appeals")
_PROOF = Text("问责：谁做过什么", "accountability: who did what")
_REQUEST = Text("答复本人的请求", "answering what the person asked for")

# "table" for all its columns, "table.column" for one of them; keys of rows and times follow their row.
PURPOSES: Mapping[str, Text] = {
    "person.number": _ROSTER,
    "person.name": Text("名册：教师按姓名认出该生", "roster: teachers know students by name"),
    "person.born": Text("只用于判断是否未满 14 周岁", "only to know who is under 14"),
    "person.login": _SIGN_IN,
    "person.password_hash": _SIGN_IN,
    "person.must_change": _SIGN_IN,
    "person.oidc_subject": _SIGN_IN,
    "person.disabled_utc": _SIGN_IN,
    "enrolment": _ROSTER,
    "role_grant": _RIGHTS,
    "sign_in": _SIGN_IN,
    "sign_in_link": _SIGN_IN,
    "failed_sign_in": Text("锁定猜密码者", "locking out who guesses passwords"),
    "assignment": _MARK,
    "review": _MARK,
    "review_item": Text("评阅队列", "the queue of reviewing"),
    "review_draft": Text("评阅草稿，发送前保存", "what a reviewer has typed, until it is sent"),
    "sheet_decision": _MARK,
    "appeal": _MARK,
    "appeal_step": _MARK,
    "hold": Text("申诉或调查期间不删除", "nothing is removed while it is looked into"),
    "audit_entry": _PROOF,
    "consent": Text("证明同意及其撤回", "proof of consent and its withdrawal"),
    "erasure": Text(
        "证明已删除；防止名册重新带回", "proof of erasure; a roster must not bring the student back"
    ),
    "answered_request": Text("同一请求只执行一次", "a request sent twice is done once"),
    "setting": _PROOF,
    "device": Text("问责：谁登记了设备", "accountability: who registered the device"),
    "data_request": _REQUEST,
    "data_request_end": _REQUEST,
    "access_request": _RIGHTS,
    "access_request_end": _RIGHTS,
    "attempt.student": _ROSTER,
    "recording_name": Text("再次认出同一录像", "to know the same recording again"),
}
_NAMED = ("person", "failed_sign_in", "audit_entry", "answered_request", "erasure")
_KEYS = ("id", "seq", "person_id", "school_id", "created_utc")


def without_purpose() -> list[str]:
    """Columns of tables of people for which nobody said why they are kept."""
    return [
        name for name in personal_columns() if name not in PURPOSES and name.split(".")[0] not in PURPOSES
    ]


def personal_columns() -> list[str]:
    """Every column of a table that points at a person or is `person` itself, but its keys."""
    found = []
    for table in Base.metadata.sorted_tables:
        points = any(key.column.table.name == "person" for key in table.foreign_keys)
        if points or table.name in _NAMED:
            found += [f"{table.name}.{column.name}" for column in table.columns if column.name not in _KEYS]
    return found
