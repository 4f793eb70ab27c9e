"""Photos: upright whatever the camera wrote, refused in words."""

from pathlib import Path

import numpy as np
import pytest

from assessor.camera import read_photo
from assessor.errors import InputError
from tests import corpus
from tests.corpus import difference, picture


@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 8])
def test_photo_is_upright(tmp_path: Path, orientation: int | None) -> None:
    quarter_turns = {3: 2, 6: 1, 8: 3}.get(orientation or 1, 0)  # the stored picture is turned this way
    stored = np.ascontiguousarray(np.rot90(picture(37), quarter_turns))
    (tmp_path / "a.jpg").write_bytes(corpus.jpeg(stored, orientation))
    image = read_photo(tmp_path / "a.jpg")
    assert image.shape == picture(37).shape and difference(image, picture(37)) < 3


def test_png_photo(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(corpus.png(40, 30))
    assert read_photo(tmp_path / "a.png").shape == (30, 40, 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "got 0 bytes", id="empty", marks=pytest.mark.fault(43)),
        pytest.param(b"GIF89a" + bytes(90), "another kind of file", id="gif", marks=pytest.mark.fault(43)),
        pytest.param(
            corpus.png(30_000, 30_000, rows=8),
            "64 megapixels, got 30000x30000",
            id="bomb",
            marks=pytest.mark.fault(50),
        ),
        pytest.param(corpus.png(40, 30)[:-20], "end is missing", id="cut-png", marks=pytest.mark.fault(45)),
        pytest.param(
            corpus.jpeg(picture(1))[:-900], "end is missing", id="cut-jpeg", marks=pytest.mark.fault(45)
        ),
        pytest.param(
            corpus.jpeg(picture(1))[:30], "got 0x0|end is missing", id="stub", marks=pytest.mark.fault(45)
        ),
    ],
)
def test_photo_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_photo(tmp_path / "a.jpg")


def test_missing_photo(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'a\.jpg': expected a readable file"):
        read_photo(tmp_path / "a.jpg")


@pytest.mark.fault(46)
def test_mutated_photos(tmp_path: Path) -> None:
    good = corpus.jpeg(picture(5))
    for seed in range(60):
        (tmp_path / "a.jpg").write_bytes(corpus.mutated(good, seed))
        try:
            assert read_photo(tmp_path / "a.jpg").ndim == 3
        except InputError as fault:
            assert "expected" in str(fault)
