"""The editor's comparison of two versions: which lines went and which came."""

from collections.abc import Iterator
from difflib import unified_diff

from api.console.elements import Words, box
from api.console.fields import choice
from api.console.texts import Language, say
from assessor.located_yaml import Located
from assessor.own_rules import SHIPPED, Kind, versions_of

CURRENT = "current"
AROUND = 3  # unchanged lines beside changed ones


class ComparePane:
    """Two texts by their version and what differs."""

    def __init__(self, kind: Kind, id: str, language: Language) -> None:
        self._kind, self._id, self._language, self._text = kind, id, language, ""
        self._head = box("div", "trial-head")
        self._shown = box("div", "code diff")
        self._before, self._after = "", CURRENT
        self._offered: list[str] = []
        self._choices()

    def take(self, _read: Located | None, text: str) -> None:
        """The text being edited."""
        self._text = text
        self._show()

    async def refresh(self) -> None:
        """Show again, as when a version was added."""
        self._choices()
        self._show()

    def _choices(self) -> None:
        versions = versions_of(self._id, self._kind)
        numbers = [str(version.number) for version in versions]
        if numbers == self._offered:
            return
        self._offered = numbers
        if self._before not in numbers:
            self._before = numbers[0] if numbers else ""
        names = {str(version.number): self._name(version.number) for version in versions}
        current = {CURRENT: say("compare.current", self._language)}
        self._head.clear()
        with self._head:
            choice(say("compare.before", self._language), names, self._before, self._choose_before)
            choice(say("compare.after", self._language), current | names, self._after, self._choose_after)

    def _name(self, number: int) -> str:
        if number == SHIPPED:
            return say("compare.shipped", self._language)
        return say("compare.version", self._language, number=number)

    def _choose_before(self, number: str) -> None:
        self._before = number
        self._show()

    def _choose_after(self, number: str) -> None:
        self._after = number
        self._show()

    def _show(self) -> None:
        texts = {str(version.number): version for version in versions_of(self._id, self._kind)}
        before = texts[self._before].text() if self._before in texts else ""
        after = texts[self._after].text() if self._after in texts else self._text
        self._shown.clear()
        with self._shown:
            found = list(_differences(before, after))
            if not found:
                Words("p", say("compare.same", self._language), "quiet hint")
            with box("pre"):
                for kind, line in found:
                    Words("code", line, kind)


def _differences(before: str, after: str) -> Iterator[tuple[str, str]]:
    kinds = {"+": "added", "-": "removed", "@": "place"}
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=AROUND)
    for number, line in enumerate(lines):
        if number > 1:  # the first two would name the files
            yield kinds.get(line[:1], "same"), line
