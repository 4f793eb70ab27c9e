"""The whole flow on the samples: what is found, that it is found again, that nothing is keyed to them."""

import gzip
from dataclasses import replace
from pathlib import Path

import av
import pytest

from assessor import batch, models, pipeline
from assessor.bench import Bench, load_bench
from assessor.errors import InputError, ModelError, RuleFileError
from assessor.marks import sheet_json
from assessor.pipeline import OBSERVATIONS_FILE, Score, Task, score_again, score_recording
from assessor.procedure import Procedure, load_procedure
from assessor.settings import rules_folder, samples_folder
from assessor.types import MarkSheet, Mistake, Outcome, Verdict
from tests.stores import open_store

pytestmark = pytest.mark.slow
TOLERANCE_S = 2.0
MOTOR = rules_folder() / "procedures" / "motor_start_stop.yaml"


def bench_of(name: str) -> Bench:
    return load_bench(samples_folder() / f"{name}.bench.yaml")


def procedure() -> Procedure:
    return load_procedure(MOTOR)


def scored(name: str, folder: Path) -> Score:
    return score_recording(samples_folder() / f"{name}.mp4", Task(bench_of(name), procedure(), folder))


def steps(sheet: MarkSheet) -> dict[str, Verdict]:
    return {verdict.id: verdict for verdict in sheet.verdicts if verdict.kind == "step"}


def mistakes(sheet: MarkSheet) -> list[Mistake]:
    return [mistake for verdict in sheet.verdicts for mistake in verdict.mistakes]


@pytest.fixture(scope="module")
def good(models_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Score, Path]:
    folder = tmp_path_factory.mktemp("good")
    return scored("start_stop_good", folder), folder


@pytest.fixture(scope="module")
def faulty(models_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Score, Path]:
    folder = tmp_path_factory.mktemp("faulty")
    return scored("start_stop_faulty", folder), folder


def test_work_by_the_book_loses_nothing(good: tuple[Score, Path]) -> None:
    sheet = good[0].sheet

    assert {id: v.outcome for id, v in steps(sheet).items()} == dict.fromkeys(steps(sheet), Outcome.MET)
    assert mistakes(sheet) == []
    assert sheet.total == sheet.possible
    assert sheet.possible == sum(line.points for line in sheet.lines if line.check == "video")


@pytest.mark.parametrize(
    ("kind", "subject", "t_s"),
    [
        pytest.param("omission", "prove_dead", None, id="dead state not proved"),
        pytest.param("wrong_wire", "S1.14-X1.6", 14.6, id="wrong terminal, put right later"),
        pytest.param("wrong_colour", "KM1.A1-X1.4b", 19.4, id="yellow instead of black"),
        pytest.param("order", "power_on", 27.5, id="power on before the last wire"),
        pytest.param("unsafe_act", "KM1.A2-X1.5", 33.1, id="last wire live"),
    ],
)
def test_planted_mistake_is_found_with_time_and_clip(
    faulty: tuple[Score, Path], kind: str, subject: str, t_s: float | None
) -> None:
    score, folder = faulty
    (verdict,) = [
        v for v in score.sheet.verdicts if any((m.kind, m.subject) == (kind, subject) for m in v.mistakes)
    ]
    (mistake,) = [m for m in verdict.mistakes if m.kind == kind]

    assert t_s is None or abs(mistake.t_s - t_s) <= TOLERANCE_S
    assert verdict.evidence is not None
    assert verdict.evidence.clip is not None
    with av.open(str(folder / verdict.evidence.clip)) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in clip.decode(video=0)) > 30


def test_nothing_is_found_that_was_not_planted(faulty: tuple[Score, Path]) -> None:
    planted = {"omission", "wrong_wire", "wrong_colour", "order", "unsafe_act", "tool_left"}
    found = mistakes(faulty[0].sheet)

    assert {mistake.kind for mistake in found} <= planted
    assert len(found) == len({(mistake.kind, mistake.subject) for mistake in found}) <= 6


def test_left_handed_work_on_a_mirrored_bench_is_judged_as_well(models_cache: Path, tmp_path: Path) -> None:
    sheet = scored("more/left_handed", tmp_path).sheet

    assert {(m.kind, m.subject) for m in mistakes(sheet)} == {
        ("wrong_colour", "S2.21-X1.1"),
        ("wrong_wire", "KM1.A1-X1.3b"),
        ("order", "power_on"),
    }


def test_scored_twice_is_scored_the_same(good: tuple[Score, Path], tmp_path: Path) -> None:
    again = scored("start_stop_good", tmp_path)

    assert sheet_json(again.sheet) == sheet_json(good[0].sheet)
    assert (tmp_path / OBSERVATIONS_FILE).read_bytes() == (good[1] / OBSERVATIONS_FILE).read_bytes()


def test_recorded_observations_give_the_same_without_a_model_that_looks(
    faulty: tuple[Score, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path_of = models.path_of

    def no_model(name: str) -> Path:
        if name == "face_finder":  # no clip is kept without it
            return path_of(name)
        raise ModelError(f"{name} was asked for")

    monkeypatch.setattr(models, "path_of", no_model)
    task = Task(bench_of("start_stop_faulty"), procedure(), tmp_path)
    again = score_again(samples_folder() / "start_stop_faulty.mp4", faulty[1] / OBSERVATIONS_FILE, task)

    assert sheet_json(again.sheet) == sheet_json(faulty[0].sheet)


def test_observations_of_another_recording_are_refused(good: tuple[Score, Path], tmp_path: Path) -> None:
    task = Task(bench_of("start_stop_faulty"), procedure(), tmp_path)

    with pytest.raises(InputError, match="got those of another recording"):
        score_again(samples_folder() / "start_stop_faulty.mp4", good[1] / OBSERVATIONS_FILE, task)


def test_bench_whose_terminals_lie_elsewhere_gives_other_verdicts(
    good: tuple[Score, Path], tmp_path: Path
) -> None:
    name = "start_stop_good"
    bench = bench_of(name)
    moved = {terminal: (x + 30.0, y, z) for terminal, (x, y, z) in bench.terminals.items()}
    shifted = bench.model_copy(update={"terminals": moved})

    score = score_recording(samples_folder() / f"{name}.mp4", Task(shifted, procedure(), tmp_path))

    assert score.sheet.total < good[0].sheet.total
    assert any(v.outcome is not Outcome.MET for v in steps(score.sheet).values())


@pytest.mark.fault(45)
def test_cut_recording_is_scored_for_what_it_holds(models_cache: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    remux_faststart(samples_folder() / "start_stop_good.mp4", whole)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])

    sheet = score_recording(cut, Task(bench_of("start_stop_good"), procedure(), tmp_path)).sheet
    outcomes = {id: verdict.outcome for id, verdict in steps(sheet).items()}

    assert sheet.partial is not None
    assert sheet.partial.endswith("/494 frames")
    assert outcomes["isolate"] is Outcome.MET
    assert outcomes["prove_dead"] is Outcome.MET
    assert outcomes["test_stop"] is Outcome.NOT_OBSERVED
    assert mistakes(sheet) == []
    assert sheet.total == sheet.possible  # what was not recorded costs nothing


def test_observations_made_on_another_bench_are_refused(good: tuple[Score, Path], tmp_path: Path) -> None:
    task = Task(bench_of("start_stop_faulty"), procedure(), tmp_path)

    with pytest.raises(InputError, match="made with the bench 'start_stop_faulty'"):
        score_again(samples_folder() / "start_stop_good.mp4", good[1] / OBSERVATIONS_FILE, task)


def test_attempt_scored_from_observations_keeps_them(good: tuple[Score, Path], tmp_path: Path) -> None:
    name = samples_folder() / "start_stop_good"
    observations = good[1] / OBSERVATIONS_FILE
    job = batch.Job(name.with_suffix(".mp4"), name.with_suffix(".bench.yaml"), MOTOR, "7", observations)

    with open_store(tmp_path / "store") as store:
        attempt = batch.score_and_keep(job, store, lambda doing, share: None)
        kept = store.data / str(store.attempt(attempt.id).observations)

    assert kept.read_bytes() == observations.read_bytes()


@pytest.mark.fault(60)
def test_rules_edited_while_it_scores_are_stored_as_they_were_read(
    models_cache: Path, tmp_path: Path
) -> None:
    name, text = samples_folder() / "start_stop_good", MOTOR.read_text(encoding="utf-8")
    rules = tmp_path / "rules.yaml"
    rules.write_text(text, encoding="utf-8")
    job = batch.Job(name.with_suffix(".mp4"), name.with_suffix(".bench.yaml"), rules)

    def edit(doing: str, share: float) -> None:
        rules.write_text(text + "# edited\n", encoding="utf-8")

    with open_store(tmp_path / "store") as store:
        attempt = batch.score_and_keep(job, store, edit)
        stored = store.procedure(attempt.sheet.procedure_sha256)

    assert rules.read_text(encoding="utf-8") != text
    assert stored.source == text


@pytest.mark.fault(52)
def test_renamed_copy_is_the_same_attempt_under_both_names(good: tuple[Score, Path], tmp_path: Path) -> None:
    name, seen = "start_stop_good", good[1] / OBSERVATIONS_FILE
    copy = tmp_path / "考试 7.mp4"
    copy.write_bytes((samples_folder() / f"{name}.mp4").read_bytes())
    job = batch.Job(samples_folder() / f"{name}.mp4", samples_folder() / f"{name}.bench.yaml", MOTOR)

    with open_store(tmp_path / "store") as store:
        first = batch.score_and_keep(replace(job, observations=seen), store, lambda doing, share: None)
        second = batch.score_and_keep(replace(job, video=copy), store, lambda doing, share: None)
        summary = store.attempt(first.id)

    assert second.id == first.id
    assert second.times.seconds == {}  # nothing was looked at again
    assert summary.recording_names == (f"{name}.mp4", "考试 7.mp4")


@pytest.mark.fault(60)
def test_verdicts_are_pinned_to_the_rules_they_were_judged_by(
    faulty: tuple[Score, Path], tmp_path: Path
) -> None:
    """Editing the file later changes no stored sheet; scoring again says which version it used."""
    score, folder = faulty
    edited = tmp_path / "motor_start_stop.yaml"
    edited.write_text(MOTOR.read_text(encoding="utf-8") + "\n# a later version\n", encoding="utf-8")
    task = Task(bench_of("start_stop_faulty"), load_procedure(edited), tmp_path)

    again = score_again(samples_folder() / "start_stop_faulty.mp4", folder / OBSERVATIONS_FILE, task)

    assert score.sheet.procedure_sha256 == procedure().sha256
    assert again.sheet.procedure_sha256 == load_procedure(edited).sha256 != score.sheet.procedure_sha256


def test_procedure_that_names_what_the_bench_lacks_is_refused_before_scoring(tmp_path: Path) -> None:
    text = MOTOR.read_text(encoding="utf-8").replace("S2.21", "S9.21")
    other = tmp_path / "other.yaml"
    other.write_text(text, encoding="utf-8")
    name = samples_folder() / "start_stop_good"
    job = batch.Job(name.with_suffix(".mp4"), name.with_suffix(".bench.yaml"), other)

    with pytest.raises(RuleFileError, match=r"S9\.21"):
        batch.load_rules(job)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    name = samples_folder() / "start_stop_good"
    job = batch.Job(name.with_suffix(".mp4"), name.with_suffix(".bench.yaml"), MOTOR)

    with pytest.raises(Exception, match="name a folder that can be written"):
        batch.score_into(job, blocked / "out", lambda doing, share: None)


def test_observations_file_is_plain_gzip_of_json_lines(good: tuple[Score, Path]) -> None:
    with gzip.open(good[1] / OBSERVATIONS_FILE, "rt", encoding="utf-8") as lines:
        assert sum(1 for _ in lines) == 494 + 2


def remux_faststart(source: Path, target: Path) -> None:
    """The same pictures with the index in front, so that a cut file still has it."""
    with (
        av.open(str(source)) as given,
        av.open(str(target), "w", container_options={"movflags": "faststart"}) as out,
    ):
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)


def test_pipeline_fits_on_one_screen() -> None:
    assert len(Path(str(pipeline.__file__)).read_text(encoding="utf-8").splitlines()) < 140
