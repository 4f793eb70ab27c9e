"""A procedure of two steps with the rubric items that a test writes."""

import pytest

from assessor.errors import RuleFileError
from assessor.procedure import load_procedure
from assessor.simulate import NoBench, simulate
from assessor.story import read_story
from assessor.types import MarkLine, MarkSheet

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


TRIES = item("run", 30, "ladder: {tries: {person: run}, award: [30, 20, 10]}")
