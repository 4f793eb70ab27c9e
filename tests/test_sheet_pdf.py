"""The mark sheet as PDF: read back, it says what the page says, on A4, with its letters inside."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from assessor.printed_sheet import SheetPage, html_of, page_of
from assessor.sheet_pdf import pdf_of
from assessor.shown import PageLanguage
from assessor.types import MarkLine, Outcome, Text
from tests.attempts import build_record, write_evidence
from tests.console_site import EVIL
from tests.contest import build_contest_record
from tests.stores import open_store


@pytest.fixture(scope="module")
def contest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SheetPage]:
    with open_store(tmp_path_factory.mktemp("contest")) as store:
        yield page_of(store, store.save_attempt(build_contest_record()))


def read(page: SheetPage, language: PageLanguage = PageLanguage.zh) -> Any:
    import pymupdf

    return pymupdf.open("pdf", pdf_of(page, language))


def text_of(document: Any) -> str:
    return re.sub(r"\s+", " ", " ".join(sheet.get_text() for sheet in document))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param(PageLanguage.zh, ["评分表", "正反转控制线路安装与调试", "手进入带电区 2.1 s"], id="zh"),
        pytest.param(PageLanguage.en, ["Mark sheet", "Forward–reverse starter", "To win it back"], id="en"),
        pytest.param(PageLanguage.both, ["评分表", "Mark sheet", "带电作业造成事故"], id="both"),
    ],
)
def test_its_text_can_be_found_again(contest: SheetPage, language: PageLanguage, words: list[str]) -> None:
    text = text_of(read(contest, language))
    assert [word for word in words if word not in text] == []
    assert "63 / 80" in text
    assert "R1 安全操作" in text, "the rubric's own words stay in their language"
    assert contest.sheet.recording_sha256 in text


def test_every_sheet_is_a4_and_numbered(contest: SheetPage) -> None:
    document = read(contest)
    assert len(document) >= 2
    for number, sheet in enumerate(document, 1):
        assert (round(sheet.rect.width), round(sheet.rect.height)) == (595, 842)
        (foot,) = sheet.search_for(f"{number} / {len(document)}", clip=(400, 790, 595, 842))
        assert foot.x1 < sheet.rect.width
        assert sheet.search_for(str(contest.attempt.id), clip=(0, 790, 400, 842))
    assert document.metadata["title"] == "20260131 · contest_reversing"


def test_every_letter_lies_in_the_file_and_only_those_used(contest: SheetPage) -> None:
    document = read(contest)
    for xref, *_, name, _, _ in {font for sheet in document for font in sheet.get_fonts()}:
        _, kind, _, content = document.extract_font(xref)
        assert kind != "n/a", f"{name} is not embedded"
        assert 0 < len(content) < 1_000_000, f"all of {name} lies in the file"
    assert len(pdf_of(contest, PageLanguage.zh)) < 150_000


def test_what_nobody_has_confirmed_says_so_across_every_sheet(contest: SheetPage) -> None:
    def large(page: SheetPage) -> list[str]:
        blocks = [
            block for sheet in read(page) for block in sheet.get_text("dict")["blocks"] if not block["type"]
        ]
        spans = [span for block in blocks for line in block["lines"] for span in line["spans"]]
        return [span["text"] for span in spans if span["size"] > 50]

    assert set(large(contest)) == {"机器建议"}
    assert large(replace(contest, sheet=replace(contest.sheet, state="confirmed"))) == []


def test_small_pictures_of_the_evidence_lie_in_it(tmp_path: Path) -> None:
    record = build_record(student="20260107")
    write_evidence(record, tmp_path)
    with open_store(tmp_path) as store:
        page = page_of(store, store.save_attempt(record))
    shown = [still for _, rows in page.sections for row in rows if row.explained for still in row.stills]
    document = read(page)
    assert sum(len(sheet.get_images()) for sheet in document) == len({still.source for still in shown}) > 0
    without = replace(
        page, sections=tuple((one, tuple(replace(r, stills=()) for r in rows)) for one, rows in page.sections)
    )
    assert sum(len(sheet.get_images()) for sheet in read(without)) == 0


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    ("student", "shown"),
    [
        pytest.param("张三 李四", "张三 李四", id="Chinese"),
        pytest.param("a\u202egnp.exe", "gnp.exe", id="turns the direction"),
        pytest.param("a\x00b", "b", id="NUL"),
        pytest.param("名" * 10_000, "名" * 40, id="10,000 letters"),
        pytest.param("<b>x</b><script>1</script>", "<b>x</b><script>1</script>", id="HTML"),
        pytest.param("{{7*7}}", "{{7*7}}", id="template"),
        pytest.param("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", id="formula"),
    ],
)
def test_whatever_a_name_is_made_of(contest: SheetPage, student: str, shown: str) -> None:
    page = replace(contest, attempt=replace(contest.attempt, student=student))
    document = read(page)
    text = "".join(sheet.get_text() for sheet in document).replace("\n", "")
    assert shown in text
    assert "\u202e" not in text and "\x00" not in text
    assert len(document) <= 3, "a long name does not push the sheet apart"
    assert not any(list(sheet.annots()) or sheet.get_links() for sheet in document)


@pytest.mark.fault(71)
def test_a_text_longer_than_a_sheet_goes_on_on_the_next(contest: SheetPage) -> None:
    def evil(line: MarkLine) -> MarkLine:
        return replace(line, reason=Text(EVIL, EVIL))

    first, *rest = contest.sections
    rows = tuple(replace(row, line=evil(row.line)) for row in first[1])
    text = text_of(read(replace(contest, sections=((first[0], rows), *rest))))
    assert text.replace(" ", "").count("长") >= 9000
    assert "<script>document.title=1</script>" in text


@pytest.mark.parametrize("letters", [0, 150, 300, 450, 600, 900])
def test_nothing_is_lost_where_a_sheet_ends(contest: SheetPage, letters: int) -> None:
    """Wherever the end of a sheet comes to lie: what stands on the page stands in the file."""
    long = Text("长" * letters, "long " * letters)
    sections = tuple(
        (
            one,
            tuple(replace(row, line=replace(row.line, reason=long, outcome=Outcome.UNSURE)) for row in rows),
        )
        for one, rows in contest.sections
    )
    page = replace(contest, sections=sections)
    html = html_of(page, PageLanguage.zh, paper=True).split("<body>")[1]
    wanted = Counter(re.sub(r"\s", "", unescape(re.sub(r"<[^>]+>", "", html))))
    found = Counter(re.sub(r"\s", "", text_of(read(page))))
    assert wanted - found == Counter()


def test_two_at_once(contest: SheetPage) -> None:
    """The library is not made for threads: whoever comes second waits."""
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: pdf_of(contest, PageLanguage.zh)[:5], range(8)))
    assert made == [b"%PDF-"] * 8
