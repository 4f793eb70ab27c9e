"""States of lever, lamp, plunger and display at moments of the samples whose truth is known."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessor.bench import load_bench
from assessor.camera import FileSource, probe
from assessor.types import Image
from assessor.vision.indicators import View, read_indicators
from assessor.vision.markers import find_pose
from assessor.vision.wire_colours import white_level

SAMPLES = Path(__file__).parent.parent / "samples"
SECONDS = {
    "start_stop_good": (1.0, 8.0, 34.0, 42.0, 47.0),
    "start_stop_faulty": (1.0, 11.0, 31.0, 39.0, 46.0),
}


@cache
def frames(name: str) -> dict[float, Image]:
    source = FileSource(probe(SAMPLES / f"{name}.mp4", settle_s=0), wanted=[(t, t) for t in SECONDS[name]])
    return {frame.t_s: frame.image for frame in source.frames()}


@cache
def truth(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.truth.json").read_text())
    return loaded


def state_at(name: str, t_s: float) -> dict[str, str]:
    """What every indicator shows at a moment, by device."""
    frame = next(f for f in truth(name)["frames"] if abs(f["t"] - t_s) < 0.01)
    state = next(s for s in truth(name)["states"] if s["index"] == frame["state"])
    lamp = "on" if state["led"] else "off"
    return {**state["switches"], "PS": lamp, "mm": state["display"]}


def view(name: str, t_s: float) -> View:
    image = min(frames(name).items(), key=lambda item: abs(item[0] - t_s))[1]
    bench = load_bench(SAMPLES / f"{name}.bench.yaml")
    pose = find_pose(image, bench)
    camera = bench.scaled_camera(image.shape[1], image.shape[0])
    return View(image, pose, camera, white_level(image, bench, pose))


@pytest.mark.parametrize(("name", "t_s"), [(name, t_s) for name, times in SECONDS.items() for t_s in times])
def test_states_are_read_as_they_are(name: str, t_s: float) -> None:
    bench = load_bench(SAMPLES / f"{name}.bench.yaml")

    read = {i.device: i.value for i in read_indicators(view(name, t_s), bench, frozenset())}

    assert read == state_at(name, t_s)


def test_hidden_device_is_unknown() -> None:
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")

    read = {
        i.device: (i.value, i.confidence)
        for i in read_indicators(view("start_stop_good", 1.0), bench, frozenset({"Q1"}))
    }

    assert read["Q1"] == (None, 0.0)
    assert read["PS"][0] == "on"


def test_lever_half_way_is_unknown() -> None:
    """A lever seen under 45 degrees points at neither position."""
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")
    lever = next(i for i in bench.indicators if i.device == "Q1")
    turned = replace(lever, values={name: degrees + 45 for name, degrees in lever.values.items()})
    here = view("start_stop_good", 1.0)
    model = bench.model_copy()
    model.__dict__["indicators"] = (turned,)

    (read,) = read_indicators(here, model, frozenset())

    assert read.value is None


def test_flat_grey_picture_says_nothing_sure() -> None:
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")
    here = view("start_stop_good", 1.0)
    grey = View(np.full_like(here.image, 128), here.pose, here.camera, here.white)

    read = {i.device: i.value for i in read_indicators(grey, bench, frozenset())}

    assert read["Q1"] is None
    assert read["KM1"] is None
