"""A disk that is full: pictures stop at the reserve, results go on, what is missing is told and cut later."""

from pathlib import Path

import pytest

from assessor import free_space
from assessor.errors import AssessorError
from assessor.settings import reserve_bytes
from tests.small_disk import on_small_disk


@pytest.mark.slow
@pytest.mark.fault(28)
def test_scoring_on_a_full_disk_keeps_the_result_and_tells_what_is_missing(
    tmp_path: Path, models_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSESSOR_RESERVE_MB", "3")
    found = on_small_disk("scoring", 40, tmp_path)
    (first, second, third), named = found["lost"], found["named"]
    assert len(set(found["ids"])) == 1 and len(set(found["totals"])) == 1, "one attempt, the same marks"
    assert first and set(first) < set(named), "some clips had room"
    assert second and set(second) <= set(first), "still no room"
    assert third == [] and sorted(found["there"]) == sorted(named), "cut when there is room again"
    assert found["left"] == []


@pytest.mark.slow
@pytest.mark.fault(28)
def test_a_clip_that_meets_the_end_of_the_disk_is_left_out_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disk").mkdir()
    monkeypatch.setenv("ASSESSOR_RESERVE_MB", "0")
    monkeypatch.setenv("ELSEWHERE", str(tmp_path))
    found = on_small_disk("cutting", 2, tmp_path / "disk")
    written, lost = set(found["written"]), set(found["lost"])
    assert written and lost and not written & lost
    assert written | lost == {f"{n}.{kind}" for n in range(8) for kind in ("mp4", "jpg")}
    assert found["sound"] and min(found["sound"]) > 3
    beside = {name.replace(".mp4", ".json") for name in written if name.endswith(".mp4")}
    assert set(found["there"]) == written | beside | {"held.mp4", "ballast"}


def test_the_server_tells_how_much_room_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.figures import Figures
    from assessor.ledger.vital_signs import vital_signs
    from tests.stores import open_store

    monkeypatch.setenv("ASSESSOR_RESERVE_MB", "123")
    with open_store(tmp_path) as store:
        told = Figures().render(0, tmp_path, vital_signs(store)).decode()
    figures = dict(line.split() for line in told.splitlines() if line.startswith("assessor_disk"))
    assert float(figures["assessor_disk_reserve_bytes"]) == 123e6
    free = float(figures["assessor_disk_free_bytes"])
    assert free == pytest.approx(free_space.free_bytes(tmp_path), rel=0.1)


@pytest.mark.parametrize(
    ("megabytes", "room"),
    [pytest.param("0", True, id="no reserve"), pytest.param("999999999", False, id="more than there is")],
)
def test_room_is_what_lies_above_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, megabytes: str, room: bool
) -> None:
    monkeypatch.setenv("ASSESSOR_RESERVE_MB", megabytes)
    assert free_space.has_room(tmp_path / "not" / "yet") is room


@pytest.mark.parametrize("said", ["1 GB", "-5", "nan", "inf"])
def test_a_reserve_that_is_no_size_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("ASSESSOR_RESERVE_MB", said)
    with pytest.raises(AssessorError, match="ASSESSOR_RESERVE_MB"):
        reserve_bytes()
    monkeypatch.setenv("ASSESSOR_RESERVE_MB", "2.5")
    assert reserve_bytes() == 2_500_000
