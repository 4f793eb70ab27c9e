"""The shipped procedure is sound, wrong ones are refused at the right place, and every word is documented."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor.bench import load_bench
from assessor.errors import RuleFileError
from assessor.located_yaml import Located, load
from assessor.located_yaml.source import Source, read_source
from assessor.located_yaml.tree import parse, plain
from assessor.procedure import faults_against, load_procedure, probe_pairs
from assessor.procedure.conditions import WORDS, Condition, word_of
from assessor.procedure.load import load_rule_set
from assessor.procedure.parts import Procedure, Rule, Step
from assessor.procedure.rubric import Item
from assessor.procedure.rule_set import RuleSet
from assessor.types import FactKey
from tests.build import PROCEDURE, ROOT, procedure

DOCS = ROOT / "docs" / "rules.md"
TEXT = PROCEDURE.read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def faults(text: str) -> list[str]:
    with pytest.raises(RuleFileError) as refused:
        load_procedure(text)
    return str(refused.value).splitlines()


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


# ---- the shipped procedure ----------------------------------------------------------------


def test_the_points_add_up_and_most_come_from_video() -> None:
    items = procedure().rubric.items
    assert sum(item.points for item in items) == 100
    video = sum(item.points for item in items if item.check == "video")
    assert 75 <= video <= 85
    assert {item.check for item in items} == {"video", "photo", "reading", "person"}


def test_every_dimension_is_used() -> None:
    assert {item.dimension for item in procedure().rubric.items} == set(procedure().rubric.dimensions)


def test_every_step_and_rule_is_worth_something() -> None:
    judged = {id for item in procedure().rubric.items for id in item.judged_by}
    assert judged == {step.id for step in procedure().steps} | {rule.id for rule in procedure().rules}


@pytest.mark.parametrize(
    "bench", sorted((ROOT / "samples").rglob("*.bench.yaml")), ids=lambda path: path.stem
)
def test_it_fits_every_bench_of_the_samples(bench: Path) -> None:
    assert faults_against(procedure(), load_bench(bench)) == []


def test_it_says_which_facts_it_needs() -> None:
    assert FactKey("switch", "Q1") in procedure().facts
    assert FactKey("person", "conduct") in procedure().facts
    assert probe_pairs(procedure()) == (("X1.1", "X1.5"),)


def test_every_part_knows_its_line() -> None:
    lines = TEXT.splitlines()
    parts: list[Step | Rule | Item] = [*procedure().steps, *procedure().rules, *procedure().rubric.items]
    for part in parts:
        assert f"- id: {part.id}" in lines[part.line - 1]


@pytest.mark.fault(60)
def test_it_is_pinned_to_the_bytes_of_its_file() -> None:
    assert procedure().sha256 == hashlib.sha256(PROCEDURE.read_bytes()).hexdigest()
    assert load_procedure(TEXT + "\n# changed\n").sha256 != procedure().sha256


# ---- what is refused ----------------------------------------------------------------------


@pytest.mark.fault(59)
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("after: [isolate]", "after: [isolated]", "did you mean 'isolate'?", id="unknown step"),
        pytest.param(
            'done: {switch: Q1, is: "off"}',
            'done: {switch: Q1, is: "off"}\n    after: [power_on]',
            "an order without a circle, got power_on, which itself comes after isolate",
            id="cycle",
        ),
        pytest.param("for_s: 0.5", "for_s: -0.5", "a number above 0", id="negative window"),
        pytest.param("points: 12", "points: 13", "the sum of the items, 101, got 100", id="points"),
        pytest.param(
            "- id: prove_dead", "- id: isolate", "each id once, got 'isolate'; it stands in line", id="id"
        ),
        pytest.param(
            "judged_by: [isolate]", "judged_by: [isolat]", "did you mean 'isolate'?", id="judged by"
        ),
        pytest.param("at: [power_on, end]", "at: [power_on, the_end]", "did you mean 'end'?", id="moment"),
        pytest.param("dimension: tidy_5s", "dimension: tidy", "did you mean 'tidy_5s'?", id="dimension"),
        pytest.param("cap: 12", "cap: 3", "at least each (6)", id="cap below each"),
        pytest.param("pass: 60", "pass: 160", "at most 100", id="pass line"),
        pytest.param(
            "done: {becomes: {switch: Q1",
            "done: {becomes: {done: power_of}, x: {switch: Q1",
            "'x'",
            id="unknown key",
        ),
        pytest.param(
            'done: {switch: Q1, is: "off"}',
            "done: {wire_changes: any}",
            "directly under never",
            id="act as a state",
        ),
        pytest.param(
            'done: {switch: Q1, is: "off"}', "done: {all_of: []}", "at least one condition", id="nothing"
        ),
        pytest.param("check: photo\n", "check: foto\n", "did you mean 'photo'?", id="kind of evidence"),
        pytest.param("graded: {person: routing, of: 3}", "graded: {of: 3}", "person, reading", id="no grade"),
        pytest.param(
            "judged_by: [isolate]", "advice: {zh: 断电, en: Off}", "exactly one of", id="not judged at all"
        ),
    ],
)
def test_what_cannot_be_right_is_refused(old: str, new: str, expected: str) -> None:
    text = changed(old, new)
    found = faults(text)
    assert any(expected in fault for fault in found), found
    assert all(re.match(r"<text>:\d+:\d+: error: ", fault) for fault in found)


def test_a_fault_stands_at_its_line_and_all_are_named_at_once() -> None:
    text = changed("after: [isolate]", "after: [isolated]").replace("points: 12", "points: 13")
    found = faults(text)
    assert [fault.split(":")[1] for fault in found] == [
        str(line_of(text, "[isolated]")),
        str(line_of(text, "total: 100")),
    ]


def test_a_bench_without_the_devices_is_told_apart() -> None:
    text = changed("display: mm", "display: meter").replace("from: S1.14", "from: S9.14", 1)
    text = text.replace("{hand_at: S1}", "{hand_at: S7}", 1).replace("is: panel", "is: pannel", 1)
    wrong = faults_against(load_procedure(text), load_bench(ROOT / "samples" / "start_stop_good.bench.yaml"))
    assert [fault.came.en for fault in wrong] == ["'meter'", "'S9.14'", "'S7'", "'pannel'"]
    assert wrong[3].hint is not None and wrong[3].hint.en == "did you mean 'panel'?"


# ---- the reference ------------------------------------------------------------------------


def keys_of_models(model: type[Located]) -> set[str]:
    """Every key that may stand in a file, from the model and the models inside it."""
    schema = model.model_json_schema(by_alias=True)
    return {key for part in [schema, *schema["$defs"].values()] for key in part.get("properties", {})}


@pytest.mark.parametrize("key", sorted(keys_of_models(Procedure) | keys_of_models(RuleSet) | set(WORDS)))
def test_every_key_stands_in_the_reference(key: str) -> None:
    assert re.search(rf"\b{key}\b", DOCS.read_text(encoding="utf-8"))


class Shown(Located):
    conditions: tuple[Condition, ...]


BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def test_every_condition_has_an_example_that_can_be_read() -> None:
    blocks = [block for block in BLOCKS if block.startswith("conditions:")]
    shown = {word_of(condition) for block in blocks for condition in load(block, Shown).conditions}
    assert shown == set(WORDS) - {"wire_changes", "unplanned_wire"}  # those are shown among the rules


SHOWN_FIRST = ("procedure:", "steps:", "rules:", "rubric:")


def test_the_shared_rules_shown_in_the_reference_can_be_included(tmp_path: Path) -> None:
    include, rule_set = (next(b for b in BLOCKS if b.startswith(key)) for key in ("include:", "rule_set:"))
    for name, text in (
        ("procedures/p", TEXT.replace("given:", f"{include}\ngiven:", 1)),
        ("shared/our_workshop", rule_set),
    ):
        file = tmp_path / f"{name}.yaml"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
    with pytest.raises(RuleFileError) as refused:  # the shipped procedure has its own `isolate`
        load_procedure(tmp_path / "procedures" / "p.yaml")
    assert {fault.expected.en for fault in refused.value.faults} == {"each id once"}


def test_the_parts_shown_in_the_reference_make_a_procedure() -> None:
    top, steps, rules, rubric = (next(b for b in BLOCKS if b.startswith(key)) for key in SHOWN_FIRST)
    steps = steps.replace("wire_coil", "wire_start")
    rubric = rubric.replace("total: 100", "total: 11").replace("pass: 60", "pass: 6")
    shown = load_procedure(top + steps + rules + rubric)
    assert isinstance(shown.rubric.items[0], Item)


# ---- no text gives anything but a clean error or a procedure ----------------------------------


NAMES = st.sampled_from(
    ["X1.1", "S1", "prove_dead", "isolate", "live", "$x", "electrical_safety", "on", "", "a/b"]
)
SCALARS = NAMES | st.integers(-2, 200) | st.floats(allow_nan=False, width=16) | st.booleans() | st.none()
KEYS = st.sampled_from(sorted(keys_of_models(Procedure) | keys_of_models(RuleSet) | set(WORDS)))
ODD: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a plain document."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def document(name: str) -> Any:
    return plain(parse(read_source(ROOT / "rules" / name))[0])


def put(root: Any, path: tuple[str | int, ...], key: str | None, value: Any) -> Any:
    """The document with another value at a place, or with one more key there."""
    if not path:
        return {**root, key: value} if key is not None and isinstance(root, dict) else value
    copy: Any = dict(root) if isinstance(root, dict) else list(root)
    copy[path[0]] = put(copy[path[0]], path[1:], key, value)
    return copy


DOCUMENTS = {name: document(name) for name in ("procedures/motor_start_stop.yaml", "shared/tidy_5s.yaml")}


@pytest.mark.fault(58)
@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(DOCUMENTS)),
    changes=st.lists(st.tuples(KEYS | st.none(), ODD), min_size=1, max_size=3),
    data=st.data(),
)
def test_no_document_gives_anything_but_faults_or_a_procedure(
    name: str, changes: list[tuple[str | None, Any]], data: st.DataObject
) -> None:
    changed = DOCUMENTS[name]
    for key, value in changes:
        changed = put(changed, data.draw(st.sampled_from(list(places(changed)))), key, value)
    text = json.dumps(changed, ensure_ascii=False)
    for read in (load_procedure, lambda text: load_rule_set(Source("<text>", text.encode()))):
        try:
            read(text)
        except RuleFileError as refused:
            assert refused.faults
            for fault in refused.faults:
                assert fault.line >= 1 and fault.render("zh") and fault.render("en")
