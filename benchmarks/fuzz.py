"""Sends 10,000 generated requests and more to the interface, as tests/test_api_fuzz.py does with few.

    python -m benchmarks.fuzz --cases 10000

Prints the statuses of each operation, or each fault of the server and each status that its document does not
name. The same seed makes the same requests.
"""

import argparse
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

from tests.fuzzed_api import fuzz, serving_school


def main() -> None:
    """Fuzz and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)  # of the library's own making
    with tempfile.TemporaryDirectory() as folder, serving_school(Path(folder)) as target:
        began = time.perf_counter()
        counts = fuzz(target, asked.cases, asked.seed)
        took_s = time.perf_counter() - began
    operations = sorted({name for name, _ in counts}, key=lambda name: (name.split()[1], name))
    for one in operations:
        sys.stdout.write(
            f"{one}: {told(Counter({s: n for (name, s), n in counts.items() if name == one}))}\n"
        )
    whole: Counter[str] = Counter()
    for (_, status), count in counts.items():
        whole[status] += count
    sys.stdout.write(f"{whole.total()} requests to {len(operations)} operations in {took_s:.0f} s, ")
    sys.stdout.write(f"no fault, no status but those documented; {told(whole)}\n")


def told(statuses: Counter[str]) -> str:
    """Each status with how often it came."""
    return ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))


if __name__ == "__main__":
    main()
