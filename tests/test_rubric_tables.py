"""Rubrics as tables: which item takes which words, who checks it, the share of each, the page in the docs."""

import json
import re
from pathlib import Path

import pytest

from assessor.board_findings import COUNTED
from assessor.procedure import Procedure, load_procedure
from assessor.rubric_rows import CHECKERS, READ_BY_MACHINE, extra_rows, item_rows, share_of, sum_of
from assessor.rubric_tables import item_tables, markdown, read_procedures, share_table
from assessor.settings import rules_folder
from tests.console_site import ROOT
from tests.contest import CONTEST_SOURCE
from tests.test_cli import run

SHIPPED = rules_folder() / "procedures"
DRAWN = """\
procedure: drawn
version: 1
title: {zh: 抽签, en: Drawn}
steps: [{id: a, title: {zh: 甲, en: A}, done: {switch: Q1, is: "off"}}]
rubric:
  total: 100
  dimensions: {d: {zh: 维, en: D}}
  groups: {k: {title: {zh: 组, en: K}, weight: 0.4, draw: drawn_k}}
  items:
    - {id: one, title: {zh: 一, en: One}, points: 100, check: video, dimension: d, group: k, drawn: k1,
       judged_by: [a]}
    - {id: two, title: {zh: 二, en: Two}, points: 100, check: photo, dimension: d, group: k, drawn: k2,
       when: {photo: wires_wrong, at_most: 0}}
    - {id: rest, title: {zh: 三, en: "a|b <i>x</i> *y*"}, points: 60, check: person, dimension: d,
       graded: {person: routing, of: 3}}
"""


@pytest.fixture(scope="module")
def contest() -> Procedure:
    return load_procedure(CONTEST_SOURCE)


@pytest.mark.parametrize(
    ("item", "checker", "construct", "asks"),
    [
        pytest.param(
            "safe_work",
            "video",
            "group; judged_by; deduct(unsafe_act each cap, omission each); floor; "
            "step(done(switch)); rule(never(hand_in); while(switch); except(holding))",
            "Switch Q1 off; No work while Q1 is on",
            id="judged by a step and a rule",
        ),
        pytest.param(
            "routing",
            "person",
            "group; graded(person, of, judges, apart)",
            "routing: graded 0 to 3, the mean of 3 judges, talked over when more than 1 apart",
            id="graded",
        ),
        pytest.param(
            "rail",
            "photo by a person",
            "group; when(photo); places; deduct(finding each cap)",
            "offset_mm at most 3, at each of rail, tray, stop",
            id="places, entered by a person",
        ),
        pytest.param(
            "wires",
            "photo",
            "group; when(photo); deduct(finding each)",
            "wires_wrong at most 0",
            id="read by the machine",
        ),
        pytest.param(
            "earth",
            "reading",
            "group; measured(reading, bands(below))",
            "earth_ohm: below 0.1 earns 10; below 0.5 earns 5",
            id="measured",
        ),
        pytest.param(
            "run",
            "video",
            "group; ladder(passed(switch), failed(lamp), award)",
            "passed: KM1 is in; failed: the lamp of H1 is on; earns 30 / 20 / 10 / 0 by the try",
            id="ladder",
        ),
    ],
)
def test_each_item_says_what_it_takes_and_who_checks(
    contest: Procedure, item: str, checker: str, construct: str, asks: str
) -> None:
    row = next(row for row in item_rows(contest) if row.id == item)
    assert (row.checker, row.construct, row.asks.en) == (checker, construct, asks)
    assert row.asks.zh != row.asks.en
    assert f"- id: {item}" in CONTEST_SOURCE.splitlines()[row.line - 1]


def test_what_the_machine_reads_on_a_photo_is_what_it_counts_there() -> None:
    assert set(COUNTED) == READ_BY_MACHINE


def test_overtime_and_vetoes_are_listed(contest: Procedure) -> None:
    assert [(row.id, row.construct, row.asks.en) for row in extra_rows(contest)] == [
        (
            "overtime",
            "overtime(allowed_s; every_s; each; cap)",
            "10800 s allowed, 2 off for every 300 s more, 4 at most",
        ),
        (
            "shock",
            "veto(judged_by; times; effect; rule(never(hand_in); while(switch); except(holding)))",
            "No work while Q1 is on, 2 times; once confirmed: disqualified: no points",
        ),
        ("disturbing", "veto(effect)", "called by a person only; once confirmed: not passed"),
    ]


def test_weighted_points_count_as_weighted(contest: Procedure) -> None:
    share = share_of(contest)
    assert share.points == {"video": 50, "photo": 20, "photo by a person": 10, "reading": 10, "person": 10}
    assert share.total == contest.rubric.total
    assert share.of("photo") == pytest.approx(0.2)


def test_of_drawn_items_the_mean_counts() -> None:
    share = share_of(load_procedure(DRAWN))
    assert share.points == {"video": 20, "photo": 20, "photo by a person": 0, "reading": 0, "person": 60}


def test_all_rubrics_together_count_each_point_alike(contest: Procedure) -> None:
    both = sum_of([share_of(contest), share_of(load_procedure(DRAWN))])
    assert (both.total, both.points["person"]) == (200, 70)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_rubric_comes_to_its_total(path: Path) -> None:
    procedure = load_procedure(path)
    assert share_of(procedure).total == pytest.approx(procedure.rubric.total, abs=0.02)
    for row in (*item_rows(procedure), *extra_rows(procedure)):
        assert row.construct and row.asks.zh and row.asks.en, row.id


def test_a_pool_names_its_faults_and_is_split_by_who_counts_them() -> None:
    procedure = load_procedure(SHIPPED / "reversing_interlock.yaml")
    (pool,) = [row for row in item_rows(procedure) if row.id == "installation"]
    assert "Wires badly laid, 2 off for each; " in pool.asks.en
    assert pool.asks.en.endswith("The board looks untidy, 10 off for each, 10 at most")
    points = share_of(procedure).points
    assert (points["photo"], points["photo by a person"]) == (30, 30)  # two of four kinds are read by itself


def test_a_title_cannot_break_out_of_its_cell() -> None:
    page = markdown(item_tables([load_procedure(DRAWN)], "en"), "en")
    row = next(line for line in page.splitlines() if "routing" in line)
    assert r"a\|b \<i\>x\</i\> \*y\*" in row
    assert len(re.findall(r"(?<!\\)\|", row)) == 7


def test_the_table_names_all_checkers(contest: Procedure) -> None:
    for language in ("zh", "en"):
        table = share_table([contest], language)
        assert len(table.heads) == len(CHECKERS) + 2
        assert table.rows[0][2] == "50 (50 %)"


@pytest.mark.parametrize(("language", "name"), [("en", "rubrics.md"), ("zh", "rubrics.zh.md")])
def test_the_page_in_the_docs_is_as_the_command_makes_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, name: str
) -> None:
    assert run(monkeypatch, "rubrics", "--items", "--markdown", "--lang", language) == 0
    mend = f"assessor rubrics --items --markdown --lang {language} > docs/{name}"
    assert capsys.readouterr().out == (ROOT / "docs" / name).read_text(encoding="utf-8"), (
        f"make it again: {mend}"
    )


def test_rubrics_speaks_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "rubrics", str(SHIPPED / "motor_start_stop.yaml"), "--items", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    (motor,) = document["procedures"]
    assert motor["points"] == {"video": 80, "photo": 8, "photo by a person": 0, "reading": 4, "person": 8}
    assert document["all"]["shares"]["video"] == 0.8
    assert {"construct", "asks", "checker", "section"} <= motor["items"][0].keys()


def test_rubrics_prints_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "rubrics", str(SHIPPED), "--lang", "en") == 0
    assert "Points by kind of evidence" in capsys.readouterr().out


def test_a_broken_or_missing_procedure_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text(CONTEST_SOURCE.replace("total: 100", "total: 90"), encoding="utf-8")
    assert run(monkeypatch, "rubrics", str(tmp_path)) == 2
    assert "bad.yaml:" in capsys.readouterr().err
    assert run(monkeypatch, "rubrics", str(rules_folder() / "benches")) == 2
    assert "procedure" in capsys.readouterr().err


def test_other_rule_files_of_a_folder_are_left_out() -> None:
    shipped = {path.stem for path in SHIPPED.glob("*.yaml")}
    assert {p.procedure for p in read_procedures([rules_folder()])} == {*shipped, "new_procedure"}
