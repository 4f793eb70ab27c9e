"""Evidence beside a recording: all four kinds on one sheet, kept with the attempt, refused before scoring."""

from dataclasses import replace
from pathlib import Path

import pytest

from assessor import batch
from assessor.bench import Bench, load_bench
from assessor.board_findings import BoardLook, LookWire
from assessor.camera import probe, read_photo
from assessor.errors import InputError, RuleFileError
from assessor.marks import sheet_json
from assessor.pipeline import OBSERVATIONS_FILE
from assessor.procedure import Procedure, load_procedure
from assessor.recording import read_observations, write_observations
from assessor.reopen import reopen, watch
from assessor.settings import samples_folder
from assessor.supplied import (
    AT_THE_END,
    SUPPLIED_FILE,
    Options,
    Supplied,
    read_supplied,
    supplied_by,
    write_supplied,
)
from assessor.types import Fact, FactKey, MarkLine, MarkSheet, Outcome
from tests import build
from tests.observed import BENCH, MOTOR, write_seen
from tests.stores import open_store
from tests.test_cli import run

PHOTO = samples_folder() / "evidence" / "start_stop_good.jpg"
EXAMPLE = samples_folder() / "evidence" / "start_stop_good.example.evidence"


def bench() -> Bench:
    return load_bench(BENCH)


def given(*readings: str, persons: tuple[str, ...] = (), files: tuple[Path, ...] = ()) -> Supplied:
    return supplied_by(Options(readings=readings, persons=persons, files=files), build.procedure(), bench())


def entered(kind: str, name: str, value: str, t_s: float = AT_THE_END) -> Fact:
    return Fact(t_s, FactKey(kind, name), value, 1.0, t_s, kind)


def sheet_with(folder: Path, supplied: Supplied, procedure: Procedure | None = None) -> MarkSheet:
    """The sheet of recorded observations with this evidence beside them."""
    write_seen(folder / OBSERVATIONS_FILE, bench())
    write_supplied(folder / SUPPLIED_FILE, supplied)
    return watch(folder / OBSERVATIONS_FILE, bench(), procedure or load_procedure(MOTOR)).sheet


def line(sheet: MarkSheet, item: str) -> MarkLine:
    return next(line for line in sheet.lines if line.item == item)


def copper(*bare_mm: float) -> BoardLook:
    """A board as planned, whose first wires show copper at one end."""
    wires = [*build.procedure().given.wires, *(w for s in build.procedure().steps for w in s.wires)]
    ends = [*bare_mm, *(0.0 for _ in wires[len(bare_mm) :])]
    return BoardLook(
        tuple(
            LookWire(w.from_, w.to, str(w.color), 0.97, (mm, 0.0)) for w, mm in zip(wires, ends, strict=True)
        ),
        (),
    )


def test_options_become_facts_at_the_end() -> None:
    supplied = given("insulation_mohm=2.4", persons=("routing=2", "conduct = 3"))
    assert supplied.facts == (
        entered("reading", "insulation_mohm", "2.4"),
        entered("person", "routing", "2"),
        entered("person", "conduct", "3"),
    )
    assert [fact.t_s for fact in supplied.facts_until(49.0, build.procedure(), bench())] == [49.0] * 3


def test_a_file_has_lines_with_and_without_a_time(tmp_path: Path) -> None:
    file = tmp_path / "class.evidence"
    file.write_text("# 7 May\n46 person routing 2 @0.9\nreading insulation_mohm 2.4\n", encoding="utf-8")
    routing, insulation = given(files=(file,)).facts
    assert (routing.t_s, routing.confidence, insulation.t_s) == (46.0, 0.9, AT_THE_END)


def test_all_four_kinds_of_evidence_are_on_one_sheet(tmp_path: Path) -> None:
    facts = given("insulation_mohm=2.4", persons=("routing=2", "conduct=3"))
    sheet = sheet_with(tmp_path, replace(facts, boards=(copper(),)))
    awarded = {check: [li.awarded for li in sheet.lines if li.check == check] for check in CHECKS}
    assert awarded["photo"] == [8]
    assert awarded["reading"] == [4]
    assert awarded["person"] == [2.67, 4]
    assert None not in awarded["photo"] + awarded["reading"] + awarded["person"]


CHECKS = ("video", "photo", "reading", "person")


def test_a_photos_findings_stand_on_the_sheet_with_place_and_measure(tmp_path: Path) -> None:
    sheet = sheet_with(tmp_path, Supplied(boards=(copper(7.2, 0.0, 9.0),)))
    ends = line(sheet, "conductor_ends")
    assert (ends.awarded, ends.outcome) == (4, Outcome.NOT_MET)
    assert [shown.still for shown in ends.evidence] == ["board_photo_1.jpg"]
    assert "Bare copper 7.2 mm at Q1.2, allowed 5." in ends.reason.en
    assert "PS.+ 处裸铜 9.0 mm，允许 5 mm。" in ends.reason.zh
    verdict = next(v for v in sheet.verdicts if v.id == "conductor_ends")
    assert [mistake.subject for mistake in verdict.mistakes] == ["Q1.2", "PS.+"]


def test_a_doubtful_photo_leaves_the_item_open(tmp_path: Path) -> None:
    ends = line(sheet_with(tmp_path, Supplied(boards=(copper(4.0),))), "conductor_ends")
    assert (ends.awarded, ends.outcome) == (None, Outcome.UNSURE)


def test_what_a_person_found_on_the_photo_counts_instead_of_what_was_read(tmp_path: Path) -> None:
    supplied = Supplied((entered("photo", "bad_conductor_ends", "1"),), (copper(7.2, 9.0),))
    ends = line(sheet_with(tmp_path, supplied), "conductor_ends")
    assert ends.awarded == 6
    assert "Bare copper" not in ends.reason.en


def test_of_several_photos_the_surest_counts(tmp_path: Path) -> None:
    doubtful, clear = copper(4.0), copper(0.0)
    ends = line(sheet_with(tmp_path, Supplied(boards=(doubtful, clear))), "conductor_ends")
    assert (ends.awarded, ends.evidence[-1].still) == (8, "board_photo_2.jpg")


def test_another_procedure_counts_the_same_photo_anew(tmp_path: Path) -> None:
    text = MOTOR.read_text(encoding="utf-8")
    stricter = load_procedure(text.replace("bad_conductor_ends", "wires_missing"))
    look = copper()
    less = replace(look, wires=look.wires[:-1])
    ends = line(sheet_with(tmp_path, Supplied(boards=(less,)), stricter), "conductor_ends")
    assert ends.awarded == 6
    assert "The wire KM1.A2–X1.5 is missing." in ends.reason.en


COUNTED = """\
      counted:
        - {photo: bad_conductor_ends, each: 2, title: {zh: 裸铜, en: Copper}}
        - {photo: wires_missing, each: 3, title: {zh: 缺线, en: Missing}}
"""


@pytest.mark.parametrize(
    ("look", "awarded", "said"),
    [
        pytest.param(copper(7.2), 6, "Bare copper 7.2 mm at Q1.2, allowed 5.", id="one kind"),
        pytest.param(
            replace(copper(7.2), wires=copper(7.2).wires[:-1]), 3, "KM1.A2–X1.5 is missing.", id="both kinds"
        ),
        pytest.param(copper(4.0), None, "None of 2 kinds of faults found.", id="doubtful"),
    ],
)
def test_a_pool_of_counts_names_the_findings_of_each(
    tmp_path: Path, look: BoardLook, awarded: float | None, said: str
) -> None:
    text = MOTOR.read_text(encoding="utf-8")
    old = text[text.index("      when: {photo: bad") : text.index("    - id: routing")]
    pool = load_procedure(text.replace(old, COUNTED))
    ends = line(sheet_with(tmp_path, Supplied(boards=(look,)), pool), "conductor_ends")
    assert ends.awarded == awarded
    assert said in ends.reason.en


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(
            Options(readings=("insulation_mohn=2.4",)),
            "--reading 'insulation_mohn=2.4':1:1: error: expected one of: insulation_mohm, got "
            "'insulation_mohn'; did you mean 'insulation_mohm'?",
            id="misspelled name",
        ),
        pytest.param(Options(readings=("insulation_mohm=high",)), "a number such as 2.4", id="text"),
        pytest.param(Options(readings=("insulation_mohm=nan",)), "a number such as 2.4", id="no number"),
        pytest.param(Options(readings=("insulation_mohm",)), "expected NAME=VALUE", id="no value"),
        pytest.param(Options(persons=("=3",)), "expected NAME=VALUE", id="no name"),
        pytest.param(Options(persons=("routing=4",)), "a number from 0 to 3, got '4'", id="off the scale"),
        pytest.param(Options(persons=("routing=2", "routing=3")), "each name once", id="twice"),
        pytest.param(Options(persons=("conducted=3",)), "did you mean 'conduct'?", id="unknown person"),
    ],
)
def test_what_the_procedure_does_not_take_is_refused_with_advice(options: Options, said: str) -> None:
    with pytest.raises(RuleFileError) as refused:
        supplied_by(options, build.procedure(), bench())
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("3 switch Q1 on", ":1:10: error: expected one of photo, reading, person", id="video"),
        pytest.param("end 49", "expected [TIME] KIND SUBJECT VALUE [@CONFIDENCE], got 'end'", id="end"),
        pytest.param("gap 3 4 why", "expected a time in seconds", id="gap"),
        pytest.param("person routing", "expected [TIME] KIND SUBJECT VALUE", id="short"),
        pytest.param("persn routing 2", "did you mean 'person'?", id="misspelled kind"),
        pytest.param("reading insulation_mohm ?", "a number such as 2.4", id="not known"),
    ],
)
def test_faults_of_a_file_are_named_with_their_places(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "class.evidence"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RuleFileError) as refused:
        given(files=(file,))
    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match=r"class\.evidence"):
        given(files=(tmp_path / "class.evidence",))


def test_decisions_of_persons_are_words_of_the_rubric() -> None:
    text = MOTOR.read_text(encoding="utf-8")
    veto = "  vetoes:\n    - {id: shock, title: {zh: 触电, en: Shock}, effect: fail}\n"
    procedure = load_procedure(text.replace("  items:\n", f"{veto}  items:\n", 1))
    with pytest.raises(RuleFileError, match="expected one of: confirmed, refused, got 'yes'"):
        supplied_by(Options(persons=("shock=yes",)), procedure, bench())
    assert supplied_by(Options(persons=("shock=refused",)), procedure, bench()).facts[0].value == "refused"


def test_a_photo_is_refused_where_no_item_asks_for_one() -> None:
    text = MOTOR.read_text(encoding="utf-8").replace("bad_conductor_ends", "dust")
    with pytest.raises(InputError, match="leave the photo out, or enter what it shows"):
        supplied_by(Options(photos=(PHOTO,)), load_procedure(text), bench())


def test_what_is_kept_reads_back_the_same(tmp_path: Path) -> None:
    supplied = Supplied(
        (entered("person", "routing", "2", 46.0), entered("reading", "insulation_mohm", "2.4")),
        (copper(7.2),),
        (("board.jpg", "a" * 64),),
    )
    write_supplied(tmp_path / SUPPLIED_FILE, supplied)
    assert read_supplied(tmp_path / SUPPLIED_FILE) == supplied
    assert read_supplied(tmp_path / SUPPLIED_FILE).sha256 == supplied.sha256


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "facts": [{}]}'])
def test_a_damaged_file_of_kept_evidence_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / SUPPLIED_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="expected supplied evidence as this program writes it"):
        read_supplied(tmp_path / SUPPLIED_FILE)


def test_nothing_supplied_leaves_no_file(tmp_path: Path) -> None:
    write_supplied(tmp_path / SUPPLIED_FILE, given("insulation_mohm=2.4"))
    write_supplied(tmp_path / SUPPLIED_FILE, Supplied())
    assert list(tmp_path.iterdir()) == []
    assert read_supplied(tmp_path / SUPPLIED_FILE) == Supplied()


@pytest.mark.slow
def test_later_evidence_is_a_new_attempt_that_needs_no_second_look(
    tmp_path: Path, models_cache: Path
) -> None:
    name = samples_folder() / "start_stop_good"
    seen, observations = tmp_path / "seen.gz", tmp_path / "observations.gz"
    write_seen(seen, load_bench(name.with_suffix(".bench.yaml")))
    header, looks = read_observations(seen)
    sha256 = probe(name.with_suffix(".mp4")).sha256
    write_observations(observations, replace(header, recording_sha256=sha256), list(looks))
    job = batch.Job(name.with_suffix(".mp4"), name.with_suffix(".bench.yaml"), MOTOR, None, observations)
    later = replace(job, options=Options((PHOTO,), files=(EXAMPLE,)))

    with open_store(tmp_path / "store") as store:
        first = batch.score_and_keep(job, store, lambda doing, share: None)
        second = batch.score_and_keep(later, store, lambda doing, share: None)
        again = batch.score_and_keep(later, store, lambda doing, share: None)
        assert first.id != second.id == again.id
        assert sheet_json(reopen(store, second.id).sheet) == sheet_json(store.mark_sheet(second.id))
        assert sheet_json(reopen(store, first.id).sheet) == sheet_json(store.mark_sheet(first.id))
        folder = (store.data / str(store.attempt(second.id).observations)).parent
    assert line(first.sheet, "insulation").awarded is None
    assert line(second.sheet, "insulation").awarded == 4
    assert line(second.sheet, "conductor_ends").awarded == 8
    assert read_photo(folder / "board_photo_1.jpg").shape == read_photo(PHOTO).shape


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        pytest.param(("--reading", "insulation_mohn=2"), 2, "did you mean 'insulation_mohm'?", id="name"),
        pytest.param(("--person", "routing=good"), 2, "a number from 0 to 3", id="text for a grade"),
        pytest.param(("--photo", "no_such.jpg"), 3, "'no_such.jpg': expected a readable file", id="photo"),
    ],
)
@pytest.mark.usefixtures("command_line_store")
def test_bad_evidence_is_told_before_the_recording_is_opened(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    files = ("no_such.mp4", "--bench", str(BENCH), "--procedure", str(MOTOR))
    assert run(monkeypatch, "score", *files, *options) == code
    assert said in capsys.readouterr().err
