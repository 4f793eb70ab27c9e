"""The mark sheet as a page to print: what stands on it, what never runs in it, the paper it comes out on."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import pytest

from assessor.printed_sheet import SheetPage, html_of, page_of
from assessor.shown import PageLanguage
from assessor.store import AttemptRecord, Store
from assessor.types import Evidence, MarkLine, Outcome, Text
from tests.attempts import build_record, cut_short, write_evidence
from tests.console_site import EVIL
from tests.contest import build_contest_record
from tests.stores import open_store
from tests.test_cli import run


class Page(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        self.text += " " if tag in ("td", "th", "dd", "p", "span") else ""

    def addresses(self) -> list[str]:
        return [
            value or "" for _, given in self.tags for name, value in given.items() if name in ("src", "href")
        ]


@dataclass(frozen=True)
class Kept:
    """A store with one attempt in it."""

    store: Store
    attempt: UUID

    def page(self) -> SheetPage:
        return page_of(self.store, self.attempt)

    def printed(self, language: str = "en") -> Page:
        return Page(html_of(self.page(), PageLanguage(language)))


def kept(data: Path, record: AttemptRecord) -> Kept:
    store = open_store(data)
    return Kept(store, store.save_attempt(record))


@pytest.fixture
def motor(tmp_path: Path) -> Iterator[Kept]:
    record = cut_short(build_record(student="20260107"))
    write_evidence(record, tmp_path)
    found = kept(tmp_path, record)
    yield found
    found.store.close()


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Kept]:
    found = kept(tmp_path, build_contest_record())
    yield found
    found.store.close()


def said(page: Page) -> str:
    return re.sub(r"\s+", " ", page.text)


def test_every_lost_point_says_why_when_and_how_to_win_it_back(contest: Kept) -> None:
    text = said(contest.printed())
    assert "Hand in the live zone for 2.1 s (limit 0 s)" in text
    assert "Rule: dead_working (line 20). It costs 16 of 20 points." in text
    assert "To win it back: Keep your hands out of the live zone" in text
    assert "0:31.0 Unsafe act" in text
    assert "R1 安全操作" in text, "the clause it comes from"


def test_groups_and_dimensions_have_their_subtotals(contest: Kept) -> None:
    page = contest.page()
    groups = [
        (one.id, one.subtotal.awarded, one.subtotal.possible, one.subtotal.open) for one, _ in page.sections
    ]
    assert groups == [("site", 5, 20, 0), ("board", 30, 30, 10), ("power", 30, 30, 10), (None, -2, 0, 0)]
    dimensions = [(one.id, one.subtotal.awarded) for one in page.dimensions]
    assert dimensions == [("safety", 5), ("wiring", 30), ("running", 28)]
    assert sum(one.subtotal.awarded for one, _ in page.sections) == page.sheet.total
    text = said(contest.printed())
    assert "Board ×0.5 30 / 30 + 10 open" in text
    assert "Overtime" in text


def test_vetoes_pass_line_and_state_are_told(contest: Kept) -> None:
    text = said(contest.printed())
    assert "Accident by live working" in text
    assert "disqualified: no points 0:31.0–0:33.1 waits for a person" in text
    assert "Disturbing the venue" in text
    assert "Pass line 60" in text
    assert "Pass not decided yet" in text


def test_open_items_say_who_can_supply_them(contest: Kept) -> None:
    page = contest.page()
    assert [row.line.item for row in page.waiting] == ["routing", "earth"]
    text = said(contest.printed())
    assert "Wires level and upright 10 a teacher or referee decides" in text
    assert "Earth resistance 10 whoever measures enters it" in text
    assert "– / 10" in text


def test_gaps_a_cut_recording_and_where_it_all_comes_from_are_told(motor: Kept) -> None:
    text = said(motor.printed())
    assert "0:42.4–0:44.8 camera covered" in text
    assert "The recording is not whole: 40/100 frames" in text
    sheet = motor.page().sheet
    for digest in (sheet.procedure_sha256, sheet.bench_sha256, sheet.recording_sha256):
        assert digest in text
    assert "assessor 0.1.0" in text
    assert "Teacher" in text
    assert "Student" in text


def test_a_sheet_that_a_person_confirmed_has_no_watermark(contest: Kept) -> None:
    page = contest.page()
    assert 'class="watermark"' in html_of(page, PageLanguage.en)
    assert 'class="watermark"' not in html_of(
        replace(page, sheet=replace(page.sheet, state="confirmed")), PageLanguage.en
    )


@pytest.mark.parametrize(
    ("language", "words", "others"),
    [
        pytest.param("zh", ["评分表", "正反转控制线路安装与调试"], ["Mark sheet"], id="zh"),
        pytest.param("en", ["Mark sheet", "Forward–reverse starter"], ["评分表"], id="en"),
        pytest.param("both", ["评分表 Mark sheet", "待评项：由谁补充 Open items"], [], id="both"),
    ],
)
def test_both_languages(contest: Kept, language: str, words: list[str], others: list[str]) -> None:
    text = said(contest.printed(language))
    assert [word for word in words if word not in text] == []
    assert [word for word in others if word in text] == []


def test_stills_lie_in_the_page_and_nothing_is_fetched(motor: Kept) -> None:
    page = motor.printed()
    shown = page.addresses()
    assert len(shown) == 7, "one for each line with evidence"
    assert all(one.startswith("data:image/jpeg;base64,") for one in shown)
    assert "url(" not in html_of(motor.page(), PageLanguage.en)
    assert len(html_of(motor.page(), PageLanguage.en)) < 400_000


def test_a_photo_of_the_finished_work_is_no_moment_of_the_recording(tmp_path: Path) -> None:
    record = build_record()
    photo = Evidence(47.3, 47.3, None, "board_photo_1.jpg")
    line = next(one for one in record.sheet.lines if one.item == "bare_copper")
    counted = replace(line, awarded=2.0, outcome=Outcome.NOT_MET, evidence=(photo,))
    lines = tuple(counted if one is line else one for one in record.sheet.lines)
    write_evidence(record, tmp_path)
    folder = tmp_path / record.evidence_folder
    shutil.copy(next(folder.glob("*.jpg")), folder / "board_photo_1.jpg")
    found = kept(tmp_path, replace(record, sheet=replace(record.sheet, lines=lines)))
    assert len(found.printed().addresses()) == 8
    assert "Photo of the finished work" in said(found.printed())
    assert "0:47.3–0:47.3" not in said(found.printed())
    found.store.close()


def test_a_still_that_is_gone_or_broken_or_outside_is_left_out(motor: Kept, tmp_path: Path) -> None:
    folder = next((tmp_path / "evidence").iterdir())
    gone, broken, outside, *_ = sorted(folder.glob("*.jpg"))
    secret = tmp_path.parent / f"{tmp_path.name}.jpg"
    shutil.copy(gone, secret)
    gone.unlink()
    broken.write_bytes(b"no picture")
    outside.unlink()
    outside.symlink_to(secret)
    assert len(motor.printed().addresses()) == 4
    assert "Evidence 0:04.9–0:07.6" in said(motor.printed()), "the time is told all the same"


@pytest.mark.fault(71)
def test_whatever_was_written_is_text(tmp_path: Path) -> None:
    def evil(line: MarkLine) -> MarkLine:
        return replace(line, title=Text(EVIL, EVIL), reason=Text(EVIL, EVIL), check=EVIL, dimension=EVIL)

    record = build_record("<script>alert(1)</script>.mp4", "evil", EVIL)
    sheet = replace(record.sheet, lines=tuple(map(evil, record.sheet.lines)), partial="<b>40</b>")
    found = kept(tmp_path, replace(record, sheet=sheet))
    for language in ("zh", "en", PageLanguage.both):
        page = found.printed(language)
        assert not {tag for tag, _ in page.tags} & {"script", "iframe", "object", "link", "b-o-l-d"}
        assert not [name for _, given in page.tags for name in given if name.startswith("on")]
        assert "<script>document.title=1</script>" in page.text
        assert "{{7*7}}" in page.text
    found.store.close()


@pytest.mark.slow
@pytest.mark.browser
def test_it_comes_out_on_a4_with_chinese_letters(contest: Kept, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Chromium: apt install chromium")
    (tmp_path / "sheet.html").write_text(html_of(contest.page(), PageLanguage.both), encoding="utf-8")
    pdf = tmp_path / "sheet.pdf"
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    command = [chromium, *options, f"--print-to-pdf={pdf}", (tmp_path / "sheet.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    content = pdf.read_bytes()
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert len(boxes) == 2
    assert {(round(float(width)), round(float(height))) for width, height in boxes} <= {
        (595, 842),
        (594, 842),
    }
    assert re.search(rb"/FontName /\w+\+[\w-]*(CJK|WenQuanYi|Droid|YaHei|PingFang|Song|Hei)", content)


@pytest.mark.usefixtures("command_line_store")
def test_sheet_command_writes_page_table_and_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_folder: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with open_store(data_folder) as store:
        attempt = str(store.save_attempt(build_contest_record()))
    assert run(monkeypatch, "sheet", attempt) == 0
    assert "proposed 63 of 80 points" in capsys.readouterr().out
    out = tmp_path / "sheet.html"
    assert run(monkeypatch, "sheet", attempt, "--html", str(out), "--lang", "zh", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["attempt"]["id"] == attempt
    assert [group["id"] for group in document["groups"]] == ["site", "board", "power", None]
    assert document["pass_line"] == 60
    assert "评分表" in out.read_text(encoding="utf-8")
    paper = tmp_path / "sheet.pdf"
    assert run(monkeypatch, "sheet", attempt, "--pdf", str(paper), "--lang", "zh") == 0
    assert paper.read_bytes().startswith(b"%PDF-") and not capsys.readouterr().out


@pytest.mark.usefixtures("command_line_store")
def test_sheet_command_refuses_what_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_folder: Path
) -> None:
    assert run(monkeypatch, "sheet", str(UUID(int=0))) == 6
    assert "expected a known attempt" in capsys.readouterr().err
    assert run(monkeypatch, "sheet", "first") == 2
