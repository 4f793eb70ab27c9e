"""What is no recording, or more than is taken: refused before it is decoded."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assessor.camera.decoder import MAX_MEMORY_BYTES
from assessor.errors import InputError
from tests import corpus
from tests.corpus import FASTSTART, Plan, child_environment, described, write_video


def _audio(path: Path) -> None:
    corpus.write_audio(path)


def _index_missing(path: Path) -> None:
    corpus.cut(write_video(path), path, 0.5)


def _unknown_codec(path: Path) -> None:
    path.write_bytes(write_video(path).read_bytes().replace(b"avc1", b"zzzz"))


def _ten_hours(path: Path) -> None:
    write_video(path, Plan(frames=2, ticks=[0, 36_000 * 25]))


def _header_only(path: Path) -> None:
    write_video(path, Plan(frames=25, options=FASTSTART))
    path.write_bytes(path.read_bytes()[:900])


def _holding(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


@pytest.mark.parametrize(
    ("write", "message"),
    [
        pytest.param(_holding(b""), "empty file", id="zero-byte", marks=pytest.mark.fault(43)),
        pytest.param(_holding(b"hello " * 99), "got a text file", id="text", marks=pytest.mark.fault(43)),
        pytest.param(_audio, "holds audio only", id="audio", marks=pytest.mark.fault(43)),
        pytest.param(_holding(corpus.png(4, 4)), "got a picture", id="picture", marks=pytest.mark.fault(43)),
        pytest.param(_index_missing, "cut while recording", id="no-moov", marks=pytest.mark.fault(44)),
        pytest.param(
            _header_only,
            "none that can be decoded|cannot be opened",
            id="no-picture",
            marks=pytest.mark.fault(45),
        ),
        pytest.param(
            _holding(bytes(range(256)) * 9), "begins with 00 01", id="bytes", marks=pytest.mark.fault(46)
        ),
        pytest.param(_unknown_codec, "got zzzz", id="codec", marks=pytest.mark.fault(47)),
        pytest.param(_ten_hours, "at most 4 hours, got 10", id="ten-hours", marks=pytest.mark.fault(50)),
        pytest.param(
            lambda path: write_video(path, Plan(frames=9, fps=1000)),
            "at most 240 frames per second, got 1000",
            id="1000-fps",
            marks=pytest.mark.fault(50),
        ),
        pytest.param(
            lambda path: corpus.write_bomb(path, 16_000, 16_000),
            r"at most 9\.4 megapixels, got 16000x16000",
            id="16k",
            marks=pytest.mark.fault(50),
        ),
        pytest.param(
            _holding(b"#EXTM3U\n#EXTINF:1,\nhttp://x/y.ts\n"),
            "points at other",
            id="m3u8",
            marks=pytest.mark.fault(51),
        ),
        pytest.param(_holding(corpus.SDP), "points at other", id="sdp", marks=pytest.mark.fault(51)),
    ],
)
def test_refused(tmp_path: Path, write: Callable[[Path], None], message: str) -> None:
    path = tmp_path / "upload.mp4"
    write(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=message) as fault:
        described(path)
    assert str(fault.value).startswith("'upload.mp4': expected ")
    assert path.read_bytes() == before


@pytest.mark.fault(51)
def test_playlist_does_not_open_another_file(tmp_path: Path) -> None:
    write_video(tmp_path / "secret.mp4")
    (tmp_path / "concat.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(InputError, match="points at other files"):
        described(tmp_path / "concat.mp4")


@pytest.mark.fault(51)
@pytest.mark.parametrize("head", [b"\0\0\0\x18ftypisom", b"\x1a\x45\xdf\xa3", b"RIFF\0\0\0\0AVI "])
def test_playlist_behind_a_video_header(tmp_path: Path, head: bytes) -> None:
    write_video(tmp_path / "secret.mp4")
    (tmp_path / "a.mp4").write_bytes(head + b"\nffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(InputError):
        described(tmp_path / "a.mp4")


@pytest.mark.fault(51)
@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/a.mp4", "concat:a.mp4|b.mp4", "subfile,,start,0,end,0,,:a.mp4", "file:a.mp4"],
)
def test_address_is_no_recording(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "a.mp4")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        described(Path(address))


@pytest.mark.fault(43)
def test_folder_and_pipe_are_no_recordings(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path, tmp_path / "pipe.mp4"):
        with pytest.raises(InputError, match="got a folder or device"):
            described(path)


READ_AND_MEASURE = """
import resource, sys
from pathlib import Path
from assessor.camera import probe, read_photo
from assessor.errors import InputError
for name in sys.argv[1:]:
    try:
        read_photo(Path(name)) if name.endswith(".png") else probe(Path(name), settle_s=0)
    except InputError as fault:
        sys.stdout.write(f"{fault}\\n")
children, own = resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF
sys.stdout.write(str(max(resource.getrusage(who).ru_maxrss for who in (children, own)) * 1024))
"""


@pytest.mark.fault(50)
def test_bombs_are_refused_within_memory(tmp_path: Path) -> None:
    bomb = corpus.write_bomb(tmp_path / "open.mov", 16_000, 16_000)
    data = bomb.read_bytes()
    index = data.index(b"moov")
    lying = tmp_path / "lying.mov"  # the container says 160 x 160
    lying.write_bytes(data[:index] + data[index:].replace(b"\x3e\x80", b"\x00\xa0"))
    photo = tmp_path / "photo.png"
    photo.write_bytes(corpus.png(30_000, 30_000, rows=8))
    command = [sys.executable, "-c", READ_AND_MEASURE, str(bomb), str(lying), str(photo)]
    *faults, peak = subprocess.run(
        command, env=child_environment(), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(faults) == 3 and all("megapixels" in fault or "none that can" in fault for fault in faults)
    assert int(peak) < MAX_MEMORY_BYTES
