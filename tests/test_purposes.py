"""Nothing of a person is kept for no reason, and the impact assessment says what is set."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assessor.cli import app
from assessor.ledger import purposes
from assessor.ledger.audit import MACHINE
from assessor.ledger.impact import field_lines, impact_assessment
from assessor.ledger.purposes import PURPOSES, personal_columns, without_purpose
from assessor.ledger.retention import Policy, change_policy
from assessor.ledger.school_settings import change_setting
from assessor.store import Store
from assessor.store.people_tables import PersonRow
from tests.school import add_school

DOCUMENT = Path(__file__).parents[1] / "docs" / "privacy.md"


def test_every_field_about_a_person_has_a_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    assert without_purpose() == []
    columns = personal_columns()
    for name in PURPOSES:
        assert any(name in (one, one.split(".")[0]) for one in columns) or name in _ELSEWHERE, name
    fewer = {name: why for name, why in PURPOSES.items() if name != "person.born"}
    monkeypatch.setattr(purposes, "PURPOSES", fewer)
    assert without_purpose() == ["person.born"]


_ELSEWHERE = {"attempt.student", "recording_name"}  # they point at no person, and may hold a name


def test_the_document_has_the_table_of_fields() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    missing = [line for line in field_lines("both") if line not in text]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_assessment_says_what_is_set(
    store: Store, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = add_school(store, "第一学校")
    student = school.add_student("1", school.add_class("一班"))
    store.write(lambda session: setattr(session.get_one(PersonRow, student), "born", date(2020, 1, 1)))
    change_policy(store, MACHINE, Policy(clips=17))
    now, wanted = store.now(), {"required": ["video"]}
    store.write(lambda session: change_setting(session, now, MACHINE, "consent", wanted))
    monkeypatch.setenv("ASSESSOR_OUTBOUND", "rtsp://10.0.7.0/24")
    told = impact_assessment(store, language)
    for part in (
        "第一学校",
        "- clips: 17",
        "rtsp://10.0.7.0/24:554",
        "`person.born`",
        "- `person.erase`: head",
    ):
        assert part in told
    assert ("未满 14: 1" if language == "zh" else "under 14: 1") in told
    assert ("须明示同意: video" if language == "zh" else "required: video") in told
    assert ("由学校填写" if language == "zh" else "for the school to write") in told


def test_the_command_writes_it(data_folder: Path, command_line_store: None, tmp_path: Path) -> None:
    out = tmp_path / "impact.md"
    done = CliRunner().invoke(app, ["audit", "impact", "--out", str(out)])
    assert (done.exit_code, out.read_text(encoding="utf-8")[:2]) == (0, "# ")
