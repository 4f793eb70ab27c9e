"""The lines of a procedure file that a verdict rests on, with a little around them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of the file; `marked`: it belongs to the rule itself."""

    number: int
    text: str
    marked: bool


def rule_lines(
    source: str, line: int, before: int = 1, after: int = 1, most: int = 9
) -> tuple[RuleLine, ...]:
    """The YAML block that begins at `line` (counted from 1) and its neighbours; empty for no such line."""
    lines = source.splitlines()
    if not 1 <= line <= len(lines):
        return ()
    end = min(_block_end(lines, line), line + most - 1)
    return tuple(
        RuleLine(number, lines[number - 1], line <= number <= end)
        for number in range(max(1, line - before), min(len(lines), end + after) + 1)
    )


def _block_end(lines: list[str], line: int) -> int:
    depth = _indent(lines[line - 1])
    end = line
    for number in range(line + 1, len(lines) + 1):
        text = lines[number - 1]
        if not text.strip():
            continue
        if _indent(text) <= depth:
            break
        end = number
    return end


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
