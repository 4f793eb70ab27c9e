"""Builders of recorded observations and of attempts scored from them: no camera, no model."""

from collections.abc import Mapping
from pathlib import Path

from assessor.bench import Bench, load_bench
from assessor.located_yaml.source import Source
from assessor.pipeline import OBSERVATIONS_FILE
from assessor.procedure import Procedure, load_procedure
from assessor.recording import RecordingHeader, write_observations
from assessor.reopen import watch
from assessor.settings import rules_folder
from assessor.store import AttemptRecord, BenchVersion, ProcedureVersion, RecordingFile
from assessor.types import CameraPose, IndicatorObservation, Observations, WireObservation

BENCH = rules_folder() / "benches" / "trainer_24v.yaml"
MOTOR = rules_folder() / "procedures" / "motor_start_stop.yaml"
POSE = CameraPose((3.0, 0.0, 0.0), (0.0, 30.0, 900.0), 0.2, (0, 1, 2, 3))
GIVEN = (
    "Q1.2 PS.L brown",
    "Q1.4 PS.N blue",
    "PS.+ X1.1b red",
    "PS.- X1.5b blue",
    "S2.22 S1.13 black",
)
LAID = {
    15.0: "X1.1 S2.21 red",
    19.0: "S1.14 X1.6 black",
    22.0: "S1.14 X1.4 black",
    26.0: "X1.4b KM1.A1 black",
    30.0: "KM1.A2 X1.5 blue",
}
LAST_S = 48


def _wires(t_s: float) -> tuple[WireObservation, ...]:
    said = [(0.0, wire, True) for wire in GIVEN] if t_s == 0 else []
    said += [(t_s, LAID[t_s], True)] if t_s in LAID else []
    said += [(21.0, LAID[19.0], False)] if t_s == 21.0 else []
    return tuple(_wire(wire, present, at_s) for at_s, wire, present in said)


def _wire(words: str, present: bool, at_s: float) -> WireObservation:
    start, end, colour = words.split()
    return WireObservation(start, end, colour, present, 0.95, max(0.0, at_s - 0.5), at_s)


def _at(t_s: float) -> Observations:
    """Isolated at 4 s, proved dead at 6 to 8 s, wired with a wrong end put right, on at 37 s."""
    measuring = 6 <= t_s <= 8
    states = {
        ("switch", "Q1"): "off" if 4 <= t_s < 37 else "on",
        ("switch", "KM1"): "in" if 40 <= t_s < 44 else "out",
        ("display", "mm"): "0.0" if measuring else "",
    }
    indicators = tuple(IndicatorObservation(*key, value, 0.97) for key, value in states.items())
    touched = ("X1.1", "X1.5") if measuring else ()
    return Observations(
        int(t_s * 2), t_s, "ok", POSE, indicators=indicators, wires=_wires(t_s), touched=touched
    )


def write_seen(path: Path, bench: Bench) -> RecordingHeader:
    """Record what eyes would have seen of an attempt, two pictures a second."""
    header = RecordingHeader("c" * 64, bench.sha256, {"hands": "a" * 64}, 2 * LAST_S, None, LAST_S, 1280, 720)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_observations(path, header, [_at(n / 2) for n in range(2 * LAST_S + 1)])
    return header


def scored_record(data: Path, bench_file: Path = BENCH, procedure_file: Path = MOTOR) -> AttemptRecord:
    """A scored attempt with its observations in the data folder, as `batch` hands it to the store."""
    bench, procedure = load_bench(bench_file), load_procedure(procedure_file)
    folder = "attempts/seen"
    header = write_seen(data / folder / OBSERVATIONS_FILE, bench)
    return AttemptRecord(
        RecordingFile(header.recording_sha256, 1000, LAST_S, "seen.mp4"),
        BenchVersion(
            bench.sha256, bench.name, bench_file.read_text(encoding="utf-8"), _texts(bench.included)
        ),
        _version(procedure, procedure_file),
        "2023001",
        header.models,
        "0.1.0",
        watch(data / folder / OBSERVATIONS_FILE, bench, procedure).sheet,
        folder,
        f"{folder}/{OBSERVATIONS_FILE}",
    )


def _version(procedure: Procedure, file: Path) -> ProcedureVersion:
    source, included = file.read_text(encoding="utf-8"), _texts(procedure.included)
    return ProcedureVersion(procedure.sha256, procedure.procedure, procedure.title.text, source, included)


def _texts(sources: Mapping[str, Source]) -> dict[str, str]:
    return {name: source.data.decode() for name, source in sources.items()}
