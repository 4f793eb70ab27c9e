"""What the console is made of, without a browser: words, figures, rule lines, loops, preferences."""

import re
from pathlib import Path

import pytest

from api.console.preferences import Preferences, preferences_of
from api.console.procedure_words import procedure_words, read_procedure
from api.console.rule_lines import rule_lines
from api.console.sheet_data import CLIP_POST_S, CLIP_PRE_S, loop_of, read_sheet
from api.console.texts import TEXTS, say_or, shown_outcome
from assessor.shown import clock, points
from assessor.store import ProcedureVersion
from assessor.types import Evidence, Outcome, Text, Verdict
from tests.attempts import PROCEDURE_SOURCE, build_record, by_shipped, line_of
from tests.console_site import ROOT
from tests.stores import open_store


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    for key, text in TEXTS.items():
        assert text.zh and text.en, key
        assert set(re.findall(r"{\w+}", text.zh)) == set(re.findall(r"{\w+}", text.en)), key


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    console = ROOT / "api" / "console"
    files = [path for path in console.glob("*.py") if not path.name.startswith("texts")]
    read = "".join(path.read_text("utf-8") for path in (*files, *(console / "templates").glob("*.html")))
    named = set(re.findall(r"""["']([\w.]+)["']""", read))
    asked = set(re.findall(r"""say\(["']([\w.]+)["'](?! ~)""", read))
    built = tuple(re.findall(r"""(?:f["']([\w.]+\.)\{|["']([\w.]+\.)["'] ~)""", read))
    begun = tuple(python or template for python, template in built)
    shared = ("check.", "mistake.", "gap.", "effect.", "veto.", "passed.", "line.", "marks.title")
    assert [key for key in TEXTS if key not in named and not key.startswith(begun + shared)] == []
    assert asked <= set(TEXTS)


def test_a_word_of_the_rule_file_is_shown_as_it_is() -> None:
    assert say_or("gap", "covered", "zh") == "镜头被遮挡"
    assert say_or("gap", "sunlight", "zh") == "sunlight"


def test_a_line_nobody_has_judged_is_open() -> None:
    assert shown_outcome(Outcome.NOT_OBSERVED, None) == "open"
    assert shown_outcome(Outcome.NOT_OBSERVED, 0.0) == "not_observed"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0, "0:00.0", id="zero"),
        pytest.param(9.96, "0:10.0", id="rounds up"),
        pytest.param(59.96, "1:00.0", id="into the minute"),
        pytest.param(3599.99, "1:00:00.0", id="into the hour"),
        pytest.param(3723.4, "1:02:03.4", id="hours"),
    ],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(6.0, "6"), (7.5, "7.5"), (0.333, "0.33"), (100.0, "100"), (-2.0, "-2")]
)
def test_points(value: float, text: str) -> None:
    assert points(value) == text


def test_titles_come_from_the_procedure_as_it_was() -> None:
    source = (ROOT / "rules" / "procedures" / "motor_start_stop.yaml").read_text(encoding="utf-8")
    words = procedure_words(ProcedureVersion("0" * 64, "motor_start_stop", Text("", ""), source))
    assert words.title("isolate", "zh") and words.title("isolate", "en")
    assert words.title("no_such_step", "en") is None


def test_a_procedure_of_another_language_version_has_no_words() -> None:
    words = procedure_words(ProcedureVersion("0" * 64, "old", Text("", ""), "procedure: old\nstages: []\n"))
    assert words.title("isolate", "en") is None


def test_rule_lines_hold_the_whole_block_and_its_neighbours() -> None:
    first = line_of("  no_live_work:")
    lines = rule_lines(PROCEDURE_SOURCE, first)
    assert [one.number for one in lines if one.marked] == list(range(first, first + 5))
    assert (lines[0].text, lines[-1].text.strip()) == ("rules:", "no_tool_left:")


@pytest.mark.parametrize("line", [0, -1, 10_000])
def test_rule_lines_of_no_line_are_empty(line: int) -> None:
    assert rule_lines(PROCEDURE_SOURCE, line) == ()


@pytest.mark.parametrize(
    ("start_s", "end_s", "offset_s", "in_s", "out_s"),
    [
        pytest.param(31.0, 33.1, 28.0, 3.0, 5.1, id="inside"),
        pytest.param(1.0, 4.0, 0.0, 1.0, 4.0, id="at the beginning of the recording"),
        pytest.param(10.0, 10.2, 7.0, 2.35, 3.85, id="an instant is widened"),
        pytest.param(0.0, 0.0, 0.0, 0.0, 1.5, id="an instant at zero"),
    ],
)
def test_loop_is_the_evidence_inside_its_clip(
    start_s: float, end_s: float, offset_s: float, in_s: float, out_s: float
) -> None:
    loop = loop_of(Evidence(start_s, end_s))
    assert (loop.offset_s, loop.in_s, loop.out_s) == pytest.approx((offset_s, in_s, out_s))


def test_the_clip_begins_where_the_evidence_stage_cuts_it() -> None:
    from assessor import evidence

    assert (evidence.PRE_S, evidence.POST_S) == (CLIP_PRE_S, CLIP_POST_S)


@pytest.mark.parametrize(
    ("query", "cookie", "wanted"),
    [
        pytest.param("", "", Preferences("zh", None), id="nothing asked"),
        pytest.param("lang=en&theme=dark", "", Preferences("en", True), id="address"),
        pytest.param("", "assessor_lang=en; assessor_theme=light", Preferences("en", False), id="cookie"),
        pytest.param("lang=zh", "assessor_lang=en", Preferences("zh", None), id="address before cookie"),
        pytest.param("lang=xx&theme=1", "assessor_lang=yy", Preferences("zh", None), id="nonsense"),
    ],
)
def test_preferences(query: str, cookie: str, wanted: Preferences) -> None:
    from starlette.requests import Request

    scope = {"type": "http", "query_string": query.encode(), "headers": [(b"cookie", cookie.encode())]}
    assert preferences_of(Request(scope)) == wanted


def test_a_verdict_of_an_included_rule_set_leads_to_its_lines_there(tmp_path: Path) -> None:
    record = by_shipped(build_record(), "reversing_interlock")
    words = procedure_words(record.procedure)
    assert words.files["dead_working"] == "../shared/electrical_safety.yaml"
    assert "wire_supply" not in words.files, "a step of the procedure itself"
    read = read_procedure(record.procedure)
    assert read is not None
    rule = next(rule for rule in read.rules if rule.id == "dead_working")
    verdict = Verdict("dead_working", "rule", Outcome.MET, 1.0, Text("", ""), None, None, None, (), rule.line)
    with open_store(tmp_path) as store:
        data = read_sheet(store, store.save_attempt(record))
    file, line = data.place_of(verdict)
    assert "id: dead_working" in data.text_of(file).splitlines()[line - 1]
