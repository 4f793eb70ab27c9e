"""Nobody gains or loses by what nobody saw, nobody entered, or what another mistake made impossible."""

import pytest

from assessor.judge.acts import act_between
from assessor.judge.order import misplaced
from assessor.procedure import load_procedure
from assessor.simulate import NoBench, simulate
from assessor.story import read_story
from assessor.types import MarkSheet, Outcome, Verdict

TEXT = """
procedure: made_for_a_test
version: 1
title: {zh: 测试, en: Test}
steps:
  - {id: isolate, title: {zh: 断电, en: Isolate}, done: {switch: Q1, is: "off"}}
  - {id: checked, title: {zh: 已检查, en: Checked}, after: [isolate], done: {person: checked, is: "yes"}}
  - id: power_on
    title: {zh: 送电, en: Power on}
    after: [checked]
    requires: {person: helmet, is: worn}
    done: {becomes: {switch: Q1, is: "on"}}
  - id: run
    title: {zh: 运行, en: Run}
    after: [power_on]
    follows_from: [power_on]
    done: {switch: KM1, is: in}
  - id: tidy
    title: {zh: 收拾, en: Tidy up}
    after: [power_on, run]
    waits: true
    done: {tool_at: screwdriver, is: tool_tray}
rules:
  - id: consent
    title: {zh: 经同意送电, en: Power with consent}
    never: [{becomes: {switch: Q1, is: "on"}}]
    except: {person: consent, is: given}
    apart_s: 1000
  - id: off_at_end
    title: {zh: 结束断电, en: Switched off in the end}
    never: [{switch: Q1, is: "on"}]
    at: [end]
rubric:
  total: 60
  dimensions: {all: {zh: 安全, en: Safety}}
  overtime: {allowed_s: 300, every_s: 10, each: 1, stop_s: 100, dimension: all}
  items:
    - {id: in_order, title: {zh: 项, en: X}, points: 10, check: video, dimension: all, judged_by: [checked]}
    - {id: powered, title: {zh: 项, en: X}, points: 10, check: video, dimension: all, judged_by: [power_on]}
    - id: running
      title: {zh: 运行, en: Run}
      points: 10
      check: video
      dimension: all
      judged_by: [run]
      deduct: {order: {each: 2}, omission: {each: 6}}
    - {id: tidied, title: {zh: 项, en: X}, points: 10, check: video, dimension: all, judged_by: [tidy]}
    - {id: asked, title: {zh: 项, en: X}, points: 10, check: person, dimension: all, judged_by: [consent]}
    - {id: left, title: {zh: 项, en: X}, points: 10, check: video, dimension: all, judged_by: [off_at_end]}
"""
BEGIN = ["0 switch Q1 on", "0 switch KM1 out", "0 tool_at screwdriver tool_tray", "5 switch Q1 off"]
WORK = ["20 person helmet worn", "30 person checked yes", "40 person consent given"]
POWER = ["50 switch Q1 on", "55 switch KM1 in"]
END = ["80 switch Q1 off"]


def sheet_of(*story: list[str], end_s: float = 100, text: str = TEXT) -> MarkSheet:
    told = read_story("\n".join([*(line for part in story for line in part), f"end {end_s}"]))
    return simulate(load_procedure(text), NoBench(), told)


def awarded(sheet: MarkSheet, item: str) -> float | None:
    return next(line.awarded for line in sheet.lines if line.item == item)


def verdict(sheet: MarkSheet, id: str) -> Verdict:
    return next(verdict for verdict in sheet.verdicts if verdict.id == id)


def test_by_the_book() -> None:
    assert sheet_of(BEGIN, WORK, POWER, END).total == 60


@pytest.mark.parametrize(
    ("left_out", "item", "told"),
    [
        pytest.param(
            WORK[2], "asked", "nobody has entered what it rests on (consent: not seen)", id="a rule's"
        ),
        pytest.param(WORK[0], "powered", "whether this held then is not known: helmet 'worn'", id="a step's"),
    ],
)
def test_what_nobody_entered_leaves_the_item_open(left_out: str, item: str, told: str) -> None:
    sheet = sheet_of(BEGIN, [line for line in WORK if line != left_out], POWER, END)
    line = next(line for line in sheet.lines if line.item == item)
    assert (line.awarded, line.outcome) == (None, Outcome.NOT_OBSERVED)
    assert told in line.reason.en


def test_a_tick_is_done_when_it_is_entered() -> None:
    ticked = verdict(sheet_of(BEGIN, WORK, POWER, END), "checked")
    assert (ticked.outcome, ticked.t_s, ticked.confidence) == (Outcome.MET, 30.0, 1.0)


def test_a_tick_that_comes_too_late_is_out_of_order() -> None:
    late = [*WORK[::2], "60 person checked yes"]
    (mistake,) = (
        verdict(sheet_of(BEGIN, late, POWER, END), "power_on").mistakes
        or verdict(sheet_of(BEGIN, late, POWER, END), "checked").mistakes
    )
    assert (mistake.kind, mistake.confidence) == ("order", 1.0)


def test_what_was_not_reached_earns_nothing_and_is_no_mistake() -> None:
    sheet = sheet_of(BEGIN, WORK, END)
    assert verdict(sheet, "run").not_reached
    assert [m.subject for v in sheet.verdicts for m in v.mistakes] == ["power_on"]
    assert (awarded(sheet, "powered"), awarded(sheet, "running"), awarded(sheet, "tidied")) == (0, 4, 0)


def test_what_was_not_reached_shares_the_cap_of_what_was_left_out() -> None:
    capped = TEXT.replace("judged_by: [run]", "judged_by: [power_on, run]")
    capped = capped.replace("omission: {each: 6}", "omission: {each: 6, cap: 7}")
    assert awarded(sheet_of(BEGIN, WORK, END, text=capped), "running") == 3


def test_tools_that_were_never_used_are_not_put_away() -> None:
    sheet = sheet_of(["0 switch Q1 on", "0 switch KM1 out", "0 tool_at screwdriver tool_tray"])
    assert verdict(sheet, "tidy").not_reached
    assert all("before “Tidy up”" not in verdict.reason.en for verdict in sheet.verdicts)


def test_a_rule_kept_after_the_hard_stop_is_kept() -> None:
    late = ["410 tool_at screwdriver hand", "420 switch Q1 off"]
    sheet = sheet_of(BEGIN, WORK, POWER, late, end_s=500)
    assert verdict(sheet, "off_at_end").outcome is Outcome.MET
    assert awarded(sheet, "overtime") == -10  # to the stop, not to the end of the recording


def test_work_after_the_hard_stop_does_not_count() -> None:
    sheet = sheet_of(BEGIN, WORK, ["410 switch Q1 on", "420 switch KM1 in"], end_s=500)
    assert awarded(sheet, "powered") == 0
    assert verdict(sheet, "off_at_end").outcome is Outcome.NOT_MET


def test_tools_put_back_after_work_that_failed_are_put_back() -> None:
    used = ["15 tool_at screwdriver hand", "60 tool_at screwdriver tool_tray"]
    sheet = sheet_of(BEGIN, WORK, used, END)  # nothing ran, so nothing that the tools wait for was done
    tidy = verdict(sheet, "tidy")
    assert (tidy.outcome, tidy.t_s) == (Outcome.MET, 60.0)


def test_consent_that_comes_late_was_not_there_before() -> None:
    late = [WORK[0], WORK[1], "70 person consent given"]
    broken = verdict(sheet_of(BEGIN, late, POWER, END), "consent")
    assert (broken.outcome, broken.t_s) == (Outcome.NOT_MET, 50.0)


def test_the_nearest_step_is_named_as_the_one_to_wait_for() -> None:
    before = {
        "cloths": frozenset[str](),
        "minus": frozenset({"cloths"}),
        "plus": frozenset({"cloths", "minus"}),
    }
    acts = {
        step: act_between(t_s, t_s, t_s, 1.0) for step, t_s in (("plus", 40), ("cloths", 50), ("minus", 60))
    }
    (found,) = misplaced(before, acts, {})
    assert (found.step, found.others, found.early) == ("plus", ("minus",), True)
