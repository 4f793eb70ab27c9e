"""How often a raised hand is told from a hanging one, and what looking for the worker costs.

    python benchmarks/pose.py

The scenes of tests/people.py (one photographed man, an arm turned up at the shoulder) at places and sizes
drawn by chance. `find`: the worker is looked for anew; `follow`: he was seen before. CPU time of all threads,
and what that is for a frame of 10 a second, as he is looked for twice a second while something moves.
"""

import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from assessor import models
from assessor.pose_facts import hand_raised
from assessor.vision.motion import shrunk
from assessor.vision.pose import PERSON_PERIOD_S, PersonWatch, PoseNetworks
from tests.people import scene

SCENES = 40
FRAME_S = 0.1
NAMES = {True: "hand raised", False: "hand hanging", None: "nobody"}


def main() -> None:
    """Look at every scene twice: at first sight and again."""
    say, networks = partial(print, file=sys.stdout), PoseNetworks(models.path_of("pose_landmarker"))
    say(f"{'':14}{'right':>8}{'wrong':>8}{'unknown':>8}{'find':>9}{'follow':>9}{'a frame':>9}")
    for raised, name in NAMES.items():
        told, spent = Counter[str](), np.zeros(2)
        for number in range(SCENES):
            dice, watch = np.random.default_rng(number), PersonWatch(networks)
            image = scene(raised, (dice.uniform(0, 900), dice.uniform(-30, 30)), size=dice.uniform(0.5, 0.9))
            for turn, t_s in enumerate((0.0, 1.0)):
                start = time.process_time()
                person = watch.look(image, shrunk(255 - image if turn else image), t_s)  # as if it moved
                spent[turn] += time.process_time() - start
            said = {"yes": True, "no": False}.get(str(hand_raised(person)[0])) if person else None
            seen = "unknown" if person and said is None else "right" if said == raised else "wrong"
            told[seen] += 1
        find, follow = spent / SCENES * 1000
        shares = "".join(f"{told[one] / SCENES:8.0%}" for one in ("right", "wrong", "unknown"))
        each = follow * FRAME_S / PERSON_PERIOD_S
        say(f"{name:14}{shares}{find:6.0f} ms{follow:6.0f} ms{each:6.1f} ms")


if __name__ == "__main__":
    main()
