"""A timeline written by hand becomes facts: rules are tried without a camera (enters the flow at `facts`).

One line per change, `TIME KIND SUBJECT VALUE [@CONFIDENCE]`, in any order; `gap FROM TO REASON`; once
`end TIME`; `#` begins a comment. TIME in seconds, `14..15.2` = it happened in between; VALUE `?` = cannot be
seen, `-` = blank.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assessor.errors import Fault, RuleFileError
from assessor.judge.wiring import ends_of, wire_key
from assessor.located_yaml.faults import nearest, one_of
from assessor.located_yaml.source import Source, clean_text, read_source
from assessor.procedure.fact_words import GIVE_OR_TAKE, SIDES
from assessor.types import Fact, FactKey, Gap, Text

YES_NO = ("yes", "no")
POSITIONS = ("on", "off", "in", "out")
VALUES: dict[str, tuple[str, ...]] = {  # allowed values by kind; none listed = any
    "switch": POSITIONS,
    "lamp": ("on", "off"),
    "display": (),
    "wire": (),
    "hand_in": YES_NO,
    "hand_at": YES_NO,
    "holding": YES_NO,
    "tool_at": (),
    "part_at": (),
    "pose": YES_NO,
    "probing": YES_NO,
    "reading": (),
    "photo": (),
    "person": (),
    "scene": (),
}
PROBING, PROBE_SEPARATOR = "probing", "/"
HAND_KINDS = ("hand_in", "hand_at", "holding")  # NAME/left, NAME/right: of that hand
PART_AT = "part_at"  # its subject is PART/PLACE, its value the distance in mm
SOURCES = {"photo": "photo", "reading": "reading", "person": "person"}
UNSEEN, BLANK = "?", "-"
STARTS = ("gap", "end")
CHANGE_WORDS, GAP_WORDS, END_WORDS = 4, 4, 2
_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
_DISTANCE = re.compile(rf"{_NUMBER.pattern}(?:{GIVE_OR_TAKE}{_NUMBER.pattern})?")
_TIME = re.compile(r"(?:(\d{1,6}(?:\.\d{1,6})?)\.\.)?(\d{1,6}(?:\.\d{1,6})?)")
CHANGE = Text("时间 种类 对象 值 [@置信度]", "TIME KIND SUBJECT VALUE [@CONFIDENCE]")
SUPPLIED = Text(f"[时间] {CHANGE.zh[3:]}", f"[TIME] {CHANGE.en[5:]}")
LINES = Text(f"“{CHANGE.zh}”、“gap …”或“end …”", f"'{CHANGE.en}', 'gap ...' or 'end ...'")
PROBED = Text("两个端子，写作 X1.1/X1.5", "two terminals as A/B, such as X1.1/X1.5")
TIME = Text("以秒计的时间，如 15.2 或 14..15.2", "a time in seconds such as 15.2 or 14..15.2")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a timeline and its place, both counted from 1."""

    text: str
    file: str
    line: int
    column: int

    def fault(self, expected: Text, hint: Text | None = None, severity: str = "error") -> Fault:
        """This word is not what was expected."""
        came = Text(f"“{self.text}”", f"'{self.text}'")
        return Fault(self.file, self.line, self.column, "", expected, came, hint, severity)


@dataclass(frozen=True, slots=True)
class Said:
    """A fact of a timeline; `subject`, `value`: where it says so."""

    fact: Fact
    subject: Word
    value: Word


@dataclass(frozen=True, slots=True)
class Story:
    """An attempt told in words: what changed when, what could not be seen, when it ended."""

    said: tuple[Said, ...]
    gaps: tuple[Gap, ...]
    end_s: float
    sha256: str

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts in time order."""
        return tuple(sorted((said.fact for said in self.said), key=lambda fact: fact.t_s))


def read_story(source: Source | Path | str) -> Story:
    """Read a timeline from a file (`Path`), a `Source` or a text. RuleFileError names every fault."""
    if isinstance(source, Path):
        source = read_source(source)
    elif isinstance(source, str):
        source = Source("<text>", source.encode("utf-8", "surrogatepass"))
    reader = _Reader()
    _take_all(reader, source)
    if reader.end_s is None and not reader.faults:
        expected, came = Text("一行 end 时间", "a line 'end TIME'"), Text("没有", "none")
        reader.faults.append(Fault(source.name, 1, 1, "", expected, came))
    reader.compare_with_end()
    if reader.faults:
        raise RuleFileError(reader.faults)
    return Story(tuple(reader.said), tuple(reader.gaps), reader.end_s or 0.0, source.sha256)


def read_evidence(source: Source | Path, at_s: float) -> tuple[Said, ...]:
    """Read a file of supplied evidence: lines as in a timeline; those without a TIME hold from `at_s` on. It
    needs no `end`. RuleFileError names every fault."""
    source = read_source(source) if isinstance(source, Path) else source
    reader = _Reader(at_s)
    _take_all(reader, source)
    if reader.faults:
        raise RuleFileError(reader.faults)
    return tuple(reader.said)


def said_by_option(kind: str, text: str, at_s: float) -> Said:
    """What `--reading NAME=VALUE` says. RuleFileError for another form."""
    file = f"--{kind} '{text}'"
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and value):
        raise RuleFileError([Word(text, file, 1, 1).fault(Text("名称=值", "NAME=VALUE"))])
    subject, came = Word(name, file, 1, 1), Word(value, file, 1, len(name) + len(equals) + 1)
    return Said(Fact(at_s, FactKey(kind, name), value, 1.0, at_s, SOURCES[kind]), subject, came)


def _take_all(reader: "_Reader", source: Source) -> None:
    for number, text in enumerate(clean_text(source).splitlines(), start=1):
        found = _WORD.finditer(text.split("#", 1)[0])
        reader.take([Word(word.group(), source.name, number, word.start() + 1) for word in found])


def facts_of(lines: Iterable[str]) -> list[Fact]:
    """Lines of a timeline, without `end`, as facts in time order."""
    return list(read_story("\n".join([*lines, "end 86400"])).facts)


def unasked(story: Story, asked: Collection[FactKey]) -> list[Fault]:
    """Warnings: what the timeline tells and the procedure never asks for, each subject once."""
    found: dict[FactKey, Fault] = {}
    of_any_hand = {replace(key, hand="") for key in asked}
    for said in story.said:
        key = replace(said.fact.key, hand="")
        if key in of_any_hand or key in found or key.kind == "scene":
            continue
        subjects = [other.subject for other in asked if other.kind == key.kind]
        if "*" not in subjects:
            expected = Text("作业流程用到的对象", f"a {key.kind} that the procedure asks for")
            found[key] = said.subject.fault(expected, nearest(key.subject, subjects), "warning")
    return list(found.values())


def _plain_key(kind: str, subject: str) -> FactKey:
    name, _, hand = subject.rpartition("/")
    if kind in HAND_KINDS and name and hand in SIDES:
        return FactKey(kind, name, hand)
    return FactKey(kind, "" if subject == BLANK else subject)


def _with_slash(subject: str) -> Text | None:
    """`A/B` for two terminals that are joined as a wire is."""
    try:
        pair = PROBE_SEPARATOR.join(ends_of(subject))
    except ValueError:
        return None
    return Text(f"请写成 {pair}", f"write {pair}")


class _Reader:
    """Takes the lines one by one and collects what they say and what is wrong with them. `at_s`: when a line
    holds that has no time; None = it needs one."""

    def __init__(self, at_s: float | None = None) -> None:
        self.at_s = at_s
        self.said: list[Said] = []
        self.gaps: list[Gap] = []
        self.end_s: float | None = None
        self.faults: list[Fault] = []
        self._times: list[tuple[float, Word]] = []
        self._end_word: Word | None = None

    def take(self, words: Sequence[Word]) -> None:
        """One line."""
        if not words:
            return
        special: dict[str, Callable[[Sequence[Word]], None]] = {"gap": self._gap, "end": self._end}
        if self.at_s is not None:  # supplied evidence has neither
            special = {}
        special.get(words[0].text, self._change)(words)

    def compare_with_end(self) -> None:
        """Nothing happens after the end. Where several times are later, the end is told to be wrong, once: a
        fault for every line after it would bury the others."""
        late = [(t_s, word) for t_s, word in self._times if self.end_s is not None and t_s > self.end_s]
        if len(late) == 1:
            limit = f"{self.end_s:g}"
            expected = Text(f"不晚于 end {limit} 的时间", f"a time up to the end, {limit}")
            self.faults.append(late[0][1].fault(expected))
        elif late and self._end_word is not None:
            last_s, word = max(late, key=lambda one: one[0])
            zh, en = (
                f"不早于 {last_s:g}（第 {word.line} 行）的时间",
                f"{last_s:g} or later, as line {word.line} says",
            )
            self.faults.append(self._end_word.fault(Text(zh, en)))

    def _change(self, words: Sequence[Word]) -> None:
        sure = words[-1] if words[-1].text.startswith("@") else None
        plain = words[:-1] if sure else words
        if self.at_s is not None and len(plain) == CHANGE_WORDS - 1:
            self._take_fact((self.at_s, self.at_s), plain, sure)
        elif self.at_s is not None and len(plain) != CHANGE_WORDS:
            self._refuse(words[0], SUPPLIED)
        elif len(plain) != CHANGE_WORDS:
            begun = words[0].text[0].isdigit()
            self._refuse(
                words[0], CHANGE if begun else LINES, None if begun else nearest(words[0].text, STARTS)
            )
        else:
            self._take_fact(self._time(plain[0]), plain[1:], sure)

    def _take_fact(self, when: tuple[float, float] | None, words: Sequence[Word], sure: Word | None) -> None:
        kind, subject, value = words
        key, confidence = self._key(kind, subject), self._confidence(sure)
        self._check_value(kind, value)
        if when is not None and key is not None:
            shown = None if value.text == UNSEEN else "" if value.text == BLANK else value.text
            source = SOURCES.get(kind.text, "video")
            self.said.append(Said(Fact(when[1], key, shown, confidence, when[0], source), subject, value))

    def _gap(self, words: Sequence[Word]) -> None:
        if len(words) < GAP_WORDS:
            self._refuse(words[0], Text("gap 起 止 原因", "gap FROM TO REASON"))
            return
        start, end = self._time(words[1]), self._time(words[2])
        if start is not None and end is not None:
            if end[1] <= start[1]:
                self._refuse(words[2], Text(f"晚于 {start[1]:g} 的时间", f"a time after {start[1]:g}"))
            self.gaps.append(Gap(start[1], end[1], " ".join(word.text for word in words[3:])))

    def _end(self, words: Sequence[Word]) -> None:
        if self.end_s is not None:
            self._refuse(words[0], Text("只有一行 end", "one line 'end TIME' only"))
        elif len(words) != END_WORDS:
            self._refuse(words[0], Text("end 时间", "end TIME"))
        elif (when := self._time(words[1])) is not None:
            self.end_s, self._end_word = when[1], words[1]

    def _time(self, word: Word) -> tuple[float, float] | None:
        found = _TIME.fullmatch(word.text)
        if found is None:
            self._refuse(word, TIME)
            return None
        t_s = float(found[2])
        earliest_s = float(found[1]) if found[1] else t_s
        if earliest_s > t_s:
            self._refuse(word, Text("先早后晚的时间", "the earlier time first"))
            return None
        self._times.append((t_s, word))
        return earliest_s, t_s

    def _key(self, kind: Word, subject: Word) -> FactKey | None:
        if kind.text not in VALUES:
            self._refuse(kind, one_of(VALUES), nearest(kind.text, VALUES))
            return None
        if kind.text == PART_AT and not all(subject.text.partition("/")):
            self._refuse(subject, Text("部件/位置，如 relay/rail_1", "PART/PLACE such as relay/rail_1"))
            return None
        if kind.text == PROBING and not all(subject.text.partition(PROBE_SEPARATOR)):
            self._refuse(subject, PROBED, _with_slash(subject.text))
            return None
        if kind.text != "wire":
            return _plain_key(kind.text, subject.text)
        try:
            return wire_key(*ends_of(subject.text))
        except ValueError:
            self._refuse(subject, Text("两个端子，如 S1.14-X1.4", "two terminals such as S1.14-X1.4"))
            return None

    def _check_value(self, kind: Word, value: Word) -> None:
        allowed = VALUES.get(kind.text, ())
        if allowed and value.text not in (*allowed, UNSEEN):
            self._refuse(value, one_of((*allowed, UNSEEN)), nearest(value.text, allowed))
        if kind.text == PART_AT and value.text != UNSEEN and not _DISTANCE.fullmatch(value.text):
            expected = "以毫米计的距离，如 1.8 或 1.8±4.5", "a distance in mm such as 1.8 or 1.8±4.5"
            self._refuse(value, Text(*expected))

    def _confidence(self, word: Word | None) -> float:
        if word is None:
            return 1.0
        if not _NUMBER.fullmatch(word.text[1:]) or not 0 <= float(word.text[1:]) <= 1:
            self._refuse(word, Text("置信度，如 @0.8（0 至 1）", "a confidence such as @0.8, from 0 to 1"))
            return 1.0
        return float(word.text[1:])

    def _refuse(self, word: Word, expected: Text, hint: Text | None = None) -> None:
        self.faults.append(word.fault(expected, hint))
