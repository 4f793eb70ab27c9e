"""The samples are what samples/README.md says, and every document in them can be read."""

import json
from pathlib import Path

import pytest

from assessor.bench import load_bench

SAMPLES = Path(__file__).parents[1] / "samples"
GENERATOR = SAMPLES / "generator"
TRUTHS = sorted(SAMPLES.rglob("*.truth.json"))


def name_of(path: Path) -> str:
    return path.name.removesuffix(".truth.json")


@pytest.mark.parametrize("truth", TRUTHS, ids=name_of)
def test_every_case_is_complete_and_says_that_it_is_rendered(truth: Path) -> None:
    stem = name_of(truth)
    assert json.loads(truth.read_text(encoding="utf-8"))["synthetic"] is True
    assert any(truth.with_name(stem + suffix).is_file() for suffix in (".mp4", ".jpg"))
    assert load_bench(truth.with_name(f"{stem}.bench.yaml")).terminals


@pytest.mark.parametrize("truth", TRUTHS, ids=name_of)
def test_every_case_stands_in_the_page(truth: Path) -> None:
    assert name_of(truth) in (SAMPLES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("truth", [t for t in TRUTHS if t.parent == SAMPLES], ids=name_of)
def test_recordings_are_as_long_as_their_truth(truth: Path) -> None:
    import av

    document = json.loads(truth.read_text(encoding="utf-8"))
    with av.open(str(truth.with_name(f"{name_of(truth)}.mp4"))) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (document["width"], document["height"])
        assert sum(1 for packet in container.demux(stream) if packet.size) == document["frame_count"]


def test_every_file_of_the_generator_stands_in_its_page() -> None:
    page = (GENERATOR / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in GENERATOR.glob("*.py") if path.name not in page] == []


def test_the_mesh_comes_with_its_licence() -> None:
    assert "MIT" in (GENERATOR / "assets" / "hand" / "LICENSE.md").read_text(encoding="utf-8")
