"""What the camera of a bench sees of a rubric, and the bench drawn from above."""

from xml.etree import ElementTree

import pytest

from assessor.bench import Bench, load_bench
from assessor.bench_picture import bench_picture
from assessor.located_yaml.source import Source
from assessor.procedure import Procedure, load_procedure
from assessor.settings import rules_folder
from assessor.sight import Sight, fits, sight_of

BENCHES = sorted((rules_folder() / "benches").glob("*.yaml"))


def trainer(old: str = "", new: str = "") -> Bench:
    text = (rules_folder() / "benches" / "trainer_24v.yaml").read_text(encoding="utf-8")
    assert old in text
    return load_bench(Source("rules/benches/trainer_24v.yaml", text.replace(old, new).encode()))


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load_procedure(rules_folder() / "procedures" / "motor_start_stop.yaml")


def test_every_item_is_told_and_the_shipped_pair_sees_its_video_items(procedure: Procedure) -> None:
    items = sight_of(procedure, trainer())
    assert [item.id for item in items] == [item.id for item in procedure.rubric.items]
    asked = {item.id for item in procedure.rubric.items if item.check == "video"}
    assert {item.id for item in items if item.sight is Sight.SEEN} == asked
    assert all(item.why for item in items if item.sight is Sight.ELSEWHERE)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param("class: isolator", "class: relay", "switch", id="a switch that shows nowhere"),
        pytest.param(
            "width: 1280\n  height: 720", "width: 160\n  height: 90", "px apart", id="coarse picture"
        ),
    ],
)
def test_what_is_not_seen_says_why(procedure: Procedure, old: str, new: str, why: str) -> None:
    worse = sight_of(procedure, trainer(old, new))
    blind = [item for item in worse if item.sight in {Sight.PARTLY, Sight.UNSEEN}]
    assert blind and any(why in one.en for item in blind for one in item.why)


def test_a_bench_without_what_is_named_does_not_fit(procedure: Procedure) -> None:
    assert fits(procedure, trainer())
    assert not fits(procedure, load_bench(rules_folder() / "benches" / "lathe.yaml"))


@pytest.mark.parametrize("file", BENCHES, ids=lambda file: file.stem)
def test_the_picture_holds_everything_within_its_frame(file: object) -> None:
    bench = load_bench(next(one for one in BENCHES if one == file))
    root = ElementTree.fromstring(bench_picture(bench))
    left, top, width, height = (float(value) for value in root.attrib["viewBox"].split())
    kinds = [one.attrib.get("class", "").split() for one in root.iter()]
    for kind, many in (
        ("marker", bench.markers),
        ("device", bench.devices),
        ("terminal", bench.terminals),
        ("zone", bench.zones),
        ("place", bench.places),
    ):
        assert sum(kind in classes for classes in kinds) == len(many), kind
    for shape in root.iter("{http://www.w3.org/2000/svg}polygon"):
        for point in shape.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert left <= x <= left + width and top <= y <= top + height


def test_a_name_is_text_in_the_picture() -> None:
    hostile = trainer("  K2: {class", "  '<b>&\"': {class")
    assert "<b>" not in bench_picture(hostile)
    ElementTree.fromstring(bench_picture(hostile))
