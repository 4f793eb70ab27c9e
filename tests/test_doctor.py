import shutil
import sys
from pathlib import Path

import pytest

from assessor import doctor


def write_package(folder: Path, name: str, version: str) -> None:
    """The record of an installed package, as pip leaves it."""
    record = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_a_ready_machine_has_no_fault(models_cache: Path) -> None:
    findings = list(doctor.examine())
    assert [finding for finding in findings if finding.state == doctor.FAULT] == []
    assert {finding.name for finding in findings} >= {"OpenCV", "OpenVINO", "video codecs", "disk", "camera"}


@pytest.mark.fault(25)
def test_missing_models_are_faults_that_say_how_to_mend_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSESSOR_CACHE", str(tmp_path))
    faults = [finding for finding in doctor.examine_models() if finding.state == doctor.FAULT]
    fetched = {"face_finder", "hand_landmarker", "pose_landmarker"}
    assert {fault.name for fault in faults} == {f"model {name}" for name in fetched}
    assert all("assessor models fetch" in fault.found for fault in faults)


def test_opencv_packages_of_two_versions_are_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(tmp_path, "opencv-contrib-python", "4.11.0")
    monkeypatch.syspath_prepend(tmp_path)
    finding = doctor.examine_opencv()
    assert finding.state == doctor.FAULT
    assert "opencv-contrib-python 4.11.0" in finding.found
    assert finding.mend.startswith("pip install --force-reinstall")


@pytest.mark.parametrize(
    ("font", "state"),
    [
        pytest.param("opentype/noto/NotoSansCJK-Regular.ttc", doctor.OK, id="debian"),
        pytest.param("msyh.ttc", doctor.OK, id="windows"),
        pytest.param("wqy-microhei.ttc", doctor.OK, id="wenquanyi"),
        pytest.param("DejaVuSans.ttf", doctor.NOTE, id="latin only"),
    ],
)
def test_chinese_font_is_found_by_its_file(tmp_path: Path, font: str, state: str) -> None:
    (tmp_path / font).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / font).touch()
    assert doctor.examine_fonts((tmp_path / "absent", tmp_path)).state == state


def test_missing_font_names_the_package() -> None:
    assert "fonts-noto-cjk" in doctor.examine_fonts(()).mend


def test_disk_is_examined_where_the_data_folder_will_be(tmp_path: Path) -> None:
    assert str(tmp_path / "not" / "yet") in doctor.examine_disk(tmp_path / "not" / "yet").found


@pytest.mark.parametrize(
    ("free_gb", "state"),
    [
        pytest.param(0.1, doctor.FAULT, id="full"),
        pytest.param(2, doctor.NOTE, id="little"),
        pytest.param(50, doctor.OK, id="enough"),
    ],
)
def test_disk_with_little_room_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gb: float, state: str
) -> None:
    room = shutil.disk_usage(tmp_path)._replace(free=int(free_gb * 1e9))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: room)
    assert doctor.examine_disk(tmp_path).state == state


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="cameras are looked for on Linux only")
def test_no_camera_is_only_a_note(tmp_path: Path) -> None:
    assert doctor.examine_cameras(tmp_path).state == doctor.NOTE
    (tmp_path / "video0").touch()
    assert doctor.examine_cameras(tmp_path) == doctor.Finding("camera", doctor.OK, "video0")


def test_missing_browser_is_only_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    finding = doctor.examine_browser()
    assert finding.state == doctor.NOTE
    assert "chromium-driver" in finding.mend
