"""Kills the server with -9 while benches write, again and again, and counts what was lost.

    python benchmarks/kill.py [--rounds 50] [--benches 8]

Each round: the server starts in a process of its own on the same data folder, every bench sends events as
fast as it hears answers, and at a random moment the process is killed. Then the database is read: every
acknowledged event must be there, none twice, and `PRAGMA integrity_check` must say "ok". A bench that heard
no answer sends the same events again in the next round. This is a killed process, not a power cut: for that
`synchronous=FULL` is set, and nothing here can measure it.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.killed_server import Place, kill_once, moments, open_benches


def main() -> None:
    """Print one line a round and the sum."""
    parser = argparse.ArgumentParser(description="Kills the server while benches write.")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--benches", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder) / "data")
        benches = open_benches(place, asked.benches)
        rounds = []
        for number, after_s in enumerate(moments(asked.rounds), start=1):
            done = kill_once(place, benches, after_s)
            rounds.append(done)
            told = f"{done.acknowledged} acknowledged, {done.lost} lost, {done.twice} twice"
            sys.stdout.write(f"{number:3d}: after {after_s:.2f} s: {told}, sound {done.sound}\n")
            sys.stdout.flush()
    refused = [told for bench in benches for told in bench.refused]
    ready = sorted(done.ready_s for done in rounds)
    sys.stdout.write(
        f"{len(rounds)} kills, {sum(done.acknowledged for done in rounds)} events acknowledged: "
        f"{sum(done.lost for done in rounds)} lost, {sum(done.twice for done in rounds)} twice, "
        f"{sum(not done.sound for done in rounds)} times unsound, {len(refused)} refused; "
        f"ready after {ready[len(ready) // 2]:.1f} s (longest {ready[-1]:.1f} s)\n"
    )
    sys.stdout.writelines(f"refused: {told}\n" for told in refused)


if __name__ == "__main__":
    main()
