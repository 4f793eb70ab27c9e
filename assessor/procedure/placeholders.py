"""Puts the values of parameters where `$name` stands in the tree of a rule set.

Takes the tree and values by name; gives the filled tree, the names that were used, and a fault for each name
that is no parameter. An item of a list that names a parameter with several values is repeated for each.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from assessor.errors import Fault
from assessor.located_yaml import tree
from assessor.located_yaml.faults import nearest, one_of
from assessor.located_yaml.tree import Node, key_path
from assessor.types import Text

PLACEHOLDER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
One = str | bool | int | float


@dataclass(frozen=True, slots=True)
class Given:
    """The values of a parameter (one, or several for a list) and where they come from, in words."""

    values: tuple[One, ...]
    told: Text


@dataclass(slots=True)
class Filler:
    """Fills the parts of one file. `values`: what is given; `known`: every parameter of the file."""

    file: str
    values: Mapping[str, Given]
    known: Sequence[str]
    used: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def fill(self, node: Node, path: tuple[tree.Step, ...]) -> Node:
        """The node with values in place of names; a name without a value is left standing as `refused`."""
        return self._fill(node, path, {})

    def _fill(self, node: Node, path: tuple[tree.Step, ...], chosen: Mapping[str, One]) -> Node:
        if isinstance(node, tree.Mapping):
            entries = {key: self._fill(inner, (*path, key), chosen) for key, inner in node.entries.items()}
            return replace(node, entries=entries)
        if isinstance(node, tree.Sequence):
            items = [
                self._fill(item, (*path, index), {**chosen, **chosen_here})
                for index, item in enumerate(node.items)
                for chosen_here in self._choices(item, chosen)
            ]
            return replace(node, items=items)
        return self._replace(node, path, chosen) if isinstance(node.value, str) else node

    def _choices(self, item: Node, chosen: Mapping[str, One]) -> Iterator[dict[str, One]]:
        """One choice of values for each time an item is to stand there."""
        several = [
            name
            for name in dict.fromkeys(_names_in(item))
            if name in self.values and name not in chosen and len(self.values[name].values) > 1
        ]
        for values in product(*(self.values[name].values for name in several)):
            yield dict(zip(several, values, strict=True))

    def _replace(
        self, node: tree.Scalar, path: tuple[tree.Step, ...], chosen: Mapping[str, One]
    ) -> tree.Scalar:
        text = str(node.value)
        names = PLACEHOLDER.findall(text)
        if not names:
            return node
        self.used.update(names)
        for name in names:
            if name not in self.known:
                self.faults.append(self._unknown(node, path, name))
        if any(name not in self.values for name in names):
            return replace(node, value=PLACEHOLDER.sub(r"\1", text), refused=True)
        values = {name: chosen.get(name, self.values[name].values[0]) for name in names}
        told = self.values[names[0]].told
        if text == f"${names[0]}":
            return replace(node, value=values[names[0]], given=told)
        return replace(node, value=PLACEHOLDER.sub(lambda m: _shown(values[m[1]]), text), given=told)

    def _unknown(self, node: tree.Scalar, path: tuple[tree.Step, ...], name: str) -> Fault:
        none = Text(zh="没有参数的文字", en="text without parameters")
        expected = one_of(self.known) if self.known else none
        came = Text(zh=f"“${name}”", en=f"'${name}'")
        place = (self.file, node.mark.line, node.mark.column, key_path(path))
        return Fault(*place, expected, came, nearest(name, self.known))


def _names_in(node: Node) -> Iterator[str]:
    """Names in the texts of an item, but not in lists inside it: those are repeated there."""
    if isinstance(node, tree.Mapping):
        for inner in node.entries.values():
            yield from _names_in(inner)
    elif isinstance(node, tree.Scalar) and isinstance(node.value, str):
        yield from PLACEHOLDER.findall(node.value)


def _shown(value: One) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"
