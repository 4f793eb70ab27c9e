"""What was seen, for each picture of a clip: at the moment of the picture, not of the player's clock."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from assessor.errors import InputError
from assessor.overlay import SeenFrame, overlay_of
from assessor.recording import RecordingHeader, write_observations
from assessor.types import HandObservation, ObjectObservation, Observations

WIDTH, HEIGHT = 1000, 500


def hand(x: float, number: int = 1) -> HandObservation:
    return HandObservation(number, "right", 0.9, tuple((x, 250.0) for _ in range(21)))


def tool(x: float, name: str = "pliers") -> ObjectObservation:
    return ObjectObservation(name, 0.9, (x, 100.0, x + 100, 200.0))


def drawn(
    folder: Path,
    hands: Mapping[float, tuple[HandObservation, ...]],
    tools: Mapping[float, tuple[ObjectObservation, ...]],
    *moments: float,
) -> tuple[SeenFrame, ...]:
    """Looks ten times a second: a hand and a tool keep their place until the next look that is given."""
    seen = []
    for number in range(31):
        t_s = number / 10
        at = [max((known for known in looks if known <= t_s), default=None) for looks in (hands, tools)]
        found = hands[at[0]] if at[0] is not None else ()
        things = tools[at[1]] if at[1] is not None else ()
        seen.append(Observations(number, t_s, "ok", None, hands=found, objects=things))
    header = RecordingHeader("a" * 64, "b" * 64, {}, 31, None, 3.1, WIDTH, HEIGHT)
    write_observations(folder / "seen.jsonl.gz", header, seen)
    told = {"fps": 30.0, "frames": [[0, moment] for moment in moments]}
    (folder / "clip.json").write_text(json.dumps(told))
    overlay = overlay_of(folder / "clip.mp4", folder / "seen.jsonl.gz")
    assert overlay.fps == 30.0
    return overlay.pictures


def test_a_hand_is_where_it_was_between_two_looks(tmp_path: Path) -> None:
    moving = {0.0: (hand(100),), 0.1: (hand(200),), 0.2: (hand(400),)}
    at = [one.hands[0][0] for one in drawn(tmp_path, moving, {}, 0.0, 0.033, 0.1, 0.15, 0.2, 0.9)]
    assert at == [(0.1, 0.5), (0.133, 0.5), (0.2, 0.5), (0.3, 0.5), (0.4, 0.5), (0.4, 0.5)]


def test_a_tool_is_carried_from_look_to_look(tmp_path: Path) -> None:
    """Tools are looked for more seldom than hands: a box must not wait for the next look."""
    moving = {0.0: (tool(100),), 0.4: (tool(300),), 0.8: (tool(300), tool(700, "screwdriver"))}
    pictures = drawn(tmp_path, {}, moving, 0.0, 0.1, 0.3, 0.4, 0.5, 0.7)
    assert [one.tools[0][1][0][0] for one in pictures] == [0.1, 0.15, 0.25, 0.3, 0.3, 0.3]
    assert [len(one.tools) for one in pictures] == [1, 1, 1, 1, 1, 2]


def test_what_stood_still_stays_until_it_moves(tmp_path: Path) -> None:
    pictures = drawn(tmp_path, {}, {0.0: (tool(100),), 2.0: (tool(300),)}, 1.0, 1.8, 2.0)
    assert [one.tools[0][1][0][0] for one in pictures] == [0.1, 0.1, 0.3]


def test_two_of_one_name_do_not_change_places(tmp_path: Path) -> None:
    crossing = {0.0: (tool(100), tool(600)), 0.4: (tool(620), tool(140))}
    (picture,) = drawn(tmp_path, {}, crossing, 0.2)
    assert sorted(places[0][0] for _, places in picture.tools) == [0.12, 0.61]


def test_a_hand_that_left_is_not_drawn_any_more(tmp_path: Path) -> None:
    pictures = drawn(tmp_path, {0.0: (hand(100), hand(700, 2)), 0.1: (hand(100),)}, {}, 0.0, 0.02, 0.08, 0.1)
    assert [len(one.hands) for one in pictures] == [2, 2, 1, 1]


@pytest.mark.parametrize("told", [None, "", "[]", '{"fps": 10}', '{"fps": 10, "frames": [3]}'])
def test_a_clip_without_the_times_of_its_pictures(tmp_path: Path, told: str | None) -> None:
    if told is not None:
        (tmp_path / "clip.json").write_text(told)
    with pytest.raises(InputError, match="times of its pictures"):
        overlay_of(tmp_path / "clip.mp4", tmp_path / "seen.jsonl.gz")
