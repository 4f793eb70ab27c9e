"""Files of recordings: renamed, still growing, with odd names."""

import os
import threading
import time
from pathlib import Path

import pytest

from assessor.camera import FileSource, probe
from assessor.camera.probe import SETTLED_S
from assessor.errors import InputError
from tests import corpus
from tests.corpus import FRAGMENTED, Plan, described, write_video


@pytest.mark.fault(52)
def test_renamed_recording_is_the_same(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", Plan(frames=5))
    (tmp_path / "b.mp4").write_bytes(path.read_bytes())
    one, other = described(path), described(tmp_path / "b.mp4")
    assert one.sha256 == other.sha256
    assert (one.name, other.name) == ("a.mp4", "b.mp4")


@pytest.mark.fault(53)
def test_growing_recording_is_incomplete(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", Plan(options=FRAGMENTED))
    data = path.read_bytes()
    done = threading.Event()

    def copy_slowly() -> None:
        with path.open("wb") as file:
            for at in range(0, len(data), 200):
                file.write(data[at : at + 200])
                file.flush()
                done.wait(0.05)

    copier = threading.Thread(target=copy_slowly)
    copier.start()
    time.sleep(0.1)
    try:
        with pytest.raises(InputError, match="incomplete file that is still being written"):
            probe(path, settle_s=0.3)
    finally:
        done.set()
        copier.join()
    assert probe(path, settle_s=0.1).duration_s == 2.0


@pytest.mark.fault(53)
def test_old_recording_is_not_waited_for(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", Plan(frames=5))
    os.utime(path, (0, time.time() - SETTLED_S - 1))
    started = time.monotonic()
    probe(path, settle_s=20)
    assert time.monotonic() - started < 15


@pytest.mark.fault(56)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("电机 启停 №7.mp4", id="utf-8"),
        pytest.param(corpus.long_name(255, ".mp4"), id="255-bytes"),
        pytest.param("line\nbreak\t'quote\".mp4", id="newline"),
        pytest.param("..mp4", id="dots"),
        pytest.param("-i http:x.mp4", id="option"),
        pytest.param("%s{0}$HOME;rm.mp4", id="shell"),
        pytest.param("bad\udcff.mp4", id="not-utf-8"),
    ],
)
def test_odd_name_is_data_only(tmp_path: Path, name: str) -> None:
    recording = described(write_video(tmp_path / "a.mp4", Plan(frames=3)).rename(tmp_path / name))
    assert recording.name == name.replace("\udcff", "\N{REPLACEMENT CHARACTER}")
    assert len(list(FileSource(recording).frames())) == 3
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError) as fault:
        described(tmp_path / name)
    assert "\n" not in str(fault.value)
    str(fault.value).encode()


@pytest.mark.fault(56)
def test_stored_copy_keeps_the_name_it_had(tmp_path: Path) -> None:
    path = write_video(tmp_path / "0001", Plan(frames=3))
    assert probe(path, name="../../etc/passwd", settle_s=0).name == "../../etc/passwd"
