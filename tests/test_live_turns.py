"""Lookers in processes of their own and whose turn it is, with the real models on a sample's pictures."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from assessor.bench import Bench, load_bench
from assessor.camera import FileSource, probe
from assessor.live import looker
from assessor.live.looker import Looker, LookerLostError
from assessor.live.turns import Turns, Watched
from assessor.settings import samples_folder
from assessor.stage_times import StageTimes
from assessor.types import Frame, Observations
from assessor.vision.see import open_eyes

pytestmark = pytest.mark.slow
SAMPLE = samples_folder() / "start_stop_good"


@pytest.fixture(scope="module")
def bench() -> Bench:
    return load_bench(SAMPLE.with_suffix(".bench.yaml"))


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """The first three seconds, a hand comes in."""
    return list(FileSource(probe(SAMPLE.with_suffix(".mp4"), settle_s=0), wanted=[(0.0, 3.0)]).frames())


@pytest.fixture
def one(models_cache: Path, bench: Bench) -> Iterator[Looker]:
    found = Looker({"a": bench, "b": bench})
    yield found
    found.close()


def test_a_looker_sees_what_eyes_see_whatever_it_looks_at_between(
    one: Looker, bench: Bench, frames: list[Frame]
) -> None:
    eyes = open_eyes(bench, StageTimes())
    seen = []
    for frame in frames:
        seen.append(one.look("a", frame))
        one.look("b", frames[-1])
    assert seen == [eyes.look(frame) for frame in frames]


def test_what_was_forgotten_begins_anew(one: Looker, frames: list[Frame]) -> None:
    first = one.look("a", frames[0])
    one.look("a", frames[1])
    one.forget("a")
    assert one.look("a", frames[0]) == first


@pytest.mark.fault(18)
def test_a_looker_that_is_killed_is_there_again(one: Looker, frames: list[Frame]) -> None:
    before = one.look("a", frames[0])
    os.kill(one.pid or 0, signal.SIGKILL)
    with pytest.raises(LookerLostError, match="passed over"):
        one.look("a", frames[1])
    assert one.look("a", frames[0]) == before
    assert one.restarts == 1


@pytest.mark.fault(20)
def test_a_looker_that_hangs_is_ended_and_started_again(
    one: Looker, frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looker, "PATIENCE_S", 1.0)
    os.kill(one.pid or 0, signal.SIGSTOP)
    with pytest.raises(LookerLostError, match="passed over"):
        one.look("a", frames[0])
    monkeypatch.undo()
    assert one.look("a", frames[0]).scene == "ok"
    assert looker.PATIENCE_S == 10  # what the fault matrix promises


def keep(kept: list[Observations], frame: Frame, seen: Observations) -> None:
    kept.append(seen)


@pytest.mark.fault(24)
def test_every_bench_gets_its_turns_when_the_machine_is_too_slow(
    models_cache: Path, bench: Bench, frames: list[Frame]
) -> None:
    """Five benches that always have a new picture, on one looker: nobody waits long or is left out."""
    looks: dict[str, list[Observations]] = {f"bench_{n}": [] for n in range(5)}
    number = iter(range(10**6))

    def take() -> Frame:
        index = next(number)
        return Frame(index, index / 10, frames[index % len(frames)].image)

    watched = [Watched(name, bench, take, partial(keep, kept)) for name, kept in looks.items()]
    turns = Turns(watched, lookers=1)
    until = time.monotonic() + 120
    while min(len(kept) for kept in looks.values()) < 8 and time.monotonic() < until:
        time.sleep(0.05)
    turns.stop()
    counts = sorted(len(kept) for kept in looks.values())
    assert counts[0] >= 8 and counts[-1] - counts[0] <= 2
    assert threading.active_count() < 20 and turns.children
