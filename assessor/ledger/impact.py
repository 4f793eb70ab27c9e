"""Fills the school's impact assessment in from what is set here (settings, rights, counts -> Markdown).

What no program can know (necessity, who was asked, the decision) stays open, for the school to write.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessor.ledger.consent import GUARDIAN_UNDER, KINDS_OF, PURPOSES
from assessor.ledger.purposes import PURPOSES as FIELD_PURPOSES
from assessor.ledger.retention import policy
from assessor.ledger.school_settings import read_setting
from assessor.outbound import allowed_from_environment, entry_of
from assessor.people.roles import Action, Role, allows
from assessor.store import Store
from assessor.store.people_tables import GrantRow, PersonRow, SchoolRow
from assessor.store.tables import AttemptRow
from assessor.types import Text

_SEEING = (Action.READ_EVIDENCE, Action.READ_ATTEMPTS, Action.READ_PEOPLE, Action.EXPORT_PERSON, Action.ERASE)
_BY_THE_SCHOOL = (
    Text("处理的必要性与比例", "Why the processing is necessary and no more than that"),
    Text("对学生的风险与采取的措施", "Risks for the students, and what is done about them"),
    Text("告知与征求意见（学生、监护人、教师）", "Who was told and asked: students, guardians, teachers"),
    Text("结论、负责人、日期", "Decision, who is responsible, date"),
)
_OPEN = Text("（由学校填写）", "(for the school to write)")


def impact_assessment(store: Store, language: str) -> str:
    """Markdown in "zh" or "en"."""
    now = store.now()
    young_since = (now - timedelta(days=365.25 * GUARDIAN_UNDER)).date()
    return store.read(lambda session: "\n".join(_lines(session, young_since, language)) + "\n")


def field_lines(language: str) -> Iterator[str]:
    """Every field that says something of a person, by purpose; in "zh", "en" or "both"."""
    told = sorted((_in(why, language), name) for name, why in FIELD_PURPOSES.items())
    for why, fields in groupby(told, key=lambda one: one[0]):
        yield f"| {why} | {', '.join(f'`{name}`' for _, name in fields)} |"


def _in(text: Text, language: str) -> str:
    return f"{text.en} · {text.zh}" if language == "both" else str(getattr(text, language))


def _lines(session: Session, young_since: object, language: str) -> Iterator[str]:
    def say(zh: str, en: str) -> str:
        return zh if language == "zh" else en

    schools = ", ".join(session.scalars(select(SchoolRow.name).order_by(SchoolRow.created_utc)))
    yield f"# {say('个人信息保护影响评估', 'Impact assessment')} · {schools}"
    students = select(func.count(func.distinct(GrantRow.person_id))).where(
        GrantRow.role == Role.STUDENT.value, GrantRow.revoked_utc.is_(None)
    )
    young = select(func.count()).select_from(PersonRow).where(PersonRow.born > young_since)
    yield f"\n## {say('范围', 'How many')}\n"
    yield f"- {say('学生', 'students')}: {session.scalar(students)}"
    yield f"- {say('其中未满', 'of them under')} {GUARDIAN_UNDER}: {session.scalar(young)}"
    yield f"- {say('作答', 'attempts')}: {session.scalar(select(func.count()).select_from(AttemptRow))}"
    yield f"\n## {say('保存什么，为何保存', 'What is kept, and why')}\n"
    yield f"| {say('目的', 'purpose')} | {say('字段', 'fields')} |\n|---|---|"
    yield from field_lines(language)
    yield f"\n## {say('保存多久（天）', 'How long (days)')}\n"
    kept = policy(session)
    yield from (f"- {name}: {getattr(kept, name)}" for name in kept.__slots__)
    yield f"\n## {say('同意', 'Consent')}\n"
    required = read_setting(session, "consent").get("required", [])
    yield f"- {say('用途', 'purposes')}: {', '.join(PURPOSES)}; {say('须明示同意', 'required')}: " + (
        ", ".join(required) or say("无", "none")
    )
    yield f"- {say('撤回即删除', 'withdrawal removes')}: {', '.join(KINDS_OF)}"
    yield f"\n## {say('谁能看到', 'Who sees it')}\n"
    for action in _SEEING:
        yield f"- `{action}`: {', '.join(str(role) for role in Role if allows(role, action))}"
    yield f"\n## {say('主动连接的外部地址', 'Whom the program calls by itself')}\n"
    listed = [entry_of(one) for one in allowed_from_environment()]
    yield from (f"- {one}" for one in listed or [say("无", "nobody")])
    for title in _BY_THE_SCHOOL:
        yield f"\n## {getattr(title, language)}\n\n{getattr(_OPEN, language)}"
