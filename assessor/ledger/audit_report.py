"""Counts what a school must be able to account for in one year: who saw what, what was kept and removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from assessor.accuracy_tables import Table
from assessor.ledger.audit import Chain, verify
from assessor.store import Store
from assessor.store.decision_tables import AppealRow, HoldRow
from assessor.store.ledger_tables import AuditRow, ConsentRow, ErasureRow, RemovalRow
from assessor.store.people_tables import FailedSignInRow, GrantRow, PersonRow, SchoolRow
from assessor.store.tables import AttemptRow
from assessor.types import Text

USUAL_ZONE = "Asia/Shanghai"
Moment = InstrumentedAttribute[datetime]
Column = InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """One year in the school's own time zone. `actions`: entries of the audit chain by action and kind of
    actor; `accounts`: roles given and not taken back; `chain`: whether the audit chain holds, its head."""

    year: int
    time_zone: str
    accounts: Mapping[str, int]
    people: int
    attempts: int
    actions: Mapping[str, int]
    failed_sign_ins: int
    consents: Mapping[str, int]
    removals: Mapping[str, int]
    erasures: int
    holds: int
    appeals: int
    chain: Chain


def year_report(store: Store, year: int) -> AuditReport:
    """What happened from the first to the last day of the year."""
    chain = verify(store)
    return store.read(lambda session: _report(session, year, chain))


def _report(session: Session, year: int, chain: Chain) -> AuditReport:
    zone = session.scalar(select(SchoolRow.time_zone).order_by(SchoolRow.created_utc).limit(1)) or USUAL_ZONE
    span = _Span(
        session, *(datetime(y, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) for y in (year, year + 1))
    )
    now_given = GrantRow.revoked_utc.is_(None), GrantRow.created_utc < span.end
    people = select(func.count()).select_from(PersonRow).where(PersonRow.created_utc < span.end)
    return AuditReport(
        year=year,
        time_zone=zone,
        accounts=_counted(session, [GrantRow.role], *now_given),
        people=session.scalar(people) or 0,
        attempts=span.count(AttemptRow.created_utc),
        actions=span.counted([AuditRow.action, AuditRow.actor_kind], AuditRow.utc),
        failed_sign_ins=span.count(FailedSignInRow.created_utc),
        consents=span.counted([ConsentRow.purpose, ConsentRow.kind], ConsentRow.created_utc),
        removals=span.counted([RemovalRow.why], RemovalRow.created_utc),
        erasures=span.count(ErasureRow.created_utc),
        holds=span.count(HoldRow.created_utc),
        appeals=span.count(AppealRow.created_utc),
        chain=chain,
    )


def table_of(report: AuditReport, language: str) -> Table:
    """For people, in "zh" or "en"."""
    by = {name: getattr(report, name) for name in _WORDS}
    rows: list[tuple[str, ...]] = []
    for name, value in by.items():
        word = getattr(_WORDS[name], language)
        if isinstance(value, Mapping):
            rows += [(word, key, str(number)) for key, number in value.items()] or [(word, "", "0")]
        else:
            rows.append((word, "", str(value)))
    bad = report.chain.bad
    state = f"✓ {report.chain.head}" if bad is None else f"✗ {bad.seq}: {getattr(bad.why, language)}"
    title = Text(f"{report.year} 年度审计", f"Audit of {report.year}")
    return Table(f"{getattr(title, language)} · {report.time_zone}", ("", "", "n"), tuple(rows), state)


_WORDS = {
    "people": Text("人员", "people"),
    "accounts": Text("现有权限", "rights held"),
    "attempts": Text("新增作答", "attempts kept"),
    "actions": Text("操作记录", "audit entries"),
    "failed_sign_ins": Text("登录失败", "failed sign-ins"),
    "consents": Text("同意与撤回", "consent"),
    "removals": Text("已删除文件", "files removed"),
    "erasures": Text("学生数据删除", "students erased"),
    "holds": Text("保全", "holds"),
    "appeals": Text("申诉", "appeals"),
}


@dataclass(frozen=True, slots=True)
class _Span:
    """Counts rows of one year."""

    session: Session
    first: datetime
    end: datetime

    def count(self, when: Moment) -> int:
        return self.session.scalar(select(func.count(when)).where(*self._within(when))) or 0

    def counted(self, by: Sequence[Column], when: Moment) -> dict[str, int]:
        return _counted(self.session, by, *self._within(when))

    def _within(self, when: Moment) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return when >= self.first, when < self.end


def _counted(session: Session, by: Sequence[Column], *where: ColumnElement[bool]) -> dict[str, int]:
    """Number of rows by the values of some columns, "a b": n."""
    rows = session.execute(select(*by, func.count()).where(*where).group_by(*by).order_by(*by))
    return {" ".join(str(value) for value in row[:-1]): int(row[-1]) for row in rows}
