"""Measures how long `import assessor` and `assessor --help` take, as ratios to an empty Python.

python benchmarks/import_time.py [--runs 10]
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {
    "empty python": ["-c", ""],
    "import assessor": ["-c", "import assessor"],
    "assessor --help": ["-m", "assessor", "--help"],
}


def median_s(arguments: list[str], runs: int) -> float:
    """Median wall time of a fresh interpreter."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print one line per command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    empty = median_s(COMMANDS["empty python"], runs)
    for name, arguments in COMMANDS.items():
        took = median_s(arguments, runs)
        sys.stdout.write(f"{name:16} {took * 1000:5.0f} ms  {took / empty:4.1f} x an empty python\n")


if __name__ == "__main__":
    main()
