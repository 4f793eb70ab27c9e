"""JSON Schema for editors: it takes what the reader takes, and refuses what the reader refuses."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assessor.located_yaml.source import Source, read_source
from assessor.located_yaml.tree import parse, plain
from assessor.procedure.conditions import WORDS
from assessor.schema import KINDS, schema_of
from assessor.settings import rules_folder

ROOT = Path(__file__).parents[1]
SHIPPED = [
    *(("procedure", path) for path in sorted((rules_folder() / "procedures").glob("*.yaml"))),
    *(("bench", path) for path in sorted((rules_folder() / "benches").glob("*.yaml"))),
    ("devices", rules_folder() / "shared" / "devices.yaml"),
]
MOTOR = rules_folder() / "procedures" / "motor_start_stop.yaml"


def faults(kind: str, text: str) -> list[str]:
    data: Any = plain(parse(Source("<text>", text.encode()))[0])
    validator = jsonschema.Draft202012Validator(schema_of(kind))
    return [error.message for error in validator.iter_errors(data)]


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_a_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(kind))


@pytest.mark.parametrize(("kind", "path"), [pytest.param(*one, id=one[1].stem) for one in SHIPPED])
def test_shipped_files_fit_their_schema(kind: str, path: Path) -> None:
    assert faults(kind, read_source(path).data.decode()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("takes_s: 0.6", "take_s: 0.6", id="unknown key"),
        pytest.param("points: 6", "points: '6'", id="text for a number"),
        pytest.param('done: {switch: Q1, is: "off"}', "done: {swich: Q1}", id="unknown word"),
        pytest.param('done: {switch: Q1, is: "off"}', 'done: {switch: Q1, is: "of"}', id="unknown state"),
        pytest.param("version: 1", "", id="missing key"),
        pytest.param("mistake: tool_left", "mistake: tool_lost", id="unknown kind of mistake"),
    ],
)
def test_what_the_reader_refuses_does_not_fit(old: str, new: str) -> None:
    text = MOTOR.read_text(encoding="utf-8")
    assert old in text
    assert faults("procedure", text.replace(old, new, 1))


def test_a_zone_may_be_written_short() -> None:
    text = (rules_folder() / "benches" / "trainer_24v.yaml").read_text(encoding="utf-8")
    short = re.sub(r"^zones:\n(?:  .*\n)+", "zones:\n  panel: [-10, -10, 10, 10]\n", text, flags=re.MULTILINE)
    assert short != text
    assert faults("bench", short) == []


def test_every_condition_of_the_rules_page_fits() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(conditions:\n.*?)```", page, flags=re.DOTALL)
    schema = schema_of("procedure")
    wanted = {"$defs": schema["$defs"], "items": {"$ref": "#/$defs/Hold/properties/hold"}}
    assert blocks
    for block in blocks:
        conditions = plain(parse(Source("<page>", block.encode()))[0])["conditions"]
        assert list(jsonschema.Draft202012Validator(wanted).iter_errors(conditions)) == []


def test_every_word_can_be_completed() -> None:
    offered = {key for part in schema_of("procedure")["$defs"].values() for key in part.get("properties", {})}
    assert set(WORDS) <= offered
