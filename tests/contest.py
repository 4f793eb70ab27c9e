"""An attempt at a rubric with groups, overtime, vetoes and judges, for the mark sheet and its pages."""

from dataclasses import replace

from assessor.store import AttemptRecord, ProcedureVersion
from assessor.types import Evidence, MarkLine, MarkSheet, MarkVeto, Outcome, Text
from tests.attempts import build_record, clip_at, sha256

CONTEST_SOURCE = """\
procedure: contest_reversing
version: 3
title: {zh: 正反转控制线路安装与调试, en: Forward–reverse starter}
steps:
  - id: isolate
    title: {zh: 断开 Q1, en: Switch Q1 off}
    done: {switch: Q1, is: "off"}
  - id: first_run
    title: {zh: 首次通电试车, en: First run}
    after: [isolate]
    done: {switch: KM1, is: in}
  - id: ask_again
    title: {zh: 再次举手示意, en: Ask again}
    after: [isolate]
    optional: true
    done: {person: consent, is: given}
rules:
  - id: dead_working
    title: {zh: Q1 合上时不得作业, en: No work while Q1 is on}
    never: [{hand_in: live}]
    while: {switch: Q1, is: "on"}
    except: {holding: probes}
rubric:
  total: 100
  pass: 60
  dimensions:
    safety: {zh: 安全, en: Safety}
    wiring: {zh: 布线, en: Wiring}
    running: {zh: 通电, en: Running}
  groups:
    site: {title: {zh: 职业素养, en: Conduct}, most: 15, weight: 1}
    board: {title: {zh: 安装配线, en: Board}, weight: 0.5}
    power: {title: {zh: 通电试车, en: Power-on}}
  overtime: {allowed_s: 10800, every_s: 300, each: 2, cap: 4, dimension: running}
  vetoes:
    - id: shock
      title: {zh: 带电作业造成事故, en: Accident by live working}
      judged_by: [dead_working]
      times: 2
      effect: disqualify
    - id: disturbing
      title: {zh: 扰乱赛场, en: Disturbing the venue}
      effect: fail
  items:
    - id: safe_work
      title: {zh: 安全操作, en: Safe working}
      section: R1 安全操作
      group: site
      points: 20
      check: video
      dimension: safety
      judged_by: [isolate, dead_working]
      floor: -5
      deduct: {unsafe_act: {each: 8, cap: 25}, omission: {each: 10}}
      advice: {zh: 送电后手不要进入带电区。, en: Keep your hands out of the live zone once power is on.}
    - id: routing
      title: {zh: 走线横平竖直, en: Wires level and upright}
      section: R1 外形
      group: board
      points: 20
      check: person
      dimension: wiring
      graded: {person: routing, of: 3, judges: 3, apart: 1}
    - id: rail
      title: {zh: 器件位置 ± 3 mm, en: Places of parts ± 3 mm}
      group: board
      points: 20
      check: photo
      dimension: wiring
      when: {photo: offset_mm, at_most: 3}
      places: [rail, tray, stop]
      deduct: {finding: {each: 5, cap: 20}}
    - id: wires
      title: {zh: 接线与图纸一致, en: Wires as drawn}
      group: board
      points: 40
      check: photo
      dimension: wiring
      when: {photo: wires_wrong, at_most: 0}
      deduct: {finding: {each: 10}}
    - id: earth
      title: {zh: 接地电阻, en: Earth resistance}
      group: power
      points: 10
      check: reading
      dimension: running
      measured: {reading: earth_ohm, bands: [{below: 0.1, points: 10}, {below: 0.5, points: 5}]}
    - id: run
      title: {zh: 通电试车, en: Runs}
      section: R1 通电试车
      group: power
      points: 30
      check: video
      dimension: running
      ladder: {passed: {switch: KM1, is: in}, failed: {lamp: H1, is: "on"}, award: [30, 20, 10]}
"""


def _line(item: str, title: Text, check: str, dimension: str, points: float) -> MarkLine:
    number = next((n for n, text in enumerate(CONTEST_SOURCE.splitlines(), 1) if f"- id: {item}" in text), 1)
    waits = Text("等待补充。", "Waits for its evidence.")
    return MarkLine(
        item, title, check, dimension, points, None, Outcome.NOT_OBSERVED, 0.0, waits, (), (), number
    )


def _judged(line: MarkLine, awarded: float, reason: Text) -> MarkLine:
    return replace(line, awarded=awarded, outcome=Outcome.MET, confidence=0.94, reason=reason)


def contest_sheet(base: MarkSheet) -> MarkSheet:
    """Live working twice, one veto proposed and one refused, six minutes late, two items open."""
    live = clip_at(31.0, 33.1)
    act = Text(
        "手进入带电区 2.1 s（允许 0 s）。依据规则 dead_working（第 20 行），扣 16 分，满分 20 分。"
        "如何得回这些分：送电后手不要进入带电区。",
        "Hand in the live zone for 2.1 s (limit 0 s). Rule: dead_working (line 20). It costs 16 of 20 "
        "points. To win it back: Keep your hands out of the live zone once power is on.",
    )
    fits = Text("符合要求。", "As required.")
    drawn = Text("接线与图纸一致", "Wires as drawn")
    photo = Evidence(47.3, 47.3, None, live.still)  # as a photo of the finished work stands there: no clip
    safe = _judged(_line("safe_work", Text("安全操作", "Safe working"), "video", "safety", 20), 4, act)
    limit = _judged(
        _line("site/limit", Text("职业素养：封顶", "Conduct: limit"), "video", "safety", 0),
        1,
        Text("这一组最多扣 15 分，少扣 1 分。", "This group loses 15 points at most: 1 given back."),
    )
    late = _judged(
        _line("overtime", Text("超时", "Overtime"), "video", "running", 0),
        -2,
        Text("超时 6:00（允许 3:00:00），扣 2 分。", "6:00 over the 3:00:00 allowed: 2 points off."),
    )
    lines = (
        replace(safe, outcome=Outcome.NOT_MET, evidence=(live,), verdict_ids=("isolate", "no_live_work")),
        limit,
        _line("routing", Text("走线横平竖直", "Wires level and upright"), "person", "wiring", 10),
        _judged(_line("rail", Text("器件位置 ± 3 mm", "Places ± 3 mm"), "photo", "wiring", 10), 10, fits),
        replace(_judged(_line("wires", drawn, "photo", "wiring", 20), 20, fits), evidence=(photo,)),
        _line("earth", Text("接地电阻", "Earth resistance"), "reading", "running", 10),
        _judged(_line("run", Text("通电试车", "Runs"), "video", "running", 30), 30, fits),
        late,
    )  # fmt: skip
    twice = Text("带电作业 2 次（达到 2 次即提请）。", "Live working 2 times (proposed from 2 times).")
    shock = Text("带电作业造成事故", "Accident by live working")
    disturbing = Text("扰乱赛场", "Disturbing the venue")
    nobody = Text("裁判驳回。", "A referee refused it.")
    return replace(
        base,
        procedure="contest_reversing",
        procedure_sha256=sha256(CONTEST_SOURCE),
        lines=lines,
        vetoes=(
            MarkVeto("shock", shock, "disqualify", "proposed", twice, live, 33),
            MarkVeto("disturbing", disturbing, "fail", "refused", nobody, None, 38),
        ),
        total=63.0,
        possible=80.0,
        passed=None,
    )


def build_contest_record(name: str = "contest.mp4", student: str | None = "20260131") -> AttemptRecord:
    """The same recording as `build_record`, scored by the contest's rubric."""
    record = build_record(name, name, student)
    title = Text("正反转控制线路安装与调试", "Forward–reverse starter")
    version = ProcedureVersion(sha256(CONTEST_SOURCE), "contest_reversing", title, CONTEST_SOURCE)
    return replace(record, procedure=version, sheet=contest_sheet(record.sheet))
