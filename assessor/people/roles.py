"""What each role may do (read by `Caller.may`, and so by every route and page); nothing else is allowed."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """As `role_grant.role` keeps it; `device` and `monitor` are what a device key gives, `observer` what an
    approved request for access gives for some hours (`people/access_requests.py`)."""

    STUDENT = "student"
    TEACHER = "teacher"
    HEAD = "head"
    REFEREE = "referee"
    MENTOR = "mentor"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    OBSERVER = "observer"
    DEVICE = "device"
    MONITOR = "monitor"


# What an administrator gives to people.
PERSONAL = tuple(role for role in Role if role not in (Role.DEVICE, Role.MONITOR, Role.OBSERVER))


class Action(StrEnum):
    """What can be asked for; every route and every action of a page names one."""

    OWN_ACCOUNT = "account.own"
    READ_ATTEMPTS = "attempt.read"
    READ_EVIDENCE = "evidence.read"
    ASSIGN = "attempt.assign"
    READ_RULES = "rules.read"
    EDIT_RULES = "rules.edit"
    REVIEW = "review.decide"
    RELEASE = "sheet.release"
    READ_AGREEMENT = "review.agreement"
    APPEAL = "appeal.make"
    READ_APPEALS = "appeal.read"
    MARK_APPEAL = "appeal.mark"
    ARBITRATE = "appeal.arbitrate"
    READ_PEOPLE = "people.read"
    EDIT_PEOPLE = "people.edit"
    IMPORT_ROSTER = "roster.import"
    EDIT_DEVICES = "device.edit"
    APPEND_EVENTS = "event.append"
    READ_EVENTS = "event.read"
    READ_AUDIT = "audit.read"
    READ_CONSENT = "consent.read"
    RECORD_CONSENT = "consent.record"
    HOLD = "hold.set"
    RETAIN = "retention.set"
    ERASE = "person.erase"
    EXPORT_PERSON = "person.export"
    READ_METRICS = "metrics.read"
    ASK_DATA = "data.ask"
    ANSWER_DATA = "data.answer"
    ASK_ACCESS = "access.ask"
    GIVE_ACCESS = "access.give"
    READ_BREACH = "audit.breach"
    READ_BENCH = "live.read"
    WATCH_LIVE = "live.watch"
    RUN_LIVE = "live.run"


_MARKER = {
    Action.READ_ATTEMPTS,
    Action.READ_EVIDENCE,
    Action.READ_RULES,
    Action.REVIEW,
    Action.READ_APPEALS,
    Action.MARK_APPEAL,
}
_CLASS_WORK = {Action.ASSIGN, Action.RELEASE, Action.READ_PEOPLE, Action.READ_CONSENT, Action.RECORD_CONSENT}
_CLASSROOM = {Action.READ_BENCH, Action.WATCH_LIVE, Action.RUN_LIVE}
_RIGHTS: Mapping[Role, set[Action]] = {
    Role.STUDENT: {
        Action.READ_ATTEMPTS,
        Action.READ_EVIDENCE,
        Action.READ_RULES,
        Action.APPEAL,
        Action.READ_APPEALS,
        Action.READ_CONSENT,
        Action.EXPORT_PERSON,
        Action.ASK_DATA,
        Action.READ_BENCH,
    },
    Role.TEACHER: _MARKER
    | _CLASS_WORK
    | {
        Action.EDIT_RULES,
        Action.READ_EVENTS,
        Action.READ_AGREEMENT,
        Action.ASK_DATA,
        Action.ASK_ACCESS,
        *_CLASSROOM,
    },
    Role.HEAD: _MARKER
    | _CLASS_WORK
    | {
        Action.EDIT_RULES,
        Action.READ_AGREEMENT,
        Action.ARBITRATE,
        Action.IMPORT_ROSTER,
        Action.READ_EVENTS,
        Action.READ_AUDIT,
        Action.HOLD,
        Action.RETAIN,
        Action.ERASE,
        Action.EXPORT_PERSON,
        Action.ASK_DATA,
        Action.ANSWER_DATA,
        Action.ASK_ACCESS,
        Action.GIVE_ACCESS,
        Action.READ_BREACH,
        *_CLASSROOM,
    },
    Role.REFEREE: _MARKER | {Action.ASK_ACCESS},
    Role.MENTOR: {
        Action.READ_ATTEMPTS,
        Action.READ_EVIDENCE,
        Action.READ_RULES,
        Action.WATCH_LIVE,
        Action.READ_BENCH,
    },
    Role.OPERATOR: {
        Action.READ_RULES,
        Action.EDIT_DEVICES,
        Action.READ_EVENTS,
        Action.READ_METRICS,
        Action.ASK_ACCESS,
    },
    Role.AUDITOR: {Action.READ_AUDIT, Action.READ_AGREEMENT, Action.ASK_ACCESS},
    Role.ADMINISTRATOR: {
        Action.READ_RULES,
        Action.READ_PEOPLE,
        Action.EDIT_PEOPLE,
        Action.IMPORT_ROSTER,
        Action.EDIT_DEVICES,
        Action.READ_AUDIT,
        Action.RETAIN,
        Action.READ_METRICS,
        Action.ASK_DATA,
        Action.ANSWER_DATA,
        Action.ASK_ACCESS,
        Action.READ_BREACH,
    },
    Role.OBSERVER: {Action.READ_ATTEMPTS, Action.READ_EVIDENCE, Action.READ_RULES},
    Role.DEVICE: {Action.APPEND_EVENTS},
    Role.MONITOR: {Action.READ_METRICS},
}


def allows(role: Role, action: Action) -> bool:
    """Whether the role may do it at all; where, `scope` says. Everybody with an account may see to it."""
    return action in _RIGHTS[role] or (action is Action.OWN_ACCOUNT and role in PERSONAL)
