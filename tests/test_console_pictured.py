"""docs/console holds a picture of every page of the console in both languages, each of them small."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "console"
MOST_BYTES = 200_000
# Which pictures show the page of a route; the browser tests write them (ASSESSOR_SCREENSHOTS=docs/console).
SHOWN_BY = {
    "/sign-in": ("sign_in",),
    "/enter/{token}": ("enter",),
    "/set-up/{token}": ("set_up",),
    "/account": ("account",),
    "/": ("attempts", "attempts_of_class", "marks_list"),
    "/wall": ("wall",),
    "/wall/{bench}": ("bench_screen",),
    "/attempts/{attempt_id}": ("sheet", "sheet_to_decide", "marks"),
    "/procedures/{sha256}": ("procedure", "rubric"),
    "/review": ("review",),
    "/appeals": ("appeals", "appeal_task", "arbitration"),
    "/board": ("board",),
    "/contest": ("contest_progress",),
    "/rules": ("rules", "rule_sets", "bench_files"),
    "/rules/{id}": ("editor",),
    "/rules/sets/{id}": ("rule_set",),
    "/benches/{id}": ("bench",),
    "/benches": ("benches",),
    "/people": ("people",),
    "/people/roster": ("roster",),
    "/agreement": ("agreement", "agreement_rows"),
    "/audit": ("audit", "no_right"),
    "/audit/report": ("year_report",),
    "/privacy": ("consents", "own_data"),
    "/privacy/people/{person_id}": ("person_data",),
    "/privacy/retention": ("retention",),
    "/privacy/requests": ("requests",),
    "/privacy/holds": ("holds",),
    "/about": ("about",),
    "/{address:path}": ("missing",),
}


def routes() -> list[str]:
    sources = (path.read_text("utf-8") for path in sorted((ROOT / "api" / "console").glob("*.py")))
    named = re.findall(r"@ui\.page\((\"[^\"]+\"|ACCOUNT)", "".join(sources))
    return ["/account" if name == "ACCOUNT" else name.strip('"') for name in named]


@pytest.mark.parametrize("route", routes())
def test_every_page_has_a_picture_in_both_languages(route: str) -> None:
    names = SHOWN_BY.get(route, ())
    assert names, f"which pictures show {route}? name them in SHOWN_BY, and let a browser test write them"
    wanted = [f"{name}_{language}.png" for name in names for language in ("zh", "en")]
    assert [name for name in wanted if not (PICTURES / name).is_file()] == []


@pytest.mark.parametrize("picture", sorted(PICTURES.glob("*.png")), ids=lambda path: path.stem)
def test_a_picture_is_small(picture: Path) -> None:
    assert picture.stat().st_size < MOST_BYTES


def test_no_page_is_named_that_is_gone() -> None:
    assert set(SHOWN_BY) - set(routes()) == set()
