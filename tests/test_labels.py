from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor import models, settings
from assessor.errors import InputError, RuleFileError
from assessor.label_export import export_labels
from assessor.label_import import Plan, import_labels, source_names
from assessor.labelled_pictures import box_line, class_names, every_sixth, label_file, listed_pictures
from assessor.located_yaml import load
from assessor.tool_tips import tip_of
from assessor.vision.objects import ObjectDetector, read_classes
from tests.corpus import write_video

OURS = ("hand", "screwdriver", "tool_tip")
DRIVER = [
    (0.1, 0.45),
    (0.4, 0.45),
    (0.4, 0.48),
    (0.8, 0.48),
    (0.8, 0.5),
    (0.4, 0.5),
    (0.4, 0.53),
    (0.1, 0.53),
]
BLADE = "1 0.5 0.5 0.2 0.4"


def outline(corners: list[tuple[float, float]], number: int = 1) -> str:
    return " ".join([str(number), *(f"{x} {y}" for x, y in corners)])


def drawn(folder: Path, labels: dict[str, str], names: str = "names: [hand, screwdriver]\n") -> Path:
    """What a labelling tool exports: grey pictures and the lines that somebody drew."""
    for part in ("images/train", "labels/train"):
        (folder / part).mkdir(parents=True)
    (folder / "data.yaml").write_text(f"path: ./\ntrain: train.txt\nnc: 2\n{names}")
    for name, lines in labels.items():
        cv2.imwrite(str(folder / "images" / "train" / f"{name}.jpg"), np.full((120, 160, 3), 90, np.uint8))
        (folder / "labels" / "train" / f"{name}.txt").write_text(lines)
    return folder


def lines_of(folder: Path, name: str) -> list[str]:
    return (folder / "labels" / f"{name}.txt").read_text().splitlines()


def test_an_outline_becomes_the_box_around_it_and_a_tip(tmp_path: Path) -> None:
    source = drawn(tmp_path / "drawn", {"a_1": outline(DRIVER)})
    done = import_labels(source, tmp_path / "out", OURS, Plan(tips=("screwdriver",)))
    driver, tip = lines_of(tmp_path / "out", "a_1")
    assert driver == "1 0.45000 0.49000 0.70000 0.08000"
    number, x, y, width, height = map(float, tip.split())
    assert (number, round(x, 2), round(y, 2), width) == (2, 0.8, 0.49, 0.05)
    assert height == pytest.approx(0.05 * 160 / 120, abs=1e-4)  # square in the picture
    assert done.boxes == {"hand": 0, "screwdriver": 1, "tool_tip": 1}


@pytest.mark.parametrize("turn", range(0, 360, 45))
def test_the_tip_is_the_narrow_end_whichever_way_the_tool_lies(turn: int) -> None:
    corners = (np.array(DRIVER) - 0.5) * 200
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    way = np.array([[c, s], [-s, c]])
    tip = tip_of(corners @ way + 150, (300, 300))
    assert tip is not None
    assert np.hypot(*(np.array(tip) - (np.array([60.0, -2.0]) @ way + 150))) < 4


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param([(20, 20), (120, 20), (120, 120), (20, 120)], id="square"),
        pytest.param([(20, 50), (180, 50), (180, 60), (20, 60)], id="same-width-at-both-ends"),
        pytest.param([(20, 60), (100, 40), (199, 55), (199, 62), (100, 80)], id="cut-off-at-the-border"),
        pytest.param([(5, 5), (6, 5), (6, 6)], id="a-few-pixels"),
    ],
)
def test_no_tip_where_none_is_clear(corners: list[tuple[float, float]]) -> None:
    assert tip_of(np.array(corners, float), (200, 150)) is None


def test_a_plan_renames_leaves_out_and_keeps_recordings_apart(tmp_path: Path) -> None:
    labels = {"mon_1": BLADE, "mon_2": f"{BLADE}\n0 0.5 0.5 0.1 0.1", "tue_1": BLADE, "web_1": BLADE}
    source = drawn(tmp_path / "drawn", labels, "names: {0: Glove, 1: Driver}\n")
    plan = tmp_path / "plan.yaml"
    plan.write_text('names: {Driver: screwdriver}\nleave_out: ["web*"]\ntest: ["tue*"]\n')
    done = import_labels(source, tmp_path / "out", OURS, load(plan, Plan))
    assert done.pictures == {"train": 2, "val": 0, "test": 1}
    assert [path.name for path in listed_pictures(tmp_path / "out", "test")] == ["tue_1.jpg"]
    assert lines_of(tmp_path / "out", "mon_2") == ["1 0.50000 0.50000 0.20000 0.40000"]
    assert class_names(tmp_path / "out") == OURS


def test_without_a_plan_whole_recordings_are_kept_for_testing(tmp_path: Path) -> None:
    source = drawn(tmp_path / "drawn", {f"{r}_{i}": BLADE for r in "abcdefg" for i in range(3)})
    import_labels(source, tmp_path / "out", OURS, Plan())
    assert [path.stem for path in listed_pictures(tmp_path / "out", "test")] == ["f_0", "f_1", "f_2"]
    assert len(listed_pictures(tmp_path / "out", "train")) == 18


@pytest.mark.parametrize(
    ("groups", "kept"),
    [
        pytest.param("a", set[str](), id="one-is-needed-for-training"),
        pytest.param("abc", {"c"}, id="few"),
        pytest.param("abcdefghijkl", {"f", "l"}, id="many"),
    ],
)
def test_share_that_is_kept_for_testing(groups: str, kept: set[str]) -> None:
    assert every_sixth(list(groups)) == kept


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("2 0.5 0.5 0.1 0.1", "expected a class of 0-1, got 2", id="class"),
        pytest.param("driver 0.5 0.5 0.1 0.1", "expected a class and numbers", id="word"),
        pytest.param("0 0.5 50 0.1 0.1", "expected numbers of 0..1", id="pixels"),
        pytest.param("0 0.5 nan 0.1 0.1", "expected numbers of 0..1", id="nan"),
        pytest.param("0 0.5 0.5 0.1", "expected 4 numbers", id="short"),
        pytest.param("0 0.1 0.1 0.2 0.2 0.3", "expected 4 numbers", id="odd-outline"),
        pytest.param("0 0.5 0.5 0 0.1", "expected a box with a width", id="empty"),
        pytest.param("", "expected a class and numbers", id="blank"),
    ],
)
def test_a_label_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    source = drawn(tmp_path / "drawn", {"a_1": BLADE, "a_2": f"{BLADE}\n{line}\n"})
    with pytest.raises(InputError, match=rf"1 labels cannot be used\n.*a_2\.txt:2: {told}"):
        import_labels(source, tmp_path / "out", OURS, Plan())
    assert not (tmp_path / "out").exists()


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    source = drawn(tmp_path / "drawn", {f"a_{i}": "9 9 9 9 9" for i in range(30)})
    (source / "labels" / "train" / "a_0.txt").unlink()
    with pytest.raises(InputError, match=r"(?s)30 labels cannot be used\n.*a_0\.jpg: expected.*and 10 more"):
        import_labels(source, tmp_path / "out", OURS, Plan())


def test_two_pictures_of_one_name_would_overwrite_each_other(tmp_path: Path) -> None:
    source = drawn(tmp_path / "drawn", {"a_1": BLADE})
    for part, name in (("images", "a_1.jpg"), ("labels", "a_1.txt")):
        (source / part / "val").mkdir()
        (source / part / "val" / name).write_bytes((source / part / "train" / name).read_bytes())
    with pytest.raises(InputError, match="2 pictures are called 'a_1'"):
        import_labels(source, tmp_path / "out", OURS, Plan())


@pytest.mark.parametrize(
    ("names", "plan", "told"),
    [
        pytest.param("[hand, drill]", Plan(), "'drill' is no class of ours", id="theirs-unknown-to-us"),
        pytest.param("[hand, drill]", Plan(names={"dril": "hand"}), "'dril' is no class of drawn", id="typo"),
        pytest.param("[hand, drill]", Plan(names={"drill": "hnd"}), "'hnd' is no class of ours", id="ours"),
        pytest.param("[hand]", Plan(tips=("spoon",)), "'spoon' is no class of ours", id="tips"),
    ],
)
def test_unknown_names_are_told_with_those_that_there_are(
    tmp_path: Path, names: str, plan: Plan, told: str
) -> None:
    source = drawn(tmp_path / "drawn", {"a_1": "0 0.5 0.5 0.1 0.1"}, f"names: {names}\n")
    with pytest.raises(InputError, match=rf"{told}.*Ours: hand, screwdriver, tool_tip"):
        import_labels(source, tmp_path / "out", OURS, plan)


def test_names_of_label_studio_and_no_names(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("hand\nscrewdriver\n\n")
    assert source_names(tmp_path) == ("hand", "screwdriver")
    (tmp_path / "classes.txt").unlink()
    with pytest.raises(InputError, match=r"expected classes\.txt or one of data\.yaml"):
        source_names(tmp_path)


def test_a_plan_that_takes_nothing_is_refused(tmp_path: Path) -> None:
    source = drawn(tmp_path / "drawn", {"a_1": BLADE})
    with pytest.raises(InputError, match="expected pictures below 'images' that the plan takes"):
        import_labels(source, tmp_path / "out", OURS, Plan(only=("b*",)))


def test_labels_lie_beside_the_last_folder_of_images() -> None:
    assert label_file(Path("images/x/images/val/1.jpg")) == Path("images/x/labels/val/1.txt")
    with pytest.raises(InputError, match="below a folder 'images'"):
        label_file(Path("pictures/1.jpg"))


def test_a_box_is_cut_at_the_edges() -> None:
    assert box_line(3, (-0.2, 0.0, 0.5, 1.1)) == "3 0.25000 0.50000 0.50000 1.00000"


@pytest.mark.parametrize("plan", sorted(settings.models_folder().glob("import_*.yaml")), ids=lambda p: p.stem)
def test_shipped_plans_name_classes_of_ours(plan: Path) -> None:
    read, classes = load(plan, Plan), read_classes(settings.models_folder() / "classes.yaml")
    assert read.names and {*read.names.values(), *read.tips} <= set(classes)
    assert read.test  # never mixed by chance


def test_a_misspelt_key_of_a_plan_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("leave_aut: [x]\n")
    with pytest.raises(RuleFileError, match=r"plan\.yaml:1:1"):
        load(tmp_path / "plan.yaml", Plan)


@pytest.fixture(scope="module")
def detector() -> ObjectDetector:
    classes = read_classes(settings.models_folder() / "classes.yaml")
    return ObjectDetector(models.path_of("detector"), classes)


def test_what_is_exported_can_be_imported_again(tmp_path: Path, detector: ObjectDetector) -> None:
    photo = settings.samples_folder() / "boards" / "board_good_1.jpg"
    video = write_video(tmp_path / "attempt.mp4")
    count = export_labels([photo, video], tmp_path / "for_people", detector, every_s=1.0)
    pictures = sorted((tmp_path / "for_people" / "images" / "train").glob("*.jpg"))
    assert [path.stem for path in pictures][:2] == ["attempt_0000000", "attempt_0001000"]
    assert len(pictures) == count
    done = import_labels(tmp_path / "for_people", tmp_path / "out", detector.classes, Plan())
    assert done.boxes["contactor"] == 1 and done.boxes["wire"] > 3
    assert done.pictures["train"] + done.pictures["test"] == count


def test_what_is_there_is_spared(tmp_path: Path, detector: ObjectDetector) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InputError, match="expected a new or empty folder"):
        import_labels(tmp_path, tmp_path, OURS, Plan())
    with pytest.raises(InputError, match="expected a new or empty folder"):
        export_labels([], tmp_path, detector, 1.0)
    twins = [tmp_path / name / "a.mp4" for name in "xy"]
    with pytest.raises(InputError, match="got a twice"):
        export_labels(twins, tmp_path / "new", detector, 1.0)
