"""The page to print becomes a PDF with its letters inside: the same on every machine (after `printed_sheet`).

Takes what `page_of` gives; gives the bytes of an A4 file whose text can be searched and copied. Chinese
letters come out of the library that writes it: no font of the machine is asked for, nothing is fetched.
"""

from functools import partial
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from assessor import __version__
from assessor.errors import StoreError
from assessor.printed_sheet import BLOCK, PIECE, SheetPage, html_of
from assessor.sheet_words import word
from assessor.shown import PageLanguage, shortened, visible
from assessor.types import Text

if TYPE_CHECKING:
    import pymupdf

MM = 72 / 25.4
EDGES_MM = (13.0, 14.0, 13.0, 17.0)  # left, top, right, bottom
ENDLESS = 1e6
MOST_SHEETS = 200
SMALL, LARGE = 7.5, 74.0  # points: the foot, what stands across a sheet that nobody has confirmed
GREY, PALE = (0.35, 0.35, 0.35), (0.93, 0.93, 0.93)
LONGEST_TITLE = 80

_one_at_a_time = Lock()  # the library keeps state of its own: two threads in it at once end the process


def pdf_of(page: SheetPage, language: PageLanguage) -> bytes:
    """The mark sheet as PDF. StoreError for one that is longer than any sheet can be."""
    html = html_of(page, language, paper=True)
    with _one_at_a_time:
        return _written(page, html, language)


def _written(page: SheetPage, html: str, language: PageLanguage) -> bytes:
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    document = pymupdf.open("pdf", _laid_out(html))
    with document:
        for number in range(len(document)):
            _finish(document, number, page, language)
        document.set_metadata({"title": _title(page), "creator": f"assessor {__version__}"})
        document.set_language("en" if language is PageLanguage.en else "zh-CN")
        document.subset_fonts()
        return bytes(document.tobytes(garbage=3, deflate=True))


class _Sheets:
    """Paper that fills from above: what does not fit goes to the next sheet."""

    def __init__(self, style: str) -> None:
        import pymupdf

        self._style, self._made, self._count = style, BytesIO(), 1
        self._paper = pymupdf.paper_rect("a4")
        self._left, self._top, right, bottom = (edge * MM for edge in EDGES_MM)
        self._right, self._bottom = self._paper.width - right, self._paper.height - bottom
        self._writer = pymupdf.DocumentWriter(self._made)
        self._device: Any = self._writer.begin_page(self._paper)
        self._y = self._top

    def add(self, block: str) -> None:
        """Keep what belongs together on one sheet if one can hold it."""
        whole = self._story(block.replace(PIECE, ""))
        if self._fits(whole):
            self._place(whole)
            return
        for piece in block.split(PIECE):
            story = self._story(piece)
            if "<table" in piece:  # only text may begin here and go on there: a table would be cut off
                self._fits(story)
            self._place(story)

    def finish(self) -> bytes:
        """The file."""
        self._writer.end_page()
        self._writer.close()
        return self._made.getvalue()

    def _fits(self, story: Any) -> bool:
        """Whether one sheet can hold it; a new one is begun where this one is too full."""
        _, filled = story.place((self._left, 0, self._right, ENDLESS))
        story.reset()
        height = float(filled[3])
        fits = height <= float(self._bottom - self._top)
        if fits and self._y + height > self._bottom:
            self._turn()
        return fits

    def _place(self, story: Any) -> None:
        more = 1
        while more:
            more, filled = story.place((self._left, self._y, self._right, self._bottom))
            story.draw(self._device)
            self._y = max(self._y, float(filled[3]))
            if more:
                self._turn()

    def _story(self, html: str) -> Any:
        import pymupdf

        return pymupdf.Story(html, self._style)

    def _turn(self) -> None:
        if self._count == MOST_SHEETS:
            raise StoreError(
                Text(
                    f"评分表应不超过 {MOST_SHEETS} 页，实际更长；请改用网页打印",
                    f"expected a mark sheet of at most {MOST_SHEETS} sheets, got more; print the page",
                )
            )
        self._writer.end_page()
        self._device = self._writer.begin_page(self._paper)
        self._count, self._y = self._count + 1, self._top


def _laid_out(html: str) -> bytes:
    """The page on as many sheets as it takes."""
    style, body = html.split("</style>", 1)
    sheets = _Sheets(style.split("<style>", 1)[1])
    for block in body.split("<body>", 1)[1].split("</body>", 1)[0].split(BLOCK):
        if block.strip():
            sheets.add(block)
    return sheets.finish()


def _finish(document: "pymupdf.Document", number: int, page: SheetPage, language: PageLanguage) -> None:
    """Foot and number of a sheet, and across it that nobody has confirmed it."""
    sheet = document[number]
    sheet.wrap_contents()  # what the text was laid out with must not turn what is written here
    write = partial(_write, sheet)
    low = sheet.rect.height - 9 * MM
    attempt = "" if page.is_trial else f"{page.attempt.id} · "
    write(f"assessor · {attempt}{page.sheet.procedure_sha256[:12]}", (EDGES_MM[0] * MM, low))
    count = f"{number + 1} / {len(document)}"
    write(count, (sheet.rect.width - EDGES_MM[2] * MM - 4 * len(count), low))
    if page.sheet.state == "proposed":
        said = word("state", "proposed")
        _across(sheet, said.en if language is PageLanguage.en else said.zh)


def _write(sheet: "pymupdf.Page", text: str, at: tuple[float, float]) -> None:
    import pymupdf

    writer = pymupdf.TextWriter(sheet.rect, color=GREY)
    writer.append(at, text, font=pymupdf.Font("cjk"), fontsize=SMALL)
    writer.write_text(sheet)


def _across(sheet: "pymupdf.Page", text: str) -> None:
    import pymupdf

    font: Any = pymupdf.Font("cjk")
    middle = pymupdf.Point(sheet.rect.width / 2, sheet.rect.height / 2)
    writer = pymupdf.TextWriter(sheet.rect, color=PALE)
    writer.append((middle.x - font.text_length(text, LARGE) / 2, middle.y), text, font=font, fontsize=LARGE)
    writer.write_text(sheet, morph=(middle, pymupdf.Matrix(-32)), overlay=False)


def _title(page: SheetPage) -> str:
    who = page.attempt.student or page.attempt.recording_names[0]
    return f"{visible(shortened(who, LONGEST_TITLE))} · {page.sheet.procedure}"
