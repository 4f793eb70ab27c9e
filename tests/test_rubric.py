"""What each construct of a rubric earns, from the timeline to the mark sheet."""

import pytest

from assessor.errors import RuleFileError
from assessor.procedure import load_procedure
from assessor.simulate import NoBench, simulate
from assessor.story import read_story
from assessor.types import MarkLine, MarkSheet, Outcome

TOP = """
procedure: made_for_a_test
version: 1
title: {zh: 测试, en: Test}
steps:
  - id: isolate
    title: {zh: 断电, en: Isolate}
    done: {switch: Q1, is: "off"}
  - id: power_on
    title: {zh: 送电, en: Power on}
    after: [isolate]
    done: {becomes: {switch: Q1, is: "on"}}
rules:
  - id: live_work
    title: {zh: 不带电作业, en: No live working}
    never: [{hand_in: live}]
    while: {switch: Q1, is: "on"}
    apart_s: 1.0
rubric:
  dimensions: {safety: {zh: 安全, en: Safety}}
"""
LIVE = ["20 switch Q1 on", "30 hand_in live yes", "32 hand_in live no"]
LIVE += ["40 hand_in live yes", "42 hand_in live no", "50 hand_in live yes", "52 hand_in live no"]


def item(id: str, points: float, judged: str, **keys: str) -> str:
    """One rubric item; `judged`: the key that judges it."""
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    check = "video" if "judged_by" in judged else "person"
    head = f"id: {id}, title: {{zh: {id}, en: {id}}}, points: {points}, check: {check}, dimension: safety"
    return f"    - {{{head}, {judged}{more}}}\n"


def text_of(items: list[str], total: float, *more: str) -> str:
    return (
        TOP + f"  total: {total}\n" + "".join(f"  {line}\n" for line in more) + "  items:\n" + "".join(items)
    )


def sheet_of(text: str, story: list[str], end_s: float = 100) -> MarkSheet:
    told = read_story("\n".join(["0 switch Q1 off", *story, f"end {end_s}"]))
    return simulate(load_procedure(text), NoBench(), told)


def line(sheet: MarkSheet, id: str) -> MarkLine:
    return next(line for line in sheet.lines if line.item == id)


def refused(text: str) -> str:
    with pytest.raises(RuleFileError) as told:
        load_procedure(text)
    return "\n".join(fault.render("en") for fault in told.value.faults)


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


TRIES = item("run", 30, "ladder: {tries: {person: run}, award: [30, 20, 10]}")
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


# ---- groups ---------------------------------------------------------------------------------


def acts(id: str, points: float, group: str, **keys: str) -> str:
    return item(id, points, f"when: {{person: {id}, at_most: 0}}", group=group, **keys)


GROUPED = [acts("dress", 3, "site", floor="-30", deduct="{finding: {each: 2}}"), acts("order", 3, "site")]


@pytest.mark.parametrize(
    ("limits", "story", "total"),
    [
        pytest.param("", ["90 person dress 4", "90 person order 1"], -5, id="no limit"),
        pytest.param(", least: -2", ["90 person dress 4", "90 person order 1"], -2, id="floor of the group"),
        pytest.param(", most: 4", ["90 person dress 4", "90 person order 1"], 2, id="cap of the group"),
        pytest.param(", most: 4", ["90 person dress 1", "90 person order 0"], 4, id="below the cap"),
    ],
)
def test_a_group_loses_no_more_and_gives_no_less(limits: str, story: list[str], total: float) -> None:
    sheet = sheet_of(
        text_of(GROUPED, 6, f"groups: {{site: {{title: {{zh: 现场, en: Site}}{limits}}}}}"), story
    )
    assert sheet.total == total == round(sum(line.awarded or 0 for line in sheet.lines), 2)


def test_weights_scale_a_group() -> None:
    items = [acts("a", 100, "k1"), acts("b", 100, "k2", deduct="{finding: {each: 10}}")]
    groups = (
        "groups: {k1: {title: {zh: 一, en: One}, weight: 0.2}, k2: {title: {zh: 二, en: Two}, weight: 0.8}}"
    )
    sheet = sheet_of(text_of(items, 100, groups), ["90 person a 0", "90 person b 3"])
    assert [(line.points, line.awarded) for line in sheet.lines] == [(20, 20), (80, 56)]
    assert "the sum of the items, 100" in refused(text_of(items, 200, groups))


DRAWN = [acts("jog", 10, "k2", drawn="k21"), acts("reverse", 10, "k2", drawn="k22")]
DRAW = "groups: {k2: {title: {zh: 实操, en: Operation}, draw: drawn_k2}}"


def test_only_what_was_drawn_counts() -> None:
    sheet = sheet_of(text_of(DRAWN, 10, DRAW), ["1 person drawn_k2 k22", "90 person reverse 0"])
    assert [line.item for line in sheet.lines] == ["reverse"]
    assert sheet.total == 10


def test_what_was_not_drawn_is_no_mistake() -> None:
    sheet = sheet_of(text_of(DRAWN, 10, DRAW), ["1 person drawn_k2 k22", "90 person jog 3"])
    assert "jog" not in [verdict.id for verdict in sheet.verdicts]


def test_nothing_counts_before_the_draw_is_entered() -> None:
    sheet = sheet_of(text_of(DRAWN, 10, DRAW), ["90 person reverse 0"])
    assert [line.awarded for line in sheet.lines] == [None, None]
    assert "drawn_k2" in sheet.lines[0].reason.en


def test_an_item_may_count_for_several_draws() -> None:
    both = acts("safe", 5, "k2", drawn="[k21, k22]")
    sheet = sheet_of(text_of([*DRAWN, both], 15, DRAW), ["1 person drawn_k2 k22", "90 person reverse 0"])
    assert [line.item for line in sheet.lines] == ["reverse", "safe"]


@pytest.mark.parametrize(("tries", "awarded"), [(["failed"] * 3 + ["passed"], 5), (["failed"] * 3, 0)])
def test_a_late_pass_may_still_give_points(tries: list[str], awarded: float) -> None:
    story = [f"{60 + n} person run/{n} {result}" for n, result in enumerate(tries, start=1)]
    text = text_of([TRIES.replace("[30, 20, 10]", "[30, 20, 10], further: 5")], 30)
    assert line(sheet_of(text, story), "run").awarded == awarded


def test_every_draw_gives_as_many_points() -> None:
    assert "10 points, as for k21" in refused(text_of([*DRAWN, acts("more", 1, "k2", drawn="k22")], 10, DRAW))


# ---- overtime -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "end_s", "lost"),
    [
        pytest.param("", 600, 0, id="in time"),
        pytest.param("", 899, 0, id="less than five minutes"),
        pytest.param("", 900, 2, id="five minutes"),
        pytest.param(", begun: true", 601, 2, id="begun"),
        pytest.param(", cap: 4", 5000, 4, id="capped"),
        pytest.param(", until: power_on", 5000, 0, id="until a step"),
    ],
)
def test_overtime_costs(keys: str, end_s: float, lost: float) -> None:
    overtime = f"overtime: {{allowed_s: 600, every_s: 300, each: 2, dimension: safety{keys}}}"
    text = text_of([item("grade", 10, "graded: {person: care, of: 5}")], 10, overtime)
    sheet = sheet_of(text, ["50 switch Q1 on", "99 person care 5"], end_s)
    assert (line(sheet, "overtime").awarded, sheet.total) == (-lost, 10 - lost)


def test_nothing_seen_after_the_hard_stop_counts() -> None:
    overtime = "overtime: {allowed_s: 60, every_s: 10, each: 1, stop_s: 20, dimension: safety}"
    text = text_of(
        [item("powered", 10, "judged_by: [power_on]"), item("care", 5, "graded: {person: care, of: 5}")],
        15,
        overtime,
    )
    late = sheet_of(text, ["85 switch Q1 on", "99 person care 5"])
    assert (line(late, "powered").awarded, line(late, "care").awarded) == (0, 5)
    assert line(sheet_of(text, ["75 switch Q1 on"]), "powered").awarded == 10


# ---- vetoes ---------------------------------------------------------------------------------


def with_veto(keys: str, pass_: float = 6) -> str:
    items = [
        item("safe", 5, "judged_by: [live_work]", deduct="{unsafe_act: {each: 1}}"),
        item("powered", 5, "judged_by: [power_on]"),
    ]
    return text_of(
        items, 10, f"pass: {pass_}", f"vetoes: [{{id: shock, title: {{zh: 触电, en: Shock}}, {keys}}}]"
    )


@pytest.mark.parametrize(
    ("keys", "decision", "total", "passed", "state"),
    [
        pytest.param("effect: fail", None, 7, True, None, id="nobody calls it"),
        pytest.param("effect: fail", "confirmed", 7, False, "confirmed", id="called by a person"),
        pytest.param("effect: fail, judged_by: [live_work]", None, 7, None, "proposed", id="proposed"),
        pytest.param("effect: fail, judged_by: [live_work]", "refused", 7, True, "refused", id="refused"),
        pytest.param("effect: fail, judged_by: [live_work]", "confirmed", 7, False, "confirmed", id="failed"),
        pytest.param(
            "effect: fail, judged_by: [live_work], times: 4", None, 7, True, None, id="not often enough"
        ),
        pytest.param(
            "effect: fail, judged_by: [live_work], times: 3", None, 7, None, "proposed", id="repeated"
        ),
        pytest.param("effect: disqualify", "confirmed", 0, False, "confirmed", id="disqualified"),
        pytest.param("effect: zero, items: [powered]", "confirmed", 2, False, "confirmed", id="item to zero"),
        pytest.param('effect: fail, when: {lamp: F1, is: "on"}', None, 7, None, "proposed", id="condition"),
    ],
)
def test_a_veto_acts_only_when_a_person_confirms_it(
    keys: str, decision: str | None, total: float, passed: bool | None, state: str | None
) -> None:
    story = [*LIVE, "0 lamp F1 off", "55 lamp F1 on", *([f"60 person shock {decision}"] if decision else [])]
    sheet = sheet_of(with_veto(keys), story)
    assert (sheet.total, sheet.passed) == (total, passed)
    assert [veto.state for veto in sheet.vetoes] == ([state] if state else [])
    assert sheet.total == round(sum(line.awarded or 0 for line in sheet.lines), 2)


def test_nothing_seen_after_a_confirmed_stop_counts() -> None:
    story = ["60 person shock confirmed", "70 switch Q1 on"]
    assert line(sheet_of(with_veto("effect: stop"), story), "powered").awarded == 0
    assert line(sheet_of(with_veto("effect: stop"), story[1:]), "powered").awarded == 5


def test_a_proposed_veto_names_time_rule_and_effect() -> None:
    (veto,) = sheet_of(with_veto("effect: disqualify, judged_by: [live_work]"), LIVE).vetoes
    assert "From 30.0 s" in veto.reason.en
    assert "disqualified" in veto.reason.en
    assert veto.evidence is not None


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        pytest.param("effect: zero", "items together with effect: zero", id="zero without items"),
        pytest.param("effect: fail, judged_by: [live_wrok]", "live_work", id="unknown rule"),
        pytest.param("effect: zero, items: [poweredd]", "did you mean 'powered'", id="unknown item"),
    ],
)
def test_vetoes_that_cannot_be_right(keys: str, told: str) -> None:
    assert told in refused(with_veto(keys))


# ---- rules of another file --------------------------------------------------------------------


def test_a_lost_point_names_the_file_of_an_included_rule() -> None:
    include = "include: [{file: electrical_safety, leave_out: [isolate]}]\nsteps:"
    text = text_of([item("safe", 5, "judged_by: [dead_working]")], 5).replace("steps:", include, 1)
    assert "dead_working (electrical_safety, line" in line(sheet_of(text, LIVE), "safe").reason.en
