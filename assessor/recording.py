"""Writes `Observations` to a file and replays them, so that everything behind `vision` runs without models.

The file is gzip of JSON lines: the header, one line per `Observations`, {"end": their number}. Numbers are
rounded as `DECIMALS` says; the pipeline judges the rounded values live too: a replay gives the same verdicts.
"""

import gzip
import json
import math
import os
import uuid
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assessor.errors import InputError, StoreError, reason_of
from assessor.types import Observations, Text

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = 1
MAX_LINE_BYTES = 1 << 22
DECIMALS = {
    "t_s": 3,  # milliseconds, as `camera` gives them
    "earliest_s": 3,
    "latest_s": 3,
    "rotation": 6,  # radians: a micrometre at one metre
    "translation_mm": 3,
    "error_px": 3,
    "landmarks_px": 2,
    "points_px": 2,
    "visible": 4,
    "box_xyxy": 2,
    "score": 4,
    "confidence": 4,
}


@dataclass(frozen=True, slots=True)
class RecordingHeader:
    """Where recorded observations come from. `models`: name -> sha256. `partial`: as `FileSource` says it."""

    recording_sha256: str
    bench_sha256: str
    models: dict[str, str]
    frames: int
    partial: str | None
    duration_s: float
    width: int
    height: int
    schema: int = SCHEMA


def check_recording(header: RecordingHeader, name: str, sha256: str) -> None:
    """InputError unless the observations are of this recording."""
    if header.recording_sha256 != sha256:
        raise InputError(
            f"expected observations of {name!r}, got those of another recording "
            f"(sha256 {header.recording_sha256[:12]}…); give the file that was written when it was scored"
        )


def check_bench(header: RecordingHeader, name: str, sha256: str) -> None:
    """InputError unless the observations were made with this bench file."""
    if header.bench_sha256 != sha256:
        raise InputError(
            f"expected observations made with the bench {name!r}, got those of another bench file "
            f"(sha256 {header.bench_sha256[:12]}…); give that bench file, or score without observations"
        )


def rounded(observations: Observations) -> Observations:
    """The same observations with every number as the file keeps it; rounding again changes nothing."""
    return Observations(**_rounded_fields(observations))


def write_observations(path: Path, header: RecordingHeader, observations: Iterable[Observations]) -> None:
    """Write all of it to `path`, or nothing; the same values give the same bytes. StoreError."""
    try:
        _write(path, header, observations)
    except OSError as fault:
        raise StoreError(
            f"expected to write what was seen to {path}, got '{fault.strerror}'; "
            "free some space or check the rights of the folder, then score the recording again"
        ) from fault


def _write(path: Path, header: RecordingHeader, observations: Iterable[Observations]) -> None:
    header_codec, codec = _codecs()
    count = 0
    with whole_file(path) as part, part.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        file.write(header_codec.dump_json(header) + b"\n")
        for item in observations:
            file.write(codec.dump_json(rounded(item)) + b"\n")
            count += 1
        file.write(json.dumps({"end": count}).encode() + b"\n")


def read_observations(path: Path) -> tuple[RecordingHeader, Iterator[Observations]]:
    """The header, and the observations one by one.

    Raises InputError for another kind of file, for a schema that this program does not know, and (while
    iterating) for a cut or altered file.
    """
    lines = _lines(path)
    return _header(path, next(lines, b"")), _replayed(path, lines)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; it becomes `path` when the block succeeds, and disappears when it fails.

    A process that is killed in between leaves a hidden `*.part` file and no half file at `path`.
    """
    part = path.parent / f".{uuid.uuid4().hex}.part"
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _rounded_fields(value: Any) -> dict[str, Any]:
    return {f.name: _rounded(getattr(value, f.name), DECIMALS.get(f.name)) for f in fields(value)}


def _rounded(value: Any, decimals: int | None) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**_rounded_fields(value))
    if isinstance(value, tuple):
        return tuple(_rounded(item, decimals) for item in value)
    if decimals is None or value is None:
        return value
    if not math.isfinite(value):
        raise ValueError(f"an observation must not hold {value}: leave out what was not measured")
    return round(float(value), decimals)


@cache
def _codecs() -> "tuple[TypeAdapter[RecordingHeader], TypeAdapter[Observations]]":
    from pydantic import TypeAdapter

    return TypeAdapter(RecordingHeader), TypeAdapter(Observations)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            while line := file.readline(MAX_LINE_BYTES):
                yield line
    except gzip.BadGzipFile:
        raise _unusable(path, "another kind of file, or an altered one") from None
    except (EOFError, zlib.error):
        raise _unusable(path, "one that is cut or damaged") from None
    except OSError as fault:
        raise _unreadable(path, fault) from None


def _header(path: Path, line: bytes) -> RecordingHeader:
    try:
        schema = json.loads(line)["schema"]
    except (ValueError, KeyError, TypeError):
        raise _unusable(path, "a file without a header") from None
    if schema != SCHEMA:
        raise InputError(
            f"{path.name!r}: expected recorded observations of schema {SCHEMA}, got schema {schema!r}; "
            "use the program version that wrote them, or score the recording again"
        )
    try:
        return _codecs()[0].validate_json(line, strict=True)
    except ValueError:
        raise _unusable(path, "a header with missing or wrong values") from None


def _replayed(path: Path, lines: Iterator[bytes]) -> Iterator[Observations]:
    codec, count = _codecs()[1], 0
    for line in lines:
        if line.startswith(b'{"end"'):
            if line != json.dumps({"end": count}).encode() + b"\n":
                raise _unusable(path, f"one that holds {count} observations and says {line.decode().strip()}")
            if next(lines, None) is not None:  # reading on also checks the file's checksum
                raise _unusable(path, "one that goes on after its last line")
            return
        try:
            item = codec.validate_json(line, strict=True)
        except ValueError:
            raise _unusable(path, f"one with a damaged line {count + 2}") from None
        yield item
        count += 1
    raise _unusable(path, f"one that ends after {count} observations without its last line")


def _unreadable(path: Path, fault: OSError) -> InputError:
    why = reason_of(fault)
    return InputError(
        Text(
            zh=f"{path.name!r}：应为本程序写出的观测记录，实际为“{why.zh}”；请重新复制文件，或重新评定录像",
            en=str(_unusable(path, f"'{why.en}'")),
        )
    )


def _unusable(path: Path, found: str) -> InputError:
    return InputError(
        f"{path.name!r}: expected recorded observations as this program writes them, got {found}; "
        "copy the file again, or score the recording again"
    )
