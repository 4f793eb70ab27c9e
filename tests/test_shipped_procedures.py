"""The shipped procedures against their rubrics: totals worked out by hand from the text of each."""

from functools import cache

import pytest

from assessor.bench import Bench
from assessor.procedure import Procedure, load_procedure
from assessor.settings import rules_folder
from assessor.simulate import NoBench, fitting_bench, simulate
from assessor.story import read_story
from assessor.types import MarkSheet

FOLDER = rules_folder() / "procedures"


@cache
def shipped(name: str) -> Procedure:
    return load_procedure(FOLDER / f"{name}.yaml")


@cache
def bench_of(name: str) -> Bench | NoBench:
    return fitting_bench(shipped(name))


def sheet_of(name: str, timeline: str) -> MarkSheet:
    return simulate(shipped(name), bench_of(name), read_story(FOLDER / name / f"{timeline}.timeline"))


@pytest.mark.parametrize(
    ("name", "timeline", "total", "possible"),
    [
        pytest.param("reversing_interlock", "faulty", 60, 100, id="R1 2 of 10, 38 of 60, 20 of 30"),
        pytest.param("reversing_interlock", "third_try", 80, 100, id="R1 two failed tries cost 20"),
        pytest.param("reversing_interlock", "overtime", 98, 100, id="R1 one full five minutes late"),
        pytest.param(
            "reversing_interlock", "hard_stop", 66, 100, id="R1 no trial run in time, 4 for overtime"
        ),
        pytest.param(
            "reversing_interlock", "veto", 90, 100, id="R1 an accident takes all for safe operation"
        ),
        pytest.param("position_control", "faulty", 15, 35, id="R2 4 + 0 + 2 + 0 + 4 + 5"),
        pytest.param("position_control", "short_circuit", 24, 35, id="R2 no trial run, one wire"),
        pytest.param("position_control", "veto", 12, 35, id="R2 stopped half wired: 5 + 2 + 2 + 3"),
        pytest.param("mechatronics_assembly", "faulty", 18.95, 25, id="R3 tolerances, tails, counts"),
        pytest.param("safety_conduct", "faulty", 3, 10, id="R4 means of three judges, no points for conduct"),
        pytest.param("safety_conduct", "judges_apart", 1.67, 7, id="R4 judges too far apart leave 3 open"),
        pytest.param("safety_conduct", "veto", 0, 10, id="R4 disqualified"),
        pytest.param("safety_conduct", "veto_refused", 4, 10, id="R4 not disqualified"),
        pytest.param("workmanship_conduct", "faulty", -5, 10, id="R5 below zero"),
        pytest.param("workmanship_conduct", "floor", -20, 10, id="R5 not below the floor"),
        pytest.param("trainer_installation", "faulty", 49, 100, id="R6 6 + 5 + 10 + 25 + 3"),
        pytest.param("trainer_installation", "third_failure", 55, 100, id="R6 no power-on, two motors"),
        pytest.param("trainer_installation", "time_up", 40, 65, id="R6 power-on open"),
    ],
)
def test_the_sheet_gives_what_a_referee_gives(
    name: str, timeline: str, total: float, possible: float
) -> None:
    sheet = sheet_of(name, timeline)
    assert (sheet.total, sheet.possible) == (total, possible)


@pytest.mark.parametrize(
    ("name", "timeline", "vetoes", "passed"),
    [
        pytest.param("reversing_interlock", "veto", [("accident", "confirmed")], None, id="points only"),
        pytest.param("position_control", "veto", [("serious_accident", "confirmed")], False, id="stopped"),
        pytest.param("safety_conduct", "veto", [("damaged_twice", "confirmed")], False, id="disqualified"),
        pytest.param("safety_conduct", "veto_refused", [("damaged_twice", "refused")], None, id="refused"),
        pytest.param("safety_conduct", "faulty", [], None, id="none"),
    ],
)
def test_vetoes_act_as_the_judge_decided(
    name: str, timeline: str, vetoes: list[tuple[str, str]], passed: bool | None
) -> None:
    sheet = sheet_of(name, timeline)
    assert [(veto.id, veto.state) for veto in sheet.vetoes] == vetoes
    assert sheet.passed is passed


@pytest.mark.parametrize(
    ("name", "rubric", "points"),
    [
        pytest.param("reversing_interlock", "R1", {"安全操作": 10, "安装配线": 60, "通电试车": 30}, id="R1"),
        pytest.param(
            "position_control",
            "R2",
            {"识图": 5, "工具使用": 2, "仪表使用": 2, "安全文明": 3, "安装布线": 13, "试运行": 10},
            id="R2",
        ),
        pytest.param(
            "mechatronics_assembly", "R3", {"颗粒上料": 2.9, "加盖拧盖": 7.0, "其余单元": 15.1}, id="R3"
        ),
        pytest.param("safety_conduct", "R4", {"5S": 3, "事件记录": 2, "违规": 5}, id="R4"),
        pytest.param(
            "workmanship_conduct",
            "R5",
            {
                "安全意识": 2,
                "工具使用": 2,
                "操作规范": 2,
                "物品摆放": 1,
                "环境成本意识": 1,
                "工作态度": 1,
                "赛场表现": 1,
            },
            id="R5",
        ),
        pytest.param(
            "trainer_installation",
            "R6",
            {"原理图": 10, "电路安装": 35, "故障排除": 15, "通电试车": 35, "其他": 5},
            id="R6",
        ),
    ],
)
def test_every_row_of_the_rubric_has_its_points(name: str, rubric: str, points: dict[str, float]) -> None:
    found: dict[str, float] = {}
    for item in shipped(name).rubric.items:
        assert item.section is not None
        source, row = item.section.split()[:2]
        assert source == rubric
        found[row] = found.get(row, 0.0) + item.points
    assert {row: round(sum_, 2) for row, sum_ in found.items()} == points


def test_timelines_say_in_words_what_is_lost() -> None:
    for path in sorted(FOLDER.glob("*/*.timeline")):
        assert path.read_text(encoding="utf-8").startswith("# "), path.name
