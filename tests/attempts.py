"""Builders of scored attempts for the tests of the store, the API and the console; their clips are real."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from assessor.procedure import load_procedure
from assessor.settings import rules_folder
from assessor.store import AttemptRecord, BenchVersion, ProcedureVersion, RecordingFile
from assessor.types import Evidence, Gap, Image, MarkLine, MarkSheet, Mistake, Outcome, Text, Verdict

PRE_ROLL_S, POST_ROLL_S = 3.0, 2.0  # as assessor.evidence cuts its clips
DURATION_S = 47.3

PROCEDURE_SOURCE = """\
procedure: motor_start_stop
title: {zh: 电动机起停控制线路, en: Motor start-stop control circuit}

steps:
  isolate:
    title: {zh: 断开电源, en: Isolate}
    done: {switch: Q1, is: "off", for: 0.5 s}
  prove_dead:
    title: {zh: 验电, en: Prove dead}
    after: [isolate]
    done: {display: mm, is: "0.0", while: {holding: probe}}
  wire_stop:
    title: {zh: 接线 X1.1–S2.21, en: Wire X1.1–S2.21}
    after: [isolate]
    done: {wire: {from: X1.1, to: S2.21, color: red}}
  wire_start:
    title: {zh: 接线 S1.14–X1.4, en: Wire S1.14–X1.4}
    after: [isolate]
    done: {wire: {from: S1.14, to: X1.4, color: black}}
  wire_coil:
    title: {zh: 接线 X1.4b–KM1.A1, en: Wire X1.4b–KM1.A1}
    after: [isolate]
    done: {wire: {from: X1.4b, to: KM1.A1, color: black}}
  power_on:
    title: {zh: 送电, en: Power on}
    after: [wire_stop, wire_start, wire_coil]
    done: {switch: Q1, is: "on", for: 0.5 s}
  test_run:
    title: {zh: 试车, en: Test run}
    after: [power_on]
    done: {contactor: KM1, is: in, within: 5 s}

rules:
  no_live_work:
    title: {zh: 禁止带电作业, en: No live working}
    never: {hand_in: live_zone}
    while: {switch: Q1, is: "on"}
    except: {holding: probe}
  no_tool_left:
    title: {zh: 工具不得遗留在板上, en: No tool left on the board}
    never: {tool_at: panel, at: end}

rubric:
  - {item: isolation, step: isolate, points: 8, dimension: safety}
  - {item: dead_proof, step: prove_dead, points: 10, dimension: safety}
  - {item: live_work, rule: no_live_work, points: 12, dimension: safety, each: -6, cap: -12}
  - {item: stop_wire, step: wire_stop, points: 10, dimension: wiring}
  - {item: start_wire, step: wire_start, points: 10, dimension: wiring, corrected: {points: -2}}
  - {item: coil_wire, step: wire_coil, points: 10, dimension: wiring, wrong_colour: {points: -4}}
  - {item: bare_copper, photo: long_copper, points: 6, dimension: workmanship}
  - {item: routing, person: routing, points: 6, dimension: workmanship}
  - {item: continuity, reading: pe_resistance, points: 6, dimension: commissioning}
  - {item: power_order, step: power_on, points: 8, dimension: commissioning}
  - {item: function, step: test_run, points: 6, dimension: commissioning}
  - {item: tools_back, rule: no_tool_left, points: 8, dimension: 5S}
"""

BENCH_SOURCE = "bench: trainer_24v\nmarkers: {10: [-350, -250], 11: [350, -250]}\n"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def line_of(text: str) -> int:
    """Line of the procedure file that holds this text, counted from 1."""
    return next(n for n, line in enumerate(PROCEDURE_SOURCE.splitlines(), 1) if text in line)


def clip_at(start_s: float, end_s: float) -> Evidence:
    name = f"{start_s:05.1f}-{end_s:05.1f}"
    return Evidence(start_s, end_s, clip=f"{name}.mp4", still=f"{name}.jpg")


def verdict(name: str, outcome: Outcome, confidence: float, zh: str, en: str, **more: Any) -> Verdict:
    kind = "rule" if name.startswith("no_") else "step"
    given: dict[str, Any] = {"t_s": None, "decided_s": None, "evidence": None, "line": line_of(f"  {name}:")}
    return Verdict(name, kind, outcome, confidence, Text(zh, en), **(given | more))


def verdicts() -> tuple[Verdict, ...]:
    """A student who isolates, proves nothing dead, miswires once, powers on early and works live."""
    wrong = Text(
        "S1.14 接到了 X1.6，应接 X1.4；24.2 s 已改正",
        "S1.14 went to X1.6 instead of X1.4; put right at 24.2 s",
    )
    yellow = Text("X1.4b–KM1.A1 用了黄色线，应为黑色", "X1.4b–KM1.A1 is yellow, black is required")
    live = Text(
        "Q1 合闸 5.6 s 后手进入带电区，停留 2.1 s（允许 0 s）",
        "Hand in the live zone for 2.1 s (limit 0 s) with Q1 on",
    )
    left = Text("结束时螺丝刀仍在板上", "The screwdriver is still on the board at the end")
    early = Text("KM1.A2–X1.5 未接就合上 Q1", "Q1 on before KM1.A2–X1.5 was wired")
    left_out = Text("漏做：验电", "Left out: prove dead")
    return (
        verdict("isolate", Outcome.MET, 0.98, "4.4 s 断开 Q1", "Q1 off at 4.4 s", t_s=4.4, decided_s=4.9),
        verdict(
            "prove_dead", Outcome.NOT_MET, 0.91, "接线前没有用表笔验电：万用表始终在托盘内",
            "The dead state was not proved before wiring: the multimeter stayed in its tray",
            evidence=clip_at(4.9, 7.6), decided_s=9.8,
            mistakes=(Mistake("omission", "prove_dead", 7.6, left_out, False, 0.91),),
        ),
        verdict("wire_stop", Outcome.MET, 0.95, "9.8 s 接好，红色", "Red, at 9.8 s", t_s=9.8, decided_s=10.6),
        verdict(
            "wire_start", Outcome.MET, 0.88, "24.2 s 改正后正确", "Right after a correction at 24.2 s",
            t_s=24.2, decided_s=25.0, evidence=clip_at(14.6, 24.2),
            mistakes=(Mistake("wrong_wire", "S1.14-X1.6", 14.6, wrong, True, 0.88),),
        ),
        verdict(
            "wire_coil", Outcome.NOT_MET, 0.84, yellow.zh, yellow.en, t_s=19.4, evidence=clip_at(17.2, 20.2),
            mistakes=(Mistake("wrong_colour", "X1.4b-KM1.A1", 19.4, yellow, False, 0.84),),
        ),
        verdict(
            "power_on", Outcome.NOT_MET, 0.93, early.zh, early.en, t_s=27.5, evidence=clip_at(26.1, 27.9),
            mistakes=(Mistake("order", "power_on", 27.5, early, False, 0.93),),
        ),
        verdict(
            "test_run", Outcome.UNSURE, 0.52, "37.7 s 接触器似乎吸合，手挡住了一部分画面（可见 41 %）",
            "The contactor seems to pull in at 37.7 s; a hand hides part of it (41 % in view)",
            t_s=37.7, evidence=clip_at(36.8, 38.4),
        ),
        verdict(
            "no_live_work", Outcome.NOT_MET, 0.9, live.zh, live.en, t_s=33.1, evidence=clip_at(31.0, 33.1),
            mistakes=(Mistake("unsafe_act", "live_zone", 31.0, live, False, 0.9),),
        ),
        verdict(
            "no_tool_left", Outcome.NOT_MET, 0.87, left.zh, left.en, t_s=34.7, evidence=clip_at(40.0, 45.0),
            mistakes=(Mistake("tool_left", "screwdriver", 34.7, left, False, 0.87),),
        ),
    )  # fmt: skip


def _row(item: str, title: Text, points: float, awarded: float | None, by: Verdict | None) -> MarkLine:
    source = PROCEDURE_SOURCE.splitlines()[line_of(f"item: {item},") - 1]
    return MarkLine(
        item=item,
        title=title,
        check="video",
        dimension=re.findall(r"dimension: (\w+)", source)[0],
        points=points,
        awarded=awarded,
        outcome=by.outcome if by else Outcome.NOT_OBSERVED,
        confidence=by.confidence if by else 0.0,
        reason=by.reason if by else Text("", ""),
        verdict_ids=(by.id,) if by else (),
        evidence=(by.evidence,) if by and by.evidence else (),
        line=line_of(f"item: {item},"),
    )


def mark_lines(found: tuple[Verdict, ...]) -> tuple[MarkLine, ...]:
    by = {one.id: one for one in found}
    photo: dict[str, Any] = {
        "check": "photo",
        "reason": Text("等待成品照片", "Waiting for a photo of the finished board"),
    }
    person: dict[str, Any] = {
        "check": "person",
        "reason": Text("等待教师评分", "Waiting for a person's judgement"),
    }
    covered = Text(
        "摄像头被遮挡 2.4 s，未能看到读数", "The camera was covered for 2.4 s; the reading was not seen"
    )
    reading: dict[str, Any] = {"check": "reading", "reason": covered, "confidence": 0.3}
    bare, routing = (
        Text("露铜不超过 2 mm", "Bare copper at most 2 mm"),
        Text("走线横平竖直", "Wires level and upright"),
    )
    return (
        _row("isolation", Text("断开电源", "Isolate before work"), 8, 8, by["isolate"]),
        _row("dead_proof", Text("验电", "Prove dead"), 10, 0, by["prove_dead"]),
        _row("live_work", Text("不带电作业", "No live working"), 12, 6, by["no_live_work"]),
        _row("stop_wire", Text("停止线 X1.1–S2.21", "Stop wire X1.1–S2.21"), 10, 10, by["wire_stop"]),
        _row("start_wire", Text("起动线 S1.14–X1.4", "Start wire S1.14–X1.4"), 10, 8, by["wire_start"]),
        _row("coil_wire", Text("线圈线 X1.4b–KM1.A1", "Coil wire X1.4b–KM1.A1"), 10, 6, by["wire_coil"]),
        replace(_row("bare_copper", bare, 6, None, None), **photo),
        replace(_row("routing", routing, 6, None, None), **person),
        replace(_row("continuity", Text("接地电阻", "Earth resistance"), 6, 0, None), **reading),
        _row("power_order", Text("接线完成后送电", "Power on after wiring"), 8, 0, by["power_on"]),
        _row("function", Text("起动功能", "Start function"), 6, 6, by["test_run"]),
        _row("tools_back", Text("工具归位", "Tools put back"), 8, 0, by["no_tool_left"]),
    )


def build_sheet(recording_sha256: str) -> MarkSheet:
    found = verdicts()
    lines = mark_lines(found)
    return MarkSheet(
        procedure="motor_start_stop",
        procedure_sha256=sha256(PROCEDURE_SOURCE),
        bench_sha256=sha256(BENCH_SOURCE),
        recording_sha256=recording_sha256,
        partial=None,
        lines=lines,
        verdicts=found,
        gaps=(Gap(42.4, 44.8, "covered"),),
        total=sum(line.awarded or 0.0 for line in lines),
        possible=sum(line.points for line in lines if line.awarded is not None),
    )


def build_record(
    name: str = "start_stop.mp4", content: str = "a recording", student: str | None = None
) -> AttemptRecord:
    """A scored attempt; other content = another recording. `write_evidence` writes its clips."""
    digest = sha256(content)
    return AttemptRecord(
        recording=RecordingFile(sha256=digest, size=len(content), duration_s=DURATION_S, name=name),
        bench=BenchVersion(sha256(BENCH_SOURCE), "trainer_24v", BENCH_SOURCE),
        procedure=ProcedureVersion(
            sha256(PROCEDURE_SOURCE),
            "motor_start_stop",
            Text("电动机起停控制线路", "Motor start-stop control circuit"),
            PROCEDURE_SOURCE,
        ),
        student=student,
        models={"hands": "a" * 64, "objects": "b" * 64},
        software="0.1.0",
        sheet=build_sheet(digest),
        evidence_folder=f"evidence/{digest[:8]}",
    )


def build_good_record(name: str, student: str) -> AttemptRecord:
    """The same work without a fault: every judged line has its full points, and nothing was hidden."""
    record = build_record(name, name, student)
    met = [replace(one, outcome=Outcome.MET, evidence=None, mistakes=()) for one in record.sheet.verdicts]
    lines = [
        line
        if line.awarded is None
        else replace(line, awarded=line.points, outcome=Outcome.MET, confidence=0.96, evidence=())
        for line in record.sheet.lines
    ]
    total = sum(line.awarded or 0.0 for line in lines)
    sheet = replace(record.sheet, verdicts=tuple(met), lines=tuple(lines), gaps=(), total=total)
    return replace(record, sheet=sheet)


def by_shipped(record: AttemptRecord, name: str) -> AttemptRecord:
    """The same sheet as if a shipped procedure had given it, with the rule sets that it includes."""
    path = rules_folder() / "procedures" / f"{name}.yaml"
    read = load_procedure(path)
    included = {name: source.data.decode("utf-8") for name, source in read.included.items()}
    text = path.read_text(encoding="utf-8")
    version = ProcedureVersion(read.sha256, read.procedure, read.title.text, text, included)
    sheet = replace(record.sheet, procedure=read.procedure, procedure_sha256=read.sha256)
    return replace(record, procedure=version, sheet=sheet)


def cut_short(record: AttemptRecord, note: str = "40/100 frames") -> AttemptRecord:
    return replace(record, sheet=replace(record.sheet, partial=note))


def write_evidence(record: AttemptRecord, data: Path, recording: Path | None = None) -> None:
    """Write the clips and stills the record names, cut from `recording` or else drawn."""
    folder = data / record.evidence_folder
    folder.mkdir(parents=True, exist_ok=True)
    frames = list(_frames(recording) if recording else _drawn_frames())
    for one in {found.evidence for found in record.sheet.verdicts if found.evidence}:
        first, last = max(0, int((one.start_s - PRE_ROLL_S) * 10)), int((one.end_s + POST_ROLL_S) * 10)
        write_clip(folder / str(one.clip), frames[first:last])
        shown = [(number, number / 10) for number in range(first, min(last, len(frames)))]
        beside = {"start_s": first / 10, "fps": 10.0, "frames": shown}
        (folder / str(one.clip)).with_suffix(".json").write_text(json.dumps(beside))
        write_still(folder / str(one.still), frames[min(int(one.end_s * 10), len(frames) - 1)])


def write_clip(path: Path, frames: list[Image]) -> None:
    """H.264 as browsers play it: yuv420p, a key frame every second, index in front."""
    height, width, _ = frames[0].shape
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", rate=10, options={"preset": "ultrafast", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, 10)
        for image in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(stream.encode())


def write_still(path: Path, image: Image) -> None:
    import cv2

    cv2.imwrite(str(path), image)


def _frames(recording: Path) -> Iterator[Image]:
    with av.open(str(recording)) as source:
        for frame in source.decode(video=0):
            yield frame.reformat(640, 360, "bgr24").to_ndarray().astype(np.uint8)


def _drawn_frames() -> Iterator[Image]:
    for index in range(int(DURATION_S * 10)):
        image = np.full((90, 160, 3), 40, np.uint8)
        image[30:60, index % 130 : index % 130 + 30] = (60, 180, 240)
        yield image
