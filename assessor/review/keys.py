"""Which key does what when a person reviews: a preset, changed as they like, kept for them (console, store).

Takes and gives the setting `keys/PERSON`. Digits, Enter, Esc, Tab, space bar and what is pressed with Ctrl
keep their meaning: reasons, send, clear, the browser's own way through a page, play.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from assessor.people.caller import Caller
from assessor.review.wishes import refuse
from assessor.store import Store
from assessor.store.ledger_tables import SettingRow

DEFAULT = "default"
USUAL: Mapping[str, str] = {
    "accept": "a",
    "overturn": "r",
    "doubt": "s",
    "abnormal": "x",
    "undo": "u",
    "next": "n",
    "previous": "p",
    "play": "k",
    "back": "j",
    "forward": "l",
    "second_back": "arrowleft",
    "second_forward": "arrowright",
    "frame_back": ",",
    "frame_forward": ".",
    "slower": "<",
    "faster": ">",
    "in": "[",
    "out": "]",
    "go_to": "g",
    "full": "f",
    "overlay": "o",
    "reference": "c",
    "help": "?",
}
# What these programs use for the same; what they have no word for stays as it is.
PRESETS: Mapping[str, Mapping[str, str]] = {
    DEFAULT: {},
    "frigate": {
        "accept": "r",
        "overturn": "e",
        "back": "arrowleft",
        "forward": "arrowright",
        "second_back": "arrowdown",
        "second_forward": "arrowup",
    },
    "boris": {
        "back": "arrowdown",
        "forward": "arrowup",
        "frame_back": "/",
        "frame_forward": "*",
        "previous": "pageup",
        "next": "pagedown",
    },
}
NAMED = (*("arrowleft", "arrowright", "arrowup", "arrowdown"), "pageup", "pagedown", "home", "end")


@dataclass(frozen=True, slots=True)
class Keys:
    """`on`: single keys do something at all; `own`: what differs from the preset, by action."""

    preset: str = DEFAULT
    on: bool = True
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, str]:
        """The key of every action."""
        return {**USUAL, **PRESETS[self.preset], **self.own}


def keys_of(store: Store, caller: Caller) -> Keys:
    """The keys of the person who asks; the usual ones for everybody else."""
    id = caller.person_id
    return Keys() if id is None else store.read(lambda session: _read(session, id))


def keep_keys(store: Store, caller: Caller, keys: Keys) -> None:
    """From now on these are the person's keys. RefusedError says what is wrong with them."""
    _check(keys)
    now, id = store.now(), caller.person

    def write(session: Session) -> None:
        row = session.get(SettingRow, _name(id))
        if row is None:
            row = SettingRow(name=_name(id))
            session.add(row)
        row.value = {"preset": keys.preset, "on": keys.on, "own": dict(keys.own)}
        row.updated_utc, row.by_id = now, id

    store.write(write)


def _read(session: Session, id: UUID) -> Keys:
    row = session.get(SettingRow, _name(id))
    if row is None:
        return Keys()
    known = row.value["preset"] if row.value["preset"] in PRESETS else DEFAULT
    return Keys(known, row.value["on"], {a: key for a, key in row.value["own"].items() if a in USUAL})


def _name(id: UUID) -> str:
    return f"keys/{id}"


def _check(keys: Keys) -> None:
    if keys.preset not in PRESETS:
        raise refuse(f"预设应为 {'、'.join(PRESETS)} 之一。", f"Expected a preset of {', '.join(PRESETS)}.")
    if unknown := set(keys.own) - set(USUAL):
        name, known = min(unknown), ", ".join(USUAL)
        raise refuse(f"没有动作 {name}。", f"There is no action {name}: expected one of {known}.")
    wrong = [key for key in keys.own.values() if not _can_be(key)]
    if wrong:
        raise refuse(
            f"“{wrong[0][:20]}” 不能作为快捷键；请用字母、符号、方向键或翻页键。",
            f"'{wrong[0][:20]}' cannot be a key here; take a letter, a sign, an arrow or page key.",
        )
    twice = [key for key, count in Counter(keys.all.values()).items() if count > 1]
    if twice:
        key = twice[0]
        raise refuse(f"“{key}” 被用于两个动作。", f"'{key}' would do two things: change one of them.")


def _can_be(key: str) -> bool:
    return key in NAMED or (len(key) == 1 and key.isprintable() and not key.isdigit() and not key.isspace())
