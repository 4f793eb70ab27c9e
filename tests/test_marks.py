"""The mark sheet: every lost point names rule, time and measure; what nobody supplied is open, not 0."""

import json

import pytest

from assessor.marks import sheet_json
from assessor.types import Gap, MarkLine, MarkSheet, Outcome
from tests.build import (
    END_S,
    POWER_ON,
    PROVE_DEAD,
    TEST,
    by_the_book,
    judged,
    procedure,
    sheet,
    wired,
)

OPEN = {"conductor_ends", "routing", "insulation", "conduct"}


def line(marked: MarkSheet, item: str) -> MarkLine:
    return next(line for line in marked.lines if line.item == item)


def awarded(lines: list[str], item: str) -> float | None:
    return line(sheet(lines), item).awarded


def test_work_by_the_book_gets_every_point_that_video_can_give() -> None:
    marked = sheet(by_the_book())
    assert (marked.total, marked.possible, marked.state) == (80, 80, "proposed")
    assert {one.item for one in marked.lines if one.awarded is None} == OPEN


def test_the_sheet_is_pinned_to_procedure_bench_and_recording() -> None:
    marked = sheet(by_the_book())
    assert (marked.procedure, marked.procedure_sha256) == ("motor_start_stop", procedure().sha256)
    assert (marked.bench_sha256, marked.recording_sha256, marked.partial) == ("bench", "recording", None)


@pytest.mark.parametrize(
    ("more", "item", "points"),
    [
        pytest.param(
            ["16 wire S1.14-X1.6 black", "18 wire S1.14-X1.6 absent"], "start_wire", 5, id="corrected"
        ),
        pytest.param(["45 hand_in live yes", "47 hand_in live no"], "live_work", 6, id="each time"),
        pytest.param(
            [f"{t} hand_in live {w}" for t, w in ((38, "yes"), (40, "no"), (45, "yes"), (48, "no"))],
            "live_work",
            0,
            id="twice",
        ),
        pytest.param(
            ["38 wire K2.11-K2.14 red", "42 wire K2.11-K2.A1 red", "46 wire K2.A1-K2.A2 red"],
            "live_work",
            0,
            id="three times, but no more than the cap",
        ),
        pytest.param(
            ["45 tool_at screwdriver panel", "45 tool_at wire_stripper panel"], "tools", 0, id="two tools"
        ),
        pytest.param(
            ["36 tool_at screwdriver panel", "45 tool_at screwdriver tool_tray"], "tools", 5, id="taken away"
        ),
    ],
)
def test_what_mistakes_cost(more: list[str], item: str, points: float) -> None:
    assert awarded([*by_the_book(), *more], item) == points


@pytest.mark.parametrize(
    ("wires", "item", "points"),
    [
        pytest.param(
            [w.replace("A1 black", "A1 yellow") for w in wired()], "coil_wire", 4, id="wrong colour"
        ),
        pytest.param(
            [w.replace("X1.4 ", "X1.6 ") for w in wired()], "start_wire", 0, id="wrong wire left in"
        ),
        pytest.param(wired()[1:], "stop_wire", 0, id="left out"),
    ],
)
def test_what_wires_cost(wires: list[str], item: str, points: float) -> None:
    assert awarded(by_the_book(wires), item) == points


def test_a_kind_that_the_item_does_not_name_costs_all_of_it() -> None:
    story = [line for line in by_the_book() if line not in PROVE_DEAD]
    assert awarded(story, "dead_proof") == 0


def test_a_late_step_costs_what_the_item_says() -> None:
    late = [f"{float(t) + 10:g} {rest}" for t, rest in (line.split(" ", 1) for line in PROVE_DEAD)]
    story = [line for line in by_the_book() if line not in PROVE_DEAD]
    assert awarded([*story, *late], "dead_proof") == 5


def test_a_test_that_failed_because_of_a_missing_wire_earns_nothing_and_is_no_second_mistake() -> None:
    story = [line for line in by_the_book(wired()[1:]) if line not in TEST]
    failed = line(sheet(story), "start_test")
    assert failed.awarded == 0
    assert judged(story)["test_start"].mistakes == ()


def test_one_tool_left_costs_once_though_a_step_and_a_rule_see_it() -> None:
    story = [line for line in by_the_book() if "31 tool_at" not in line]
    assert awarded([*story, "30 tool_at screwdriver panel"], "tools") == 3


# ---- open items ---------------------------------------------------------------------------


def test_what_was_not_seen_is_open_and_not_possible() -> None:
    marked = sheet(by_the_book(), gaps=[Gap(36, END_S, "dark")])
    assert line(marked, "power_order").awarded is None
    assert line(marked, "power_order").outcome is Outcome.NOT_OBSERVED
    assert marked.total == marked.possible < 80


def test_what_is_not_sure_is_open() -> None:
    story = [f"{line} @0.4" if line == POWER_ON[0] else line for line in by_the_book()]
    assert line(sheet(story), "power_order").awarded is None


@pytest.mark.parametrize(
    ("supplied", "item", "points"),
    [
        pytest.param("48 photo bad_conductor_ends 0", "conductor_ends", 8, id="photo without findings"),
        pytest.param("48 photo bad_conductor_ends 3", "conductor_ends", 2, id="photo with findings"),
        pytest.param("48 photo bad_conductor_ends 9", "conductor_ends", 0, id="photo with many"),
        pytest.param("48 reading insulation_mohm 2.5", "insulation", 4, id="reading within the limit"),
        pytest.param("48 reading insulation_mohm 0.2", "insulation", 0, id="reading beyond the limit"),
        pytest.param("48 reading insulation_mohm OL", "insulation", None, id="reading that is no number"),
    ],
)
def test_supplied_evidence_closes_its_item(supplied: str, item: str, points: float | None) -> None:
    assert awarded([*by_the_book(), supplied], item) == points


def test_a_grade_gives_points_in_proportion() -> None:
    marked = sheet([*by_the_book(), "48 person conduct 1.5"])
    assert line(marked, "conduct").awarded == 2.0
    assert line(marked, "routing").awarded is None


# ---- reasons ------------------------------------------------------------------------------


def test_a_lost_point_names_time_measure_limit_rule_cost_and_the_way_back() -> None:
    story = [line for line in by_the_book() if line not in PROVE_DEAD]
    reason = line(sheet(story), "dead_proof").reason
    for part in ("15.0 s", "mm shows below 1", "mm: blank", "prove_dead (line", "10 of 10", "To win it back"):
        assert part in reason.en
    for part in ("15.0 秒", "mm 显示低于 1", "mm：无显示", "prove_dead（第", "扣 10 分", "如何得回"):
        assert part in reason.zh


def test_a_breach_names_how_long_it_lasted_against_the_limit() -> None:
    reason = line(sheet([*by_the_book(), "45 hand_in live yes", "47 hand_in live no"]), "live_work").reason
    assert "From 45.0 s for 2.0 s (limit 1 s)" in reason.en
    assert "45.0 秒起 2.0 秒（限值 1 秒）" in reason.zh


def test_lines_point_at_the_rubric_and_at_their_verdicts() -> None:
    marked = sheet(by_the_book())
    assert line(marked, "tools").verdict_ids == ("tools_back", "no_tool_left")
    assert line(marked, "tools").line == procedure().rubric.items[-5].line


def test_what_a_teacher_should_look_at_has_a_clip_and_a_still() -> None:
    marked = sheet([*by_the_book(), "45 hand_in live yes", "47 hand_in live no"])
    (evidence,) = line(marked, "live_work").evidence
    assert (evidence.clip, evidence.still) == ("dead_working.mp4", "dead_working.jpg")
    assert all(e.clip is None for e in line(marked, "isolation").evidence)


# ---- JSON ---------------------------------------------------------------------------------


def test_the_same_attempt_gives_the_same_bytes() -> None:
    story = [*by_the_book(), "16 wire S1.14-X1.6 black", "45 hand_in live yes", "47 hand_in live no"]
    assert sheet_json(sheet(story)) == sheet_json(sheet(story))


def test_json_holds_every_line_and_both_languages() -> None:
    document = json.loads(sheet_json(sheet(by_the_book())))
    assert [one["item"] for one in document["lines"]] == [item.id for item in procedure().rubric.items]
    assert all(one["title"]["zh"] and one["reason"]["en"] for one in document["lines"])
    assert document["lines"][-1]["awarded"] is None
