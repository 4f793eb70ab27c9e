"""Observations written and replayed: equal values, equal bytes, and clear faults."""

import gzip
import json
import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessor import recording
from assessor.errors import InputError
from assessor.recording import (
    DECIMALS,
    RecordingHeader,
    read_observations,
    rounded,
    whole_file,
    write_observations,
)
from assessor.types import (
    CameraPose,
    HandObservation,
    IndicatorObservation,
    ObjectObservation,
    Observations,
    WireObservation,
)

HEADER = RecordingHeader(
    "ab" * 32, "cd" * 32, {"hand_landmarker": "ef" * 32}, 2, "2/5 frames", 0.5, 1280, 720
)

numbers = st.floats(-1e6, 1e6, allow_nan=False)
names = st.text(max_size=8)
points = st.tuples(numbers, numbers)
triples = st.tuples(numbers, numbers, numbers)
poses = st.builds(CameraPose, triples, triples, numbers, st.lists(st.integers(0, 999), max_size=4).map(tuple))
hands = st.builds(HandObservation, st.integers(0), names, numbers, st.lists(points, max_size=21).map(tuple))
objects = st.builds(ObjectObservation, names, numbers, st.tuples(numbers, numbers, numbers, numbers))
indicators = st.builds(IndicatorObservation, names, names, st.none() | names, numbers)
wires = st.builds(WireObservation, names, names, names, st.booleans(), numbers, numbers, numbers)


def several(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, max_size=2).map(tuple)


observations = st.builds(
    Observations,
    st.integers(0),
    numbers,
    names,
    st.none() | poses,
    several(hands),
    several(objects),
    several(indicators),
    several(wires),
)


def example(index: int) -> Observations:
    hand = HandObservation(1, "left", 0.987654321, ((1 / 3, 2 / 3), (640.123456, 360.0)))
    return Observations(index, index / 30, "ok", None, (hand,))


@given(st.lists(observations, max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_replay_equals_what_the_pipeline_judged(tmp_path: Path, seen: list[Observations]) -> None:
    write_observations(tmp_path / "o.jsonl.gz", HEADER, seen)
    header, replayed = read_observations(tmp_path / "o.jsonl.gz")
    assert header == HEADER
    assert list(replayed) == [rounded(item) for item in seen]


@given(observations)
def test_rounding_twice_changes_nothing(seen: Observations) -> None:
    assert rounded(rounded(seen)) == rounded(seen)


def test_precision() -> None:
    hand = rounded(example(1)).hands[0]
    assert (hand.score, hand.landmarks_px) == (0.9877, ((0.33, 0.67), (640.12, 360.0)))
    assert rounded(example(1)).t_s == 0.033


def test_every_float_of_the_observations_has_a_precision() -> None:
    def floats(kind: type) -> set[str]:
        hints = typing.get_type_hints(kind)
        nested = {inner for hint in hints.values() for inner in parts(hint) if is_dataclass(inner)}
        own = {f.name for f in fields(kind) if float in parts(hints[f.name])}
        return own.union(*(floats(inner) for inner in nested))

    def parts(hint: object) -> set[type]:
        if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
            return {hint}
        return set().union(*(parts(inner) for inner in typing.get_args(hint)))

    assert floats(Observations) == set(DECIMALS)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_written(tmp_path: Path, value: float) -> None:
    seen = Observations(0, 0.0, "ok", CameraPose((0, 0, 0), (0, 0, 0), value, ()))
    with pytest.raises(ValueError, match="must not hold"):
        write_observations(tmp_path / "o.jsonl.gz", HEADER, [seen])
    assert list(tmp_path.iterdir()) == []


def test_same_values_same_bytes(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.gz"):
        write_observations(tmp_path / name, HEADER, map(example, range(5)))
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_nothing_is_left_of_a_recording_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl.gz"
    write_observations(path, HEADER, [example(0)])
    before = path.read_bytes()

    def failing() -> typing.Iterator[Observations]:
        yield example(0)
        raise InputError("camera lost")

    with pytest.raises(InputError, match="camera lost"):
        write_observations(path, HEADER, failing())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# ---- faults -------------------------------------------------------------------------------


def repacked(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda data: gzip.compress(b"".join(change(gzip.decompress(data).splitlines(keepends=True))))


def other_schema(lines: list[bytes]) -> list[bytes]:
    return [json.dumps({**json.loads(lines[0]), "schema": 99}).encode() + b"\n", *lines[1:]]


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda data: b"", "without a header", id="empty"),
        pytest.param(lambda data: b"hello", "another kind of file", id="text"),
        pytest.param(lambda data: data[:-9], "cut or damaged", id="cut"),
        pytest.param(lambda data: data[:40], "cut or damaged", id="cut-in-the-header"),
        pytest.param(lambda data: data[:60] + b"\0\0" + data[62:], "damaged|another|header", id="changed"),
        pytest.param(lambda data: data[:-8] + bytes(8), "altered", id="wrong-checksum"),
        pytest.param(repacked(other_schema), "schema 1, got schema 99; use the program", id="unknown-schema"),
        pytest.param(repacked(lambda lines: [b"[]\n"]), "without a header", id="no-header"),
        pytest.param(repacked(lambda lines: [b'{"schema": 1}\n']), "header with missing", id="half-header"),
        pytest.param(repacked(lambda lines: lines[:3]), "ends after 2 observations", id="lines-missing"),
        pytest.param(repacked(lambda lines: lines[:2] + lines[3:]), "holds 4 observ", id="one-line-missing"),
        pytest.param(repacked(lambda lines: [*lines[:2], b"{}\n"]), "damaged line 3", id="wrong-line"),
        pytest.param(repacked(lambda lines: [lines[0], b"x" * (1 << 23)]), "damaged line 2", id="huge-line"),
    ],
)
def test_damaged_file(tmp_path: Path, damage: Callable[[bytes], bytes], message: str) -> None:
    path = tmp_path / "o.jsonl.gz"
    write_observations(path, HEADER, map(example, range(5)))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=message) as fault:
        list(read_observations(path)[1])
    assert str(fault.value).startswith("'o.jsonl.gz': expected recorded observations")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_observations(tmp_path / "o.jsonl.gz")


def test_whole_file_replaces_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with whole_file(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_schema_is_written() -> None:
    assert HEADER.schema == recording.SCHEMA
