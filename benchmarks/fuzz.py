"""Sends 10,000 generated requests to the interface, as tests/test_api_fuzz.py does with few.

    python -m benchmarks.fuzz --cases 10000

Prints the statuses, or each fault of the server and each status that the document does not name.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzzed_api import fuzz, serving_school


def main() -> None:
    """Fuzz and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving_school(Path(folder)) as target:
        began = time.perf_counter()
        statuses = fuzz(target, asked.cases, asked.seed)
        took_s = time.perf_counter() - began
    total = sum(statuses.values())
    told = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    sys.stdout.write(f"{total} requests in {took_s:.0f} s, no fault; {told}\n")


if __name__ == "__main__":
    main()
