"""What groups, overtime and vetoes do to the items of a rubric."""

import pytest

from tests.small_rubric import LIVE, TRIES, item, line, refused, sheet_of, text_of

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
