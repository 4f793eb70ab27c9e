"""What each construct of a rubric item earns, from the timeline to the mark sheet."""

import pytest

from assessor.types import MarkLine, Outcome
from tests.small_rubric import LIVE, TRIES, item, line, refused, sheet_of, text_of

# ---- deductions ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deduction", "left"),
    [
        pytest.param("{each: 2}", 4, id="each"),
        pytest.param("{each: 2, cap: 5}", 5, id="capped"),
        pytest.param("{rising: [1, 2, 4]}", 3, id="rising"),
        pytest.param("{rising: [1, 3]}", 3, id="the last price lasts"),
        pytest.param("{each: 20}", 0, id="never below the floor"),
    ],
)
def test_deductions_for_three_breaches(deduction: str, left: float) -> None:
    text = text_of([item("safe", 10, "judged_by: [live_work]", deduct=f"{{unsafe_act: {deduction}}}")], 10)
    assert line(sheet_of(text, LIVE), "safe").awarded == left


def test_an_item_without_points_only_deducts() -> None:
    safe = item("safe", 0, "judged_by: [live_work]", floor="-5", deduct="{unsafe_act: {each: 2}}")
    sheet = sheet_of(
        text_of([safe, item("grade", 10, "graded: {person: care, of: 5}")], 10), [*LIVE, "99 person care 5"]
    )
    assert (line(sheet, "safe").awarded, sheet.total, sheet.possible) == (-5, 5, 10)
    assert "It costs 5 points" in line(sheet, "safe").reason.en


def test_an_item_without_points_and_deductions_is_refused() -> None:
    assert "points, or deductions and a floor below 0" in refused(
        text_of([item("x", 0, "judged_by: [isolate]")], 0)
    )


# ---- counts, places ------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "left"), [("0", 6.0), ("1", 4.0), ("2", 2.0), ("9", 0.0)])
def test_a_count_entered_by_a_person_costs_for_each(count: str, left: float) -> None:
    acts = item("acts", 6, "when: {person: unsafe_acts, at_most: 0}", deduct="{finding: {each: 2}}")
    assert line(sheet_of(text_of([acts], 6), [f"50 person unsafe_acts {count}"]), "acts").awarded == left


POOL = item(
    "pool",
    60,
    "counted: [{title: {zh: 图, en: Diagram}, photo: wrong, each: 10, cap: 10},"
    " {title: {zh: 线, en: Routing}, photo: routing, each: 2, allowed: 1},"
    " {title: {zh: 乱, en: Untidy}, person: untidy, rising: [10, 5]}]",
)


@pytest.mark.parametrize(
    ("counts", "left"),
    [
        pytest.param((0, 0, 0), 60, id="none"),
        pytest.param((0, 1, 0), 60, id="allowed"),
        pytest.param((3, 4, 0), 44, id="capped, and three beyond the allowed"),
        pytest.param((0, 0, 2), 45, id="rising"),
        pytest.param((0, 10**9, 0), 0, id="never below nothing"),
    ],
)
def test_counted_faults_take_from_one_pool(counts: tuple[int, int, int], left: float) -> None:
    wrong, routing, untidy = counts
    story = [f"90 photo wrong {wrong}", f"90 photo routing {routing}", f"90 person untidy {untidy}"]
    assert line(sheet_of(text_of([POOL], 60), story), "pool").awarded == left


def test_a_pool_is_open_until_all_is_counted() -> None:
    found = line(sheet_of(text_of([POOL], 60), ["90 photo wrong 1", "90 photo routing 0"]), "pool")
    assert (found.awarded, "Untidy" in found.reason.en) == (None, True)


def test_a_fact_is_counted_once() -> None:
    assert "each fact counted once" in refused(text_of([POOL.replace("routing", "wrong")], 60))


PLACES = item(
    "position",
    1,
    "when: {photo: offset_mm, at_most: 3}",
    places="[rail, tray, stop]",
    deduct="{finding: {each: 0.2}}",
)


@pytest.mark.parametrize(
    ("offsets", "awarded"),
    [
        pytest.param({"rail": 1, "tray": 3, "stop": 2.9}, 1.0, id="all within"),
        pytest.param({"rail": 1, "tray": 3.1, "stop": 7}, 0.6, id="two out, however far"),
        pytest.param({"rail": 1, "tray": 9}, None, id="one not supplied"),
    ],
)
def test_each_place_that_does_not_fit_costs(offsets: dict[str, float], awarded: float | None) -> None:
    story = [f"90 photo offset_mm/{place} {value}" for place, value in offsets.items()]
    found = line(sheet_of(text_of([PLACES], 1), story), "position")
    assert found.awarded == awarded
    if awarded is None:
        assert found.reason.en == "Open: no board photo of stop yet." or "stop" in found.reason.en


@pytest.mark.parametrize(
    ("when", "places"),
    [
        pytest.param('{switch: Q1, is: "on"}', "[a]", id="not supplied"),
        pytest.param("{not: {photo: offset_mm, at_most: 3}}", "[a]", id="joined"),
    ],
)
def test_places_need_one_supplied_fact(when: str, places: str) -> None:
    assert "places only with when" in refused(text_of([item("x", 1, f"when: {when}", places=places)], 1))


# ---- grades, measures, tries ----------------------------------------------------------------


LEVELS = "levels: [{zh: 差, en: poor}, {zh: 可, en: fair}, {zh: 良, en: good}, {zh: 优, en: excellent}]"


def judges(*grades: float) -> MarkLine:
    jury = item("jury", 6, f"graded: {{person: routing, of: 3, judges: 3, apart: 1, {LEVELS}}}")
    story = [f"90 person routing/{n} {grade}" for n, grade in enumerate(grades, start=1)]
    return line(sheet_of(text_of([jury], 6), story), "jury")


def test_the_mean_of_the_judges_counts() -> None:
    found = judges(2, 3, 2)
    assert found.awarded == round(6 * (7 / 3) / 3, 2)
    assert "the mean of 2, 3, 2: good" in found.reason.en
    assert "excellent" in found.reason.en  # what full marks would have needed


def test_the_line_is_open_until_all_judges_have_graded() -> None:
    assert judges(2, 3).awarded is None
    assert "2 of 3 judges" in judges(2, 3).reason.en


def test_judges_too_far_apart_have_to_talk() -> None:
    found = judges(1, 3, 2)
    assert (found.awarded, found.outcome) == (None, Outcome.UNSURE)
    assert "more than 1 apart" in found.reason.en


def test_a_level_is_missing() -> None:
    assert "4 levels, from 0 to 3" in refused(
        text_of([item("x", 1, "graded: {person: a, of: 3, levels: [{zh: 差, en: poor}]}")], 1)
    )


BANDS = "bands: [{near: 120, within: 1, points: 2}, {near: 120, within: 3, points: 1}]"


@pytest.mark.parametrize(
    ("value", "awarded"),
    [("120", 2.0), ("121", 2.0), ("121.5", 1.0), ("117", 1.0), ("123.1", 0.0), ("?", None)],
)
def test_a_measure_earns_the_first_band_it_fits(value: str, awarded: float | None) -> None:
    text = text_of([item("height", 2, f"measured: {{reading: height_mm, {BANDS}}}")], 2)
    assert line(sheet_of(text, [f"90 reading height_mm {value}"]), "height").awarded == awarded


SEEN_TRIES = item(
    "run",
    30,
    'ladder: {passed: {lamp: H1, is: "on"}, failed: {becomes: {lamp: F1, is: "on"}}, award: [30, 20, 10]}',
)


@pytest.mark.parametrize(
    ("tries", "awarded"),
    [
        pytest.param(["passed"], 30, id="at once"),
        pytest.param(["failed", "passed"], 20, id="second try"),
        pytest.param(["failed", "failed", "passed"], 10, id="third try"),
        pytest.param(["failed", "failed", "failed", "passed"], 0, id="beyond the ladder"),
        pytest.param(["failed"], 0, id="given up"),
        pytest.param([], None, id="not entered"),
    ],
)
def test_entered_tries_climb_down_the_ladder(tries: list[str], awarded: float | None) -> None:
    story = [f"{60 + n} person run/{n} {result}" for n, result in enumerate(tries, start=1)]
    found = line(sheet_of(text_of([TRIES], 30), story), "run")
    assert found.awarded == awarded


@pytest.mark.parametrize(("failures", "awarded"), [(0, 30), (1, 20), (2, 10), (3, 0)])
def test_seen_tries_climb_down_the_ladder(failures: int, awarded: float) -> None:
    story = ["0 lamp H1 off", "0 lamp F1 off", "80 lamp H1 on"]
    for n in range(failures):
        story += [f"{20 + 10 * n} lamp F1 on", f"{25 + 10 * n} lamp F1 off"]
    story += ["90 lamp F1 on"]  # after it passed
    assert line(sheet_of(text_of([SEEN_TRIES], 30), story), "run").awarded == awarded
