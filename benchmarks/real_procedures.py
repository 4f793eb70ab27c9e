"""Judges real executions with real mistakes: cooking by task graphs, and noisy recognised assembly steps.

    python benchmarks/real_procedures.py --data FOLDER

FOLDER holds `captaincook4d` and `prego` as their publishers give them; neither is part of this project.
"""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.real import cooking, recognised
from benchmarks.real.captaincook import read_executions


def report(folder: Path) -> Iterator[str]:
    """Everything that can be said about the data sets that are there."""
    cooked = folder / "captaincook4d"
    if cooked.is_dir():
        yield "CaptainCook4D: annotated steps against task graphs"
        yield from cooking.report(read_executions(cooked))
    for path in sorted((folder / "prego").glob("output_*.json")):
        yield f"\nPREGO {path.stem}: recognised steps against true steps"
        yield from recognised.report(recognised.read_sequences(path))


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    lines = list(report(folder))
    if not lines:
        parser.error(f"expected a folder with captaincook4d or prego, got {folder}")
    say = partial(print, file=sys.stdout)
    for line in lines:
        say(line)


if __name__ == "__main__":
    main()
