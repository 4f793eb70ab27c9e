"""The rows of the fault matrix in docs/faults.md and the tests marked with them.

`python -m tests.fault_rows` writes the names of the tests into the page.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
NONE = "none yet · 尚无"
_ROW = re.compile(r"^\| (?P<number>\d+) \| (?P<told>.*) \| (?P<tests>[^|]*) \|$", re.MULTILINE)


def marked_tests() -> dict[int, list[str]]:
    """Row of the matrix → `module: test, test`, in the order of the modules."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for row, test in _marks_of(ast.parse(path.read_text(encoding="utf-8"))):
            if test not in found[row][path.stem]:
                found[row][path.stem].append(test)
    return {
        row: [f"{module}: {', '.join(tests)}" for module, tests in by.items()] for row, by in found.items()
    }


def listed_tests(page: str) -> dict[int, str]:
    """Row → what its last cell says."""
    return {int(row["number"]): row["tests"] for row in _ROW.finditer(page)}


def cell_of(row: int, marked: dict[int, list[str]]) -> str:
    """The last cell of a row as it has to be."""
    return "; ".join(f"`{one}`" for one in marked.get(row, [])) or NONE


def write_page(page: str) -> str:
    """The same page with the tests that there are now."""
    marked = marked_tests()
    return _ROW.sub(
        lambda row: f"| {row['number']} | {row['told']} | {cell_of(int(row['number']), marked)} |", page
    )


def _marks_of(module: ast.Module) -> Iterator[tuple[int, str]]:
    """A mark counts for the function that it stands at; one of the module for all of its tests."""
    tests = [one for one in module.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")]
    everywhere = [
        row
        for statement in module.body
        if isinstance(statement, ast.Assign) and any(_is_pytestmark(target) for target in statement.targets)
        for row in _rows_in(statement)
    ]
    for test in tests:
        for row in [*everywhere, *(row for decorator in test.decorator_list for row in _rows_in(decorator))]:
            yield row, test.name


def _is_pytestmark(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "pytestmark"


def _rows_in(node: ast.AST) -> Iterator[int]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.fault":
            for one in call.args:
                if isinstance(one, ast.Constant) and isinstance(one.value, int):
                    yield one.value


if __name__ == "__main__":
    PAGE.write_text(write_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{len(marked_tests())} rows have tests\n")
