"""The page of a procedure in a real Chromium: its text, the picture of its steps, its rubric, both themes."""

import pytest

from tests.attempts import build_record
from tests.console_site import Console, in_browser

FILL = """
const canvas = document.createElement('canvas').getContext('2d');
canvas.fillStyle = getComputedStyle(document.querySelector(arguments[0])).fill;
canvas.fillRect(0, 0, 1, 1);
return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
"""


def luminance(colour: list[int]) -> float:
    """Relative luminance as WCAG 2 counts contrast."""
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@in_browser
@pytest.mark.parametrize("language", ["zh", "en"])
def test_text_picture_and_rubric_stand_side_by_side(console: Console, language: str) -> None:
    words = {"zh": ("全程规则", "超时与否决项"), "en": ("Standing rules", "Overtime and vetoes")}
    rules, extra = words[language]
    console.open(f"procedures/{console.including}?lang={language}", ".graph svg")
    assert rules in console.text(".graph")
    assert "rule_set: electrical_safety" in console.text(".included")
    assert "ladder" in console.text("tr[data-row=trial_run] .asks")
    assert extra in console.text(".rubric")
    console.picture(f"procedure_{language}")
    console.script("document.querySelector('.rubric').scrollIntoView()")
    console.picture(f"rubric_{language}")


@in_browser
def test_a_row_of_the_rubric_leads_to_its_lines(console: Console) -> None:
    console.open(f"procedures/{console.including}?lang=en", "tr[data-row=trial_run]")
    console.find("tr[data-row=trial_run] a.cover").click()
    line = console.until(lambda: console.script("return document.querySelector('code:target')?.innerText"))
    assert line.strip() == "- id: trial_run"


@in_browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_can_be_read_in_both_themes(console: Console, theme: str) -> None:
    console.open(f"procedures/{console.including}?lang=zh&theme={theme}", ".graph svg")
    letters, box = (luminance(console.script(FILL, css)) for css in (".graph text", ".graph .step"))
    lighter, darker = max(letters, box), min(letters, box)
    assert (lighter + 0.05) / (darker + 0.05) > 7
    assert (letters > box) == (theme == "dark")
    if theme == "dark":
        console.picture("procedure_dark_zh")


@in_browser
def test_a_text_the_language_no_longer_reads_is_still_shown(console: Console) -> None:
    console.open(f"procedures/{build_record().procedure.sha256}?lang=en", ".rule")
    assert "no_live_work:" in console.text(".whole")
    assert "has changed since then" in console.text(".told")
