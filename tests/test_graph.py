"""The picture of a procedure: every step once, layer by layer, only direct order; the docs show it."""

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assessor.graph import blocks_of, direct_order, graph_of, layers_of
from assessor.procedure import Procedure, load_procedure
from assessor.settings import rules_folder

ROOT = Path(__file__).parents[1]
MOTOR = rules_folder() / "procedures" / "motor_start_stop.yaml"
SVG = "{http://www.w3.org/2000/svg}"
TOP = """\
procedure: drawn
version: 1
title: {zh: 图, en: "Drawn <&> titled"}
rubric:
  total: 1
  dimensions: {d: {zh: 维, en: D}}
  items: [{id: i, title: {zh: 项, en: I}, points: 1, check: video, dimension: d, judged_by: [a]}]
steps:
"""


def drawn(*steps: str) -> Procedure:
    """A procedure of steps written `id keys`."""
    written = [step.partition(" ") for step in steps]
    lines = [
        f"  - {{id: {id}, title: {{zh: 步骤 {id}, en: Step {id}}}, done: {{lamp: L, is: 'on'}}{more}}}"
        for id, _, more in written
    ]
    return load_procedure(TOP + "\n".join(lines).replace("'on'", '"on"'))


def picture(procedure: Procedure, language: str = "en") -> ElementTree.Element:
    return ElementTree.fromstring(graph_of(procedure, language))


def drawn_as(root: ElementTree.Element, style: str) -> list[ElementTree.Element]:
    return [one for one in root.iter() if one.get("class") == style]


def test_layers_follow_the_order() -> None:
    assert layers_of(load_procedure(MOTOR)) == [
        ["isolate"],
        ["prove_dead"],
        ["wire_stop", "wire_start", "wire_coil", "wire_return"],
        ["tools_back"],
        ["power_on"],
        ["test_start"],
        ["test_stop"],
    ]


def test_what_follows_from_other_order_is_not_drawn() -> None:
    procedure = drawn("a", "b , after: [a]", "c , after: [a, b]")
    assert direct_order(procedure) == [("a", "b"), ("b", "c")]
    assert len(drawn_as(picture(procedure), "arrow")) == 2


def box_of(one: ElementTree.Element) -> tuple[float, ...]:
    return tuple(float(one.get(key, "")) for key in ("x", "y", "width", "height"))


def test_steps_in_any_order_stand_in_one_frame_with_one_arrow_in_and_out() -> None:
    root = picture(load_procedure(MOTOR))
    (frame,) = map(box_of, drawn_as(root, "block"))
    inside = [box for box in map(box_of, drawn_as(root, "step")) if frame[1] < box[1] < frame[1] + frame[3]]
    assert len(inside) == 4
    assert len(drawn_as(root, "arrow")) == 6, "one from step to step, four wires as one"
    assert "in any order" in [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("steps", "blocks"),
    [
        pytest.param(
            ["a", "b , after: [a]", "c , after: [a]", "d , after: [a]"], [["b", "c", "d"]], id="three"
        ),
        pytest.param(["a", "b , after: [a]", "c , after: [a]"], [], id="two need no frame"),
        pytest.param(["a", "b", "c"], [], id="a procedure without any order"),
        pytest.param(
            ["a", "b , after: [a]", "c , after: [a]", "d , after: [a]", "e , after: [b]"],
            [],
            id="one leads on",
        ),
        pytest.param(
            ["a", "b , after: [a]", "c , after: [a]", "d , after: [a]", "e , instead_of: d"],
            [],
            id="one has an alternative",
        ),
    ],
)
def test_only_steps_between_the_same_others_share_a_frame(steps: list[str], blocks: list[list[str]]) -> None:
    procedure = drawn(*steps)
    assert blocks_of(procedure) == blocks
    assert len(drawn_as(picture(procedure), "block")) == len(blocks)


def test_a_frame_holds_its_steps_and_no_others() -> None:
    many = [f"s{n} , after: [a]" for n in range(7)]
    root = picture(drawn("a", *many, "x , after: [a]", "y , after: [x]"))
    (frame,) = map(box_of, drawn_as(root, "block"))
    inside = [
        box
        for box in map(box_of, drawn_as(root, "step"))
        if frame[0] <= box[0] <= frame[0] + frame[2] and frame[1] <= box[1] <= frame[1] + frame[3]
    ]
    assert len(inside) == 7


def points_of(arrow: ElementTree.Element) -> list[tuple[float, float]]:
    """Points along an arrow, close together."""
    found: list[tuple[float, float]] = []
    for command, written in re.findall(r"([MLC])([^MLC]+)", arrow.get("d", "")):
        numbers = [float(one) for one in written.split()]
        to = list(zip(numbers[::2], numbers[1::2], strict=True))
        corners = [found[-1] if found else to[0], *to]
        if command != "C":
            corners = [corners[0], corners[0], to[0], to[0]]
        for n in range(41):
            t = n / 40
            shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            weighed = list(zip(shares, corners, strict=True))
            found.append((sum(s * x for s, (x, _) in weighed), sum(s * y for s, (_, y) in weighed)))
    return found


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            ["a", "b , after: [a]", "c , after: [b]", "x", "z , after: [c, x]"], id="past three rows"
        ),
        pytest.param(
            ["a", "p", "q", "r", "b , after: [a]", "c , after: [b]", "d , after: [c, p, q, r]"],
            id="a frame to a later step",
        ),
        pytest.param(["a", "b", "c , after: [a]", "d , after: [c]", "e , after: [d, b]"], id="two columns"),
    ],
)
def test_no_arrow_runs_behind_a_step(steps: list[str]) -> None:
    root = picture(drawn(*steps))
    boxes = list(map(box_of, drawn_as(root, "step")))
    for arrow in drawn_as(root, "arrow"):
        for x, y in points_of(arrow):
            for left, top, width, height in boxes:
                assert not (left + 1 < x < left + width - 1 and top + 1 < y < top + height - 1)


def test_a_frame_at_the_top_leaves_the_words_above_it_free() -> None:
    root = picture(drawn("a", "b", "c", "d , after: [a, b, c]"))
    (frame,) = map(box_of, drawn_as(root, "block"))
    version = next(text for text in root.iter(f"{SVG}text") if "version 1" in (text.text or ""))
    assert frame[1] > float(version.get("y", "")) + 6


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_step_and_rule_is_named(language: str) -> None:
    procedure = load_procedure(MOTOR)
    root = picture(procedure, language)
    said = [text.text or "" for text in root.iter(f"{SVG}text")]
    for id in [*(step.id for step in procedure.steps), *(rule.id for rule in procedure.rules)]:
        assert any(text.split(" · ")[0] == id for text in said)
    assert len(drawn_as(root, "step")) == len(procedure.steps)
    assert len(drawn_as(root, "rule")) == len(procedure.rules)


def test_optional_steps_and_alternatives_are_dashed() -> None:
    root = picture(drawn("a", "b , optional: true", "c , instead_of: a"))
    assert len(drawn_as(root, "step open")) == 2
    assert len(drawn_as(root, "instead")) == 1
    said = [text.text for text in root.iter(f"{SVG}text")]
    assert {"b · optional", "c · instead of a", "Drawn <&> titled"} <= set(said)


def test_no_two_boxes_overlap_and_all_lie_in_the_picture() -> None:
    many = [f"s{n} , after: [a]" for n in range(17)]
    root = picture(drawn("a", *many, "z , after: [s3, s9]"))
    boxes = [box_of(one) for one in drawn_as(root, "step")]
    assert len(boxes) == 19
    for (x, y, width, height), (other_x, other_y, *_) in combinations(boxes, 2):
        assert abs(x - other_x) >= width or abs(y - other_y) >= height
    assert max(x + width for x, _, width, _ in boxes) <= float(root.get("width", ""))
    assert max(y + height for _, y, _, height in boxes) <= float(root.get("height", ""))


@pytest.mark.parametrize("letters", ["a very long title " * 8, "很长的标题" * 16, "w" * 200])
def test_long_titles_stay_in_their_box(letters: str) -> None:
    text = TOP + f'  - {{id: a, title: {{zh: "{letters}", en: "{letters}"}}, done: {{lamp: L, is: "on"}}}}'
    root = picture(load_procedure(text))
    shown = [text.text or "" for text in root.iter(f"{SVG}text") if text.get("font-size") == "14"]
    assert len(shown) == 2
    assert shown[1].endswith("…")


@pytest.mark.parametrize(
    ("language", "name"), [("en", "motor_start_stop.svg"), ("zh", "motor_start_stop.zh.svg")]
)
def test_the_docs_show_the_shipped_procedure_as_it_is(language: str, name: str) -> None:
    shown = (ROOT / "docs" / name).read_text(encoding="utf-8")
    mend = f"assessor graph motor_start_stop --lang {language} --out docs/{name}"
    assert shown == graph_of(load_procedure(MOTOR), language), f"draw it again: {mend}"
